// A write within a gap: what its entry held before may have been written by an event that was lost.

import { afterAll, expect, test } from "vitest";
import { openTimeline, type Timeline } from "../../../src/index.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines } from "../../support/shipped.js";

const scratch = new Scratch();
const opened: Timeline[] = [];

afterAll(() => {
  for (const timeline of opened) timeline.close();
});

const isOf = (line: string, cpu: number): boolean => line.includes(`[00${cpu}]`);

/** The recording in which a CPU lost `count` lines after its first `from` ones. */
function losing(lines: readonly string[], cpu: number, from: number, count: number): string {
  const own = lines.flatMap((line, i) => (isOf(line, cpu) ? [i] : []));
  const lost = new Set(own.slice(from, from + count));
  const next = own[from + count];
  return lines
    .flatMap((line, i) => (i === next ? [`CPU:${cpu} [LOST ${count} EVENTS]`, line] : [line]))
    .filter((line) => !lost.has(lines.indexOf(line)))
    .join("\n");
}

/** What writes changed, by the stamp of the write, its entry and the field: the old value. */
async function oldValues(text: string): Promise<ReadonlyMap<string, unknown>> {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  opened.push(timeline);
  await timeline.import(Buffer.from(`${text}\n`, "latin1"));
  const view = timeline.recording();
  const changes = [...view.log({ limit: undefined })]
    .filter(({ kind }) => kind === "irte_exchanged" || kind === "irte_written")
    .flatMap(({ seq }) => view.changesAt({ seq }));
  return new Map(
    changes.map(({ time_ns, irte, field, old }) => [`${time_ns} ${irte} ${field}`, old]),
  );
}

test.each([0, 1, 2, 3])("no lost lines of CPU %s make an old value a false one", async (cpu) => {
  const lines = shippedLines("6.17-s1-one");
  const whole = await oldValues(lines.join("\n"));
  const own = lines.filter((line) => isOf(line, cpu)).length;
  for (const share of [0.2, 0.4, 0.6]) {
    const text = losing(lines, cpu, Math.floor(own * share), Math.floor(own / 10));
    const values = [...(await oldValues(text))];
    const stated = values.filter(([, old]) => old !== null && old !== "unknown");
    const wrong = stated.filter(([change, old]) => whole.get(change) !== old);
    expect(stated.length).toBeGreaterThan(20);
    expect(wrong).toEqual([]);
  }
});
