// Sets of numbers of which there are many, nearly all of them with one number: a Set for each would take ten times as much.

/** A set: null = it is empty, a number = it has this one. */
export type FewNumbers = number | Set<number> | null;

/** The set with a number behind the others. A set of several is changed. */
export function withNumber(of: FewNumbers, number: number): FewNumbers {
  if (of === null || of === number) return number;
  return (typeof of === "number" ? new Set([of]) : of).add(number);
}

/** The set without a number. A set of several is changed. */
export function withoutNumber(of: FewNumbers, number: number): FewNumbers {
  if (of === null || typeof of === "number") return of === number ? null : of;
  of.delete(number);
  return of.size === 0 ? null : of;
}

const NONE: readonly number[] = [];

/** Its numbers, in the order in which they came. */
export function numbersIn(of: FewNumbers): Iterable<number> {
  return of === null ? NONE : typeof of === "number" ? [of] : of;
}
