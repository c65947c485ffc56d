// The tooltip of the lanes: subject and state, from when to when, who made it so, and where it is known from.

import { signal } from "@preact/signals";
import { type Lane, type StateStyle } from "../pure/answers.js";
import { type FindingBar } from "../pure/bars.js";
import { duration } from "../pure/clock.js";
import { ticksOn } from "../pure/kinds.js";
import { subjectOf, type Row } from "../pure/layout.js";
import { FLAG, rowAt, type Known, type LaneRows } from "../pure/wire.js";
import { clock, kinds, lanes, limits, view } from "./data.js";
import { intervals, size } from "./lanes.js";
import { timeText, timeUnitText } from "./readout.js";
import { changeText, columnText, knownText, type MergedColumn } from "./tip-more.js";
import { url } from "./url.js";

/** A tooltip. */
export interface Tip {
  /** Where the pointer is. */
  readonly x: number;
  /** Where the pointer is. */
  readonly y: number;
  /** At most four lines, and one for what stands on the lane there. */
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
    const told = finding === null ? linesOf(row, time) : { lines: findingLines(finding) };
    const shown = told.lines.length === 0 ? null : { ...place, lines: told.lines };
    tip.value = shown;
    if (told.more === undefined) return;
    const complete = (): void => {
      const { lines } = linesOf(row, time);
      if (tip.peek() === shown) tip.value = { ...place, lines };
    };
    // Without an answer the tooltip stays as it is.
    void told.more().then(complete, () => undefined);
  };
  if (tip.peek() !== null) show();
  else timer = setTimeout(show, 150);
}

/** The lines of a tooltip, as far as they are known at once. */
export function linesAt(row: Row, time: bigint, finding: FindingBar | null): readonly string[] {
  return finding === null ? linesOf(row, time).lines : findingLines(finding);
}

/** Hides the tooltip. */
export function hideTip(): void {
  clearTimeout(timer);
  tip.value = null;
}

function findingLines({ ids, sentence, from, to }: FindingBar): readonly string[] {
  return [ids.join(" "), sentence, spanText(from, to)];
}

/** Lines of a tooltip; `more`: asks for what is not known yet. */
interface Told {
  readonly lines: readonly string[];
  readonly more?: () => Promise<unknown>;
}

function linesOf(row: Row, time: bigint): Told {
  const told = laneLines(row, time);
  return row.lane === null
    ? told
    : { ...told, lines: [...told.lines, ...tickLines(row.lane, time)] };
}

/** A moment within so many CSS pixels is meant. */
const NEAR = 4;

/** What the moments say that are drawn on a lane near to a time. */
function tickLines(lane: Lane, time: bigint): readonly string[] {
  const near = (Number(view.peek()?.length ?? 0n) * NEAR) / Math.max(1, size.peek().width);
  return ticksOn(kinds.peek(), lane, subjectOf(lane)).flatMap((id) => {
    const known = intervals.peek().get(id);
    if (known === undefined) return [];
    const { rows, of } = known;
    const distanceOf = (row: number): number =>
      Math.abs((rows.from[row] ?? 0) - Number(time - of.from));
    const there = [...rows.from.keys()].filter((row) => distanceOf(row) <= near);
    const [first, ...others] = there.sort((one, two) => distanceOf(one) - distanceOf(two));
    if (first === undefined) return [];
    const more = others.reduce(
      (sum, row) => sum + (rows.count[row] ?? 1),
      (rows.count[first] ?? 1) - 1,
    );
    return [`${stateText(rows, first)}${more === 0 ? "" : `; ${more} more`}`];
  });
}

function laneLines({ lane }: Row, time: bigint): Told {
  const known = lane === null ? undefined : intervals.peek().get(lane.id);
  const recording = url.peek().recording;
  if (lane === null || known === undefined || recording === null) return { lines: [] };
  const { rows, of } = known;
  const row = rowAt(rows, Number(time - of.from));
  if (row < 0) return { lines: [lane.name] };
  const [start, end] = [rows.from[row] ?? 0, rows.to[row] ?? NaN];
  const from = of.from + BigInt(start);
  const to = Number.isNaN(end) ? null : of.from + BigInt(end);
  const span = spanText(from, to);
  if (((rows.flags[row] ?? 0) & FLAG.merged) !== 0 && to !== null)
    return mergedLines({ recording, lane: lane.id, from, to, count: rows.count[row] ?? 0 }, [
      lane.name,
      stateText(rows, row),
      span,
    ]);
  const head = `${lane.name}: ${stateText(rows, row)}`;
  const seq = rows.seq[row] ?? NaN;
  return changeLines([head, span, sourceText(rows, row)], recording, seq);
}

/** With the line of who made the change, if an event did. */
function changeLines(
  [head, span, source]: readonly [head: string, span: string, source: string],
  recording: number,
  seq: number,
): Told {
  if (Number.isNaN(seq)) return { lines: [head, span, source] };
  const key = `${recording} @${seq}`;
  const by = knownText(key);
  const lines = [head, span, by ?? `@${seq}`, source];
  return by === undefined ? { lines, more: () => changeText(key, recording, seq) } : { lines };
}

function mergedLines(
  column: MergedColumn,
  [name, highest, span]: readonly [name: string, highest: string, span: string],
): Told {
  const key = `${column.recording} ${column.lane} ${column.from} ${column.to}`;
  const shares = knownText(key);
  const changes = `${name}: ${column.count} changes here`;
  const head = shares === undefined || shares === "" ? changes : `${changes}, ${shares}`;
  const lines = [head, `highest: ${highest}`, span];
  if (shares !== undefined) return { lines };
  return { lines, more: () => columnText(key, column, textOfState) };
}

/** A state in words. */
export function textOfState(state: string): string {
  return styleOf(state)?.text ?? state;
}

/** What a lane says at a moment. */
export interface LaneMoment {
  /** The state in words, or how many changes share the column of the moment. */
  readonly text: string;
  /** Since when it is so, in clock units; null = several changes share the column. */
  readonly since: bigint | null;
}

/** What a lane says at a moment, in clock units; null = nothing. A column with several changes names no single state. */
export function laneAt({ rows, of }: Known, time: bigint): LaneMoment | null {
  const row = rowAt(rows, Number(time - of.from));
  if (row < 0) return null;
  const changes = rows.count[row] ?? 1;
  const isMerged = ((rows.flags[row] ?? 0) & FLAG.merged) !== 0 || changes > 1;
  if (isMerged) return { text: `${changes} changes here`, since: null };
  return { text: stateText(rows, row), since: of.from + BigInt(rows.from[row] ?? 0) };
}

/** A row's state in words: its label, else the state's text. */
export function stateText(rows: LaneRows, row: number): string {
  const label = rows.words[rows.label[row] ?? 0] ?? "";
  const state = rows.words[rows.state[row] ?? 0] ?? "";
  const text = textOfState(state);
  // An unknown row's label goes on with the reason, which is told as its source.
  return label === "" || label.startsWith(UNKNOWN) ? text : label.replace(/ {2,}/g, ", ");
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

/** How the label of a row begins that says why nothing is known. */
const UNKNOWN = "unknown  ";

/** Where a row is known from, or why nothing is known. */
export function sourceText({ source, flags, label, words }: LaneRows, row: number): string {
  const text = words[label[row] ?? 0] ?? "";
  if (text.startsWith(UNKNOWN)) return `unknown: ${text.slice(UNKNOWN.length)}`;
  if (((flags[row] ?? 0) & FLAG.gap) !== 0) return "unknown because events were lost";
  return ["observed", "predicted by the rules", "unknown"][source[row] ?? 0] ?? "";
}
