// T4 to T9: what a vCPU's load, put, halt and AVIC's toggles make of the entries on its list.

import { it } from "vitest";
import { RULES_IDS, type RulesId } from "../../../../src/domain/amd/releases/releases.js";
import { given, type Write } from "../../../support/given.js";
import {
  A,
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
  inhibited,
  loaded,
  put,
  ready,
  routed,
  unblocked,
  uninhibited,
} from "../../../support/small-host.js";
import { BEFORE, SINCE } from "./routing-cases.js";

const REMAPPED = {
  mode: "remapped",
  valid: 1,
  vector: HOST_VECTOR,
  destination: HOST_APIC,
} as const;

/** An entry that is posted to A. */
function posted(rules: RulesId, rule: string, fields: Partial<Write>): Write {
  return {
    ...{ rule, irte: E, mode: "posted", valid: 1, vector: GUEST_VECTOR },
    ...{ ga_root_ptr: A.page, ga_tag: TAG[rules].A },
    ...fields,
  };
}

/** GALogIntr of a posted entry while its vCPU does not block: always on before the series, off since. */
function log(rules: RulesId): number {
  return BEFORE.includes(rules) ? 1 : 0;
}

/** Cases of T4. */
export function load(): void {
  it.each(RULES_IDS)("%s: each entry says that it runs, and where", (rules) => {
    given(rules, [...POSTED_RUNNING, put(A)])
      .when(loaded(A, 6))
      .then([posted(rules, "T4", { is_run: 1, destination: 0x26, ga_log_intr: log(rules) })]);
  });

  it.each(RULES_IDS)("%s: in the order of the list, the newest link first", (rules) => {
    const runs = { is_run: 1, destination: 0x26, ga_log_intr: log(rules) };
    given(rules, [...BEGIN, ...ready(F), connected(E, { to: A }), connected(F, { to: A })])
      .when(loaded(A, 6))
      .then([posted(rules, "T4", { ...runs, irte: F }), posted(rules, "T4", runs)]);
  });

  it.each(RULES_IDS)("%s: nothing while it blocks", (rules) => {
    given(rules, [...POSTED_RUNNING, blocked(A), put(A)])
      .when(loaded(A, 6))
      .then([]);
  });

  it.each(SINCE)("%s: a remapped entry on the list is not written", (rules) => {
    const links = [...BEGIN, connected(E, { to: A, isInhibited: true })];
    given(rules, links).when(loaded(A, 6)).then([]).andListOf(A, [E]);
  });

  it.each(RULES_IDS)("%s: an entry on no list is not written", (rules) => {
    given(rules, [...POSTED_RUNNING, routed(E, { to: null }), put(A)])
      .when(loaded(A, 6))
      .then([]);
  });
}

/** Cases of T5. */
export function stop(): void {
  it.each(RULES_IDS)("%s: IsRun is off, the CPU stays, and the log is as of old", (rules) => {
    given(rules, POSTED_RUNNING)
      .when(put(A))
      .then([posted(rules, "T5", { is_run: 0, destination: 0x25, ga_log_intr: log(rules) })]);
  });

  it.each(RULES_IDS)("%s: nothing while it blocks", (rules) => {
    given(rules, [...POSTED_RUNNING, blocked(A)])
      .when(put(A))
      .then([]);
  });

  it.each(RULES_IDS)("%s: nothing of an entry that is posted to another", (rules) => {
    given(rules, POSTED_RUNNING)
      .when(put({ ...A, name: "B", row: 2 }))
      .then([]);
  });
}

/** Cases of T6. */
export function block(): void {
  it.each(RULES_IDS)("%s: IsRun is off, and the log is on", (rules) => {
    given(rules, POSTED_RUNNING)
      .when(blocked(A))
      .then([posted(rules, "T6", { is_run: 0, destination: 0x25, ga_log_intr: 1 })]);
  });

  it.each(RULES_IDS)("%s: nothing where AVIC is not active", (rules) => {
    given(rules, POSTED_RUNNING).when(blocked(A, 0)).then([]);
  });
}

/** Cases of T7. */
export function unblock(): void {
  it.each(RULES_IDS)("%s: each entry says that it runs, on the CPU where it woke", (rules) => {
    given(rules, [...POSTED_RUNNING, blocked(A)])
      .when(unblocked(A, 6))
      .then([posted(rules, "T7", { is_run: 1, destination: 0x26, ga_log_intr: log(rules) })]);
  });

  it.each(RULES_IDS)("%s: nothing where AVIC is not active", (rules) => {
    given(rules, [...POSTED_RUNNING, blocked(A)])
      .when(unblocked(A, 6, 0))
      .then([]);
  });
}

/** Cases of T8. */
export function inhibit(): void {
  const two = [...POSTED_RUNNING, ...ready(F), connected(F, { to: A })];

  it.each(BEFORE)("%s: all entries stop running, and then all are remapped", (rules) => {
    const stopped = posted(rules, "T8", { destination: 0x25, ga_log_intr: 1 });
    given(rules, two)
      .when(inhibited(A, 5))
      .then([
        { ...stopped, irte: F },
        stopped,
        { rule: "T8", irte: F, ...REMAPPED },
        { rule: "T8", irte: E, ...REMAPPED },
      ])
      .andListOf(A, [F, E]);
  });

  it.each(SINCE)("%s: each entry is remapped by one write", (rules) => {
    given(rules, two)
      .when(inhibited(A, 5))
      .then([
        { rule: "T8", irte: F, ...REMAPPED },
        { rule: "T8", irte: E, ...REMAPPED },
      ])
      .andListOf(A, [F, E]);
  });
}

/** Cases of T9. */
export function uninhibit(): void {
  it.each(BEFORE)("%s: each entry is posted as not running, with the log on", (rules) => {
    given(rules, [...POSTED_RUNNING, inhibited(A, 5)])
      .when(uninhibited(A, 5))
      .then([posted(rules, "T9", { is_run: 0, destination: 0, ga_log_intr: 1 })]);
  });

  it.each(SINCE)("%s: each entry is posted as running, with the CPU", (rules) => {
    given(rules, [...POSTED_RUNNING, inhibited(A, 5)])
      .when(uninhibited(A, 5))
      .then([posted(rules, "T9", { is_run: 1, destination: 0x25, ga_log_intr: 0 })]);
  });

  it.each(BEFORE)("%s: a route that was set meanwhile is not posted", (rules) => {
    const set = [...BEGIN, loaded(A, 5), inhibited(A, 5), routed(E, { to: A, isInhibited: true })];
    given(rules, set).when(uninhibited(A, 5)).then([]);
  });

  it.each(SINCE)("%s: a route that was set meanwhile is posted, as it was told", (rules) => {
    const told = { to: A, isInhibited: true, vector: 0x51 };
    given(rules, [...BEGIN, loaded(A, 5), inhibited(A, 5), routed(E, told)])
      .when(uninhibited(A, 5))
      .then([posted(rules, "T9", { vector: 0x51, is_run: 1, destination: 0x25 })]);
  });
}
