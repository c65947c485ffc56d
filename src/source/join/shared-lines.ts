// Which lines, or records, two files have in common but for their stamps, and by how much their clocks differ. Lines that
// stand in a file often tell nothing, so only those count that stand there a few times at most.

import { stampToBigint } from "../../base/stamp.js";
import { type Stamp } from "../../domain/values/ids.js";

/** A line that stands there more often tells no moment. */
const TIMES_MAX = 4;
/** More lines than these of one file are not looked at. */
const LINES_MAX = 2_000_000;
/** So many lines must agree on a difference, or it is not known. */
export const AGREED_MIN = 8;
/** So many, with as many stamps, are enough to doubt what the user says. */
const DOUBT_MIN = 3;
/** Where more differences than these could be, chance makes them. */
const DOUBTS_MAX = 16;

/** The lines of one file by what they say. */
export class SharedLines {
  /** The stamps of each line, by its hash; null = it stands there too often. */
  readonly stamps = new Map<number, bigint[] | null>();
  /** The time of the first line, and that of the last one that is looked at. */
  first: bigint | null = null;
  /** The latest time. */
  last: bigint | null = null;

  /** Takes what an event's line, or its record, says besides its time. */
  add(text: string, stamp: Stamp): void {
    if (this.stamps.size >= LINES_MAX) return;
    const time = stampToBigint(stamp);
    this.first = this.first === null || time < this.first ? time : this.first;
    this.last = this.last === null || time > this.last ? time : this.last;
    const key = hashOf(text);
    const known = this.stamps.get(key);
    if (known === undefined) this.stamps.set(key, [time]);
    else if (known !== null && known.length < TIMES_MAX) known.push(time);
    else this.stamps.set(key, null);
  }
}

/** By how much the clock of a file is ahead of another one's, or what was found instead, in words. */
export type FoundOffset =
  | {
      /** The difference in nanoseconds or ticks. */
      readonly ahead: bigint;
    }
  | {
      /** What was found. */
      readonly found: string;
    };

/** Finds the one difference on which all lines agree that both files have: at least 8. */
export function findOffset(one: SharedLines, other: SharedLines): FoundOffset {
  const votes = votesOf(one, other);
  const most = Math.max(0, ...votes.values());
  if (most < AGREED_MIN)
    return {
      found: `at most ${most} lines of both agree on a difference, and ${AGREED_MIN} must`,
    };
  const able = [...votes].filter(([, count]) => count >= AGREED_MIN).map(([ahead]) => ahead);
  const right = able.filter((ahead) => isAgreed(one, other, ahead));
  const [ahead, ...more] = right;
  if (ahead === undefined)
    return { found: `${most} lines of both agree on a difference, and others contradict it` };
  return more.length === 0 ? { ahead } : { found: `${right.length} differences fit` };
}

/** How many lines both have where the clock of the other file is so much ahead. */
export function agreedOn(one: SharedLines, other: SharedLines, ahead: bigint): number {
  return votesOf(one, other).get(ahead) ?? 0;
}

/**
 * The one difference on which a few lines agree that both files have, and which no line contradicts: too few to know it by,
 * and enough to doubt another one. null = there is none, or several.
 */
export function perhapsOffset(one: SharedLines, other: SharedLines): bigint | null {
  const able = [...votesOf(one, other)].filter(([, count]) => count >= DOUBT_MIN);
  if (able.length > DOUBTS_MAX) return null;
  const right = able.filter(
    ([ahead]) => stampsOf(one, other, ahead) >= DOUBT_MIN && isAgreed(one, other, ahead),
  );
  const [first, ...more] = right;
  return first === undefined || more.length > 0 ? null : first[0];
}

/** How many stamps the lines have that both files have with this difference: lines of one moment tell only one. */
function stampsOf(one: SharedLines, other: SharedLines, ahead: bigint): number {
  const found = new Set<bigint>();
  for (const [key, stamps] of one.stamps) {
    const others = other.stamps.get(key);
    if (stamps === null || others == null) continue;
    for (const stamp of stamps) if (others.includes(stamp + ahead)) found.add(stamp);
  }
  return found.size;
}

/** Have both a line with the same stamp? */
export function isSameClock(one: SharedLines, other: SharedLines): boolean {
  return (votesOf(one, other).get(0n) ?? 0) > 0;
}

/** How many lines are so much later in the other file, by the difference. */
function votesOf(one: SharedLines, other: SharedLines): ReadonlyMap<bigint, number> {
  const votes = new Map<bigint, number>();
  for (const [key, stamps] of one.stamps) {
    const others = other.stamps.get(key);
    if (stamps === null || others == null) continue;
    for (const stamp of stamps)
      for (const theirs of others) {
        const ahead = theirs - stamp;
        votes.set(ahead, (votes.get(ahead) ?? 0) + 1);
      }
  }
  return votes;
}

/** Between the first and the last moment that both have, each line of one stands in the other. */
function isAgreed(one: SharedLines, other: SharedLines, ahead: bigint): boolean {
  if (one.first === null || other.first === null || one.last === null || other.last === null)
    return false;
  const from = max(one.first, other.first - ahead);
  const to = -max(-one.last, ahead - other.last);
  const stands = (mine: SharedLines, theirs: SharedLines, by: bigint, shift: bigint): boolean => {
    for (const [key, stamps] of mine.stamps) {
      const others = theirs.stamps.get(key);
      if (stamps === null || others === null) continue;
      for (const stamp of stamps) {
        const isInside = stamp - shift > from && stamp - shift < to;
        if (isInside && others?.includes(stamp + by) !== true) return false;
      }
    }
    return true;
  };
  return stands(one, other, ahead, 0n) && stands(other, one, -ahead, ahead);
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** 53 bits of a text: two sums of 32 bits with other factors. */
function hashOf(text: string): number {
  let [a, b] = [0x811c9dc5, 0x41c6ce57];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x5bd1e995);
  }
  return ((a ^ (b >>> 13)) >>> 0) * 0x20_0000 + ((b ^ (a >>> 11)) >>> 11);
}
