// Where the fate of an entry's interrupts is not known, nobody says that no function is at work on it.

import { expect, test } from "vitest";
import { openTimeline, type Timeline } from "../../../src/index.js";
import { rowsOf, valueOf } from "../../support/content.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines } from "../../support/shipped.js";

const scratch = new Scratch();

test("in_flight is null with an unknown fate, unless a function is seen at work", async () => {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  // The middle of a trace: entries are seen whose vCPUs are not known yet.
  const lines = shippedLines("6.16-m2-mono-standard").filter((line) => !line.startsWith("#"));
  await timeline.import(Buffer.from(`${lines.slice(900).join("\n")}\n`), { name: "part.txt" });
  const recording = timeline.recording();
  const { first_seq, last_seq } = recording;
  const seen = { unknown: 0, known: 0 };
  for (let seq = first_seq; seq <= (last_seq ?? 0); seq += 20)
    for (const { fate, in_flight } of recording.at({ when: `@${seq}` }).irtes) {
      if (fate === "unknown") expect(in_flight).not.toBe(false);
      seen[fate === "unknown" ? "unknown" : "known"]++;
    }
  expect(seen.unknown).toBeGreaterThan(0);
  expect(seen.known).toBeGreaterThan(0);
  const wrong = "SELECT count(*) FROM v_fate WHERE fate = 'unknown' AND in_flight = 0";
  expect(valueOf(timeline.file, wrong)).toBe(0n);
  expect(valueOf(timeline.file, "SELECT count(*) FROM v_fate WHERE in_flight IS NULL")).not.toBe(
    0n,
  );
  timeline.close();
});

/** By the time and the entry: is a function at work there? What is not known has no value. */
function flights(timeline: Timeline, moments: readonly bigint[]): ReadonlyMap<string, unknown> {
  const sql = "SELECT irte, in_flight, from_ns, to_ns FROM v_fate WHERE in_flight IS NOT NULL";
  const spans = rowsOf(timeline.file, sql);
  return new Map(
    spans.flatMap(([irte, in_flight, from, to]) =>
      moments
        .filter((at) => Number(from) <= at && (to === null || at < Number(to)))
        .map((at) => [`${at} ${String(irte)}`, in_flight] as const),
    ),
  );
}

async function imported(lines: readonly string[]): Promise<Timeline> {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  await timeline.import(Buffer.from(`${lines.join("\n")}\n`), { name: "t.txt", rules: "6.18" });
  return timeline;
}

test.each([430, 700, 980, 1491, 1530])(
  "in_flight is not what the whole recording contradicts, where it begins at line %d or lost some there",
  async (from) => {
    const lines = shippedLines("6.18-s1-one").filter((line) => !line.startsWith("#"));
    const whole = await imported(lines);
    const lost = ["CPU:0 [LOST 8 EVENTS]", ...lines.slice(from + 8)];
    for (const damaged of [lines.slice(from), [...lines.slice(0, from), ...lost]]) {
      const part = await imported(damaged);
      const left = lines.slice(from + 8, from + 320);
      const moments = left.map((line) => BigInt(/ (\d+): /.exec(line)?.[1] ?? 0));
      const right = flights(whole, moments);
      const stated = [...flights(part, moments)];
      expect(stated.filter(([at, is]) => right.has(at) && right.get(at) !== is)).toEqual([]);
      part.close();
    }
    whole.close();
  },
);
