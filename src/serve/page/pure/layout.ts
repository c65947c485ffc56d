// Which rows stand below each other, and how high each of them is.

import { type Lane, type LaneGroup } from "./answers.js";
import { FORM_SIZES, SELECTED_FATE } from "./forms.js";
import { formOf, parentOf, type Kinds } from "./kinds.js";
import { SHOWN_ROWS } from "./marks.js";

/** A row of the lanes. */
export interface Row {
  /** group, lane, or fold (lanes that are folded away). */
  readonly type: "group" | "lane" | "fold";
  /** The lane's id, or the group's. */
  readonly id: string;
  /** First pixel. */
  readonly top: number;
  /** Height in pixels. */
  readonly height: number;
  /** The group; null = lanes above all groups. */
  readonly group: LaneGroup | null;
  /** The lane of a lane's row. */
  readonly lane: Lane | null;
  /** The lanes that a fold hides. */
  readonly hides: readonly Lane[];
  /** The group or the fold is open. */
  readonly open: boolean;
  /** It stays at the top while the others scroll. */
  readonly stuck: boolean;
}

/** What the reader chose. */
export interface LayoutChoice {
  /** Texts of which a name must contain one; none = all lanes. */
  readonly filter: readonly string[];
  /** Ids of lanes at the top. */
  readonly pinned: readonly string[];
  /** Ids of groups that are closed, of lanes that are hidden, and `-ID` of folds that are open. */
  readonly folded: readonly string[];
  /** The name of the selected subject; its irqfd is shown. */
  readonly selected: string | null;
  /** What the lanes are. */
  readonly kinds: Kinds;
  /** Rows of bars that findings take. */
  readonly findingRows: number;
}

/** Height of a group's head, and of a fold. */
const HEAD = 22;
const FOLD = 18;

/** Pixels below the last lane of a group. */
const FOOT = 6;

/** The rows from the top down. */
export function layout(groups: readonly LaneGroup[], choice: LayoutChoice): readonly Row[] {
  const rows: Row[] = [];
  let top = 0;
  const add = (row: Omit<Row, "top">): void => {
    rows.push({ ...row, top });
    top += row.height;
  };
  const all = groups.flatMap(({ lanes }) => lanes);
  const first = [
    ...all.filter(({ kind }) => choice.kinds[kind]?.place === "top"),
    ...choice.pinned.flatMap((id) => all.filter((lane) => lane.id === id)),
  ];
  for (const lane of new Set(first)) add(laneRow(lane, null, choice));
  for (const group of groups) {
    const shown = group.lanes.filter(
      (lane) => !first.includes(lane) && isWanted(lane, group, choice),
    );
    const hasHidden = group.lanes.some(({ id }) => choice.folded.includes(id));
    if (shown.length > 0 || (hasHidden && choice.filter.length === 0))
      addGroup(add, group, shown, choice);
  }
  return rows;
}

/**
 * The groups of VMs and devices that are closed so that all rows fit into a height: the last ones first, and none but
 * those, never one with a lane of these names. The ids that are folded already stay so.
 */
export function foldedToFit(
  groups: readonly LaneGroup[],
  choice: LayoutChoice,
  { names, high }: { readonly names: readonly string[]; readonly high: number },
): readonly string[] {
  const isOwn = ({ lanes }: LaneGroup): boolean => lanes.some(({ name }) => names.includes(name));
  const others = groups.filter((group) => isOneOfMany(group) && !isOwn(group));
  const rows = layout(groups, choice);
  const heights = new Map<string, number>();
  for (const { group, height } of rows)
    if (group !== null) heights.set(group.id, (heights.get(group.id) ?? 0) + height);
  const folded = new Set(choice.folded);
  let over = heightOf(rows) - high;
  for (const { id } of others.reverse()) {
    if (over <= 0) break;
    if (!folded.has(id)) over -= Math.max(0, (heights.get(id) ?? 0) - HEAD);
    folded.add(id);
  }
  return [...folded];
}

/** Is there a group of its kind for each VM, or for each device? The id of the others is that of their kind. */
function isOneOfMany({ id, kind }: LaneGroup): boolean {
  return id !== kind;
}

/** The height of all rows. */
export function heightOf(rows: readonly Row[]): number {
  const last = rows.at(-1);
  return last === undefined ? 0 : last.top + last.height;
}

/** The height of the rows that stay at the top. */
export function stuckHeight(rows: readonly Row[]): number {
  return rows.reduce((sum, { stuck, height }) => (stuck ? sum + height : sum), 0);
}

