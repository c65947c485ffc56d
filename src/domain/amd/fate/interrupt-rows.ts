// What is said of an interrupt that a recording of an AMD host shows, as a table: arch/x86/kvm/svm/avic.c,
// avic_ga_log_notifier(); virt/kvm/eventfd.c, irqfd_wakeup() and irqfd_inject(); virt/kvm/irqchip.c, kvm_set_irq().

import { type Fate } from "../../platform/fate.js";
import {
  type InterruptFacts,
  type InterruptJudgement,
  type InterruptVerdict,
  type Outcome,
  type RoutesOfIt,
  type ShownBy,
} from "../../platform/interrupt.js";

type Cells = readonly [
  shown: ShownBy | null,
  outcome: Outcome | null,
  route: RoutesOfIt | null,
  verdict: InterruptVerdict,
  fate: Fate | null,
  reason: string,
];

// prettier-ignore
const CELLS: readonly Cells[] = [
  // shown     outcome       route        verdict        fate            why
  [null,       "cut",        null,        "unknown",     "unknown",      "events were lost meanwhile"],
  [null,       "whose",      null,        "unknown",     "unknown",      "not known which vCPU it was for"],
  ["logged",   "gone",       null,        "lost",        "freed memory", "logged for a vCPU that was freed before, and an entry still posts to it"],
  ["logged",   null,         "wrong",     "misdirected", "misdirected",  "its entry posts to another vCPU or vector than the route in force says"],
  [null,       "where",      null,        "unknown",     null,           "not known where the vCPU was"],
  [null,       "freed",      null,        "unknown",     null,           "the vCPU was freed before it ran again"],
  [null,       "ended",      null,        "unknown",     null,           "the recording ends before it is taken"],
  ["logged",   null,         "not known", "unknown",     null,           "not known whether its entry agreed with the route in force"],
  ["logged",   "taken",      null,        "delivered",   "pending",      "the vCPU runs again by the time at which KVM is told"],
  ["logged",   "woken",      null,        "delivered",   "wake-up",      "logged, and the vCPU is woken"],
  ["logged",   "resumed",    null,        "delayed",     "pending",      "logged while the vCPU was out and did not block: taken at its next load"],
  ["logged",   "unnoticed",  null,        "delayed",     "pending",      "logged while the vCPU ran and its entry said that it did not: taken at its next exit"],
  ["handled",  "dropped",    null,        "lost",        null,           "its GSI has no route, and KVM drops it"],
  ["handled",  "monitor",    null,        "unknown",     null,           "no irqfd is connected: the VM's monitor handles it"],
  ["handled",  "unmatched",  null,        "lost",        null,           "KVM sends the MSI of its route, and no local APIC accepts it"],
  ["injected", "unmatched",  null,        "lost",        null,           "KVM sends its MSI, and no local APIC accepts it"],
  ["sent",     "unmatched",  null,        "lost",        null,           "KVM sends its MSI, and no local APIC accepts it"],
  [null,       "unaccepted", null,        "unknown",     null,           "no local APIC is seen to accept it"],
  [null,       "taken",      null,        "delivered",   null,           "the vCPU runs"],
  [null,       "woken",      null,        "delivered",   null,           "the vCPU is woken"],
  [null,       "resumed",    null,        "delayed",     null,           "the vCPU was out and did not block: taken at its next load"],
  [null,       null,         null,        "unknown",     "unknown",      "not known what became of it"],
];

/** One row of the table of interrupts: a row decides where all of its cells fit, and no row above it does. */
export interface InterruptRow {
  /** What shows it; null = whatever it is. */
  readonly shown: ShownBy | null;
  /** How it went on; null = however. */
  readonly outcome: Outcome | null;
  /** Did its entry agree with the route; null = whether it did or not. */
  readonly route: RoutesOfIt | null;
  /** What became of it. */
  readonly verdict: InterruptVerdict;
  /** The fate that it had; null = the one of all that are shown so. */
  readonly fate: Fate | null;
  /** Why, in a few words. */
  readonly reason: string;
}

/** What is said of interrupts, in the order in which the rows decide. */
export const INTERRUPT_ROWS: readonly InterruptRow[] = CELLS.map(
  ([shown, outcome, route, verdict, fate, reason]) => ({
    ...{ shown, outcome, route, verdict, fate, reason },
  }),
);

/** The way that an interrupt took, and its fate where a row names no other one. */
const WAYS: Readonly<Record<ShownBy, { readonly path: string | null; readonly fate: Fate }>> = {
  logged: { path: "GA log", fate: "unknown" },
  handled: { path: "remapped", fate: "host handler" },
  injected: { path: "injection", fate: "software" },
  sent: { path: null, fate: "unknown" },
  pending: { path: null, fate: "pending" },
};

/** The row that decides. */
export function interruptRowOf(facts: InterruptFacts): InterruptRow {
  const row = INTERRUPT_ROWS.find(
    ({ shown, outcome, route }) =>
      (shown === null || shown === facts.shown) &&
      (outcome === null || outcome === facts.outcome) &&
      (route === null || route === facts.route),
  );
  if (row === undefined) throw new Error("the table of interrupts has a hole");
  return row;
}

/** What is said of an interrupt. */
export function judgeInterrupt(facts: InterruptFacts): InterruptJudgement {
  const { verdict, fate, reason } = interruptRowOf(facts);
  const way = WAYS[facts.shown];
  const isSure = verdict !== "unknown" && !facts.isAmbiguous;
  return { verdict, fate: fate ?? way.fate, path: way.path, isSure, reason };
}
