// In which order lanes stand. The kinds of groups keep their places: the reader knows where to look for a device.

import { type Lane, type LaneGroup } from "./answers.js";
import { subjectOf } from "./layout.js";
import { type Order } from "./url-state.js";

/** The seq of the last change of lanes up to T, by their ids; 0 = a lane had not changed yet. */
export type LastChanges = ReadonlyMap<string, number>;

/**
 * The groups and their lanes in an order. What belongs to a subject stays together, in the order that it had. Subjects
 * and groups that the order does not tell apart keep their places too. `many`: kinds of groups whose subjects are many
 * and alike.
 */
export function inOrder(
  groups: readonly LaneGroup[],
  order: Order,
  changes: LastChanges,
  many: ReadonlySet<string>,
): readonly LaneGroup[] {
  if (order === "number") return groups;
  const compare = order === "name" ? byName : byChange(changes);
  const sorted = groups.map((group) =>
    many.has(group.kind) ? { ...group, lanes: sortedLanes(group.lanes, compare) } : group,
  );
  return runsOf(sorted).flatMap((run) => run.sort(compare));
}

/** What is compared: the name of a subject or a group, and its lanes. */
type Ordered = Pick<LaneGroup, "name" | "lanes">;

type Compare = (one: Ordered, two: Ordered) => number;

/** Neighbours of the same kind. */
function runsOf(groups: readonly LaneGroup[]): readonly LaneGroup[][] {
  const runs: LaneGroup[][] = [];
  for (const group of groups) {
    const run = runs.at(-1);
    if (run?.[0]?.kind === group.kind) run.push(group);
    else runs.push([group]);
  }
  return runs;
}

function sortedLanes(lanes: readonly Lane[], compare: Compare): readonly Lane[] {
  const subjects = new Map<string, Lane[]>();
  for (const lane of lanes) {
    const own = subjects.get(subjectOf(lane));
    if (own === undefined) subjects.set(subjectOf(lane), [lane]);
    else own.push(lane);
  }
  return [...subjects]
    .map(([name, own]) => ({ name, lanes: own }))
    .sort(compare)
    .flatMap(({ lanes: own }) => own);
}

function byChange(changes: LastChanges): Compare {
  // What is told of no lane of a subject, such as the inhibits of a VM, stays on top.
  const last = ({ lanes }: Ordered): number => {
    const known = lanes.flatMap(({ id }) => changes.get(id) ?? []);
    return known.length === 0 ? Number.MAX_SAFE_INTEGER : Math.max(...known);
  };
  return (one, two) => last(two) - last(one);
}

const byName: Compare = (one, two) => compareNames(one.name, two.name);

/**
 * Compares names piece by piece: what ends with a decimal number, such as `vm10`, by the number; the hexadecimal
 * numbers of a device have a fixed width and compare as texts.
 */
export function compareNames(one: string, two: string): number {
  const [left, right] = [one.split("/"), two.split("/")];
  for (let place = 0; place < Math.max(left.length, right.length); place++) {
    const found = comparePieces(left[place] ?? "", right[place] ?? "");
    if (found !== 0) return found;
  }
  return 0;
}

function comparePieces(one: string, two: string): number {
  const [, word = one, number = ""] = NUMBERED.exec(one) ?? [];
  const [, other = two, second = ""] = NUMBERED.exec(two) ?? [];
  if (word !== other) return word < other ? -1 : 1;
  return Number(number) - Number(second);
}

const NUMBERED = /^([a-zA-Z]* ?)(\d+)$/;
