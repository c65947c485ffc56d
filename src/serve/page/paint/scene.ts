// All lanes that are in sight, from their data. It reads no signal: everything comes in.

import { type StateStyle } from "../pure/answers.js";
import { type FindingBar } from "../pure/bars.js";
import { type Clock } from "../pure/clock.js";
import { FORM_SIZES, SELECTED_FATE } from "../pure/forms.js";
import { gapEdges, type KnownGap } from "../pure/gaps.js";
import { formOf, ticksOn, type Kinds } from "../pure/kinds.js";
import { stuckHeight, subjectOf, type Row } from "../pure/layout.js";
import { columnOf, type Scale } from "../pure/pixels.js";
import { type Tick } from "../pure/ruler.js";
import { type Span } from "../pure/url-state.js";
import { type Known as KnownRows } from "../pure/wire.js";
import { paintFindings, type FindingHit } from "./findings.js";
import { paintLane } from "./lane.js";
import { colour, type Surface } from "./surface.js";
import { paintMarkers, paintTicks } from "./ticks.js";

/** What stands on the lanes. */
export interface Scene {
  /** The view. */
  readonly view: Span;
  /** The recording's end. */
  readonly end: bigint;
  /** The rows in sight. */
  readonly rows: readonly Row[];
  /** How far the lanes are scrolled, in CSS pixels. */
  readonly scroll: number;
  /** The intervals by lane. */
  readonly intervals: ReadonlyMap<string, KnownRows>;
  /** What the lanes are. */
  readonly kinds: Kinds;
  /** How states look. */
  readonly states: Readonly<Record<string, StateStyle>>;
  /** The bars of findings. */
  readonly bars: readonly FindingBar[];
  /** Where events were lost. */
  readonly gaps: readonly KnownGap[];
  /** Ticks of the ruler, for the lines behind the lanes. */
  readonly ticks: readonly Tick[];
  /** The clock. */
  readonly clock: Clock;
  /** T, A and B; null = not set. */
  readonly t: bigint | null;
  /** Marker A. */
  readonly a: bigint | null;
  /** Marker B. */
  readonly b: bigint | null;
  /** The name of the selected subject; null = none. */
  readonly selected: string | null;
  /** The selected subject's fate at T is wrong. */
  readonly isWrong: boolean;
  /** The chosen finding. */
  readonly finding: string | null;
}

/** Draws the scene, and tells where findings are. */
export function paintScene(surface: Surface, scene: Scene): readonly FindingHit[] {
  const { brush } = surface;
  const scale: Scale = { width: surface.width, length: Number(scene.view.length) };
  brush.fillStyle = colour(surface, "bg");
  brush.fillRect(0, 0, surface.width, surface.height);

  const lines = [scene.a, scene.t, scene.b].flatMap((time) => {
    return time === null ? [] : [columnOf(Number(time - scene.view.start), scale)];
  });
  const stuck = scene.rows.filter((row) => row.stuck);
  const top = Math.round(stuckHeight(stuck) * surface.ratio);
  paintGrid(surface, scene, scale);
  brush.save();
  brush.clipTo(0, top, surface.width, Math.max(0, surface.height - top));
  const hits = [...paintRows(surface, scene, scale, lines, false)];
  brush.restore();
  hits.push(...paintRows(surface, scene, scale, lines, true));
  paintGaps(surface, scene);
  paintLines(surface, scene, scale);
  return hits;
}

function paintRows(
  surface: Surface,
  scene: Scene,
  scale: Scale,
  lines: readonly number[],
  stuck: boolean,
): readonly FindingHit[] {
  const rows = scene.rows.filter((row) => row.stuck === stuck);
  paintGround(surface, scene, rows);
  return rows.flatMap((row) => paintRow(surface, scene, scale, row, lines));
}

function y({ ratio }: Surface, scene: Scene, { top, stuck }: Row): number {
  return Math.round((stuck ? top : top - scene.scroll) * ratio);
}

/** The grounds of groups' heads and of the selected subject. */
function paintGround(surface: Surface, scene: Scene, rows: readonly Row[]): void {
  const { brush, ratio, width } = surface;
  for (const row of rows) {
    const [top, height] = [y(surface, scene, row), Math.round(row.height * ratio)];
    if (row.type === "group") {
      brush.fillStyle = colour(surface, "panel");
      brush.fillRect(0, top, width, height);
      brush.fillStyle = colour(surface, "line");
      brush.fillRect(0, top, width, Math.max(1, Math.round(ratio)));
    } else if (row.lane !== null && isSelected(scene, row)) {
      brush.fillStyle = colour(surface, scene.isWrong ? "badbg" : "accbg");
      brush.globalAlpha = scene.isWrong ? 0.55 : 0.5;
      brush.fillRect(0, top, width, height);
      brush.globalAlpha = 1;
    }
  }
}

/** Is the row one of the selected subject? */
export function isSelected({ selected }: Pick<Scene, "selected">, { lane }: Row): boolean {
  return lane !== null && selected !== null && subjectOf(lane) === selected;
}

