// A recording judged by the rules of a neighbouring release: the findings are what the two differ in, each
// named, and no others.

import { describe, expect, it } from "vitest";
import { differencesOf, type RulesId } from "../../src/domain/amd/releases/releases.js";
import { openTimeline } from "../../src/index.js";
import { checked, readEvents } from "../support/events.js";
import { NO_REAL_TRACES, WHERE_TRACES_ARE, realTrace } from "../support/real-traces.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const NEIGHBOURS: readonly (readonly [name: string, own: RulesId, judged: RulesId])[] = [
  ["6.16-s1-one", "6.16", "6.17"],
  ["6.17-s1-one", "6.17", "6.16"],
  ["6.18-s1-one", "6.18", "7.3"],
  ["7.3-s2-two", "7.3", "6.18"],
];

const scratch = new Scratch();

/** What KVM decides before it calls the driver: findings at the call that one release makes, another not. */
describe("whether the driver is called", () => {
  it.each([
    // KVM_IRQFD DEASSIGN with the producer connected: 6.18 unposts it, 6.17 does not.
    ["6.17-x-uaf-crash", "6.18", "skipsDeassigned", [["missing", 1188]]],
    // A route that is gone from the table: 6.17 unposts its IRTE, 6.16 does nothing.
    ["6.18-x-stale-route-removed", "6.16", "updatesLostRoute", [["unexpected", 168]]],
    [
      "6.16-x-stale-route-removed",
      "6.17",
      "updatesLostRoute",
      [
        ["missing", 175],
        ["missing", 246],
      ],
    ],
  ] as const)("%s by rules %s: %s", async (name, rules, difference, expected) => {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    await timeline.import(shippedPath(name));
    const found = timeline
      .recording()
      .check({ rules })
      .findings.filter((each) => each.difference === difference && each.invariant === null)
      .map(({ kind, seq }) => [kind, seq]);
    expect(found).toEqual(expected);
    expect(timeline.recording().check().writes.unexpected).toBe(0);
    expect(timeline.recording().check().writes.missing).toBe(0);
    timeline.close();
  });
});

describe.skipIf(NO_REAL_TRACES)(`the deassigned irqfd of 6.18 ${WHERE_TRACES_ARE}`, () => {
  it("is unposted, which 6.17 would not have done", () => {
    const read = readEvents(realTrace("6.18/s1u-one-irqfd-first"));
    const { findings } = checked(read, read.events, "6.17").checker;
    const told = findings.map(({ kind, seq, row }) => [kind, seq, row]);
    expect(told).toEqual([
      ["unexpected", 614, "skipsDeassigned"],
      ["unexpected", 896, "skipsDeassigned"],
    ]);
  });
});

/** A B6 needs an irqfd that was deassigned. */
describe("a recording of 6.16 that takes a route away, judged by rules 6.17", () => {
  it("has no finding that is named B6", async () => {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    await timeline.import(shippedPath("6.16-x-stale-route-removed"));
    const { findings } = timeline.recording().check({ rules: "6.17" });
    expect(findings.filter(({ bug }) => bug === "B6")).toEqual([]);
    expect(findings.map(({ invariant }) => invariant)).toContain("I12");
    timeline.close();
  });
});

describe("the deassigned irqfd of 6.17", () => {
  it("is proven, where its vCPU is freed, by what linked it and by its deassignment", async () => {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    await timeline.import(shippedPath("6.17-x-uaf-crash"));
    const finding = timeline
      .recording()
      .check()
      .findings.find(({ invariant }) => invariant === "I14");
    const events = timeline.recording().explain(finding?.id ?? "").explanation.events;
    const kinds = events.map(({ kind }) => kind);
    expect(kinds).toEqual(
      expect.arrayContaining(["irqfd_deassigned", "producer_removed", "vcpu_destroyed"]),
    );
    timeline.close();
  });
});

describe("a recording judged by other rules than its own", () => {
  it.each(NEIGHBOURS)("%s, rules %s, by %s: each finding names a difference", async (...row) => {
    const [name, own, judged] = row;
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    await timeline.import(shippedPath(name));
    const { findings } = timeline.recording().check({ rules: judged });
    expect(findings.length).toBeGreaterThan(5);
    for (const { id, title, difference } of findings) {
      expect(difference, `${id} ${title}`).not.toBeNull();
      expect(differencesOf(own, judged).map(({ name }) => name)).toContain(difference);
    }
    const toggled = findings.filter(
      ({ rule, fields }) => rule === "T8" && fields.includes("guest_mode"),
    );
    expect(toggled.filter(({ difference }) => difference !== "togglesInOneWrite")).toEqual([]);
    const byItsOwn = timeline.recording().check().findings;
    expect(byItsOwn.filter(({ difference }) => difference !== null)).toEqual([]);
    timeline.close();
  });
});
