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

/** The span of each finding of a report. `fateOf`: the lane of the fates of an IRTE. */
export function* findingSpans(
  source: LaneSource,
  findings: readonly Finding[],
  fateOf: (irte: string) => Steps<LaneRows>,
): Steps<readonly FindingSpan[]> {
  const spans: FindingSpan[] = [];
  for (const finding of findings) {
    const fate = finding.irte === null ? undefined : yield* fateOf(finding.irte);
    spans.push(spanOf(source, finding, fate));
    yield;
  }
  return spans;
}

function spanOf(source: LaneSource, finding: Finding, fate: LaneRows | undefined): FindingSpan {
  const rows = fate === undefined ? null : wrongSpan(fate, finding.seq);
  const [from, to] = rows ?? [Math.min(finding.seq, ...finding.evidence), finding.seq];
  const textOf = (seq: number): string => String(timeOf(source.sqlite, seq));
  return {
    id: finding.id,
    from_seq: from,
    from_ns: textOf(from),
    to_seq: to,
    to_ns: to === null ? null : textOf(to),
  };
}

/** How many changes behind a finding a wrong fate may begin. */
const NEAR = 4;

/** The wrong fates without a break that are there at an event, or begin soon after it. */
function wrongSpan(rows: LaneRows, seq: number): readonly [from: number, to: number | null] | null {
  const isWrong = (row: number): boolean =>
    ((rows.meanings[rows.code[row] ?? -1]?.flags ?? 0) & LANE_FLAGS.wrong) !== 0;
  let first = Math.max(0, lowerBound(rows.seq, seq + 1) - 1);
  const until = Math.min(rows.seq.length, first + NEAR + 1);
  while (first < until && !isWrong(first)) first++;
  if (first >= until) return null;
  let last = first;
  while (first > 0 && isWrong(first - 1)) first--;
  while (last + 1 < rows.seq.length && isWrong(last + 1)) last++;
  const end = rows.seq[last + 1];
  return [rows.seq[first] ?? seq, end ?? null];
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
