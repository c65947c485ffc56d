// Lost events: what they may have touched is unknown until it is observed again.

import { describe, expect, test } from "vitest";
import { openTimeline, type Timeline } from "../../../src/index.js";
import { rowsOf } from "../../support/content.js";
import { irqtwin, json } from "../../support/irqtwin.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines } from "../../support/shipped.js";

const scratch = new Scratch();
const NAME = "6.16-m2-mono-standard";
const CPU = /\[(\d+)\]/;
const cpuOf = (line: string | undefined): number => Number(CPU.exec(line ?? "")?.[1]);

interface WithGap {
  readonly db: string;
  readonly timeline: Timeline;
  /** Line number of the marker. */
  readonly marker: number;
  /** The last event before the gap and the gap's own event. */
  readonly from: number;
  readonly to: number;
}

/** The trace with a marker in its middle, before a line of a CPU that was silent for a while. */
async function withGap(text = " 17"): Promise<WithGap> {
  const lines = shippedLines(NAME);
  const at = lines.findIndex((line, i) => {
    const before = lines.slice(i - 12, i);
    return i > 2500 && before.every((other) => cpuOf(other) !== cpuOf(line));
  });
  lines.splice(at, 0, `CPU:${cpuOf(lines[at])} [LOST${text} EVENTS]`);
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(scratch.file(".txt", `${lines.join("\n")}\n`));
  const [[from, to] = []] = rowsOf(db, "SELECT from_seq, to_seq FROM v_gap WHERE kind = 'lost'");
  return { db, timeline, marker: at + 1, from: Number(from), to: Number(to) };
}

describe("a [LOST n EVENTS] marker", () => {
  test("is a gap from the CPU's line before it to the CPU's line after it", async () => {
    const { db, marker, timeline } = await withGap();
    timeline.close();
    const gaps = rowsOf(
      db,
      "SELECT kind, cpu, lost, from_ns, to_ns, line FROM v_gap ORDER BY to_seq",
    );
    const lines = shippedLines(NAME);
    const after = lines[marker - 1];
    const before = lines.slice(0, marker - 1).findLast((line) => cpuOf(line) === cpuOf(after));
    const timeOf = (line: string | undefined): bigint =>
      BigInt((/ (\d+\.\d{6}): /.exec(line ?? "")?.[1] ?? "").replace(".", "")) * 1000n;
    expect(gaps.map(([kind]) => kind)).toEqual(["start", "lost"]);
    expect(gaps[1]?.slice(1)).toEqual([
      BigInt(cpuOf(after)),
      17n,
      timeOf(before),
      timeOf(after),
      BigInt(marker),
    ]);
  });

  test("is counted as a gap line and becomes one event", async () => {
    const { db, timeline, marker } = await withGap();
    expect(timeline.recordings()[0]?.lines).toMatchObject({ gaps: 1, rejected: 0 });
    timeline.close();
    expect(rowsOf(db, "SELECT line FROM v_event WHERE kind = 'events_lost'")).toEqual([
      [BigInt(marker)],
    ]);
  });

  test("without a number leaves the number unknown", async () => {
    const { db, timeline } = await withGap("");
    timeline.close();
    expect(rowsOf(db, "SELECT lost FROM v_gap WHERE kind = 'lost'")).toEqual([[null]]);
  });

  test("inside the gap nothing is sure, and `at` ends with exit status 4", async () => {
    const { db, timeline, from, to } = await withGap();
    expect(timeline.recording().at({ when: `@${from - 1}` }).inconclusive).toBe(false);
    expect(
      timeline
        .recording()
        .at({ when: `@${from - 1}` })
        .irtes.some(({ lo }) => lo !== null),
    ).toBe(true);
    for (const seq of [from, Math.floor((from + to) / 2), to - 1]) {
      const document = timeline.recording().at({ when: `@${seq}` });
      expect(document.inconclusive).toBe(true);
      expect(document.irtes.map(({ mode }) => mode)).toEqual(document.irtes.map(() => "unknown"));
      expect(document.unknown[0]).toBeDefined();
    }
    timeline.close();
    const ran = irqtwin(["at", `@${from}`, "--db", db, "--json"]);
    expect(ran.status).toBe(4);
    expect(json(ran)).toMatchObject({ inconclusive: true });
    expect(irqtwin(["at", `@${from - 1}`, "--db", db]).status).toBe(0);
  });

  test("after the gap an IRTE is unknown until it is written again", async () => {
    const { db, timeline, to } = await withGap();
    const names = timeline
      .recording()
      .at({ when: `@${to}` })
      .irtes.map(({ irte }) => irte);
    expect(names.length).toBeGreaterThan(2);
    let known = 0;
    for (const irte of names) {
      const [, bus, slot, fn, index] = /:(..):(..)\.(.)\/(\d+)$/.exec(irte) ?? [];
      const devid = (parseInt(bus ?? "", 16) << 8) | (parseInt(slot ?? "", 16) << 3) | Number(fn);
      const [[next] = [null]] = rowsOf(
        db,
        `SELECT min(seq) FROM v_event WHERE devid = ? AND irte_index = ? AND seq > ?
           AND kind IN ('irte_written', 'irte_freed')`,
        devid,
        Number(index),
        to,
      );
      expect(timeline.recording().at({ when: `@${to}`, irte })).toMatchObject({
        inconclusive: true,
        irtes: [{ lo: null, hi: null, mode: "unknown" }],
      });
      if (next === null) continue;
      known++;
      expect(
        timeline.recording().at({ when: `@${Number(next) - 1}`, irte }).irtes[0]?.lo,
      ).toBeNull();
      const after = timeline.recording().at({ when: `@${Number(next)}`, irte });
      expect(after.irtes[0]?.lo).toMatch(/^0x[0-9a-f]{16}$/);
      expect(after.irtes[0]?.since_seq).toBe(Number(next));
    }
    timeline.close();
    expect(known).toBeGreaterThan(0);
  });

  test("the as-of views know the gap too: no interval with bits holds the moment after it", async () => {
    const { db, timeline, to } = await withGap();
    timeline.close();
    const open = rowsOf(
      db,
      "SELECT lo, mode FROM v_irte WHERE from_seq <= ? AND (to_seq IS NULL OR ? < to_seq)",
      to,
      to,
    );
    expect(open.length).toBeGreaterThan(2);
    expect(open).toEqual(open.map(() => [null, "unknown"]));
  });

  test("every value that is unknown after it has its reason", async () => {
    const { timeline, to } = await withGap();
    const document = timeline.recording().at({ when: `@${to}` });
    timeline.close();
    const paths = document.unknown.map(({ path }) => path);
    for (const [i] of document.irtes.entries()) {
      expect(paths).toContain(`irtes[${i}].lo`);
      expect(paths).toContain(`irtes[${i}].hi`);
    }
    for (const [i, vcpu] of document.vcpus.entries())
      if (vcpu.run_state === "unknown") expect(paths).toContain(`vcpus[${i}].run_state`);
  });
});

