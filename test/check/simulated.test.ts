// A simulated kernel against the checker: two implementations of the rules that do not know of each
// other. Every write is explained, the invariants hold where they should, and elsewhere only the known
// bugs are found.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Checker } from "../../src/check/checker.js";
import { INVARIANTS, KNOWN_BUGS } from "../../src/domain/amd/invariants/reference.js";
import { RULES_IDS, differencesOf, type RulesId } from "../../src/domain/amd/releases/releases.js";
import { rowsOf } from "../support/simulator/explained.js";
import { audited } from "../support/simulator/observe.js";
import { Simulator, sizes, steps, type Step } from "../support/simulator/stimuli.js";

const SEED = 20261123;
const RUNS = 30;
const NO_UNDEFINED = new Set<RulesId>(["6.18", "7.3"]);

function simulated(rules: RulesId, list: readonly Step[], size = { vms: 1, vcpus: 2, vectors: 1 }) {
  const simulator = new Simulator(rules, size);
  for (const step of list) simulator.do(step);
  return simulator;
}

/** Nothing but explained writes; after a use after free, undefined ones. */
function expectExplained({ counts, findings }: Checker, rules: RulesId): void {
  const { observed, undefined: lost } = counts;
  expect(findings).toEqual([]);
  expect(counts).toEqual({
    observed,
    explained: observed - lost,
    mismatched: 0,
    unexpected: 0,
    missing: 0,
    unknown: 0,
    undefined: lost,
  });
  if (NO_UNDEFINED.has(rules)) expect(lost).toBe(0);
}

function bugsOf({ invariants }: Checker): Set<string | null> {
  return new Set(invariants.violations.map(({ bug }) => bug));
}

/** The bugs that a profile has, by the table. */
function knownIn(rules: RulesId): string[] {
  return Object.values(KNOWN_BUGS)
    .filter((bug) => bug.in.includes(rules))
    .map(({ id }) => id);
}

describe.each(RULES_IDS)("random stimuli, rules %s", (rules) => {
  const found = new Set<string | null>();
  const checked = new Map<string, number>();

  it.each([false, true])("explain every write; two CPUs at once: %s", (beside) => {
    fc.assert(
      fc.property(sizes, steps({ beside }), (size, list) => {
        const checker = audited(simulated(rules, list, size).machine);
        expectExplained(checker, rules);
        const bugs = bugsOf(checker);
        for (const bug of bugs) {
          expect(knownIn(rules)).toContain(bug);
          found.add(bug);
        }
        for (const { id, checked: times } of checker.invariants.counts.values())
          checked.set(id, (checked.get(id) ?? 0) + times);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });

  it("came upon every known bug of these rules, and no other", () => {
    expect([...found].sort()).toEqual(knownIn(rules).sort());
  });

  it("checked every invariant of these rules", () => {
    const held = INVARIANTS.filter(
      ({ id, holds_in, not_checked }) =>
        // The simulator prints no exchange.
        holds_in.includes(rules) && not_checked === undefined && id !== "I17",
    );
    expect(held).not.toEqual([]);
    const unchecked = held.filter(({ id }) => (checked.get(id) ?? 0) === 0);
    expect(unchecked.map(({ id }) => id)).toEqual([]);
  });
});

const run: Step = { op: "run", which: 0, n: 0 };
const preempt: Step = { op: "preempt", which: 0, n: 0 };
const toggle: Step = { op: "toggle", which: 0, n: 0 };
const post: Step = { op: "post", which: 0, n: 0 };

/** One vCPU running or not, one IRTE posted to it: the least that brings each bug about. */
const STIMULI: Readonly<Record<string, readonly Step[]>> = {
  "B1: the route goes": [run, { op: "unroute", which: 0, n: 0 }],
  "B3: a running vCPU's route gets another vector": [run, { ...post, n: 2 }],
  "B4: inhibit and un-inhibit of a running vCPU": [run, toggle, toggle],
  "B5: a route is set while AVIC is inhibited": [run, toggle, { ...post, n: 2 }, toggle],
  "B6: the irqfd is deassigned, its producer registered": [{ op: "deassign", which: 0, n: 0 }],
  "B7: a device's interrupt for a preempted vCPU": [
    run,
    preempt,
    { op: "interrupt", which: 0, n: 0 },
  ],
};

/** With what shows that the functions before it are over. */
function concluded(rules: RulesId, list: readonly Step[]): Checker {
  const ends: Step[] = [preempt, { op: "ioctl", which: 0, n: 1 }];
  return audited(simulated(rules, [...list, ...ends]).machine);
}

describe.each(Object.entries(STIMULI))("%s", (title, list) => {
  it.each(RULES_IDS)("is found by the rules of %s that have it, and by no other", (rules) => {
    const checker = concluded(rules, list);
    expectExplained(checker, rules);
    const bug = title.slice(0, 2);
    expect([...bugsOf(checker)]).toEqual(knownIn(rules).includes(bug) ? [bug] : []);
  });
});

describe("B12: the old vCPU is loaded while the IRTE moves to another", () => {
  const moves = (order: number): Step => ({
    ...post,
    n: 1,
    beside: { ops: ["run"], which: 0, order },
  });
  const orders = Array.from({ length: 160 }, (_, order) => order);

  it.each(RULES_IDS)(
    "%s: some order of the two brings it about, where the rules have it",
    (rules) => {
      const bugs = orders.map((order) => bugsOf(concluded(rules, [moves(order)])));
      expect(bugs.some((found) => found.has("B12"))).toBe(knownIn(rules).includes("B12"));
      expect(bugs.some((found) => found.has(null))).toBe(false);
    },
  );
});

describe("by the rules of another release", () => {
  /** What makes a list differ, and with it what is on it from then on. */
  const LISTS = ["inhibit", "uninhibit", "toggle", "unroute", "deassign"] as const;

  it.each([
    ["6.12", "6.16"],
    ["6.16", "6.12"],
    ["6.16", "6.17"],
    ["6.17", "6.16"],
    ["6.17", "6.18"],
    ["6.18", "6.17"],
    ["6.18", "7.3"],
    ["7.3", "6.18"],
  ] as const)("a simulated %s by %s: each finding is a row of the table", (of, by) => {
    // Where a list may hold another entry, only the writes' own differences are told apart.
    const without = [of, by].every((id) => id === "6.16" || id === "6.17") ? LISTS : [];
    const rows = new Set(differencesOf(of, by).map(({ name }) => name));
    const used = new Set<string>();
    fc.assert(
      fc.property(sizes, steps({ beside: false, without }), (size, list) => {
        const { machine } = simulated(of, list, size);
        const { findings } = audited(machine, by);
        for (const finding of findings) {
          const names = rowsOf(finding, machine.rec.events).filter((name) => rows.has(name));
          expect(names).not.toEqual([]);
          if (finding.row != null) expect(names).toContain(finding.row);
          for (const name of names) used.add(name);
        }
      }),
      { seed: SEED, numRuns: 12 },
    );
    // The other rows do not show in a write by themselves, or need an inhibit.
    const shown = ["logsOnlyBlocking", "postsInOneWrite", "tagsVcpuIdx", "tagsIn12Bits"];
    if (without.length === 0) shown.push("skipsDeassigned");
    expect([...used].sort()).toEqual(shown.filter((name) => rows.has(name as never)).sort());
  });
});
