// What tests draw at random is drawn from a seed: a run says the same of the same sources, and what failed can be run again.

/**
 * The seed of a test: `own`, if the variable IRQTWIN_TEST_SEED does not give another one. `random` there stands for one
 * that no run had. Throws RangeError for what is no whole number.
 */
export function seedOr(own: number): number {
  const asked = process.env["IRQTWIN_TEST_SEED"] ?? String(own);
  const seed = asked === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(asked);
  if (Number.isSafeInteger(seed)) return seed;
  throw new RangeError(
    `IRQTWIN_TEST_SEED is a whole number or "random", not ${JSON.stringify(asked)}`,
  );
}
