// The probe table: what is derived from it, and that nothing else knows a probe by its name.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FACTS, type FactName } from "../../../../src/domain/platform/facts.js";
import { KNOWN_KERNELS, knownAround, servedOn } from "../../../../src/domain/amd/probes/kernels.js";
import { PROBES, type Probe } from "../../../../src/domain/amd/probes/probes.js";
import {
  canJudgeInvariant,
  canJudgeRule,
  couldBeUnseen,
  levelOf,
  probesNeededBy,
  probesShowing,
  shows,
  undecided,
} from "../../../../src/domain/amd/probes/decidable.js";
import { INVARIANTS } from "../../../../src/domain/amd/invariants/reference.js";
import { TRANSITIONS } from "../../../../src/domain/amd/rules/transitions.js";
import { CAUSES } from "../../../../src/domain/events/causes.js";
import { EVENT_KINDS } from "../../../../src/domain/events/kinds.js";

interface Golden {
  readonly neededBy: Readonly<Record<string, readonly string[]>>;
  readonly facts: Readonly<Record<string, readonly string[]>>;
  readonly unseen: Readonly<Record<string, readonly string[]>>;
  readonly undecided: Readonly<Record<string, string>>;
}

const GOLDEN = JSON.parse(
  readFileSync(new URL("./probes.golden.json", import.meta.url), "utf8"),
) as Golden;

/** Rules that have a case of their own, which needs more probes. */
const CASES = ["T1 second", "T3 presumed"];
/** Invariants that the writes alone decide, or that nothing ever decides. */
const NEEDS_NOTHING = ["I6b", "I7", "I17", "I19", "I20", "I23", "I24"];

const names = PROBES.map(({ name }) => name);

function probe(name: string): Probe {
  const found = PROBES.find((each) => each.name === name);
  if (found === undefined) throw new Error(`${name} is no probe`);
  return found;
}

function seesAllBut(...missing: readonly string[]): (name: string) => boolean {
  return (name) => !missing.includes(name);
}

/** Lists by key, each sorted. */
function inverted(keysOf: (each: Probe) => readonly string[]): Record<string, string[]> {
  const lists: Record<string, string[]> = {};
  for (const each of PROBES) for (const key of keysOf(each)) (lists[key] ??= []).push(each.name);
  for (const list of Object.values(lists)) list.sort();
  return lists;
}

describe("the probe table", () => {
  it("has each name once", () => {
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(150);
  });

  it("derives the lists that were written down one by one", () => {
    expect(inverted(({ neededBy }) => neededBy)).toEqual(GOLDEN.neededBy);
    expect(inverted(({ facts }) => facts)).toEqual(GOLDEN.facts);
    const unseen = PROBES.filter((each) => each.unseen.length > 0);
    expect(Object.fromEntries(unseen.map((each) => [each.name, each.unseen]))).toEqual(
      GOLDEN.unseen,
    );
    const open = PROBES.filter((each) => each.undecided !== null);
    expect(Object.fromEntries(open.map((each) => [each.name, each.undecided]))).toEqual(
      GOLDEN.undecided,
    );
  });

  it("names only rules and invariants that there are, and leaves out none", () => {
    const rules = [...TRANSITIONS.map(({ id }) => id), ...CASES];
    const invariants: readonly string[] = INVARIANTS.map(({ id }) => id);
    const judged = new Set(PROBES.flatMap(({ neededBy }) => [...neededBy] as string[]));
    expect([...judged].filter((id) => !rules.includes(id) && !invariants.includes(id))).toEqual([]);
    expect(rules.filter((id) => !judged.has(id))).toEqual([]);
    expect(invariants.filter((id) => !judged.has(id))).toEqual(NEEDS_NOTHING);
  });

  it("has a probe for every fact, for every cause, and for every kind of event but a loss and a dump", () => {
    for (const fact of Object.keys(FACTS) as FactName[])
      expect(probesShowing(fact), fact).not.toEqual([]);
    expect(CAUSES.filter((cause) => !PROBES.some(({ causes }) => causes.includes(cause)))).toEqual(
      [],
    );
    const made = new Set(PROBES.flatMap(({ events }) => [...events] as string[]));
    expect(Object.keys(EVENT_KINDS).filter((kind) => !made.has(kind))).toEqual([
      "irte_anchored",
      ...["vm_anchored", "vcpu_anchored", "link_anchored", "irqfd_anchored", "route_anchored"],
      "events_lost",
    ]);
  });

  it("says of each probe that is used what it shows, and gives it frames that there are", () => {
    const frames = PROBES.flatMap((each) => each.frames.map(({ frame }) => frame));
    expect(new Set(frames).size).toBe(frames.length);
    for (const each of PROBES.filter(({ use }) => use !== "none")) {
      expect(each.shows, each.name).toMatch(/^[A-Z0-9].*[^.]\.$/);
      expect(each.function, each.name).not.toBeNull();
      const called = each.frames.flatMap(({ before, after }) => [...before, ...after]);
      for (const frame of [...called, each.ends ?? frames[0]]) expect(frames).toContain(frame);
    }
  });

  it("gives a level to probes and none to tracepoints", () => {
    for (const { name, type, level, system } of PROBES) {
      expect(level === null, name).toBe(type === "tracepoint");
      expect(system === null, name).toBe(type !== "tracepoint");
    }
  });
});

