// Each row of the table of releases: a history after which the releases that have the difference and those that
// have it not demand different writes, or keep different lists. What is expected is worked out by hand.

import { describe, expect, it } from "vitest";
import {
  DIFFERENCES,
  RULES_IDS,
  type Difference,
  type RulesId,
  RULES,
} from "../../../../src/domain/amd/releases/releases.js";
import { given, type Write } from "../../../support/given.js";
import {
  A,
  B,
  BEGIN,
  E,
  GUEST_VECTOR,
  HOST_APIC,
  HOST_VECTOR,
  POSTED_RUNNING,
  TAG,
  connected,
  deactivated,
  deassigned,
  disconnected,
  inhibited,
  loaded,
  put,
  routed,
  uninhibited,
  unrouted,
  type Entry,
  type Printed,
  type Vcpu,
} from "../../../support/small-host.js";

/** What a release does. */
interface Then {
  readonly writes: readonly Write[];
  /** The lists after it; null = it holds freed memory. */
  readonly lists?: readonly (readonly [Vcpu, readonly Entry[] | null])[];
}

/** A history in which a row makes a difference: what a profile does with it, and without it. */
interface Case {
  readonly title: string;
  readonly given: readonly Printed[];
  readonly when: Printed;
  readonly yes: (rules: RulesId) => Then;
  readonly no: (rules: RulesId) => Then;
}

const BEFORE: readonly RulesId[] = RULES_IDS.filter((id) => RULES[id].series === "before");

/** An entry that is posted to A; GALogIntr as it is of a vCPU that does not block. */
function posted(rules: RulesId, rule: string, fields: Partial<Write> = {}): Write {
  return {
    ...{ rule, irte: E, mode: "posted", valid: 1, vector: GUEST_VECTOR, ga_root_ptr: A.page },
    ...{ ga_tag: TAG[rules].A, ga_log_intr: BEFORE.includes(rules) ? 1 : 0 },
    ...fields,
  };
}

function remapped(rule: string): Write {
  const fields = { valid: 1, vector: HOST_VECTOR, destination: HOST_APIC };
  return { rule, irte: E, mode: "remapped", ...fields };
}

const ON_5 = { is_run: 1, destination: 0x25 };
const NONE: Then = { writes: [] };
const REMAPPED_T3: Then = { writes: [remapped("T3")] };
/** The same row with another tag. */
function withTag(ga_tag: number): (rules: RulesId) => Then {
  return (rules) => ({ writes: [posted(rules, "T1", { ga_tag })] });
}

