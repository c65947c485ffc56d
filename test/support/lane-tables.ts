// The table of a lane as a page shows it, and what SQL says of the lane.

import { type Lane, type RecordingView, type Timeline } from "../../src/index.js";
import { rowsOf } from "../../src/query/rows/query.js";
import { viewSql } from "./lane-views.js";

/** An interval of a lane. */
export interface Interval {
  readonly from: bigint;
  /** null = it goes on. */
  readonly to: bigint | null;
}

/** A row of a lane's table. */
export interface Listed extends Interval {
  /** How many changes begin in it; null = it is one interval of the view. */
  readonly merged: number | null;
}

/** What SQL says of a lane. Inhibits, parts of stays on an ir_list, and spans of findings are no view. */
export async function saidOf(
  timeline: Timeline,
  id: number,
  lane: Lane,
): Promise<readonly Interval[]> {
  const sql = viewSql(lane);
  if (sql === null) return exactly(timeline.recording(id), lane.id);
  const rows = await rowsOf<{ from_ns: string; to_ns: string | null }>(
    timeline.queryPages(sql, [], { recording: id }),
  );
  const said = rows.map(({ from_ns, to_ns }) => ({
    ...{ from: BigInt(from_ns), to: to_ns === null ? null : BigInt(to_ns) },
  }));
  return ["irte", "vcpu", "fate"].includes(lane.kind) ? withLost(said) : said;
}

/** Between two rows, and behind a last one that ends, events were lost: a row says so. */
function withLost(said: readonly Interval[]): readonly Interval[] {
  return said.flatMap((each, at) => {
    const next = said[at + 1]?.from ?? null;
    const isLost = each.to !== null && (next === null || each.to < next);
    return isLost ? [each, { from: each.to, to: next }] : [each];
  });
}

async function exactly(recording: RecordingView, lane: string): Promise<readonly Interval[]> {
  const { from, lanes } = await recording.laneIntervals({ lanes: [lane] });
  const rows = lanes[0]?.rows;
  return (rows?.from ?? []).map((begin, at) => {
    const to = rows?.to[at] ?? null;
    return {
      from: BigInt(from) + BigInt(begin),
      to: to === null ? null : BigInt(from) + BigInt(to),
    };
  });
}

/** An expression: from, to and state of each row of the table that is open. */
export const LISTED = `[...document.querySelectorAll("dialog .twin tbody tr")]
  .map((row) => [row.dataset.from, row.dataset.to, row.children[2].textContent])`;

/** The rows that the expression told. */
export function listedOf(
  told: readonly (readonly [from: string, to: string, state: string])[],
): readonly Listed[] {
  return told.map(([from, to, state]) => {
    const merged = /^(\d+) changes here/.exec(state)?.[1];
    return {
      ...{ from: BigInt(from), to: to === "" ? null : BigInt(to) },
      merged: merged === undefined ? null : Number(merged),
    };
  });
}

/** Intervals that no row of the table stands for. */
export function missing(said: readonly Interval[], table: readonly Listed[]): readonly Interval[] {
  return said.filter(
    (interval) =>
      !table.some(({ from, to, merged }) =>
        merged === null
          ? from === interval.from && to === interval.to
          : from <= interval.from && (to === null || interval.from < to),
      ),
  );
}

/** What a row claims that the view does not say; null = nothing. */
export function wrongOf({ from, to, merged }: Listed, said: readonly Interval[]): string | null {
  if (merged === null) {
    const isThere = said.some((interval) => interval.from === from && interval.to === to);
    return isThere ? null : `no interval from ${from} to ${String(to)}`;
  }
  const begun = said.filter((each) => each.from >= from && (to === null || each.from < to));
  return begun.length === merged ? null : `${merged} from ${from}, and not ${begun.length}`;
}
