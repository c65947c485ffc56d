// A rewound timeline is the original up to a moment: the same state, the same as-of SQL, a chain that
// begins alike; it can be continued, and the original stays as it is.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTimeline, type Timeline } from "../../../src/index.js";
import { rowsOf } from "../../support/content.js";
import { recounted } from "../../support/ftrace-text.js";
import { largeTrace } from "../../support/large.js";
import { thinned, IRTE_PROBES } from "../../support/predicted.js";
import { randomOf } from "../../support/random.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath, shippedText } from "../../support/shipped.js";

const SEED = 20261123;
const TRIES = 3;
const scratch = new Scratch();

/** A recording whose first line is no event. */
function withoutMarkers(name: string): string {
  return shippedText(name).replaceAll(": tracing_mark_write: ", ": bprint: ");
}

/** What the views say as of an event, but for how long it stays so. */
const AS_OF = [
  "SELECT irte, from_seq, lo, hi, mode, vm_id, vcpu_id, cause, source FROM v_irte WHERE",
  "SELECT vm_id, vcpu_id, from_seq, run_state, pcpu, avic_active, is_running FROM v_vcpu WHERE",
  "SELECT vm_id, vcpu_id, irte, gsi, from_seq, added_by FROM v_link WHERE",
  "SELECT vm_id, gsi, from_seq, type, address, data, dest, vector, postable FROM v_route WHERE",
].map((sql) => (seq: number) => {
  return `${sql} from_seq <= ${seq} AND (to_seq IS NULL OR ${seq} < to_seq) ORDER BY 1, 2, 3, 4`;
});

async function imported(...paths: readonly string[]): Promise<Timeline> {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  for (const path of paths) await timeline.import(path);
  timeline.close();
  return openTimeline(timeline.file, { readonly: true });
}

/** WHENs of both kinds, anywhere in a recording. */
function whens(timeline: Timeline, random: () => number): string[] {
  const recording = timeline.recordings().at(-1);
  if (recording?.first_ns == null || recording.last_ns === null) throw new Error("no events");
  const { first_ns, last_ns, first_seq: firstSeq, last_seq: lastSeq } = recording;
  const [first, last] = [BigInt(first_ns), BigInt(last_ns)];
  return Array.from({ length: TRIES }, (_, i) => {
    const share = random();
    return i % 2 === 0
      ? `@${firstSeq + Math.floor(share * ((lastSeq ?? 0) - firstSeq + 1))}`
      : `${first + (BigInt(Math.floor(share * 1e6)) * (last - first)) / 1_000_000n}ns`;
  });
}

describe.each([
  ["6.16-m2-mono-standard"],
  ["6.17-x-uaf-crash"],
  ["6.18-x-stale-route-removed"],
  ["7.3-s2-two"],
  ["6.12-s2-two", "6.18-s1-one"],
])("%s %s", (...names: readonly string[]) => {
  let original: Timeline;
  beforeAll(async () => {
    original = await imported(...names.map(shippedPath));
  });
  afterAll(() => {
    original.close();
  });

  it(`is the same at its end as the original at that moment (seed ${SEED})`, async () => {
    const bytes = readFileSync(original.file);
    for (const when of whens(original, randomOf(SEED))) {
      const to = scratch.path(".db");
      const { seq } = await original.recording().rewind({ to, when });
      const copy = await openTimeline(to, { readonly: true });
      expect(copy.recording().at(), when).toEqual(original.recording().at({ when }));
      expect(copy.verify().findings, when).toEqual([]);
      for (const sql of AS_OF)
        expect(rowsOf(to, sql(seq))).toEqual(rowsOf(original.file, sql(seq)));
      expect(rowsOf(to, "SELECT max(seq) AS seq FROM event")).toEqual([[BigInt(seq)]]);
      const { lines } = copy.recordings().at(-1) ?? {};
      const { total = 0, header = 0, events = 0, unused = 0, rejected = 0, gaps = 0 } = lines ?? {};
      expect(header + events + unused + rejected + gaps).toBe(total);
      copy.close();
    }
    expect(readFileSync(original.file)).toEqual(bytes);
  });
});

