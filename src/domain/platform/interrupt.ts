// An interrupt that a recording shows: what shows it, how it went on, and what is said of it. The words are common to
// all platforms; what decides between them is a platform's own table behind the port.

import { type Fate } from "./fate.js";

/** Every verdict about an interrupt, with what it says. */
export const INTERRUPT_VERDICTS = {
  delivered: "the vCPU ran when it came, or was woken for it",
  delayed: "it had to wait until the vCPU ran again, or for its next exit",
  lost: "nobody gets it",
  misdirected: "it reached another vCPU, or another vector, than the route in force says",
  unknown: "the recording does not tell",
} as const satisfies Readonly<Record<string, string>>;

/** The name of a verdict about an interrupt. */
export type InterruptVerdict = keyof typeof INTERRUPT_VERDICTS;

/** What can show an interrupt. */
export const SHOWN_BY = {
  logged: "the IOMMU wrote it into the GA log, and KVM is told",
  handled: "a host CPU handled the device's interrupt, and vfio passes it on",
  injected:
    "a local APIC accepted it, or KVM injected it, and no handled interrupt is known to be behind it",
  sent: "the same, but a handler may be behind it whose line is missing",
  pending: "a halt ended before the vCPU slept: something was pending",
} as const satisfies Readonly<Record<string, string>>;

/** What shows an interrupt. */
export type ShownBy = keyof typeof SHOWN_BY;

/** How an interrupt can go on. */
export const OUTCOMES = {
  taken: "the vCPU ran when it came",
  woken: "the vCPU waited in a halt, and was woken",
  resumed: "the vCPU was on no CPU and did not wait in a halt; then it was loaded",
  unnoticed: "the vCPU ran, and its entry said that it did not",
  dropped: "KVM has no route for it",
  gone: "the vCPU that it was posted to was gone already",
  freed: "the vCPU was freed while the interrupt waited",
  ended: "the recording ends first",
  cut: "events were lost meanwhile",
  monitor: "no irqfd takes it: the monitor of the VM handles it",
  unmatched: "KVM sends its MSI, and no local APIC accepts it",
  unaccepted: "no vCPU is known to have accepted it",
  whose: "it is not known which vCPU it was for",
  where: "it is not known where the vCPU was",
} as const satisfies Readonly<Record<string, string>>;

/** How it went on. */
export type Outcome = keyof typeof OUTCOMES;

/** Did the entries that may have raised it agree with the route in force? */
export type RoutesOfIt = "fits" | "wrong" | "not known";

/** All that the verdict about an interrupt depends on. */
export interface InterruptFacts {
  /** What shows it. */
  readonly shown: ShownBy;
  /** How it went on. */
  readonly outcome: Outcome;
  /** Of one that was posted: did its entry agree with the route? */
  readonly route: RoutesOfIt;
  /** Another reading of the recording pairs it otherwise. */
  readonly isAmbiguous: boolean;
}

/** What is said of an interrupt. */
export interface InterruptJudgement {
  /** What became of it. */
  readonly verdict: InterruptVerdict;
  /** The fate that it had. */
  readonly fate: Fate;
  /** The platform's own word for the way that it took; null = not known. */
  readonly path: string | null;
  /** Nothing else that the recording shows explains what it is paired with. */
  readonly isSure: boolean;
  /** Why, in a few words. */
  readonly reason: string;
}

/** A platform's table of interrupts. */
export type InterruptRules = (facts: InterruptFacts) => InterruptJudgement;
