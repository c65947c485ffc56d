// Lanes say what the views say: every interval, and at a level of detail nothing less and nothing else.

import { fc, test } from "@fast-check/vitest";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  LANE_FLAGS,
  openTimeline,
  type Lane,
  type LaneIntervals,
  type Lanes,
  type RecordingView,
  type Timeline,
} from "../../../src/index.js";
import { viewSql } from "../../support/lane-views.js";
import { traceWithLosses } from "../../support/losses.js";
import { Scratch } from "../../support/scratch.js";
import { coarseTrace, shippedLines, shippedPath } from "../../support/shipped.js";

const scratch = new Scratch();

/** A row of a lane with times of the clock. */
interface Row {
  readonly from: bigint;
  readonly to: bigint | null;
  readonly seq: number | null;
  readonly state: string;
  readonly label: string;
  readonly source: number;
  readonly flags: number;
  readonly count: number;
}

function rowsOf({ from, lanes }: LaneIntervals, at = 0): readonly Row[] {
  const { words, rows } = lanes[at] ?? { words: [], rows: null };
  const start = BigInt(from);
  // eslint-disable-next-line complexity -- a default for each member.
  return (rows?.from ?? []).map((begin, i) => {
    const to = rows?.to[i] ?? null;
    return {
      from: start + BigInt(begin),
      to: to === null ? null : start + BigInt(to),
      seq: rows?.seq[i] ?? null,
      state: words[rows?.state[i] ?? -1] ?? "",
      label: words[rows?.label[i] ?? -1] ?? "",
      source: rows?.source[i] ?? -1,
      flags: rows?.flags[i] ?? -1,
      count: rows?.count[i] ?? -1,
    };
  });
}

/** Its nanoseconds have 19 digits. */
function sinceEpoch(): string {
  const lines = shippedLines("6.16-m3-local-minimal");
  return `${lines.join("\n")}\n`.replace(
    / (\d+)(\.\d{6}: )/g,
    (_, seconds: string, rest: string) => ` ${1_764_273_000 + Number(seconds)}${rest}`,
  );
}