describe("a rewound timeline", () => {
  let original: Timeline;
  beforeAll(async () => {
    original = await imported(shippedPath("6.17-x-uaf-crash"));
  });
  afterAll(() => {
    original.close();
  });

  it("can be continued: another recording, and the whole of its own", async () => {
    const to = scratch.path(".db");
    await original.recording().rewind({ to, when: "@860" });
    const copy = await openTimeline(to, { create: true });
    const next = await copy.import(shippedPath("6.18-s1-one"));
    const whole = await copy.import(shippedPath("6.17-x-uaf-crash"));
    expect([next, whole].map((each) => each.already_imported)).toEqual([false, false]);
    expect(copy.recordings().map(({ first_seq }) => first_seq)).toEqual([1, 861, 861 + 1076]);
    expect(copy.verify().verdict).toBe("intact");
    const { irtes, vcpus } = original.recording().at();
    expect(copy.recording().at()).toMatchObject({
      irtes: { length: irtes.length },
      vcpus: { length: vcpus.length },
    });
    copy.close();
  });

  it("begins with the same chain, so a hash noted before proves both", async () => {
    const to = scratch.path(".db");
    await original.recording().rewind({ to });
    const sql = "SELECT hash FROM chain WHERE content = 'event' ORDER BY link";
    expect(rowsOf(to, sql)).toEqual(rowsOf(original.file, sql));
    const hash = String(rowsOf(original.file, sql)[0]?.[0]);
    const copy = await openTimeline(to, { readonly: true });
    expect(copy.verify({ anchor: hash }).anchor).toMatchObject({ from_seq: 1 });
    copy.close();
  });

  it("does not replace a file, and leaves none where the moment is not in the recording", async () => {
    const there = scratch.file(".db", "mine");
    await expect(original.recording().rewind({ to: there, when: "@860" })).rejects.toMatchObject({
      code: "ERR_EXISTS",
    });
    expect(readFileSync(there, "utf8")).toBe("mine");
    const to = scratch.path(".db");
    await expect(original.recording().rewind({ to, when: "@999999" })).rejects.toMatchObject({
      code: "ERR_WHEN",
    });
    expect(existsSync(to)).toBe(false);
    expect(readdirSync(dirname(to)).filter((name) => name.includes("part"))).toEqual([]);
  });

  it("keeps a gap that is open at its end", async () => {
    const lines = shippedText("6.16-s1-one").split("\n");
    const isOfCpu = (line: string): boolean => line.includes(" [000] ");
    const at = lines.findIndex(
      (line, i) => i > 300 && isOfCpu(line) && !lines.slice(i - 12, i).some(isOfCpu),
    );
    lines.splice(at, 0, "CPU:0 [LOST 7 EVENTS]");
    const timeline = await imported(scratch.file(".txt", lines.join("\n")));
    const sql = "SELECT from_seq, to_seq FROM gap WHERE kind = 'lost'";
    const [from = 0, until = 0] = rowsOf(timeline.file, sql)[0]?.map(Number) ?? [];
    expect(until - from).toBeGreaterThan(1);
    const to = scratch.path(".db");
    await timeline.recording().rewind({ to, when: `@${from}` });
    const copy = await openTimeline(to, { readonly: true });
    expect(copy.recording().at()).toEqual(timeline.recording().at({ when: `@${from}` }));
    expect(copy.recording().at().inconclusive).toBe(true);
    expect(copy.info().recordings[0]?.interrupts.map(({ mode }) => mode)).toEqual(["unknown"]);
    copy.close();
    timeline.close();
  });

  it("is as sure as the original of what came before a gap that it does not have", async () => {
    const lines = shippedText("6.16-s1-one").split("\n");
    const late = [...lines.slice(0, 14), ...lines.slice(600)];
    const at = late.findIndex((line, i) => i > 900 && line.includes(" [000] "));
    late.splice(at, 0, "CPU:0 [LOST 7 EVENTS]");
    const timeline = await imported(scratch.file(".txt", recounted(late.join("\n"))));
    for (const when of ["@1", "@60", "end"]) {
      const to = scratch.path(".db");
      await timeline.recording().rewind({ to, when });
      const copy = await openTimeline(to, { readonly: true });
      expect(copy.recording().at(), when).toEqual(timeline.recording().at({ when }));
      copy.close();
    }
    const { inconclusive, unknown } = timeline.recording().at({ when: "@60" });
    expect(unknown.length).toBeGreaterThan(0);
    expect(inconclusive).toBe(false);
    timeline.close();
  });

  it("ends before the first event of a recording that follows another", async () => {
    const timeline = await imported(
      shippedPath("6.16-m2-mono-standard"),
      scratch.file(".txt", withoutMarkers("6.18-s1-one")),
    );
    const to = scratch.path(".db");
    expect(await timeline.recording().rewind({ to, when: "start" })).toMatchObject({
      recordings: 2,
      recording_id: 2,
    });
    const copy = await openTimeline(to, { readonly: true });
    const { lines, last_seq: lastSeq } = copy.recording(2);
    expect(lastSeq).toBeNull();
    expect(lines).toEqual({ total: 0, header: 0, events: 0, unused: 0, rejected: 0, gaps: 0 });
    expect(copy.recording().at()).toEqual(timeline.recording().at({ when: "start" }));
    copy.close();
    timeline.close();
  });

  it("is out of time order only where a line of its own is", async () => {
    const lines = shippedText("7.3-s2-two").split("\n");
    const [early = "", late = ""] = lines.slice(1000, 1002);
    lines.splice(1000, 2, late, early);
    const timeline = await imported(scratch.file(".txt", lines.join("\n")));
    const first = timeline.recordings()[0]?.first_time_anomaly ?? 0;
    expect(first).toBe(1002);
    const [[before, after] = []] = rowsOf(
      timeline.file,
      `SELECT max(seq) FILTER (WHERE line < ${first}), min(seq) FILTER (WHERE line > ${first}) FROM event`,
    );
    for (const [seq, line] of [
      [before, null],
      [after, first],
    ]) {
      const to = scratch.path(".db");
      await timeline.recording().rewind({ to, when: `@${String(seq)}` });
      const copy = await openTimeline(to, { readonly: true });
      expect(copy.recordings()[0]?.first_time_anomaly).toBe(line);
      copy.close();
    }
    timeline.close();
  });

  it("holds up no import of the same timeline", async () => {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    await timeline.import(largeTrace().subarray(0, 6_000_000));
    const began = performance.now();
    let isOver = false;
    const to = scratch.path(".db");
    // To the last event but one: a whole copy is made too fast to be met by an import.
    const recording = timeline.recording();
    const rewinding = recording
      .rewind({ to, when: `@${(recording.last_seq ?? 0) - 1}` })
      .finally(() => (isOver = true));
    while (!existsSync(`${to}.part-${process.pid}`)) await sleep(1);
    await sleep(100);
    expect(isOver).toBe(false);
    await timeline.import(shippedPath("6.17-s1-one"));
    await rewinding;
    // A writer waits for a lock for 30 seconds.
    expect(performance.now() - began).toBeLessThan(20_000);
    timeline.close();
  });

  it("has predicted IRTEs where the original has", async () => {
    const { text } = thinned(Buffer.from(shippedText("6.16-s1-one"), "latin1"), {
      without: IRTE_PROBES,
    });
    const timeline = await imported(scratch.file(".txt", text));
    const to = scratch.path(".db");
    await timeline.recording().rewind({ to, when: "@400" });
    const copy = await openTimeline(to, { readonly: true });
    expect(copy.recording().at().irtes[0]?.source).toBe("predicted");
    expect(copy.recording().at().irtes).toEqual(timeline.recording().at({ when: "@400" }).irtes);
    expect(copy.verify().findings).toEqual([]);
    copy.close();
    timeline.close();
  });
});
