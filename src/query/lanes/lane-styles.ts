// What lanes can say: every state of a platform's table in its words, with how it is drawn and how it ranks where
// several share a column; and what else stands in a row.

import { type RowMeaning } from "./lane-rows.js";
import {
  LANE_RANKS,
  LANE_STATES,
  lookOf,
  type LaneState,
} from "../../domain/platform/lane-states.js";
import { type LaneTable } from "../../domain/platform/lanes.js";
import { type LaneKind } from "../../platforms/lane-kinds.js";

/** How a state of a lane is drawn, and what it means. */
export interface StateStyle {
  /** The kind of lane that has it; of several the last one of the table. */
  readonly kind: LaneKind;
  /** The state in words. */
  readonly text: string;
  /** The name of its paint. States of one paint look alike. */
  readonly paint: string;
  /** Of several states in one column, the one with the highest rank is drawn. */
  readonly rank: number;
  /** true: something is wrong while it is so. Absent = false. */
  readonly wrong?: true;
}

/** Every state of a platform's lanes by its id. */
export function stylesOf({ kinds }: LaneTable): Readonly<Record<string, StateStyle>> {
  const styles = Object.entries(kinds).flatMap(([kind, { states }]) =>
    Object.entries(states).map(([state, text]) => [state, styleOf(kind as LaneKind, state, text)]),
  );
  return Object.fromEntries(styles) as Readonly<Record<string, StateStyle>>;
}

function styleOf(kind: LaneKind, state: string, text: string): StateStyle {
  const { paint, rank } = LANE_STATES[state as LaneState];
  const shown = { kind, text, paint, rank: LANE_RANKS[rank] };
  return rank === "wrong" ? { ...shown, wrong: true } : shown;
}

/** A state in a platform's words; its id where the platform's table has no words for it. */
export function wordsOf({ kinds }: LaneTable, state: LaneState): string {
  const found = Object.values(kinds).find(({ states }) => Object.hasOwn(states, state));
  return found?.states[state] ?? state;
}

/** What a row says of which nothing is known. */
export function unknownRow(state: LaneState, reason: string): RowMeaning {
  return { state, label: `unknown  ${reason}`, source: LANE_SOURCES.unknown, flags: 0 };
}

/** What stands in a row's `flags`. */
export const LANE_FLAGS = {
  /** Several changes in this column: `from` and `to` are the column's. */
  merged: 1,
  /** A kernel function is at work on the entry or its vCPU. */
  inFlight: 2,
  /** Something is wrong while it is so. */
  wrong: 4,
  /** Not known because events were lost. */
  lost: 8,
  /** AVIC is off for this vCPU. */
  avicOff: 16,
} as const;

/** What stands in a row's `source`. */
export const LANE_SOURCES = {
  /** The recording shows it. */
  observed: 0,
  /** The rules say it. */
  predicted: 1,
  /** Nothing tells. */
  unknown: 2,
} as const;

/** The states that no merging may hide: what is wrong, and what is not known. */
const KEPT: readonly string[] = Object.entries(LANE_STATES)
  .filter(([, { rank }]) => LANE_RANKS[rank] >= LANE_RANKS.unknown)
  .map(([id]) => id);

/** One bit for each state that must be drawn wherever it is so; 0 = it may give way. */
export function keptBit(state: string): number {
  const place = KEPT.indexOf(state);
  return place < 0 ? 0 : 1 << place;
}

/** The rank of a state. */
export function rankOf(state: string): number {
  return LANE_RANKS[lookOf(state)?.rank ?? "none"];
}

/** Is something wrong while it is so? */
export function isWrong(state: string): boolean {
  return lookOf(state)?.rank === "wrong";
}
