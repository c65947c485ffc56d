// The fold over what a simulated kernel records says, after every operation, what the kernel's own data
// say: IRTEs, vCPUs and their ir_lists, inhibits, irqfds, routes.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evolveBatch } from "../../../src/platforms/amd-fold.js";
import { RULES_IDS } from "../../../src/domain/amd/releases/releases.js";
import { emptyState } from "../../../src/domain/fold/state.js";
import { told, truth } from "../../support/simulator/fold.js";
import { Simulator, sizes, steps } from "../../support/simulator/stimuli.js";

const SEED = 20261123;

describe.each(RULES_IDS)("a simulated %s", (rules) => {
  it.each([false, true])("is what the fold says; two CPUs at once: %s", (beside) => {
    fc.assert(
      fc.property(sizes, steps({ beside, length: 80 }), (size, list) => {
        const simulator = new Simulator(rules, size);
        const { machine } = simulator;
        let state = emptyState(rules);
        let folded = 0;
        for (const step of [null, ...list]) {
          if (step !== null) simulator.do(step);
          // A crash leaves a function half done.
          if (simulator.crashed) return;
          state = evolveBatch(state, machine.rec.events.slice(folded));
          folded = machine.rec.events.length;
          expect(truth(machine)).toMatchObject(told(machine, state));
        }
      }),
      { seed: SEED, numRuns: 15 },
    );
  });
});
