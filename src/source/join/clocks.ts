// By how much the clocks of files that are joined differ: what the user says, or what lines that two files have in common
// tell.

import { TwinError } from "../../base/errors.js";
import {
  agreedOn,
  AGREED_MIN,
  findOffset,
  isSameClock,
  perhapsOffset,
  type SharedLines,
} from "./shared-lines.js";

/** One of several files that are parts of one trace. */
export interface Clocked {
  /** The path of the file. */
  readonly path: string;
  /** The name of its clock; null = nothing tells it. */
  readonly clock: string | null;
  /** What its lines, or records, say besides their time. */
  readonly shared: SharedLines;
}

/** A part whose clock is so much ahead of that of the first. */
interface Known {
  readonly part: Clocked;
  readonly ahead: bigint;
}

/**
 * By how much the clock of each part is ahead of that of the first, in nanoseconds or ticks. `given`: what the user says of
 * each but the first. Throws ERR_JOIN where lines in common tell otherwise than the user, or where nothing tells it.
 */
export function aheadsOf(parts: readonly Clocked[], given: readonly bigint[] | null): bigint[] {
  const [first, ...others] = parts;
  if (first === undefined) return [];
  if (given === null) return byTheirLines(first, others);
  for (const [i, part] of others.entries()) refuseWrongOffset(first, part, given[i] ?? 0n);
  return [0n, ...given];
}

/**
 * How many lines that two files have confirm the differences of the clocks, at least, of each part but the first; null =
 * enough to know all of them by.
 */
export function confirmedBy(parts: readonly Clocked[], aheads: readonly bigint[]): number | null {
  const counts = parts.slice(1).map((part, i) => {
    const own = aheads[i + 1] ?? 0n;
    const withOther = (other: Clocked, j: number): number =>
      other === part ? 0 : agreedOn(other.shared, part.shared, own - (aheads[j] ?? 0n));
    return Math.max(0, ...parts.map(withOther));
  });
  const least = Math.min(...counts);
  return counts.length === 0 || least >= AGREED_MIN ? null : least;
}

/** Each of the others by one whose clock is known already: what it has in common may be with that one only. */
function byTheirLines(first: Clocked, others: readonly Clocked[]): bigint[] {
  const known: Known[] = [{ part: first, ahead: 0n }];
  let waiting = others;
  for (let isNew = true; isNew && waiting.length > 0;) {
    const left = waiting.filter((part) => {
      const found = knownBy(known, part);
      if (found !== null) known.push(found);
      return found === null;
    });
    isNew = left.length < waiting.length;
    waiting = left;
  }
  const isOneClock = known.every(({ ahead }) => ahead === 0n);
  for (const part of waiting) refuseOtherClock(first, part, isOneClock);
  return [first, ...others].map((part) => known.find((each) => each.part === part)?.ahead ?? 0n);
}

/** The part with its clock, by the first of the known ones that tells it; null = none does. */
function knownBy(known: readonly Known[], part: Clocked): Known | null {
  for (const other of known) {
    const ahead = aheadOf(other.part, part);
    if (typeof ahead === "bigint") return { part, ahead: ahead + other.ahead };
  }
  return null;
}

/**
 * By how much the clock of the other part is ahead of that of the one, by their names and lines; else what was found, in
 * words.
 */
function aheadOf(one: Clocked, other: Clocked): bigint | string {
  if (one.clock !== null && one.clock === other.clock) return 0n;
  const mayBeSame = one.clock === null || other.clock === null;
  if (mayBeSame && isSameClock(one.shared, other.shared)) return 0n;
  const told = findOffset(one.shared, other.shared);
  return "ahead" in told ? told.ahead : told.found;
}

/** Throws ERR_JOIN where lines that both files have tell another difference than the user does. */
function refuseWrongOffset(first: Clocked, part: Clocked, given: bigint): void {
  const found = findOffset(first.shared, part.shared);
  const isDoubted = !("ahead" in found) && agreedOn(first.shared, part.shared, given) === 0;
  const few = isDoubted ? perhapsOffset(first.shared, part.shared) : null;
  if (few !== null)
    throw new TwinError(
      "ERR_JOIN",
      `${agreedOn(first.shared, part.shared, few)} lines that ${first.path} and ${part.path} both have tell a difference of ${few}ns, and none tells the ${given}ns of \`offset\`: give what the lines tell, or import the files one by one`,
    );
  if (!("ahead" in found) || found.ahead === given) return;
  throw new TwinError(
    "ERR_JOIN",
    `lines that ${first.path} and ${part.path} both have tell a difference of ${found.ahead}ns, and \`offset\` says ${given}ns: leave it out, or give what the lines tell`,
  );
}

/**
 * Throws ERR_JOIN where a part has another clock than the first file, or may have one of several (`isOneClock`: all files
 * whose clock is known have the first one's), and no lines tell the difference.
 */
function refuseOtherClock(first: Clocked, part: Clocked, isOneClock: boolean): void {
  const isOther = first.clock !== null && part.clock !== null && first.clock !== part.clock;
  if (!isOther && isOneClock) return;
  const clocks = isOther ? `the clocks ${first.clock} and ${part.clock}` : "perhaps other clocks";
  const found = aheadOf(first, part);
  throw new TwinError(
    "ERR_JOIN",
    `${first.path} and ${part.path} have ${clocks}, and no lines tell the difference (${String(found)}): give it with \`offset\`, or import them one by one`,
  );
}