/** The row at a pixel of what is in sight, where the others are scrolled by so many pixels; null = none. */
export function rowAtY(rows: readonly Row[], y: number, scrolled: number): Row | null {
  const place = y < stuckHeight(rows) ? y : y + scrolled;
  return rows.find(({ top, height }) => place >= top && place < top + height) ?? null;
}

/** How many follow the entry's lane: what belongs to an entry stands and hides with it. */
export function subjectOf(lane: Lane): string {
  return lane.id.slice(lane.id.indexOf(":") + 1);
}

/** What the id of a group begins with that is closed only as long as its filter is set. */
export const FOUND = "found.";

/** The id by which a group is closed. What a filter finds is shown though its group is closed, and can be closed itself. */
export function groupFold(id: string, filter: readonly string[]): string {
  return filter.length > 0 ? `${FOUND}${id}` : id;
}

/** The id of the fold of a group's lanes that never change. */
export function foldId(group: LaneGroup): string {
  return `same.${group.id}`;
}

function addGroup(
  add: (row: Omit<Row, "top">) => void,
  group: LaneGroup,
  shown: readonly Lane[],
  choice: LayoutChoice,
): void {
  const open = !choice.folded.includes(groupFold(group.id, choice.filter));
  add({
    type: "group",
    id: group.id,
    height: HEAD,
    group,
    lane: null,
    hides: [],
    open,
    stuck: false,
  });
  if (!open) return;
  addShown(add, group, shown, choice);
  const hides = group.lanes.filter(({ id }) => choice.folded.includes(id));
  const id = `${HIDDEN}${group.id}`;
  if (hides.length > 0)
    add({ type: "fold", id, height: FOLD, group, lane: null, hides, open: false, stuck: false });
}

/** What the id of a fold of lanes that the reader hid begins with. */
export const HIDDEN = "hidden.";

function addShown(
  add: (row: Omit<Row, "top">) => void,
  group: LaneGroup,
  shown: readonly Lane[],
  choice: LayoutChoice,
): void {
  const idle = idleSubjects(shown, choice);
  const busy = shown.filter((lane) => !idle.has(subjectOf(lane)));
  for (const [index, lane] of busy.entries())
    add(withFoot(laneRow(lane, group, choice), index === busy.length - 1 && idle.size === 0));
  if (idle.size === 0) return;
  const hides = shown.filter((lane) => idle.has(subjectOf(lane)));
  const id = foldId(group);
  const isOpen = choice.folded.includes(`-${id}`);
  add({ type: "fold", id, height: FOLD, group, lane: null, hides, open: isOpen, stuck: false });
  if (isOpen) for (const lane of hides) add(laneRow(lane, group, choice));
}

/** Subjects none of whose lanes ever changes, and which are not selected. */
function idleSubjects(
  shown: readonly Lane[],
  { selected, kinds }: LayoutChoice,
): ReadonlySet<string> {
  const isBusy = (lane: Lane): boolean =>
    (lane.changes ?? 1) > 0 || formOf(kinds, lane) === "counter";
  const busy = new Set(shown.filter(isBusy).map(subjectOf));
  return new Set(shown.map(subjectOf).filter((name) => !busy.has(name) && name !== selected));
}

function isWanted(lane: Lane, group: LaneGroup, choice: LayoutChoice): boolean {
  const name = subjectOf(lane);
  const place = choice.kinds[lane.kind]?.place;
  if (place === "ticks" || choice.folded.includes(lane.id)) return false;
  const parent = parentOf(choice.kinds, lane, name);
  if (parent !== null && choice.folded.includes(parent)) return false;
  if (place === "selected" && (name !== choice.selected || lane.changes === 0)) return false;
  if (choice.filter.length === 0) return true;
  return choice.filter.some((text) => `${lane.name} ${group.name}`.includes(text));
}

function laneRow(lane: Lane, group: LaneGroup | null, choice: LayoutChoice): Omit<Row, "top"> {
  return {
    ...{ type: "lane", id: lane.id, group, lane, hides: [], open: true, stuck: group === null },
    height: laneHeight(lane, choice),
  };
}

function withFoot(row: Omit<Row, "top">, isLast: boolean): Omit<Row, "top"> {
  return isLast ? { ...row, height: row.height + FOOT } : row;
}

function laneHeight(lane: Lane, { selected, findingRows, kinds }: LayoutChoice): number {
  const form = formOf(kinds, lane);
  if (form === "findings") return 8 + 20 * Math.max(1, Math.min(SHOWN_ROWS, findingRows));
  if (form === "fate" && subjectOf(lane) === selected) return SELECTED_FATE.height;
  return FORM_SIZES[form].height;
}
