// T1 to T3: what a route, a producer and their going make of an entry.

import { it } from "vitest";
import { RULES_IDS, type RulesId, RULES } from "../../../../src/domain/amd/releases/releases.js";
import { given } from "../../../support/given.js";
import {
  A,
  B,
  BEGIN,
  E,
  F,
  GUEST_VECTOR,
  HOST_APIC,
  HOST_VECTOR,
  POSTED_RUNNING,
  TAG,
  blocked,
  connected,
  deactivated,
  deassigned,
  disconnected,
  inhibited,
  loaded,
  moved,
  put,
  ready,
  requested,
  routed,
  told,
  unrouted,
} from "../../../support/small-host.js";

/** Releases before the series of patches, and since. */
export const BEFORE: readonly RulesId[] = RULES_IDS.filter((id) => RULES[id].series === "before");
export const SINCE: readonly RulesId[] = RULES_IDS.filter((id) => RULES[id].series === "after");

const POSTED = { mode: "posted", valid: 1, vector: GUEST_VECTOR, ga_root_ptr: A.page } as const;
const REMAPPED = {
  mode: "remapped",
  valid: 1,
  vector: HOST_VECTOR,
  destination: HOST_APIC,
} as const;

/** Cases of T1. */
export function post(): void {
  it.each(BEFORE)("%s: to a vCPU on no CPU it is one write, with the GA log on", (rules) => {
    given(rules, BEGIN)
      .when(connected(E, { to: A }))
      .then([{ rule: "T1", irte: E, ...POSTED, ga_log_intr: 1, ga_tag: TAG[rules].A }])
      .andListOf(A, [E]);
  });

  it.each(SINCE)("%s: to a vCPU on no CPU it is one write, without the GA log", (rules) => {
    given(rules, BEGIN)
      .when(connected(E, { to: A }))
      .then([{ rule: "T1", irte: E, ...POSTED, ga_tag: TAG[rules].A }])
      .andListOf(A, [E]);
  });

  it.each(BEFORE)("%s: to a running vCPU a second write sets IsRun and the CPU", (rules) => {
    const posted = { irte: E, ...POSTED, ga_log_intr: 1, ga_tag: TAG[rules].A };
    given(rules, [...BEGIN, loaded(A, 5)])
      .when(routed(E, { to: A }))
      .then([
        { rule: "T1", ...posted, is_run: 0, destination: 0 },
        { rule: "T1 second", ...posted, is_run: 1, destination: 0x25 },
      ])
      .andListOf(A, [E]);
  });

  it.each(SINCE)("%s: to a running vCPU the one write has IsRun and the CPU", (rules) => {
    given(rules, [...BEGIN, loaded(A, 5)])
      .when(routed(E, { to: A }))
      .then([
        { rule: "T1", irte: E, ...POSTED, is_run: 1, destination: 0x25, ga_tag: TAG[rules].A },
      ])
      .andListOf(A, [E]);
  });

  it.each(RULES_IDS)("%s: to a blocking vCPU it is not running, with the GA log on", (rules) => {
    given(rules, [...BEGIN, loaded(A, 5), blocked(A)])
      .when(routed(E, { to: A }))
      .then([{ rule: "T1", irte: E, ...POSTED, ga_log_intr: 1, ga_tag: TAG[rules].A }]);
  });

  it.each(SINCE)(
    "%s: the CPU that the driver was told counts, and no log is on while it runs",
    (rules) => {
      const runs = { is_run: 1, destination: 0x27, ga_tag: TAG[rules].A };
      given(rules, BEGIN)
        .when(connected(E, { to: A, cpu: 0x27, ga_log_intr: 1 }))
        .then([{ rule: "T1", irte: E, ...POSTED, ...runs }]);
    },
  );

  it.each(SINCE)("%s: the log that the driver was told counts while it does not run", (rules) => {
    given(rules, [...BEGIN, loaded(A, 5)])
      .when(connected(E, { to: A, cpu: -1, ga_log_intr: 1 }))
      .then([{ rule: "T1", irte: E, ...POSTED, ga_log_intr: 1, ga_tag: TAG[rules].A }]);
  });

  it.each(RULES_IDS)("%s: to another vCPU it leaves the first one's list", (rules) => {
    const log = BEFORE.includes(rules) ? 1 : 0;
    const toB = { ...POSTED, vector: 0x51, ga_root_ptr: B.page, ga_tag: TAG[rules].B };
    given(rules, POSTED_RUNNING)
      .when(routed(E, { to: B, vector: 0x51 }))
      .then([{ rule: "T1", irte: E, ...toB, ga_log_intr: log }])
      .andListOf(A, [])
      .andListOf(B, [E]);
  });

  it.each(RULES_IDS)("%s: the newest link is the head of the list", (rules) => {
    given(rules, [...BEGIN, ...ready(F), connected(E, { to: A })])
      .when(connected(F, { to: A }))
      .then([
        {
          ...{ rule: "T1", irte: F, ...POSTED, ga_tag: TAG[rules].A },
          ga_log_intr: BEFORE.includes(rules) ? 1 : 0,
        },
      ])
      .andListOf(A, [F, E]);
  });

  it.each(RULES_IDS)("%s: what the driver refuses is not written", (rules) => {
    given(rules, BEGIN)
      .when(connected(E, { to: A, fails: true }))
      .then([]);
  });
}

