// Time stamps that stay exact: a JS number of nanoseconds would lose digits after 104 days, so a time
// stamp is a pair (billions, rest).

const TEN_9 = 1_000_000_000;
const TEN_9_BIG = 1_000_000_000n;
/** A time stamp with fewer billions than this is exact as one JS number: 2^53 / 10^9. */
const EXACT_BILLIONS = 9_007_199;

/** How many nanoseconds each unit of time has, by the name that users write. */
export const NS_PER_UNIT: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  ms: 1_000_000n,
  s: TEN_9_BIG,
};

/** A time stamp as `Stamp` of domain/values/ids.ts has it; this folder knows no other. */
interface Parts {
  readonly billions: number;
  readonly rest: number;
}

/** The integer that SQLite stores for a time stamp: a number where that is exact, else a bigint. */
export function stampToInteger(billions: number, rest: number): number | bigint {
  return billions < EXACT_BILLIONS ? billions * TEN_9 + rest : stampToBigint({ billions, rest });
}

/** A time stamp as one bigint. */
export function stampToBigint({ billions, rest }: Parts): bigint {
  return BigInt(billions) * TEN_9_BIG + BigInt(rest);
}

/** The time stamp of an integer that is not negative; a number must be exact (below 2^53). */
export function stampOf(value: bigint | number): Parts {
  if (typeof value === "number") {
    return { billions: Math.floor(value / TEN_9), rest: value % TEN_9 };
  }
  return { billions: Number(value / TEN_9_BIG), rest: Number(value % TEN_9_BIG) };
}

/** A time stamp as decimal text. */
export function stampText(billions: number, rest: number): string {
  return billions === 0 ? String(rest) : `${billions}${String(rest).padStart(9, "0")}`;
}

/** The time that a number of ticks makes at so many ticks a second, in nanoseconds and rounded down. */
export function ticksToNanoseconds(ticks: bigint, hz: number): bigint {
  return (ticks * TEN_9_BIG) / BigInt(hz);
}

/** Seconds as ftrace prints them, such as `1116.519052`; nine digits behind the point where six do not tell all. */
export function secondsText(ns: bigint): string {
  return `${ns / TEN_9_BIG}.${String(ns % TEN_9_BIG)
    .padStart(9, "0")
    .replace(/000$/, "")}`;
}

/** Is `stamp` before `other`? */
export function isBefore(stamp: Parts, other: Parts): boolean {
  return (
    stamp.billions < other.billions ||
    (stamp.billions === other.billions && stamp.rest < other.rest)
  );
}
