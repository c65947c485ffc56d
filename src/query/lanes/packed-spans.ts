// The spans of many findings from packs: what all cases tell is read once, and of each IRTE the changes without times.

import { type Finding } from "../../check/describe-finding.js";
import { type Steps } from "../../base/steps.js";
import { irteKey } from "../../domain/values/ids.js";
import { parseIrteName } from "../../domain/values/names.js";
import { LANE_FLAGS } from "./lane-styles.js";
import { FINDINGS_PER_STEP, spanOf, type FateSteps, type FindingSpan } from "./finding-spans.js";
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
  readonly verdict: number[];
  /** -1 = none, or of no matter. */
  readonly vcpu: number[];
  readonly wrong: ReadonlySet<number>;
}

/** The span of each finding of a report, as `findingSpans` makes it. */
export function* packedSpans(
  source: LaneSource,
  findings: readonly Finding[],
): Steps<readonly FindingSpan[]> {
  const cases = yield* toldCases(source);
  const known = new Map<string, FateSteps>();
  const spans: FindingSpan[] = [];
  for (const finding of findings) {
    const { irte } = finding;
    const fates = irte === null ? null : (known.get(irte) ?? stepsOf(source, cases, irte));
    if (irte !== null && fates !== null) known.set(irte, fates);
    spans.push(spanOf(source, finding, fates));
    if (spans.length % FINDINGS_PER_STEP === 0) yield;
  }
  return spans;
}

function* toldCases(source: LaneSource): Steps<ToldCases> {
  const { sqlite, recording } = source;
  const meanings = fateMeanings(source);
  const unknown = new Set([...meanings].flatMap(([id, each]) => (isUnknownFate(each) ? id : [])));
  const wrong = new Set(
    [...meanings].flatMap(([id, { flags }]) => ((flags & LANE_FLAGS.wrong) === 0 ? [] : id)),
  );
  const cases = { verdict: [] as number[], vcpu: [] as number[], wrong };
  for (let first = 1, found = true; found; first += CASES_PER_STEP) {
    found = false;
    const named = { recording: recording.id, first, last: first + CASES_PER_STEP - 1 };
    forEachRow(sqlite, CASES_SQL, named, 3, ([id = 0, vcpu = -1, verdict = -1]) => {
      found = true;
      cases.verdict[id] = verdict;
      cases.vcpu[id] = unknown.has(verdict) ? -1 : vcpu;
    });
    yield;
  }
  return cases;
}

/** The changes of an IRTE's fate; what stays the same goes on. */
function stepsOf(source: LaneSource, cases: ToldCases, irte: string): FateSteps | null {
  const entry = parseIrteName(irte);
  if (entry === null) return null;
  const pack = new PackReader(source, "fate", irteKey(entry.segment, entry.devid, entry.index));
  const seq: number[] = [];
  const verdicts: number[] = [];
  let before = -1;
  while (pack.hasNext()) {
    const at = pack.nextSeq();
    const id = pack.next();
    const verdict = cases.verdict[id];
    if (verdict === undefined) continue;
    const isSame = verdict === verdicts.at(-1) && cases.vcpu[id] === cases.vcpu[before];
    before = id;
    if (isSame) continue;
    seq.push(at);
    verdicts.push(verdict);
  }
  return { seq, isWrong: (nth) => cases.wrong.has(verdicts[nth] ?? -1) };
}
