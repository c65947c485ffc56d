// The order of ids that are numbered.

/** Letters, a number, and what follows it. */
const NUMBERED = /^(\D*)(\d*)(.*)$/;

/**
 * Orders ids such as I6, I6b, I7 and I10: by their letters, then by number, then by what follows. A collator of the
 * engine would do the same, but takes milliseconds to be made, which every command would wait for.
 */
export function byNumber(a: string, b: string): number {
  const [, lettersA = "", numberA = "", restA = ""] = NUMBERED.exec(a) ?? [];
  const [, lettersB = "", numberB = "", restB = ""] = NUMBERED.exec(b) ?? [];
  return order(lettersA, lettersB) || Number(numberA) - Number(numberB) || order(restA, restB);
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
