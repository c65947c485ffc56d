// What lanes can say: every state with its words, how it is painted, and how it ranks where several share a column.

import { type RowMeaning } from "./lane-rows.js";
import { FATES, type Fate } from "../../domain/platform/fate.js";

/** Every kind of lane, with what one row of it is. */
export const LANE_KINDS = {
  findings: "the span in which what a finding says was so",
  markers: "a text that a user wrote to trace_marker",
  cpu: "a host CPU: which vCPU runs on it",
  avic: "a VM: whether AVIC is inhibited, and by what",
  routes: "a VM: an interval of the route of one of its GSIs",
  vcpu: "a vCPU: a row of v_vcpu",
  irte: "an IRTE: a row of v_irte",
  irqfd:
    "an IRTE: its stay on a vCPU's ir_list, a row of v_link, cut where its irqfd is deassigned",
  fate: "an IRTE: what would become of its interrupts, a row of v_fate",
  interrupts: "an IRTE or a vCPU: interrupts, GA log entries and wake-ups, one event each",
  counter: "a number over the time: ask for it with counters()",
} as const satisfies Readonly<Record<string, string>>;

/** The name of a kind of lane. */
export type LaneKind = keyof typeof LANE_KINDS;

/** How a state of a lane is drawn, and what it means. */
export interface StateStyle {
  /** The kind of lane that has it. */
  readonly kind: LaneKind;
  /** The state in words. */
  readonly text: string;
  /** The name of its paint. States of one paint look alike. */
  readonly paint: string;
  /** Of several states in one column, the one with the highest rank is drawn. */
  readonly rank: number;
  /** true: something is wrong while it is so. Absent = false. */
  readonly wrong?: true;
}

const RANK = { none: 0, out: 1, host: 2, wait: 3, run: 4, unknown: 5, wrong: 6 } as const;
type Rank = keyof typeof RANK;

function style(kind: LaneKind, text: string, paint: string, rank: Rank): StateStyle {
  const shown = { kind, text, paint, rank: RANK[rank] };
  return rank === "wrong" ? { ...shown, wrong: true } : shown;
}

/** How late or how wrong each fate is. */
const FATE_RANKS: Readonly<Record<Fate, Rank>> = {
  ...{ direct: "run", "wake-up": "wait", pending: "wait", software: "wait" },
  ...{ "host handler": "host", "no handler": "out", blocked: "none", unknown: "unknown" },
  ...{ misdirected: "wrong", "lost wake-up": "wrong", "freed memory": "wrong", storm: "wrong" },
};

const FATE_STYLES = Object.fromEntries(
  Object.keys(FATES).map((fate) => [
    `fate.${fate}`,
    style("fate", fate, fate, FATE_RANKS[fate as Fate]),
  ]),
);

/** Every state of every kind of lane by its id. */
export const STATE_STYLES: Readonly<Record<string, StateStyle>> = {
  "cpu.vcpu": style("cpu", "a vCPU runs", "run", "run"),
  "cpu.unknown": style("cpu", "unknown", "unknown", "unknown"),
  "avic.active": style("avic", "active", "active", "out"),
  "avic.inhibited": style("avic", "inhibited", "inhibited", "run"),
  "avic.destroyed": style("avic", "VM destroyed", "none", "none"),
  "avic.unknown": style("avic", "unknown", "unknown", "unknown"),
  "route.msi": style("routes", "MSI", "out", "out"),
  "route.other": style("routes", "no MSI", "host", "host"),
  "route.none": style("routes", "none", "none", "none"),
  "route.unknown": style("routes", "unknown", "unknown", "unknown"),
  "vcpu.running": style("vcpu", "running", "run", "run"),
  "vcpu.blocking": style("vcpu", "blocking", "wait", "wait"),
  "vcpu.out": style("vcpu", "out", "out", "out"),
  "vcpu.freed": style("vcpu", "freed", "none", "none"),
  "vcpu.unknown": style("vcpu", "unknown", "unknown", "unknown"),
  "irte.running": style("irte", "posted, is_run 1", "run", "run"),
  "irte.logging": style("irte", "posted, ga_log_intr 1", "wait", "wait"),
  "irte.posted": style("irte", "posted, is_run 0, ga_log_intr 0", "out", "wait"),
  "irte.remapped": style("irte", "remapped", "host", "host"),
  "irte.allocated": style("irte", "allocated", "dots", "out"),
  "irte.free": style("irte", "free", "dots", "none"),
  "irte.unknown": style("irte", "unknown", "unknown", "unknown"),
  "irqfd.listed": style("irqfd", "on an ir_list", "out", "wait"),
  "irqfd.deassigned": style("irqfd", "deassigned, on an ir_list", "out", "run"),
  "irqfd.stale": style("irqfd", "deassigned, still on an ir_list", "stale", "wrong"),
  "irqfd.unknown": style("irqfd", "unknown", "unknown", "unknown"),
  ...FATE_STYLES,
  "tick.interrupt": style("interrupts", "the host handled an interrupt", "host", "host"),
  "tick.ga_log": style("interrupts", "GA log entry", "wait", "wait"),
  "tick.wake-up": style("interrupts", "woken from a halt", "run", "run"),
  "tick.injected": style("interrupts", "KVM injected an interrupt", "out", "out"),
  marker: style("markers", "marker", "none", "none"),
  "finding.safety": style("findings", "safety", "safety", "wrong"),
  "finding.performance": style("findings", "performance", "performance", "wrong"),
  "finding.consistency": style("findings", "consistency", "consistency", "unknown"),
};

/** What a row says of which nothing is known. */
export function unknownRow(state: string, reason: string): RowMeaning {
  return { state, label: `unknown  ${reason}`, source: LANE_SOURCES.unknown, flags: 0 };
}

/** What stands in a row's `flags`. */
export const LANE_FLAGS = {
  /** Several changes in this column: `from` and `to` are the column's. */
  merged: 1,
  /** A kernel function is at work on the entry or its vCPU. */
  inFlight: 2,
  /** Something is wrong while it is so. */
  wrong: 4,
  /** Not known because events were lost. */
  lost: 8,
  /** AVIC is off for this vCPU. */
  avicOff: 16,
} as const;

/** What stands in a row's `source`. */
export const LANE_SOURCES = {
  /** The recording shows it. */
  observed: 0,
  /** The rules say it. */
  predicted: 1,
  /** Nothing tells. */
  unknown: 2,
} as const;

/** The states that no merging may hide: what is wrong, and what is not known. */
const KEPT: readonly string[] = Object.entries(STATE_STYLES)
  .filter(([, { rank }]) => rank >= RANK.unknown)
  .map(([id]) => id);

/** One bit for each state that must be drawn wherever it is so; 0 = it may give way. */
export function keptBit(state: string): number {
  const place = KEPT.indexOf(state);
  return place < 0 ? 0 : 1 << place;
}

/** The rank of a state. */
export function rankOf(state: string): number {
  return STATE_STYLES[state]?.rank ?? 0;
}