/** Cases of T2. */
export function postInhibited(): void {
  // Before the series the driver is told the same as of a route that cannot be posted: it is called T3 there.
  it.each(BEFORE)("%s: a posted entry is remapped and on no list", (rules) => {
    given(rules, [...POSTED_RUNNING, loaded(B, 6), inhibited(B, 6)])
      .when(routed(E, { to: B, isInhibited: true }))
      .then([{ rule: "T3", irte: E, ...REMAPPED }])
      .andListOf(A, [])
      .andListOf(B, []);
  });

  it.each(SINCE)("%s: a posted entry is remapped and on the target's list", (rules) => {
    given(rules, [...POSTED_RUNNING, loaded(B, 6), inhibited(B, 6)])
      .when(routed(E, { to: B, isInhibited: true }))
      .then([{ rule: "T2", irte: E, ...REMAPPED }])
      .andListOf(A, [])
      .andListOf(B, [E]);
  });

  it.each(RULES_IDS)("%s: a remapped entry is not written", (rules) => {
    given(rules, [...BEGIN, loaded(A, 5), inhibited(A, 5)])
      .when(connected(E, { to: A, isInhibited: true }))
      .then([])
      .andListOf(A, BEFORE.includes(rules) ? [] : [E]);
  });
}

/** Cases of T3. */
export function unpost(): void {
  it.each(RULES_IDS)("%s: a route that cannot be posted remaps the entry", (rules) => {
    given(rules, POSTED_RUNNING)
      .when(routed(E, { to: null }))
      .then([{ rule: "T3", irte: E, ...REMAPPED }])
      .andListOf(A, []);
  });

  it.each(RULES_IDS)("%s: a remapped entry is not written", (rules) => {
    given(rules, [...POSTED_RUNNING, routed(E, { to: null })])
      .when(routed(E, { to: null, type: 1 }))
      .then([]);
  });

  it.each(RULES_IDS)("%s: it goes where the host wants it by then", (rules) => {
    given(rules, [...POSTED_RUNNING, moved(E, 0x33, 0x123_4567)])
      .when(routed(E, { to: null }))
      .then([
        { rule: "T3", irte: E, mode: "remapped", valid: 1, vector: 0x33, destination: 0x123_4567 },
      ]);
  });

  it.each(RULES_IDS)("%s: an entry that is not valid stays so", (rules) => {
    given(rules, [...POSTED_RUNNING, deactivated(E)])
      .when(routed(E, { to: null }))
      .then([{ rule: "T3", irte: E, ...REMAPPED, valid: 0 }]);
  });

  it.each(BEFORE)("%s: a route that is gone leaves it posted and linked", (rules) => {
    given(rules, POSTED_RUNNING).when(unrouted(E)).then([]).andListOf(A, [E]);
  });

  it.each(BEFORE)("%s: nor does it where the recorded kernel remapped it", (rules) => {
    given(rules, POSTED_RUNNING)
      .when(routed(E, { to: null, type: 0 }))
      .then([]);
  });

  it.each(SINCE)("%s: a route that is gone remaps it and takes it off the list", (rules) => {
    given(rules, POSTED_RUNNING)
      .when(unrouted(E))
      .then([{ rule: "T3", irte: E, ...REMAPPED }])
      .andListOf(A, []);
  });

  it.each(RULES_IDS)("%s: a producer that goes leaves the entry remapped", (rules) => {
    given(rules, POSTED_RUNNING)
      .when(disconnected(E, [requested(E, { to: null }), told(E, { to: null })]))
      .then([{ rule: "T3", irte: E, ...REMAPPED }])
      .andListOf(A, []);
  });

  it.each(RULES_IDS.filter((id) => id !== "6.17"))(
    "%s: an irqfd that is deassigned leaves the entry remapped",
    (rules) => {
      given(rules, [...POSTED_RUNNING, ...deassigned(E)])
        .when(disconnected(E, []))
        .then([{ rule: "T3", irte: E, ...REMAPPED }]);
    },
  );

  it.each(BEFORE)("%s: what the driver refused to remap is remapped the next time", (rules) => {
    given(rules, [...POSTED_RUNNING, routed(E, { to: null, fails: true })])
      .when(routed(E, { to: null }))
      .then([{ rule: "T3", irte: E, ...REMAPPED }]);
  });

  it.each(SINCE)("%s: the driver is not asked to remap where there was no target", (rules) => {
    given(rules, [...POSTED_RUNNING, routed(E, { to: null, fails: true })])
      .when(routed(E, { to: null }))
      .then([]);
  });

  it.each(BEFORE)("%s: an irqfd that goes without an update leaves its list whole", (rules) => {
    given(rules, [...POSTED_RUNNING, unrouted(E)])
      .when(disconnected(E, [requested(E, { to: null })]))
      .then([])
      .andListOf(A, [E]);
  });

  it.each(SINCE)("%s: an irqfd that goes without an update leaves freed memory", (rules) => {
    given(rules, POSTED_RUNNING).when(disconnected(E, [])).andListOf(A, null);
  });

  it("6.17: an irqfd that is deassigned leaves the entry posted, and a list of freed memory", () => {
    const history = [...POSTED_RUNNING, ...deassigned(E)];
    given("6.17", history).when(disconnected(E, [])).then([]).andListOf(A, null);
    given("6.17", [...history, disconnected(E, [])])
      .when(put(A))
      .then([]);
  });
}