test("events that the ring buffer overwrote are a gap before the recording", async () => {
  const lines = shippedLines(NAME).map((line) =>
    line.replace(
      /^# entries-in-buffer\/entries-written: \d+\/\d+/,
      "# entries-in-buffer/entries-written: 6000/7234",
    ),
  );
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(scratch.file(".txt", `${lines.join("\n")}\n`));
  timeline.close();
  expect(rowsOf(db, "SELECT kind, lost, from_seq, to_seq FROM v_gap WHERE cpu IS NULL")).toEqual([
    ["overwritten", 1234n, null, 1n],
  ]);
  // Every CPU whose first line comes after the first event may have done more before.
  const others = rowsOf(db, "SELECT kind, from_seq, count(DISTINCT cpu) FROM v_gap WHERE cpu >= 0");
  const cpus = new Set(lines.flatMap((line) => / \[(\d{3})\] /.exec(line)?.[1] ?? []));
  const [[kind, from, count] = []] = others;
  expect([kind, from]).toEqual(["overwritten", null]);
  expect(Number(count)).toBeGreaterThan(0);
  expect(Number(count)).toBeLessThan(cpus.size);
});

test("where the events of a CPU were overwritten no view states what the CPU may have changed", async () => {
  const lines = shippedLines(NAME);
  const body = lines.filter((line) => !line.startsWith("#"));
  const cpu = cpuOf(body.findLast((line) => line.includes(" irte_write: ")));
  const own = body.flatMap((line, i) => (cpuOf(line) === cpu ? [i] : []));
  const lost = new Set(own.slice(0, Math.floor(own.length / 2)));
  const header = `# entries-in-buffer/entries-written: ${body.length - lost.size}/${body.length}`;
  const text = ["# tracer: nop", header, ...body.filter((_, i) => !lost.has(i)), ""].join("\n");
  const db = scratch.path(".db");
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(scratch.file(".txt", text));
  const [[seq] = []] = rowsOf(db, `SELECT to_seq FROM v_gap WHERE cpu = ${cpu}`);
  const before = `@${Number(seq) - 1}`;
  const asOf = `from_seq < ${Number(seq)} AND (to_seq IS NULL OR to_seq > ${Number(seq) - 1})`;
  expect(rowsOf(db, `SELECT irte, lo FROM v_irte WHERE ${asOf} AND lo IS NOT NULL`)).toEqual([]);
  expect(rowsOf(db, `SELECT * FROM v_link WHERE ${asOf}`)).toEqual([]);
  expect(timeline.recording().frameAt({ when: before }).irtes).toEqual([]);
  const { irtes, inconclusive } = timeline.recording().at({ when: before });
  expect(irtes.length).toBeGreaterThan(0);
  expect(irtes.filter(({ lo }) => lo !== null)).toEqual([]);
  expect(inconclusive).toBe(true);
  const written = "SELECT count(*) FROM v_irte_change WHERE seq < " + String(seq);
  expect(Number(rowsOf(db, written)[0]?.[0])).toBeGreaterThan(0);
  timeline.close();
});
