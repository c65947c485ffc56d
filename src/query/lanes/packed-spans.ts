// The spans of many findings from packs: what all cases tell is read once, and of each IRTE the changes without times.

import { type Finding } from "../../check/describe-finding.js";
import { type Steps } from "../../base/steps.js";
import { irteKey } from "../../domain/values/ids.js";
import { parseIrteName } from "../../domain/values/names.js";
import { prepared } from "../../timeline/store/sql.js";
import { LANE_FLAGS } from "./lane-styles.js";
import {
  FINDINGS_PER_STEP,
  boundsOf,
  spanWith,
  type FateSteps,
  type FindingSpan,
  type SpanBounds,
} from "./finding-spans.js";
import { type LaneSource } from "./lane-reader.js";
import { forEachRow, numbersSql } from "./number-rows.js";
import { PackReader } from "./packs.js";
import { fateMeanings, isUnknownFate } from "./read-fates.js";

const CASES_SQL = `SELECT ${numbersSql(["c.id", "c.vcpu", "f.fate_verdict"])}
  FROM fate_case AS c JOIN fate_facts AS f ON f.recording_id = c.recording_id AND f.id = c.fate_facts
  WHERE c.recording_id = :recording AND c.id BETWEEN :first AND :last`;

const CASES_PER_STEP = 16_384;

/** What cases tell, by their numbers: two with the same verdict and vCPU are one fate. */
interface ToldCases {
  readonly verdict: Uint32Array;
  /** -1 = none, or of no matter. */
  readonly vcpu: Float64Array;
  readonly wrong: ReadonlySet<number>;
}

/** The span of each finding of a report, as `findingSpans` makes it. */
export function* packedSpans(
  source: LaneSource,
  findings: readonly Finding[],
): Steps<readonly FindingSpan[]> {
  const cases = yield* toldCases(source);
  const bounds: SpanBounds[] = [];
  let read = 0;
  for (const [irte, places] of placesByIrte(findings)) {
    const fates = irte === null ? null : stepsOf(source, cases, irte);
    for (const place of places) {
      const finding = findings[place];
      if (finding !== undefined) bounds[place] = boundsOf(finding, fates);
      if (++read % FINDINGS_PER_STEP === 0) yield;
    }
  }
  const times = yield* timesOf(source, bounds);
  return findings.map((finding, place) => {
    const [from, to] = bounds[place] ?? [finding.seq, null];
    return spanWith(finding, [from, to], times);
  });
}

/** The places of findings by their IRTEs: the changes of one IRTE's fate are many, and read one at a time. */
function placesByIrte(findings: readonly Finding[]): ReadonlyMap<string | null, readonly number[]> {
  const places = new Map<string | null, number[]>();
  for (const [at, { irte }] of findings.entries()) {
    const known = places.get(irte);
    if (known === undefined) places.set(irte, [at]);
    else known.push(at);
  }
  return places;
}

const TIMES_SQL = `SELECT group_concat(event.seq || ' ' || event.time_ns, ' ')
  FROM json_each(?) AS j CROSS JOIN event ON event.seq = j.value`;

const TIMES_PER_STEP = 8192;

/** The times of the events of spans. */
function* timesOf(
  { sqlite }: LaneSource,
  bounds: readonly SpanBounds[],
): Steps<ReadonlyMap<number, string>> {
  const seqs = [...new Set(bounds.flat())].filter((seq) => seq !== null).sort((a, b) => a - b);
  const statement = prepared<[string], string | null>(sqlite, TIMES_SQL).pluck();
  const times = new Map<number, string>();
  for (let first = 0; first < seqs.length; first += TIMES_PER_STEP) {
    const asked = JSON.stringify(seqs.slice(first, first + TIMES_PER_STEP));
    const words = (statement.get(asked) ?? "").split(" ");
    for (let at = 0; at + 1 < words.length; at += 2)
      times.set(Number(words[at]), words[at + 1] ?? "");
    yield;
  }
  return times;
}

function* toldCases(source: LaneSource): Steps<ToldCases> {
  const { sqlite, recording } = source;
  const meanings = fateMeanings(source);
  const unknown = new Set([...meanings].flatMap(([id, each]) => (isUnknownFate(each) ? id : [])));
  const wrong = new Set(
    [...meanings].flatMap(([id, { flags }]) => ((flags & LANE_FLAGS.wrong) === 0 ? [] : id)),
  );
  const last = prepared<[number], number | null>(sqlite, LAST_CASE_SQL).pluck().get(recording.id);
  const size = (last ?? 0) + 1;
  const cases = { verdict: new Uint32Array(size), vcpu: new Float64Array(size), wrong };
  for (let first = 1; first < size; first += CASES_PER_STEP) {
    const named = { recording: recording.id, first, last: first + CASES_PER_STEP - 1 };
    forEachRow(sqlite, CASES_SQL, named, 3, (row) => {
      const [id, vcpu, verdict] = [row[0] ?? 0, row[1] ?? -1, row[2] ?? 0];
      cases.verdict[id] = verdict;
      cases.vcpu[id] = unknown.has(verdict) ? -1 : vcpu;
    });
    yield;
  }
  return cases;
}

const LAST_CASE_SQL = "SELECT max(id) FROM fate_case WHERE recording_id = ?";

/** No verdict has this number. */
const NO_VERDICT = 0;

/** The changes of an IRTE's fate; what stays the same goes on. */
function stepsOf(source: LaneSource, cases: ToldCases, irte: string): FateSteps | null {
  const entry = parseIrteName(irte);
  if (entry === null) return null;
  const pack = new PackReader(source, "fate", irteKey(entry.segment, entry.devid, entry.index));
  const seq: number[] = [];
  const verdicts: number[] = [];
  let [before, vcpuBefore] = [NO_VERDICT, -1];
  while (pack.hasNext()) {
    const at = pack.nextSeq();
    const id = pack.next();
    const verdict = cases.verdict[id] ?? NO_VERDICT;
    const vcpu = cases.vcpu[id] ?? -1;
    if (verdict === NO_VERDICT || (verdict === before && vcpu === vcpuBefore)) continue;
    [before, vcpuBefore] = [verdict, vcpu];
    seq.push(at);
    verdicts.push(verdict);
  }
  return { seq, isWrong: (nth) => cases.wrong.has(verdicts[nth] ?? NO_VERDICT) };
}
