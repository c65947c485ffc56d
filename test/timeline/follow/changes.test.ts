// What is committed is told once and in order, whoever imports.

import { once } from "node:events";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { openTimeline, type Timeline, type TimelineChange } from "../../../src/index.js";
import { largeTrace } from "../../support/large.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath } from "../../support/shipped.js";

const scratch = new Scratch();
const PROGRAM = fileURLToPath(new URL("../../../dist/bin/main.js", import.meta.url));

async function empty(): Promise<{ db: string; timeline: Timeline }> {
  const db = scratch.path(".db");
  return { db, timeline: await openTimeline(db, { create: true }) };
}

/** Takes changes up to the first of a kind. */
async function until(
  kind: TimelineChange["kind"],
  changes: AsyncGenerator<TimelineChange>,
): Promise<TimelineChange[]> {
  const told: TimelineChange[] = [];
  for (;;) {
    const next = await changes.next();
    if (next.done === true) return told;
    told.push(next.value);
    if (next.value.kind === kind) return told;
  }
}

function seqsOf(told: readonly TimelineChange[]): number[] {
  return told.flatMap((each) => (each.kind === "events" ? each.batch.map(({ seq }) => seq) : []));
}

describe("the changes of a timeline", () => {
  test("that another process imports into are its events, each once, and its end", async () => {
    const { db, timeline } = await empty();
    const changes = timeline.changes({ everyMs: 5 });
    const trace = scratch.file(".txt", largeTrace());
    const importer = spawn(process.execPath, [PROGRAM, "import", trace, "--db", db]);
    const told = await until("complete", changes);
    await once(importer, "close");
    const { first_seq: firstSeq, last_seq: lastSeq } = timeline.recording();
    const all = Array.from({ length: (lastSeq ?? 0) - firstSeq + 1 }, (_, i) => firstSeq + i);
    expect(told[0]).toEqual({ kind: "began", recording_id: 1 });
    expect(seqsOf(told)).toEqual(all);
    expect(told.at(-1)).toEqual({ kind: "complete", recording_id: 1 });
    const sizes = told.map((each) => (each.kind === "events" ? each.batch.length : 0));
    expect(Math.max(...sizes)).toBe(4096);
    expect(JSON.parse(JSON.stringify(told))).toEqual(structuredClone(told));
    timeline.close();
  });

  test("that this object imports are told too, and the timeline answers meanwhile", async () => {
    const { timeline } = await empty();
    const changes = timeline.changes({ everyMs: 5 });
    const imported = timeline.import(shippedPath("6.17-s1-one"));
    const told: TimelineChange[] = [];
    for await (const change of changes) {
      told.push(change);
      expect(timeline.recordings()).toHaveLength(1);
      if (change.kind === "complete") break;
    }
    await imported;
    expect(seqsOf(told)).toEqual(
      [...timeline.recording().log({ reverse: true })].map(({ seq }) => seq),
    );
    timeline.close();
  });

  test("go on after an event, so that a program that starts again loses none", async () => {
    const { timeline } = await empty();
    await timeline.import(shippedPath("6.17-s1-one"));
    await timeline.import(shippedPath("7.3-s2-two"));
    const all = [...timeline.recording(1).log({ reverse: true })].map(({ seq }) => seq);
    const last = timeline.recording(2).last_seq ?? 0;
    for (const after of [0, 100, all.at(-1) ?? 0, last]) {
      const told = await until("complete", timeline.changes({ after, everyMs: 5 }));
      const recording = after < (all.at(-1) ?? 0) ? all.filter((seq) => seq > after) : [];
      expect([after, seqsOf(told)]).toEqual([after, recording]);
      expect(told[0]?.kind).toBe(
        after === 0 ? "began" : recording.length > 0 ? "events" : "complete",
      );
    }
    timeline.close();
  });

  test("tell that what was committed is rolled back", async () => {
    const { db, timeline } = await empty();
    await timeline.import(shippedPath("6.17-s1-one"));
    const whole = gzipSync(largeTrace());
    const damaged = scratch.file(".txt.gz", whole.subarray(0, whole.length - 2000));
    const changes = timeline.changes({ everyMs: 1 });
    const other = await openTimeline(db);
    const failed = other.import(damaged).catch((error: unknown) => error);
    const told = await until("removed", changes);
    expect(await failed).toMatchObject({ code: "ERR_INPUT_DAMAGED" });
    expect(told[0]).toEqual({ kind: "began", recording_id: 2 });
    expect(told.at(-1)).toEqual({ kind: "removed", recording_id: 2 });
    expect(timeline.recordings()).toHaveLength(1);
    other.close();
    timeline.close();
  });

  test("end when the timeline is closed, the signal is aborted, or the loop is left", async () => {
    const { db, timeline } = await empty();
    const stop = new AbortController();
    const first = timeline.changes({ signal: stop.signal, everyMs: 60_000 }).next();
    setTimeout(() => {
      stop.abort();
    }, 20);
    expect(await first).toEqual({ value: undefined, done: true });
    const second = timeline.changes({ everyMs: 20 }).next();
    timeline.close();
    expect(await second).toEqual({ value: undefined, done: true });
    const again = await openTimeline(db);
    expect(await again.changes().return(undefined)).toMatchObject({ done: true });
    again.close();
    expect(() => again.changes()).toThrow("is closed");
  });
});
