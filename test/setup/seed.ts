// Property tests draw the same values in every run, so that a run says of the sources alone whether they are right.
// `IRQTWIN_SEED=random npm test` draws others, and a number draws what a failure has printed.

import fc from "fast-check";

const SEED = 20_261_127;

const asked = process.env["IRQTWIN_SEED"] ?? String(SEED);
if (asked !== "random") fc.configureGlobal({ seed: seedOf(asked) });

function seedOf(text: string): number {
  const seed = Number(text);
  if (Number.isSafeInteger(seed)) return seed;
  throw new RangeError(`IRQTWIN_SEED is a whole number or "random", not ${JSON.stringify(text)}`);
}
