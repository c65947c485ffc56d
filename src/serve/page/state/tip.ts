// The tooltip of the lanes: subject and state, from when to when, and where it is known from.

import { signal } from "@preact/signals";
import { type LaneGroup, type StateStyle } from "../pure/answers.js";
import { type FindingBar } from "../pure/bars.js";
import { duration } from "../pure/clock.js";
import { type Row } from "../pure/layout.js";
import { FLAG, rowAt, type LaneRows } from "../pure/wire.js";
import { clock, lanes, limits } from "./data.js";
import { intervals } from "./lanes.js";
import { timeText, timeUnitText } from "./readout.js";

/** A tooltip. */
export interface Tip {
  /** Where the pointer is. */
  readonly x: number;
  /** Where the pointer is. */
  readonly y: number;
  /** At most four lines. */
  readonly lines: readonly string[];
}

/** The tooltip that is shown; null = none. */
export const tip = signal<Tip | null>(null);

let timer: ReturnType<typeof setTimeout> | undefined;

/** Shows a tooltip after 150 ms, or moves it at once where one is shown. */
export function showTip(
  place: { readonly x: number; readonly y: number },
  row: Row,
  time: bigint,
  finding: FindingBar | null,
): void {
  clearTimeout(timer);
  const show = (): void => {
    const lines = finding === null ? linesOf(row, time) : findingLines(finding);
    tip.value = lines.length === 0 ? null : { ...place, lines };
  };
  if (tip.peek() !== null) show();
  else timer = setTimeout(show, 150);
}

/** Hides the tooltip. */
export function hideTip(): void {
  clearTimeout(timer);
  tip.value = null;
}

function findingLines({ ids, sentence, from, to }: FindingBar): readonly string[] {
  return [ids.join(" "), sentence, spanText(from, to)];
}

function linesOf({ lane }: Row, time: bigint): readonly string[] {
  const known = lane === null ? undefined : intervals.peek().get(lane.id);
  if (lane === null || known === undefined) return [];
  const { rows, of } = known;
  const row = rowAt(rows, Number(time - of.from));
  if (row < 0) return [lane.name];
  const flags = rows.flags[row] ?? 0;
  const [start, end] = [rows.from[row] ?? 0, rows.to[row] ?? NaN];
  const from = of.from + BigInt(start);
  const to = Number.isNaN(end) ? null : of.from + BigInt(end);
  const head = `${lane.name}: ${stateText(rows, row)}`;
  if ((flags & FLAG.merged) !== 0)
    return [
      `${lane.name}: ${rows.count[row] ?? 0} changes here`,
      `highest: ${stateText(rows, row)}`,
      spanText(from, to),
    ];
  return [head, spanText(from, to), seqText(rows, row), sourceText(rows, row)].filter(Boolean);
}

/** A row's state in words: its label, else the state's text. */
export function stateText(rows: LaneRows, row: number): string {
  const label = rows.words[rows.label[row] ?? 0] ?? "";
  const state = rows.words[rows.state[row] ?? 0] ?? "";
  const text = styleOf(state)?.text ?? state;
  return label === "" ? text : label.replace(/ {2,}/g, ", ");
}

function styleOf(state: string): StateStyle | undefined {
  return lanes.state.peek().value?.states[state];
}

function spanText(from: bigint, to: bigint | null): string {
  const end = to ?? limits.peek()?.end ?? from;
  const until = to === null ? "the end" : timeText(to);
  if (to === from) return `${timeText(from)} ${timeUnitText.peek()}`;
  return `${timeText(from)} – ${until} ${timeUnitText.peek()}, ${duration(end - from, clock.peek())}`;
}

function seqText({ seq }: LaneRows, row: number): string {
  const number = seq[row];
  return number === undefined || Number.isNaN(number) ? "" : `since @${number}`;
}

/** Where a row is known from. */
export function sourceText({ source, flags }: LaneRows, row: number): string {
  if (((flags[row] ?? 0) & FLAG.gap) !== 0) return "unknown because events were lost";
  return ["observed", "predicted by the rules", "unknown"][source[row] ?? 0] ?? "";
}

/** All groups, for lists of lanes. */
export function groupsNow(): readonly LaneGroup[] {
  return lanes.state.peek().value?.groups ?? [];
}
