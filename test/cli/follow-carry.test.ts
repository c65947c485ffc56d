// What a part of a trace that goes on begins with: names of entries are those of the whole trace, no value is stated that
// the whole contradicts, and nobody is accused.

import { describe, expect, it } from "vitest";
import { dumpOf } from "../../src/cli/follow-carry.js";
import { openTimeline, type Timeline } from "../../src/index.js";
import { answersOf, contradicted, falseFindings } from "../soak/compare.js";
import { Scratch } from "../support/scratch.js";
import { shippedLines } from "../support/shipped.js";

const scratch = new Scratch();
const CUTS = 4;

interface Named {
  readonly line: number;
  readonly kind: string;
  readonly irte: string | null;
  readonly host_irq: number | null;
}

async function named(timeline: Timeline): Promise<readonly Named[]> {
  const sql = "SELECT line, kind, irte, host_irq FROM v_event WHERE line > 0 ORDER BY seq";
  return timeline.query<Named>(sql, [], { rows: 100_000 });
}

describe.each(["6.16-s1-one", "6.17-x-uaf-crash", "7.3-s2-two"])("the parts of %s", (name) => {
  // The first line of the header counts the entries of the whole trace, which no trace that grows has.
  const lines = shippedLines(name).filter((line) => !line.includes("entries-in-buffer"));
  const head = lines.findIndex((line) => !line.startsWith("#"));
  const stamps = lines.flatMap((line) => / (\d{6,}): \w/.exec(line)?.[1] ?? []);
  const moments = stamps.filter((_, i) => i % 200 === 0);

  async function imported(own: readonly string[], carried = ""): Promise<Timeline> {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    const anchor = carried === "" ? undefined : { file: scratch.file(".json", carried) };
    const text = scratch.file(".txt", `${own.join("\n")}\n`);
    await timeline.import(text, { anchor, kernel: kernel ?? undefined });
    return timeline;
  }

  let kernel: string | null = null;

  it("name the entries that the whole names, and state nothing else", async () => {
    const whole = await imported(lines);
    kernel = whole.recording().kernel;
    const truth = answersOf(whole, moments);
    const right = new Map((await named(whole)).map((each) => [each.line, each]));
    whole.close();
    for (let i = 1; i < CUTS; i++) {
      const cut = head + Math.floor(((lines.length - head) * i) / CUTS);
      const first = await imported(lines.slice(0, cut));
      const carried = dumpOf(first.recording());
      first.close();
      const part = await imported([...lines.slice(0, head), ...lines.slice(cut)], carried);
      const told = answersOf(part, moments);
      expect(contradicted(told, truth)).toEqual([]);
      expect(falseFindings(told, truth)).toEqual([]);
      const others = (await named(part)).filter(({ line, kind, irte, host_irq }) => {
        const of = right.get(line - head + cut);
        const isOther = of?.irte !== irte || of.host_irq !== host_irq;
        // An allocation that is under way at the cut has no entry yet.
        return isOther && !(irte === null && kind === "host_vector_assigned");
      });
      expect(others).toEqual([]);
      part.close();
    }
  });
});