const RECORDINGS: Readonly<Record<string, () => string | Buffer>> = {
  "6.17-x-uaf-crash": () => shippedPath("6.17-x-uaf-crash"),
  "6.16-x-stale-route-removed": () => shippedPath("6.16-x-stale-route-removed"),
  "6.12-s2-two": () => shippedPath("6.12-s2-two"),
  "events lost": () => Buffer.from(traceWithLosses(), "latin1"),
  "many events of one time": () => Buffer.from(coarseTrace(), "latin1"),
  "times since 1970, as the clock tai has them": () => Buffer.from(sinceEpoch(), "latin1"),
  "without IRTE lines": () =>
    Buffer.from(
      shippedLines("6.17-s1-one")
        // Its header would count more lines than there are, and nothing would be known.
        .filter((line) => !/^#|irte_(?:written|exchanged?|write)/.test(line))
        .join("\n") + "\n",
      "latin1",
    ),
};

type View = Readonly<Record<string, string | number | null>>;

/** The state without its kind. */
function shortState(state: string): string {
  return state.replace(/^[a-z]+\./, "");
}

describe.each(Object.entries(RECORDINGS))("%s", (_name, source) => {
  let timeline: Timeline;
  let views: Database.Database;
  let recording: RecordingView;
  let lanes: Lanes;
  let all: readonly Lane[];

  beforeAll(async () => {
    const path = scratch.path(".db");
    timeline = await openTimeline(path, { create: true });
    await timeline.import(source());
    views = new Database(path, { readonly: true });
    recording = timeline.recording();
    lanes = await recording.lanes();
    all = lanes.groups.flatMap((group) => group.lanes).filter(({ kind }) => kind !== "counter");
  });

  afterAll(() => {
    views.close();
    timeline.close();
  });

  const rowsOfView = (sql: string): readonly View[] => views.prepare<[], View>(sql).all();

  it("has a lane for every subject of the views", () => {
    const names = (sql: string): readonly unknown[] => rowsOfView(sql).map(({ id }) => id);
    const ids = new Set(all.map(({ id }) => id));
    const wanted = [
      ...names("SELECT DISTINCT 'irte:' || irte AS id FROM v_irte"),
      ...names("SELECT DISTINCT 'fate:' || irte AS id FROM v_fate"),
      ...names("SELECT DISTINCT 'irqfd:' || irte AS id FROM v_link"),
      ...names("SELECT DISTINCT 'vcpu:vm' || vm_id || '/vcpu' || vcpu_id AS id FROM v_vcpu"),
      ...names("SELECT DISTINCT 'routes:vm' || vm_id AS id FROM v_route"),
    ];
    expect(wanted.length).toBeGreaterThan(5);
    expect(wanted.filter((id) => !ids.has(String(id)))).toEqual([]);
  });

  it("says at full zoom what the views say, and how many rows there are", async () => {
    let compared = 0;
    for (const lane of all) {
      const sql = viewSql(lane);
      if (sql === null) continue;
      const view = rowsOfView(sql);
      const rows = rowsOf(await recording.laneIntervals({ lanes: [lane.id] }));
      const filled = rows.filter(({ seq }) => seq === null);
      for (const { state, flags } of filled) {
        expect(shortState(state)).toBe("unknown");
        expect(flags).toBe(LANE_FLAGS.lost);
      }
      const own = rows.filter(({ seq }) => seq !== null);
      expect(
        own.map(({ from, to, seq, state }) => ({
          from_ns: String(from),
          to_ns: to === null ? null : String(to),
          seq,
          state: shortState(state),
        })),
        lane.id,
      ).toEqual(view);
      expect([lane.id, lane.changes]).toEqual([lane.id, view.length]);
      compared += view.length;
    }
    expect(compared).toBeGreaterThan(200);
  });

  it("cuts a stay on an ir_list and loses none of it", async () => {
    for (const { id, name } of all.filter(({ kind }) => kind === "irqfd")) {
      const view = rowsOfView(
        `SELECT cast(from_ns AS text) AS from_ns, cast(to_ns AS text) AS to_ns FROM v_link
         WHERE irte = '${name.split(" ")[0] ?? ""}' ORDER BY from_seq`,
      );
      const joined: { from_ns: string; to_ns: string | null }[] = [];
      for (const { from, to, state } of rowsOf(await recording.laneIntervals({ lanes: [id] }))) {
        const last = joined.at(-1);
        const to_ns = to === null ? null : String(to);
        if (state !== "irqfd.listed" && last?.to_ns === String(from)) last.to_ns = to_ns;
        else joined.push({ from_ns: String(from), to_ns });
      }
      expect(joined, id).toEqual(view);
    }
  });

  it("says of inhibits what `at` says", async () => {
    const first = recording.first_seq;
    const last = recording.last_seq ?? 0;
    for (const { id, name } of all.filter(({ kind }) => kind === "avic")) {
      const rows = rowsOf(await recording.laneIntervals({ lanes: [id] }));
      for (let seq = first; seq <= last; seq += Math.ceil((last - first) / 40)) {
        const row = rows.filter((each) => (each.seq ?? 0) <= seq).at(-1);
        const told = recording
          .at({ when: { seq } })
          .vms.find(({ vm }) => vm === name.split(" ")[0]);
        if (row === undefined || row.state === "avic.destroyed" || told === undefined) continue;
        const inhibits = told.inhibits === null ? "unknown" : told.inhibits.join(", ") || "active";
        expect([id, seq, row.label]).toEqual([id, seq, inhibits]);
      }
    }
  });

  const part = fc.double({ min: 0, max: 1, noNaN: true });
  const asked = fc.record({
    lane: fc.nat(),
    begin: part,
    // As often near a point as far.
    width: fc.oneof(
      part,
      part.map((x) => x ** 6),
    ),
    columns: fc.integer({ min: 1, max: 60 }),
  });

  test.prop([asked], { numRuns: 60 })(
    "shows in any window what is so there, and hides nothing that is wrong, unknown or found",
    async ({ lane, begin, width, columns }) => {
      const subject = all[lane % all.length];
      if (subject === undefined) return;
      const start = BigInt(lanes.start_ns ?? 0);
      const span = Number(BigInt(lanes.end_ns ?? 0) - start) + 1;
      const from = start + BigInt(Math.floor(begin * span * 0.99));
      const to = from + BigInt(Math.max(1, Math.floor(width * span)));
      const window = await recording.laneIntervals({
        ...{ lanes: [subject.id], from: String(from), to: String(to), columns },
      });
      const exact = rowsOf(await recording.laneIntervals({ lanes: [subject.id] }));
      expectFaithful(window, exact, lanes);
      expect(BigInt(window.from)).toBeLessThanOrEqual(from);
      expect(BigInt(window.to)).toBeGreaterThanOrEqual(to);
      expect(window.columns).toBeLessThanOrEqual(2 * columns + 2);
    },
  );
});

/** Is the window what the exact rows say, column by column? */
function expectFaithful(window: LaneIntervals, exact: readonly Row[], { states }: Lanes): void {
  const start = BigInt(window.from);
  const bucket = BigInt(window.bucket);
  const shown = rowsOf(window);
  const isIn = ({ from, to }: Row, begin: bigint, end: bigint): boolean =>
    from < end && (to === null || to > begin || (to === from && from >= begin));
  const textOf = (row: Row): string =>
    [row.from, row.to, row.seq, row.state, row.label, row.flags].join(" ");
  const known = new Set(exact.map(textOf));
  for (const row of shown.filter(({ count }) => count === 1)) expect(known).toContain(textOf(row));
  const rankOf = (state: string): number => states[state]?.rank ?? -1;
  const isKept = ({ state }: Row): boolean => rankOf(state) >= 5;
  for (const row of shown.filter(({ count }) => count > 1)) {
    const end = row.from + bucket;
    expect([(row.from - start) % bucket, row.to]).toEqual([0n, end]);
    expect(row.flags & LANE_FLAGS.merged).toBe(LANE_FLAGS.merged);
    const inside = exact.filter((each) => isIn(each, row.from, end));
    expect(row.count).toBe(inside.filter(({ from }) => from >= row.from).length);
    const same = inside.filter((each) => each.state === row.state);
    expect(same.length).toBeGreaterThan(0);
    // What began before needs nothing that stands for it, where rows overlap and one of its state has its own bounds here.
    const own = shown.filter((each) => each.count === 1 && isIn(each, row.from, end));
    const seen = new Set(own.map(({ state }) => state));
    const merged = inside.filter((each) => each.from >= row.from || !seen.has(each.state));
    const best = Math.max(...merged.map(({ state }) => rankOf(state)));
    expect(isKept(row) || rankOf(row.state) >= best).toBe(true);
    // Of those that go on behind the column, and overlap, one stands for each state.
    const begun = shown.filter((each) => each.count === 1 && each.from >= row.from);
    const states = begun.filter(({ from }) => from < end).map(({ state }) => state);
    expect(states.length).toBe(new Set(states).size);
  }
  for (let column = 0n; column < BigInt(window.columns); column++) {
    const begin = start + column * bucket;
    const end = begin + bucket;
    const here = exact.filter((each) => isIn(each, begin, end));
    const drawn = shown.filter((each) => isIn(each, begin, end));
    // What must be seen is seen in each of its columns; what fills a column is seen there.
    for (const row of here.filter(
      (each) => isKept(each) || (each.from <= begin && (each.to === null || each.to >= end)),
    ))
      expect(drawn.some(({ state }) => state === row.state)).toBe(true);
    expect(drawn.length > 0).toBe(here.length > 0);
  }
  if (exact.every((row, i) => i === 0 || (exact[i - 1]?.to ?? row.from + 1n) <= row.from))
    expect(shown.length).toBeLessThanOrEqual(7 * window.columns + 2);
}
