// From when to when what a finding says was so: the span of the wrong fate that its IRTE has then, or the events that
// prove it.

import { type Steps } from "../../base/steps.js";
import { type Finding } from "../../check/describe-finding.js";
import { type CheckReport } from "../../check/report.js";
import { type Seq, type TimeText } from "../../domain/values/ids.js";
import { timeOf } from "../../timeline/read/events.js";
import { LANE_FLAGS, LANE_SOURCES } from "./lane-styles.js";
import { lowerBound } from "./cut.js";
import { type LaneSource } from "./lane-reader.js";
import { LaneRowsBuilder, type LaneRows } from "./lane-rows.js";

/** From when to when what a finding says was so. */
export interface FindingSpan {
  /** The finding, `F1` and so on. */
  readonly id: string;
  /** The event that begins it. */
  readonly from_seq: Seq;
  /** The time of that event, in the recording's clock unit. */
  readonly from_ns: TimeText;
  /** The event that ends it; null = it goes on. */
  readonly to_seq: Seq | null;
  /** The time of that event; null = it goes on. */
  readonly to_ns: TimeText | null;
}

/** The changes of an IRTE's fate, in their order. */
export interface FateSteps {
  /** The event of each. */
  readonly seq: ArrayLike<number>;
  /** Is it a wrong fate from the nth change on? */
  readonly isWrong: (nth: number) => boolean;
}

/** The span of each finding of a report. `fateOf`: the lane of the fates of an IRTE. */
export function* findingSpans(
  source: LaneSource,
  findings: readonly Finding[],
  fateOf: (irte: string) => LaneRows | undefined,
): Steps<readonly FindingSpan[]> {
  const spans: FindingSpan[] = [];
  const times = { get: (seq: number) => String(timeOf(source.sqlite, seq)) };
  for (const finding of findings) {
    const rows = finding.irte === null ? undefined : fateOf(finding.irte);
    spans.push(
      spanWith(finding, boundsOf(finding, rows === undefined ? null : stepsOf(rows)), times),
    );
    if (spans.length % FINDINGS_PER_STEP === 0) yield;
  }
  return spans;
}

/** So many findings take some thousandths of a second. */
export const FINDINGS_PER_STEP = 256;

function stepsOf({ seq, meanings, code }: LaneRows): FateSteps {
  const isWrong = (row: number): boolean =>
    ((meanings[code[row] ?? -1]?.flags ?? 0) & LANE_FLAGS.wrong) !== 0;
  return { seq, isWrong };
}

/** The events that begin and end a span; null = it goes on. */
export type SpanBounds = readonly [from: number, to: number | null];

/** The bounds of a finding's span. `fates`: those of its IRTE; null = it has none. */
export function boundsOf({ seq, evidence }: Finding, fates: FateSteps | null): SpanBounds {
  const rows = fates === null ? null : wrongSpan(fates, seq);
  return rows ?? [Math.min(seq, ...evidence), seq];
}

/** The span with these bounds. `times`: those of their events. */
export function spanWith(
  { id }: Finding,
  [from, to]: SpanBounds,
  times: Pick<ReadonlyMap<number, string>, "get">,
): FindingSpan {
  const textOf = (seq: number): string => times.get(seq) ?? "";
  return {
    ...{ id, from_seq: from, from_ns: textOf(from) },
    ...{ to_seq: to, to_ns: to === null ? null : textOf(to) },
  };
}

/** How many changes behind a finding a wrong fate may begin. */
const NEAR = 4;

/** The wrong fates without a break that are there at an event, or begin soon after it. */
function wrongSpan({ seq: seqs, isWrong }: FateSteps, seq: number): SpanBounds | null {
  let first = Math.max(0, lowerBound(seqs, seq + 1) - 1);
  const until = Math.min(seqs.length, first + NEAR + 1);
  while (first < until && !isWrong(first)) first++;
  if (first >= until) return null;
  let last = first;
  while (first > 0 && isWrong(first - 1)) first--;
  while (last + 1 < seqs.length && isWrong(last + 1)) last++;
  const end = seqs[last + 1];
  return [seqs[first] ?? seq, end ?? null];
}

/** The lane of findings. */
export function* findingsLane(
  { base }: LaneSource,
  { findings }: CheckReport,
  spans: readonly FindingSpan[],
): Steps<LaneRows> {
  const rows = new LaneRowsBuilder();
  const since = (time: string): number => Number(BigInt(time) - base);
  for (const [at, finding] of findings.entries()) {
    const span = spans[at];
    if (span === undefined) continue;
    const flags = finding.severity === "consistency" ? 0 : LANE_FLAGS.wrong;
    rows.add(since(span.from_ns), span.to_ns === null ? null : since(span.to_ns), finding.seq, {
      ...{ state: `finding.${finding.severity}`, label: finding.id },
      ...{ source: LANE_SOURCES.observed, flags },
    });
  }
  yield;
  return rows.done();
}
