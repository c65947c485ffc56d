// The states of lanes: how each is drawn, and which gives way where several share a column. They are common to all
// platforms; the words for them are a platform's own (lanes.ts).

import { FATES, type Fate } from "./fate.js";

/** Of several states in one column, the one that stands last here is drawn. */
export const LANE_RANKS = {
  none: 0,
  out: 1,
  host: 2,
  wait: 3,
  run: 4,
  unknown: 5,
  wrong: 6,
} as const;

/** How a state is drawn. */
export interface StateLook {
  /** The name of its paint. States of one paint look alike. */
  readonly paint: string;
  /** How it ranks; wrong = something is wrong while it is so. */
  readonly rank: keyof typeof LANE_RANKS;
}

function look(paint: string, rank: StateLook["rank"]): StateLook {
  return { paint, rank };
}

/** How late or how wrong each fate is. */
const FATE_RANKS: Readonly<Record<Fate, StateLook["rank"]>> = {
  ...{ direct: "run", "wake-up": "wait", pending: "wait", software: "wait" },
  ...{ "host handler": "host", "no handler": "out", blocked: "none", unknown: "unknown" },
  ...{ misdirected: "wrong", "lost wake-up": "wrong", "freed memory": "wrong", storm: "wrong" },
};

type FateState = `fate.${Fate}`;

const FATE_STATES = Object.fromEntries(
  (Object.keys(FATES) as Fate[]).map((fate) => [`fate.${fate}`, look(fate, FATE_RANKS[fate])]),
) as Readonly<Record<FateState, StateLook>>;

/** Every state by its id: what it is of, and what is so. */
export const LANE_STATES = {
  "cpu.vcpu": look("run", "run"),
  "cpu.unknown": look("unknown", "unknown"),
  "avic.active": look("active", "out"),
  "avic.inhibited": look("inhibited", "run"),
  "avic.destroyed": look("none", "none"),
  "avic.unknown": look("unknown", "unknown"),
  "route.msi": look("out", "out"),
  "route.other": look("host", "host"),
  "route.none": look("none", "none"),
  "route.unknown": look("unknown", "unknown"),
  "vcpu.running": look("run", "run"),
  "vcpu.blocking": look("wait", "wait"),
  "vcpu.out": look("out", "out"),
  "vcpu.freed": look("none", "none"),
  "vcpu.unknown": look("unknown", "unknown"),
  "irte.running": look("run", "run"),
  "irte.logging": look("wait", "wait"),
  "irte.posted": look("out", "wait"),
  "irte.remapped": look("host", "host"),
  "irte.allocated": look("dots", "out"),
  "irte.free": look("dots", "none"),
  "irte.unknown": look("unknown", "unknown"),
  "irqfd.listed": look("out", "wait"),
  "irqfd.deassigned": look("out", "run"),
  "irqfd.stale": look("stale", "wrong"),
  "irqfd.unknown": look("unknown", "unknown"),
  ...FATE_STATES,
  "tick.interrupt": look("host", "host"),
  "tick.ga_log": look("wait", "wait"),
  "tick.wake-up": look("run", "run"),
  "tick.injected": look("out", "out"),
  // Not warm: what nobody waits for is lost in a healthy recording too. They are seen, whatever shares their column.
  "tick.lost": look("lost", "unknown"),
  "tick.misdirected": look("misdirected", "unknown"),
  marker: look("none", "none"),
  "finding.safety": look("safety", "wrong"),
  "finding.performance": look("performance", "wrong"),
  "finding.consistency": look("consistency", "unknown"),
} as const satisfies Readonly<Record<string, StateLook>>;

/** The id of a state. */
export type LaneState = keyof typeof LANE_STATES;

/** How a state is drawn; undefined = there is no such state. */
export function lookOf(state: string): StateLook | undefined {
  return Object.hasOwn(LANE_STATES, state) ? LANE_STATES[state as LaneState] : undefined;
}
