// A recording that lacks lines shows less: it accuses nobody of what the whole one does not show, and states
// nothing that the whole one contradicts.

import { describe, expect, it } from "vitest";
import { SHIPPED, shippedText } from "../support/shipped.js";
import { outcomeOf, wholeOf } from "./soak.js";
import { seedOr } from "../support/seed.js";

const SEED = String(seedOr(20261126));
const RUNS = 1;
const DAMAGES = ["cut-start", "window", "wrapped", "one-ring", "lost-span", "unknown-names"];

describe.each(SHIPPED)(`%s, damaged with seed ${SEED}`, (name) => {
  it(`says nothing that is not so: ${DAMAGES.join(", ")}`, async () => {
    const whole = await wholeOf(shippedText(name), SEED);
    if (whole === null) throw new Error("the whole recording has no answers");
    expect(whole.answers.at.size).toBeGreaterThan(0);
    const wrong: unknown[] = [];
    for (const damage of DAMAGES) {
      for (let run = 0; run < RUNS; run++) {
        const outcome = await outcomeOf(whole, damage, `${SEED} ${run}`);
        if (outcome === null || outcome.findings.length + outcome.values.length === 0) continue;
        const { how, findings, values } = outcome;
        wrong.push({ damage, run, how, findings, values });
      }
    }
    expect(wrong).toEqual([]);
  });
});
