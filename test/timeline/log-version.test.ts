// The log as earlier programs wrote it: its rows and hashes stay, and it answers as the same recording does
// that is imported now. And the log as it is written now: no tuning constant shows in it.

import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openTimeline, type CheckReport } from "../../src/index.js";
import { type CallReturn, type TwinEvent } from "../../src/domain/events/event.js";
import { FtraceReader } from "../../src/ftrace/reader.js";
import { rowsOf } from "../support/content.js";
import { Scratch } from "../support/scratch.js";
import { SHIPPED, shippedPath, shippedText } from "../support/shipped.js";

/** Made by irqtwin of schema 7 from data/6.16-x-stale-route-removed.txt.gz. */
const FIXTURE = new URL("./fixtures/log-version-1.db.gz", import.meta.url);
const HEAD = "3c0c24de98a14b09d2dbd1f7ff58424aea1516139420ba5b32ff678f0ac6188b";

const scratch = new Scratch();

describe("a timeline of log version 1", () => {
  const path = scratch.path(".db");
  writeFileSync(path, gunzipSync(readFileSync(FIXTURE)));

  it("is migrated, keeps its hashes, and verifies", async () => {
    const timeline = await openTimeline(path, { create: true });
    const report = timeline.verify({ anchor: HEAD });
    expect(report).toMatchObject({ verdict: "intact", head: { hash: HEAD }, findings: [] });
    timeline.close();
    expect(rowsOf(path, "SELECT platform, log_version FROM v_recording")).toEqual([["amd", 1n]]);
    expect(rowsOf(path, "SELECT count(*) FROM call_return")).toEqual([[0n]]);
  });

  it("answers as the same recording does in the log of today", async () => {
    const today = scratch.path(".db");
    const timeline = await openTimeline(today, { create: true });
    await timeline.import(shippedPath("6.16-x-stale-route-removed"));
    const report = inLines(timeline.recording().check());
    timeline.close();
    const old = await openTimeline(path, { create: true });
    expect(inLines(old.recording().check())).toEqual(report);
    old.close();
    // Exchanges and markers were not stored then; so a place in the order is another one.
    const events = `SELECT time_ns, cpu, comm, pid, kind, vm_id, vcpu_id, devid, irte_index, gsi, host_irq,
      cause, source, recording_id, line, payload
      FROM v_event WHERE kind NOT IN ('irte_exchanged', 'marker') ORDER BY seq`;
    expect(rowsOf(path, events)).toEqual(rowsOf(today, events));
    expect(rowsOf(today, "SELECT log_version FROM v_recording")).toEqual([[5n]]);
    const [[returns] = []] = rowsOf(today, "SELECT count(*) FROM call_return");
    expect(Number(returns)).toBeGreaterThan(0);
  });
});

/** What a check found, by the lines of the trace. */
function inLines({ verdict, writes, invariants, findings }: CheckReport): unknown {
  const found = findings.map(({ kind, invariant, rule, line, title }) => {
    return { kind, invariant, rule, line, title };
  });
  // I17 is tested at exchanges, which an old log does not have.
  const tested = invariants.filter(({ id }) => id !== "I17");
  return { verdict, writes, tested, found };
}

/** What a reader hands out, its batches put together. */
function read(text: string, batchRows: number): { events: TwinEvent[]; returns: CallReturn[] } {
  const events: TwinEvent[] = [];
  const returns: CallReturn[] = [];
  const first = { seq: 1, task: 1, vm: 1, vcpu: 1 };
  const reader = new FtraceReader({ rules: "6.16", first, isCounter: null, batchRows }, (batch) => {
    events.push(...batch.events);
    returns.push(...batch.returns);
  });
  reader.feed(Buffer.from(text, "latin1"));
  reader.end();
  return { events, returns };
}

describe.each(SHIPPED)("%s", (name) => {
  it("is read the same in batches of any size", () => {
    const text = shippedText(name);
    const whole = read(text, 1_000_000);
    expect(whole.events.length).toBeGreaterThan(0);
    for (const rows of [1, 7, 4096]) expect(read(text, rows)).toEqual(whole);
  });
});
