// The lanes of fates. The changes of all entries stand in one table by seq, so one pass over it makes all lanes.

import { type Steps } from "../../base/steps.js";
import { irteName } from "../../domain/values/names.js";
import { CHANGES_PER_EVENT_MAX } from "../../timeline/store/fate-change-id.js";
import { prepared } from "../../timeline/store/sql.js";
import { LANE_FLAGS, LANE_SOURCES, STATE_STYLES } from "./lane-styles.js";
import { type LaneSource } from "./lane-reader.js";
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

/** As one JSON text, which is several times faster than row objects: seq, units since the base, case. */
const CHANGES_SQL = `SELECT json_group_array(json_array(f.id / ${CHANGES_PER_EVENT_MAX}, e.time_ns - :base, f.fate_case))
  FROM fate_change AS f CROSS JOIN event AS e ON e.seq = f.id / ${CHANGES_PER_EVENT_MAX}
  WHERE f.id >= :first AND f.id < :last`;

const SEQS_PER_PAGE = 16_384;

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
  const cases = new Map<number, { lane: Lane; code: number; of: Case }>();
  for (const of of prepared<[number], Case>(sqlite, CASES_SQL).all(recording.id)) {
    const name = irteName(of.segment, of.devid, of.irte_index);
    const lane = lanes.get(name) ?? { rows: new LaneRowsBuilder(), verdict: -1, vcpu: null };
    lanes.set(name, lane);
    cases.set(of.id, { lane, code: codeOf(lane.rows, of), of });
  }
  const changes = prepared<unknown[], string>(sqlite, CHANGES_SQL).pluck();
  for (let first = recording.firstSeq; first <= (recording.lastSeq ?? 0); first += SEQS_PER_PAGE) {
    const last = Math.min(first + SEQS_PER_PAGE, (recording.lastSeq ?? 0) + 1);
    const bounds = [first, last].map((seq) => BigInt(seq) * BigInt(CHANGES_PER_EVENT_MAX));
    const text = changes.get({ base, first: bounds[0], last: bounds[1] }) ?? "[]";
    for (const [seq, time, id] of JSON.parse(text) as [number, number, number][]) {
      const found = cases.get(id);
      if (found === undefined) continue;
      const { lane, code, of } = found;
      // What stays the same goes on.
      if (lane.rows.length > 0 && lane.verdict === of.fate_verdict && lane.vcpu === of.vcpu)
        continue;
      if (lane.rows.length > 0) lane.rows.endLast(time);
      lane.rows.addCoded(time, Infinity, seq, code);
      lane.verdict = of.fate_verdict;
      lane.vcpu = of.vcpu;
    }
    yield;
  }
  return new Map([...lanes].map(([name, { rows }]) => [name, rows.done()]));
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
