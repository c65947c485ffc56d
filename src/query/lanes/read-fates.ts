// The lanes of fates. The changes of all entries stand in one table by seq, so one pass over it makes all lanes.

import { type Steps } from "../../base/steps.js";
import { irteName } from "../../domain/values/names.js";
import { CHANGES_PER_EVENT_MAX } from "../../timeline/store/fate-change-id.js";
import { prepared } from "../../timeline/store/sql.js";
import { LANE_FLAGS, LANE_SOURCES, STATE_STYLES } from "./lane-styles.js";
import { type LaneSource } from "./lane-reader.js";
import { forEachRow, numbersSql } from "./number-rows.js";
import { LaneRowsBuilder, type LaneRows } from "./lane-rows.js";
import { LOST_REASON } from "../../timeline/derive/lost-fates.js";

interface Case {
  readonly id: number;
  readonly segment: number;
  readonly devid: number;
  readonly irte_index: number;
  readonly vcpu: number | null;
  readonly fate_verdict: number;
  readonly fate: string;
  readonly path: string | null;
  readonly in_flight: number;
  readonly reason: string;
}

const CASES_SQL = `SELECT of.id, of.segment, of.devid, of.irte_index, of.vcpu, of.fate_verdict, v.fate, v.path,
    v.in_flight, v.reason
  FROM fate_case AS of
  JOIN fate_verdict AS v ON v.recording_id = of.recording_id AND v.id = of.fate_verdict
  WHERE of.recording_id = ?`;

const CHANGES_SQL = `SELECT ${numbersSql([`f.id / ${CHANGES_PER_EVENT_MAX}`, "e.time_ns - :base", "f.fate_case"])}
  FROM fate_change AS f CROSS JOIN event AS e ON e.seq = f.id / ${CHANGES_PER_EVENT_MAX}
  WHERE f.id >= :first AND f.id < :last`;

const SEQS_PER_PAGE = 65_536;

/** One entry whose lane is made. */
interface Lane {
  readonly rows: LaneRowsBuilder;
  verdict: number;
  vcpu: number | null;
}

/** The lanes of all entries by their names, as v_fate has them. */
export function* fateLanes(source: LaneSource): Steps<ReadonlyMap<string, LaneRows>> {
  const { sqlite, recording, base } = source;
  const lanes = new Map<string, Lane>();
  const cases: ({ lane: Lane; code: number; of: Case } | undefined)[] = [];
  for (const of of prepared<[number], Case>(sqlite, CASES_SQL).all(recording.id)) {
    const name = irteName(of.segment, of.devid, of.irte_index);
    const lane = lanes.get(name) ?? { rows: new LaneRowsBuilder(), verdict: -1, vcpu: null };
    lanes.set(name, lane);
    cases[of.id] = { lane, code: codeOf(lane.rows, of), of };
  }
  for (let first = recording.firstSeq; first <= (recording.lastSeq ?? 0); first += SEQS_PER_PAGE) {
    const last = Math.min(first + SEQS_PER_PAGE, (recording.lastSeq ?? 0) + 1);
    const named = { base, first: idOf(first), last: idOf(last) };
    forEachRow(sqlite, CHANGES_SQL, named, 3, (row) => {
      const found = cases[row[2] ?? -1];
      if (found === undefined) return;
      const { lane, code, of } = found;
      const time = row[1] ?? 0;
      // What stays the same goes on.
      if (lane.rows.length > 0 && lane.verdict === of.fate_verdict && lane.vcpu === of.vcpu) return;
      if (lane.rows.length > 0) lane.rows.endLast(time);
      lane.rows.addCoded(time, Infinity, row[0] ?? 0, code);
      lane.verdict = of.fate_verdict;
      lane.vcpu = of.vcpu;
    });
    yield;
  }
  return new Map([...lanes].map(([name, { rows }]) => [name, rows.done()]));
}

/** The key of the first change of an event. */
function idOf(seq: number): bigint {
  return BigInt(seq) * BigInt(CHANGES_PER_EVENT_MAX);
}

function codeOf(rows: LaneRowsBuilder, { fate, path, in_flight, reason }: Case): number {
  const state = `fate.${fate}`;
  const isUnknown = fate === "unknown";
  const flags =
    (in_flight === 1 ? LANE_FLAGS.inFlight : 0) |
    (STATE_STYLES[state]?.wrong === true ? LANE_FLAGS.wrong : 0) |
    (isUnknown && reason === LOST_REASON ? LANE_FLAGS.lost : 0);
  return rows.codeOf({
    state,
    label: isUnknown ? `unknown  ${reason}` : path === null ? fate : `${fate}  ${path}`,
    source: isUnknown ? LANE_SOURCES.unknown : LANE_SOURCES.observed,
    flags,
  });
}