function paintGrid(surface: Surface, scene: Scene, scale: Scale): void {
  const { brush, ratio, height } = surface;
  brush.fillStyle = colour(surface, "line");
  brush.globalAlpha = 0.6;
  for (const { time } of scene.ticks) {
    const x = columnOf(Number(time - scene.view.start), scale);
    brush.fillRect(x, 0, Math.max(1, Math.round(ratio)), height);
  }
  brush.globalAlpha = 1;
}

function paintRow(
  surface: Surface,
  scene: Scene,
  scale: Scale,
  row: Row,
  lines: readonly number[],
): readonly FindingHit[] {
  const { lane } = row;
  if (lane === null) return [];
  const { ratio } = surface;
  const form = formOf(scene.kinds, lane);
  const [top, height] = [y(surface, scene, row), Math.round(row.height * ratio)];
  if (form === "findings") return findingsRow(surface, scene, top, lines);
  const known = scene.intervals.get(lane.id);
  if (form === "track") paintBaseline(surface, top + Math.round(9.5 * ratio));
  if (known === undefined) return [];
  const shift = Number(known.of.from - scene.view.start);
  const { rows } = known;
  if (form === "texts") paintMarkers({ surface, rows, shift, scale, top, height });
  else {
    const strip = isSelected(scene, row) ? 14 : 9;
    const middle = top + Math.round(middleOf(form, isSelected(scene, row)) * ratio);
    const { states } = scene;
    const accused = accusedOf(scene, subjectOf(lane));
    paintLane({
      surface,
      form,
      rows,
      shift,
      scale,
      middle,
      strip,
      lines,
      states,
      accused,
    });
  }
  for (const id of ticksOn(scene.kinds, lane, subjectOf(lane)))
    paintTicksOf(surface, scene, scale, id, top);
  return [];
}

/** The spans in which findings are about a subject, from the view's start. */
function accusedOf(
  { bars, view, end }: Scene,
  name: string,
): readonly (readonly [number, number])[] {
  return bars
    .filter(({ first }) => first.irte === name)
    .map(({ from, to }) => [Number(from - view.start), Number((to ?? end) - view.start)]);
}

function middleOf(form: keyof typeof FORM_SIZES, isChosen: boolean): number {
  return form === "fate" && isChosen ? SELECTED_FATE.middle : FORM_SIZES[form].middle;
}

function findingsRow(
  surface: Surface,
  scene: Scene,
  top: number,
  lines: readonly number[],
): readonly FindingHit[] {
  const { bars, view, end, clock, finding } = scene;
  return paintFindings({ surface, bars, view, end, top, clock, lines, chosen: finding });
}

function paintTicksOf(surface: Surface, scene: Scene, scale: Scale, id: string, top: number): void {
  const known = scene.intervals.get(id);
  if (known === undefined) return;
  const { rows } = known;
  const shift = Number(known.of.from - scene.view.start);
  const looks = rows.words.map((word) => scene.states[word]);
  paintTicks({ surface, rows, shift, scale, top, height: 5 }, looks);
}

function paintBaseline(surface: Surface, top: number): void {
  const { brush, ratio, width } = surface;
  brush.fillStyle = colour(surface, "line");
  brush.fillRect(0, top, width, Math.max(1, Math.round(ratio)));
}

/** A gap has so many CSS pixels at least. */
export const GAP_LEAST = 3;

/** A gap lies over all lanes: hatched, with dashed edges. */
function paintGaps(surface: Surface, scene: Scene): void {
  const { brush, ratio, height, width } = surface;
  for (const gap of scene.gaps) {
    const place = gapEdges(gap, scene.view, width, GAP_LEAST * ratio);
    if (place === null) continue;
    const [x, end] = [Math.max(place.left, -4), Math.min(place.right, width + 4)];
    brush.fillStyle = colour(surface, "panel");
    brush.globalAlpha = 0.8;
    brush.fillRect(x, 0, end - x, height);
    brush.globalAlpha = 1;
    brush.hatch(x, 0, end - x, height);
    brush.save();
    brush.setLineDash([4 * ratio, 3 * ratio]);
    brush.strokeStyle = colour(surface, "text3");
    brush.lineWidth = Math.max(1, Math.round(ratio));
    for (const side of [x, end]) vertical(surface, side);
    brush.restore();
  }
}

function vertical({ brush, height }: Surface, x: number): void {
  brush.beginPath();
  brush.moveTo(x + 0.5, 0);
  brush.lineTo(x + 0.5, height);
  brush.stroke();
}

function paintLines(surface: Surface, scene: Scene, scale: Scale): void {
  const { brush, ratio, height } = surface;
  const column = (time: bigint): number => columnOf(Number(time - scene.view.start), scale);
  brush.save();
  brush.setLineDash([4 * ratio, 3 * ratio]);
  brush.strokeStyle = colour(surface, "accent");
  brush.lineWidth = Math.max(1, Math.round(ratio));
  for (const time of [scene.a, scene.b]) if (time !== null) vertical(surface, column(time));
  brush.restore();
  if (scene.t === null) return;
  brush.fillStyle = colour(surface, "text");
  brush.fillRect(column(scene.t), 0, Math.max(1, Math.round(1.25 * ratio)), height);
}