describe("what a recording's probes let say", () => {
  it("judges a rule only with all probes that it needs", () => {
    expect(canJudgeRule(seesAllBut(), "T4")).toBe(true);
    for (const name of probesNeededBy("T4"))
      expect(canJudgeRule(seesAllBut(name), "T4"), name).toBe(false);
    expect(canJudgeRule(seesAllBut("irte_write"), "T4")).toBe(true);
    expect(canJudgeInvariant(seesAllBut("avic_refresh"), "I8")).toBe(false);
    expect(canJudgeInvariant(() => false, "I7")).toBe(true);
  });

  it("tells a fact by any of its probes, or by all of them", () => {
    expect(shows((name) => name === "kvm_irqfd", "irqfds")).toBe(true);
    expect(shows(() => false, "irqfds")).toBe(false);
    expect(shows(seesAllBut("avic_unblocking"), "vCPU runs")).toBe(false);
    expect(shows(seesAllBut(), "vCPU runs")).toBe(true);
  });

  it("tells the set of probes by the names of a recording", () => {
    expect(levelOf(() => false)).toBe("none");
    expect(levelOf((name) => name === "irte_write")).toBe("minimal");
    expect(levelOf((name) => probe(name).level === "minimal")).toBe("minimal");
    expect(levelOf((name) => ["minimal", "standard"].includes(probe(name).level ?? ""))).toBe(
      "standard",
    );
    expect(levelOf(() => true)).toBe("full");
  });

  it("lists what is left open, the probes of the full set last", () => {
    expect(undecided(() => false).map(({ name }) => name)).toEqual([
      "irte_write",
      "avic_vcpu_load",
      "avic_blocking",
      "kvm_irqfd",
      "add_producer",
      "ir_activate",
      "svm_vcpu_load",
    ]);
    expect(undecided(() => true)).toEqual([]);
  });

  it("lets an unseen function have made only writes that look like its own", () => {
    const posted = { loH: 0x200, loL: 0x81, hiH: 1, hiL: 0x41 };
    const running = { ...posted, loL: posted.loL ^ 0x40 };
    const remapped = { ...posted, loL: 1 };
    expect(couldBeUnseen(seesAllBut(), posted, running)).toBe(false);
    expect(couldBeUnseen(seesAllBut("avic_vcpu_load"), posted, running)).toBe(true);
    expect(couldBeUnseen(seesAllBut("avic_vcpu_load"), posted, remapped)).toBe(false);
    expect(couldBeUnseen(seesAllBut("avic_refresh"), posted, remapped)).toBe(true);
    expect(couldBeUnseen(seesAllBut("irte_set_affinity"), remapped, remapped)).toBe(true);
    expect(couldBeUnseen(seesAllBut("ir_deactivate"), remapped, { ...remapped, loL: 0 })).toBe(
      true,
    );
  });
});

describe("symbols", () => {
  const on = (name: string, release: string): unknown => {
    const around = knownAround(release);
    return around === null ? null : servedOn(probe(name), around);
  };

  it("are those of the kernel that is asked for", () => {
    expect(on("irte_write", "6.1.174")).toEqual({ is: "symbol", symbol: "modify_irte_ga" });
    const since = { is: "symbol", symbol: "__modify_irte_ga.isra.0" };
    expect(on("irte_write", "6.12.107+deb13-amd64")).toEqual(since);
    expect(on("irte_write", "7.3.4")).toEqual(since);
    expect(on("avic_vm_init_ret", "7.3")).toEqual({ is: "symbol", symbol: "svm_vm_init" });
    expect(on("kvm_avic_ga_log", "6.17")).toEqual({ is: "symbol", symbol: "kvm:kvm_avic_ga_log" });
  });

  it("are absent where a function is not there, and not known where it changed in between", () => {
    expect(on("svm_ir_list_del", "6.17")).toEqual({ is: "absent" });
    expect(on("kvm_pi_update", "6.16")).toEqual({ is: "absent" });
    expect(on("vcpu_kick", "6.14")).toEqual({ is: "not known" });
    expect(on("irte_write", "6.14")).toEqual({ is: "symbol", symbol: "__modify_irte_ga.isra.0" });
  });

  it("are not guessed outside of the kernels that were looked up", () => {
    for (const release of ["5.10", "7.4", "linux", ""]) expect(knownAround(release)).toBeNull();
  });

  it("change at known kernels, oldest first, each change another symbol", () => {
    for (const { name, symbols } of PROBES) {
      const since = symbols.map(([kernel]) => KNOWN_KERNELS.indexOf(kernel));
      expect(since, name).toEqual([...since].sort((a, b) => a - b));
      expect(since, name).not.toContain(-1);
      symbols.slice(1).forEach(([, symbol], i) => {
        expect(symbol, name).not.toBe(symbols[i]?.[1]);
      });
    }
  });
});
