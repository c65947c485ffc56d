// What the server's table says of lanes: their forms and places, whose they are, and what hides with what.

import { type LaneFacts, type LaneGroupDescription, type LaneKindsTable } from "../../../index.js";
import { type Lane } from "./answers.js";

/** The kinds of lanes by their names. */
export type Kinds = Readonly<Record<string, LaneFacts | undefined>>;

/** What the table says of a lane; undefined = it has no such kind. */
export function described(kinds: Kinds, { kind }: Pick<Lane, "kind">): LaneFacts | undefined {
  return kinds[kind];
}

/** How a lane is drawn. */
export function formOf(kinds: Kinds, lane: Pick<Lane, "kind">): LaneFacts["form"] {
  return kinds[lane.kind]?.form ?? "entry";
}

/** The id of the lane of a kind that a subject has. */
export function idOf({ id }: Pick<LaneFacts, "id">, name: string): string {
  return id.replace("{name}", () => name);
}

/** The id of the lane that a lane stands below; null = it stands by itself. */
export function parentOf(kinds: Kinds, lane: Pick<Lane, "kind">, name: string): string | null {
  const under = kinds[lane.kind]?.under ?? null;
  const parent = under === null ? undefined : kinds[under];
  return parent === undefined ? null : idOf(parent, name);
}

/** The ids of the lanes that are drawn as ticks on a lane. */
export function ticksOn(
  kinds: Kinds,
  { kind }: Pick<Lane, "kind">,
  name: string,
): readonly string[] {
  return Object.values(kinds).flatMap((each) =>
    each?.place === "ticks" && each.under === kind ? [idOf(each, name)] : [],
  );
}

/** The subjects that a reader can select. */
const SELECTED: ReadonlySet<string> = new Set(["cpu", "vm", "vcpu", "irte"]);

/** What a lane is about, if a reader can select it; null = he cannot. */
export function selectedBy(kinds: Kinds, lane: Pick<Lane, "kind">): string | null {
  const subject = kinds[lane.kind]?.subject ?? "";
  return SELECTED.has(subject) ? subject : null;
}

/** The ids of the lanes that stand for a subject itself, the first one that there is stands for it. */
export function lanesOfSubject(kinds: Kinds, subject: string, name: string): readonly string[] {
  return Object.values(kinds).flatMap((each) =>
    each?.subject === subject && each.under === null ? [idOf(each, name)] : [],
  );
}

/** Kinds of groups whose subjects are many and alike. */
export function orderedKinds(kinds: Kinds): ReadonlySet<string> {
  return new Set(
    Object.values(kinds).flatMap((each) =>
      each !== undefined && SELECTED.has(each.subject) ? [each.group] : [],
    ),
  );
}

/** The table as the page reads it: a name that it has not is no error. */
export interface PageTable extends Pick<LaneKindsTable, "legend"> {
  /** The kinds of lanes. */
  readonly kinds: Kinds;
  /** The kinds of groups. */
  readonly groups: Readonly<Record<string, LaneGroupDescription | undefined>>;
}

/** A table that says nothing, as long as none is there. */
export const NO_TABLE: PageTable = { kinds: {}, groups: {}, legend: {} };