/** A row without a case does not compile. */
const CASES: Readonly<Record<Difference, Case>> = {
  linksIrqfd: {
    title: "the irqfd goes while its entry is on the list, as far as the probes show",
    given: POSTED_RUNNING,
    when: disconnected(E, []),
    // Where the update may be skipped, only its own line shows that it is not.
    yes: (rules) => ({ ...(rules === "6.17" ? NONE : REMAPPED_T3), lists: [[A, null]] }),
    no: () => ({ ...REMAPPED_T3, lists: [[A, [E]]] }),
  },
  unlinksFirst: {
    title: "the driver refuses to post the entry to another vCPU",
    given: POSTED_RUNNING,
    when: routed(E, { to: B, fails: true }),
    yes: () => ({ writes: [], lists: [[A, []]] }),
    no: () => ({ writes: [], lists: [[A, [E]]] }),
  },
  updatesLostRoute: {
    title: "the route is gone from the table",
    given: POSTED_RUNNING,
    when: unrouted(E),
    yes: () => ({ ...REMAPPED_T3, lists: [[A, []]] }),
    no: () => ({ writes: [], lists: [[A, [E]]] }),
  },
  skipsWithoutTarget: {
    title: "the driver refuses to remap an entry, and then there is no target again",
    given: [...POSTED_RUNNING, routed(E, { to: null, fails: true })],
    when: routed(E, { to: null }),
    yes: () => NONE,
    no: () => REMAPPED_T3,
  },
  skipsDeassigned: {
    title: "the irqfd of a posted entry is deassigned",
    given: [...POSTED_RUNNING, ...deassigned(E)],
    when: disconnected(E, []),
    yes: () => NONE,
    no: () => REMAPPED_T3,
  },
  postsInOneWrite: {
    title: "an entry is posted to a running vCPU",
    given: [...BEGIN, loaded(A, 5)],
    when: connected(E, { to: A }),
    yes: (rules) => ({ writes: [posted(rules, "T1", ON_5)] }),
    no: (rules) => ({ writes: [posted(rules, "T1"), posted(rules, "T1 second", ON_5)] }),
  },
  linksInhibited: {
    title: "AVIC is active again after a route was set while it was inhibited",
    given: [...[...BEGIN, loaded(A, 5), inhibited(A, 5)], routed(E, { to: A, isInhibited: true })],
    when: uninhibited(A, 5),
    yes: (rules) => ({ writes: [posted(rules, "T9", ON_5)], lists: [[A, [E]]] }),
    no: () => ({ writes: [], lists: [[A, []]] }),
  },
  togglesInOneWrite: {
    title: "AVIC is inhibited on a running vCPU",
    given: POSTED_RUNNING,
    when: inhibited(A, 5),
    yes: () => ({ writes: [remapped("T8")] }),
    no: (rules) => ({
      writes: [posted(rules, "T8", { is_run: 0, destination: 0x25 }), remapped("T8")],
    }),
  },
  logsOnlyBlocking: {
    title: "a running vCPU is preempted",
    given: POSTED_RUNNING,
    when: put(A),
    yes: (rules) => ({ writes: [posted(rules, "T5", { destination: 0x25, ga_log_intr: 0 })] }),
    no: (rules) => ({ writes: [posted(rules, "T5", { destination: 0x25, ga_log_intr: 1 })] }),
  },
  tagsVcpuIdx: {
    title: "an entry is posted to a vCPU whose vcpu_id is not its index",
    given: BEGIN,
    when: connected(E, { to: A }),
    // vcpu_idx 3, in either width; vcpu_id 7.
    yes: (rules) => withTag(RULES[rules].tagsIn12Bits ? 0x1003 : 0x203)(rules),
    no: withTag(0x207),
  },
  tagsIn12Bits: {
    title: "an entry is posted to a vCPU of VM 1",
    given: BEGIN,
    when: connected(E, { to: A }),
    yes: withTag(0x1003),
    no: (rules) => withTag(BEFORE.includes(rules) ? 0x207 : 0x203)(rules),
  },
  storesRunBits: {
    title: "the host deactivates the IRQ of an entry that is posted to a running vCPU",
    given: POSTED_RUNNING,
    when: deactivated(E),
    yes: (rules) => ({ writes: [posted(rules, "T11", { valid: 0, is_run: 0, destination: 0 })] }),
    no: (rules) => ({ writes: [posted(rules, "T11", { valid: 0, ...ON_5 })] }),
  },
};

it("no row of the table lacks a case, and no case is of a row that there is not", () => {
  expect(DIFFERENCES).not.toEqual([]);
  expect(Object.keys(CASES)).toEqual(DIFFERENCES.map(({ name }) => name));
});

describe.each(DIFFERENCES.map((row) => [`${row.name} (${row.patch}): ${row.says}`, row] as const))(
  "%s",
  (_title, { name, in: cells }) => {
    const { title, given: history, when, yes, no } = CASES[name];

    it.each(RULES_IDS.map((id, at) => [id, cells[at] ? "yes" : "no"] as const))(
      `given %s (%s), when ${title}`,
      (rules, cell) => {
        const { writes, lists = [] } = cell === "yes" ? yes(rules) : no(rules);
        const outcome = given(rules, history).when(when).then(writes);
        for (const [vcpu, entries] of lists) outcome.andListOf(vcpu, entries);
      },
    );

    it("is both somewhere, and does not do the same in one profile with it and without it", () => {
      expect(new Set(cells)).toEqual(new Set([true, false]));
      for (const rules of RULES_IDS) expect(yes(rules)).not.toEqual(no(rules));
    });
  },
);
