// The table of interrupts has a row for everything that can be, and none that never decides.

import { describe, expect, test } from "vitest";
import {
  INTERRUPT_ROWS,
  interruptRowOf,
  judgeInterrupt,
} from "../../../../src/domain/amd/fate/interrupt-rows.js";
import {
  OUTCOMES,
  SHOWN_BY,
  type InterruptFacts,
  type Outcome,
  type RoutesOfIt,
  type ShownBy,
} from "../../../../src/domain/platform/interrupt.js";

const ROUTES: readonly RoutesOfIt[] = ["fits", "wrong", "not known"];

const ALL: readonly InterruptFacts[] = (Object.keys(SHOWN_BY) as ShownBy[]).flatMap((shown) =>
  (Object.keys(OUTCOMES) as Outcome[]).flatMap((outcome) =>
    ROUTES.flatMap((route) =>
      [false, true].map((isAmbiguous) => ({ shown, outcome, route, isAmbiguous })),
    ),
  ),
);

describe("the table of interrupts", () => {
  test("is total, and every row decides somewhere", () => {
    expect(new Set(ALL.map(interruptRowOf))).toEqual(new Set(INTERRUPT_ROWS));
  });

  test("states nothing of what the recording does not tell", () => {
    const blind: readonly Outcome[] = ["cut", "whose", "where", "ended", "freed", "unaccepted"];
    for (const facts of ALL.filter(({ outcome }) => blind.includes(outcome)))
      expect(["unknown", "misdirected"]).toContain(judgeInterrupt(facts).verdict);
    for (const facts of ALL.filter(({ outcome }) => outcome === "cut" || outcome === "whose"))
      expect(judgeInterrupt(facts).verdict).toBe("unknown");
  });

  test("calls an interrupt lost where nobody can get it alone", () => {
    const lost = ALL.filter((facts) => judgeInterrupt(facts).verdict === "lost");
    expect(new Set(lost.map(({ shown, outcome }) => `${shown} ${outcome}`))).toEqual(
      new Set([
        ...["logged gone", "handled dropped", "handled unmatched"],
        ...["injected unmatched", "sent unmatched"],
      ]),
    );
  });

  test("is not sure of what is ambiguous or not known", () => {
    for (const facts of ALL) {
      const { isSure, verdict } = judgeInterrupt(facts);
      expect(isSure).toBe(verdict !== "unknown" && !facts.isAmbiguous);
    }
  });
});
