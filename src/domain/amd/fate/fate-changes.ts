// Which fates of interrupts the differences between releases change: what becomes of one without the change and with it.

import { type Fate } from "../../platform/fate.js";
import { type Difference } from "../releases/releases.js";

/** What a difference between releases changes in the fates of interrupts. */
export interface FateEffect {
  /** When: what must be so for it to matter. */
  readonly when: string;
  /** The fates of an interrupt that arrives then, in a release whose cell says no. */
  readonly without: readonly Fate[];
  /** The same, in a release whose cell says yes. */
  readonly with: readonly Fate[];
}

/** By difference; null = it changes no fate. */
export const FATE_EFFECTS: Readonly<Record<Difference, FateEffect | null>> = {
  linksIrqfd: null,
  unlinksFirst: null,
  updatesLostRoute: {
    when: "posted, and the route of the GSI is gone",
    without: ["misdirected", "freed memory"],
    with: ["host handler"],
  },
  skipsWithoutTarget: null,
  skipsDeassigned: {
    when: "posted, and the irqfd is deassigned before its producer is removed",
    without: ["host handler"],
    with: ["misdirected", "freed memory"],
  },
  postsInOneWrite: {
    when: "a route is set to a vCPU that runs, or that is loaded or put meanwhile",
    without: ["pending", "lost wake-up"],
    with: ["direct"],
  },
  linksInhibited: {
    when: "the route was set while AVIC was inhibited, and the inhibit is gone",
    without: ["host handler"],
    with: ["direct", "wake-up", "pending"],
  },
  togglesInOneWrite: {
    when: "the vCPU runs on after an un-inhibit, and was not loaded again",
    without: ["pending"],
    with: ["direct"],
  },
  // The fate stays: what goes is an entry of the GA log that wakes nobody.
  logsOnlyBlocking: {
    when: "the vCPU is out and does not block",
    without: ["pending"],
    with: ["pending"],
  },
  tagsVcpuIdx: null,
  tagsIn12Bits: null,
  storesRunBits: {
    when: "an entry is written as a whole after its vCPU was loaded, put or blocked",
    without: ["direct", "wake-up"],
    with: ["pending", "lost wake-up"],
  },
};

/** What a difference changes, in one line. */
export function fateEffectText(difference: Difference): string {
  const effect = FATE_EFFECTS[difference];
  if (effect === null) return "no fate";
  const { when, without, with: since } = effect;
  const names = `${without.join(" or ")} without it, ${since.join(" or ")} with it`;
  const isSame = without.join() === since.join();
  return `${names}${isSame ? " (the way alone is another)" : ""}: ${when}`;
}
