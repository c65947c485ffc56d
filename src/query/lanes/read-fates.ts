// The lanes of fates. The changes of all entries stand in one table by seq, so one pass over it makes all lanes.

import { type Steps } from "../../base/steps.js";
import { irteName } from "../../domain/values/names.js";
import { CHANGES_PER_EVENT_MAX } from "../../timeline/store/fate-rows.js";
import { prepared } from "../../timeline/store/sql.js";
import { LANE_FLAGS, LANE_SOURCES, isWrong } from "./lane-styles.js";
import { type LaneSource } from "./lane-reader.js";
import { forEachRow, numbersSql } from "./number-rows.js";
import { LaneRowsBuilder, type LaneRows, type RowMeaning } from "./lane-rows.js";
import { LOST_REASON } from "../../timeline/derive/lost-fates.js";

interface Verdict {
  readonly id: number;
  readonly fate: string;
  readonly path: string | null;
  readonly in_flight: number;
  readonly reason: string;
}

const VERDICTS_SQL = `SELECT id, fate, path, in_flight, reason FROM fate_verdict WHERE recording_id = ?`;

const CASES_SQL = `SELECT ${numbersSql(["c.id", "c.segment", "c.devid", "c.irte_index", "c.vcpu", "f.fate_verdict"])}
  FROM fate_case AS c JOIN fate_facts AS f ON f.recording_id = c.recording_id AND f.id = c.fate_facts
  WHERE c.recording_id = :recording AND c.id BETWEEN :first AND :last`;

const CASES_PER_PAGE = 65_536;

const CHANGES_SQL = `SELECT ${numbersSql([`f.id / ${CHANGES_PER_EVENT_MAX}`, "e.time_ns - :base", "f.fate_case"])}
  FROM fate_change AS f CROSS JOIN event AS e ON e.seq = f.id / ${CHANGES_PER_EVENT_MAX}
  WHERE f.id >= :first AND f.id < :last`;

const SEQS_PER_PAGE = 65_536;

const UNKNOWN = "fate.unknown";

/** One entry whose lane is made. */
interface Lane {
  readonly rows: LaneRowsBuilder;
  verdict: number;
  vcpu: number;
}

/** What decides a fate: whose it is, and what it is. */
interface Cases {
  readonly lanes: Map<string, Lane>;
  /** By the number of a case: its lane, its verdict, its vCPU, and the code of its meaning there. */
  readonly lane: Lane[];
  readonly verdict: number[];
  readonly vcpu: number[];
  readonly code: number[];
}

/** The lanes of all entries by their names, as v_fate has them. */
export function* fateLanes(source: LaneSource): Steps<ReadonlyMap<string, LaneRows>> {
  const { sqlite, recording, base } = source;
  const cases = yield* casesOf(source);
  for (let first = recording.firstSeq; first <= (recording.lastSeq ?? 0); first += SEQS_PER_PAGE) {
    const last = Math.min(first + SEQS_PER_PAGE, (recording.lastSeq ?? 0) + 1);
    const named = { base, first: idOf(first), last: idOf(last) };
    forEachRow(sqlite, CHANGES_SQL, named, 3, (row) => {
      takeChange(cases, row[2] ?? -1, row[1] ?? 0, row[0] ?? 0);
    });
    yield;
  }
  const done = new Map<string, LaneRows>();
  for (const [name, { rows }] of cases.lanes) {
    done.set(name, rows.done());
    // The memory of one is free before the next one takes its own.
    cases.lanes.delete(name);
    yield;
  }
  return done;
}

/** What each verdict of a recording means in a lane, by its number. */
export function fateMeanings({ sqlite, recording }: LaneSource): ReadonlyMap<number, RowMeaning> {
  const verdicts = prepared<[number], Verdict>(sqlite, VERDICTS_SQL).all(recording.id);
  return new Map(verdicts.map((verdict) => [verdict.id, meaningOf(verdict)]));
}

/** As in v_fate: a fate that is not known names no vCPU. */
export function isUnknownFate({ state }: RowMeaning): boolean {
  return state === UNKNOWN;
}

function* casesOf(source: LaneSource): Steps<Cases> {
  const { sqlite, recording } = source;
  const verdicts = fateMeanings(source);
  const cases: Cases = { lanes: new Map(), lane: [], verdict: [], vcpu: [], code: [] };
  const count = prepared<[number], number | null>(
    sqlite,
    "SELECT max(id) FROM fate_case WHERE recording_id = ?",
  )
    .pluck()
    .get(recording.id);
  for (let first = 0; first <= (count ?? -1); first += CASES_PER_PAGE) {
    const named = { recording: recording.id, first, last: first + CASES_PER_PAGE - 1 };
    forEachRow(sqlite, CASES_SQL, named, 6, (row) => {
      const id = row[0] ?? 0;
      const name = irteName(row[1] ?? 0, row[2] ?? 0, row[3] ?? 0);
      const lane = cases.lanes.get(name) ?? { rows: new LaneRowsBuilder(), verdict: -1, vcpu: -1 };
      cases.lanes.set(name, lane);
      const meaning = verdicts.get(row[5] ?? -1);
      if (meaning === undefined) return;
      cases.lane[id] = lane;
      cases.vcpu[id] = isUnknownFate(meaning) ? -1 : (row[4] ?? -1);
      cases.verdict[id] = row[5] ?? -1;
      cases.code[id] = lane.rows.codeOf(meaning);
    });
    yield;
  }
  return cases;
}

function takeChange(cases: Cases, id: number, time: number, seq: number): void {
  const lane = cases.lane[id];
  if (lane === undefined) return;
  const { rows } = lane;
  const [verdict, vcpu] = [cases.verdict[id] ?? -1, cases.vcpu[id] ?? -1];
  // What stays the same goes on.
  if (rows.length > 0 && lane.verdict === verdict && lane.vcpu === vcpu) return;
  if (rows.length > 0) rows.endLast(time);
  rows.addCoded(time, Infinity, seq, cases.code[id] ?? 0);
  lane.verdict = verdict;
  lane.vcpu = vcpu;
}

/** The key of the first change of an event. */
function idOf(seq: number): bigint {
  return BigInt(seq) * BigInt(CHANGES_PER_EVENT_MAX);
}

function meaningOf({ fate, path, in_flight, reason }: Verdict): RowMeaning {
  const state = `fate.${fate}`;
  const isUnknown = fate === "unknown";
  const flags =
    (in_flight === 1 ? LANE_FLAGS.inFlight : 0) |
    (isWrong(state) ? LANE_FLAGS.wrong : 0) |
    (isUnknown && reason === LOST_REASON ? LANE_FLAGS.lost : 0);
  return {
    state,
    label: isUnknown ? `unknown  ${reason}` : path === null ? fate : `${fate}  ${path}`,
    source: isUnknown ? LANE_SOURCES.unknown : LANE_SOURCES.observed,
    flags,
  };
}
