// `audit` against a plain count over the log.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTimeline, type LogEntry, type Timeline, type WriteGroup } from "../../../src/index.js";
import { rowsOf } from "../../support/content.js";
import { irqtwin } from "../../support/irqtwin.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath } from "../../support/shipped.js";

const scratch = new Scratch();
const db = scratch.path(".db");
let timeline: Timeline;
let all: LogEntry[];
let unchanged: Set<number>;

beforeAll(async () => {
  timeline = await openTimeline(db, { create: true });
  await timeline.import(shippedPath("6.12-s2-two"));
  await timeline.import(shippedPath("6.17-s1-one"));
  all = [...timeline.recording().log({ reverse: true })];
  unchanged = repeats(all);
});

afterAll(() => {
  timeline.close();
});

/** Writes of the very bits that the entry had. */
function repeats(events: readonly LogEntry[]): Set<number> {
  const bits = new Map<string, string>();
  const same = new Set<number>();
  for (const { seq, kind, devid, irte_index, payload } of events) {
    const irte = `${devid ?? ""}/${irte_index ?? ""}`;
    if (kind === "irte_freed" || kind === "irte_allocated") bits.delete(irte);
    if (kind !== "irte_written") continue;
    const now = `${payload.hi ?? ""}${payload.lo ?? ""}`;
    if (bits.get(irte) === now) same.add(seq);
    bits.set(irte, now);
  }
  return same;
}

const KEY_OF: Readonly<Partial<Record<WriteGroup, (entry: LogEntry) => string | null>>> = {
  task: ({ comm, pid }) => `${comm ?? ""}-${pid ?? ""}`,
  cause: ({ cause }) => cause,
  device: ({ devid }) => `0000:00:0${(devid ?? 0) >> 3}.0`,
  irte: ({ devid, irte_index }) => `0000:00:0${(devid ?? 0) >> 3}.0/${irte_index ?? ""}`,
};

describe.each(Object.entries(KEY_OF) as [WriteGroup, (entry: LogEntry) => string | null][])(
  "by %s",
  (by, keyOf) => {
    test.each([{}, { since: "@1100", until: "@1500" }])("counts %j", (span) => {
      const writes = [
        ...timeline.recording().log({ ...span, kind: "irte_written", reverse: true }),
      ];
      const groups = new Map<string | null, LogEntry[]>();
      for (const write of writes)
        groups.set(keyOf(write), [...(groups.get(keyOf(write)) ?? []), write]);
      const rows = timeline.recording().audit({ by, ...span }).rows;
      expect(rows.map(({ key }) => key).sort()).toEqual([...groups.keys()].sort());
      for (const row of rows) {
        const group = groups.get(row.key) ?? [];
        expect(row).toEqual({
          key: row.key,
          writes: group.length,
          unchanged: group.filter(({ seq }) => unchanged.has(seq)).length,
          not_allowed: null,
          undecided: null,
          irtes: new Set(group.map(({ devid, irte_index }) => `${devid ?? ""}/${irte_index ?? ""}`))
            .size,
          first_ns: group[0]?.time_ns,
          last_ns: group.at(-1)?.time_ns,
        });
      }
    });
  },
);

test("by vcpu: the vCPU that the written tag names, as v_irte tells", () => {
  const rows = timeline.recording().audit({ by: "vcpu" }).rows;
  const total = rows.reduce((sum, { writes }) => sum + writes, 0);
  expect(total).toBe(all.filter(({ kind }) => kind === "irte_written").length);
  const changed = rowsOf(
    db,
    `SELECT CASE WHEN i.mode = 'posted' THEN printf('vm%d/vcpu%d', i.vm_id, i.vcpu_id) END, count(*)
     FROM v_irte AS i JOIN v_event AS e ON e.seq = i.from_seq
     WHERE i.recording_id = 2 AND e.kind IN ('irte_written', 'irte_exchanged') GROUP BY 1`,
  ).map(([key, count]) => [key, Number(count)]);
  expect(rows.map((row) => [row.key, row.writes - row.unchanged]).sort()).toEqual(changed.sort());
});

// This recording has a counter clock: its times, and `every`, are ticks.
test("by interval: from the recording's first moment, in order, none twice", () => {
  const rows = timeline.recording().audit({ by: "interval", every: "50000000ns" }).rows;
  const begin = BigInt(timeline.recording(2).first_ns ?? 0);
  expect(rows.length).toBeGreaterThan(3);
  for (const { key, first_ns, last_ns } of rows) {
    const from = BigInt(key ?? 0);
    expect((from - begin) % 50_000_000n).toBe(0n);
    expect(BigInt(first_ns) >= from && BigInt(last_ns) < from + 50_000_000n).toBe(true);
  }
  expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
  for (const every of ["0ms", "-5ns", "x", "1.5s", "50ms"])
    expect(() => timeline.recording().audit({ by: "interval", every })).toThrow(
      expect.objectContaining({ code: "ERR_USAGE" }) as Error,
    );
});

test("by interval without a length: some fifty of them, whatever the clock counts", () => {
  const recording = timeline.recording(2);
  const first = BigInt(recording.first_ns ?? 0);
  const last = BigInt(recording.last_ns ?? 0);
  const [span, rows] = [last - first, timeline.recording().audit({ by: "interval" }).rows];
  const keys = rows.map(({ key }) => BigInt(key ?? 0) - first);
  const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));
  const every = keys.reduce(gcd);
  expect(every).toBeGreaterThanOrEqual(span / 100n);
  expect(rows.reduce((sum, { writes }) => sum + writes, 0)).toBe(
    all.filter(({ kind }) => kind === "irte_written").length,
  );
  expect(timeline.recording(1).audit({ by: "interval" }).rows.length).toBeGreaterThan(1);
});

test("knows what the last check decided, of its own recording alone", () => {
  timeline.recording(1).check();
  expect(timeline.recording().audit().rows[0]).toMatchObject({ not_allowed: null });
  // By another kernel's rules many a write is not allowed.
  const { writes } = timeline.recording(2).check({ rules: "6.16" });
  const rows = timeline.recording().audit().rows;
  const sum = (of: (row: (typeof rows)[number]) => number | null): number =>
    rows.reduce((total, row) => total + (of(row) ?? NaN), 0);
  expect(sum((row) => row.not_allowed)).toBe(writes.mismatched + writes.unexpected);
  expect(sum((row) => row.undecided)).toBe(writes.unknown + writes.undefined);
  expect(sum((row) => row.not_allowed)).toBeGreaterThan(0);
  expect(rows).toEqual(timeline.recording().audit({ since: "start", until: "end" }).rows);
});

test("the command: text, JSON, and --sql, which SQLite runs as it is", () => {
  const printed = irqtwin(["audit", "--db", db, "--by", "device", "--sql"]).stdout;
  const rows = timeline.recording().audit({ by: "device" }).rows;
  expect(rowsOf(db, printed).map(([key, writes]) => [key, Number(writes)])).toEqual(
    rows.map(({ key, writes }) => [key, writes]),
  );
  const lines = irqtwin(["audit", "--db", db, "--by", "device", "--json"]).stdout;
  expect(
    lines
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual(rows.map((row) => ({ by: "device", ...row })));
  expect(irqtwin(["audit", "--db", db, "--recording", "2"]).stdout).toMatch(/^cause +writes/);
  expect(irqtwin(["audit", "--db", db, "--by", "moon"]).status).toBe(2);
});
