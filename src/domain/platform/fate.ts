// The fate of an interrupt: what would become of one that arrives now. The words are common to all platforms; what
// decides between them is a platform's own table behind the port.

import { type RunState } from "../fold/state.js";
import { type IrteBits } from "../values/bits.js";
import { type InterruptRules } from "./interrupt.js";

/** Every fate, with what it says of an interrupt that arrives now. */
export const FATES = {
  direct: "the running vCPU takes it at once",
  "wake-up": "the vCPU waits in a halt, and is woken",
  pending: "it waits for the vCPU's next entry or exit",
  software: "KVM injects it in software",
  "host handler": "a host CPU handles it, and vfio passes it on",
  "no handler": "it goes to a host vector that nobody handles",
  misdirected: "it reaches another vCPU or vector than the route in force says",
  blocked: "the entry is not valid, and the interrupt is refused",
  "lost wake-up": "the vCPU waits in a halt, and nothing wakes it",
  "freed memory": "it is written into memory of a vCPU or VM that is gone",
  storm: "it raises itself again and again",
  unknown: "the recording does not tell",
} as const satisfies Readonly<Record<string, string>>;

/** The name of a fate. */
export type Fate = keyof typeof FATES;

/** What the kernel should do instead, by fates that an interrupt should not have for longer than a function takes. */
export const SHOULD_BE: Readonly<Partial<Record<Fate, string>>> = {
  misdirected:
    "an entry whose route or irqfd is gone is remapped to the host, and one with another route is posted anew",
  "lost wake-up": "before a vCPU waits, its entries are told to wake it",
  "freed memory": "before a vCPU is freed, no entry posts to it any more",
};

/** How a posted entry agrees with the route that is in force for its host IRQ. */
export type RouteFit =
  /** Vector and vCPU are those of the route. */
  | "fits"
  /** Vector or vCPU are others, or the route cannot be posted. */
  | "differs"
  /** The GSI has no MSI route. */
  | "none"
  /** The host IRQ is connected to no irqfd, or to one that was deassigned. */
  | "not connected";

/** All that a fate depends on besides the platform; null = not known. */
export interface FateInputs {
  /** What `FateRules.entryOf` makes of the entry's bits. */
  readonly entry: number | null;
  /** Where the vCPU is that the entry posts to. */
  readonly vcpu: RunState | null;
  /** Does that vCPU run on the CPU that the entry names? */
  readonly isOnCpu: boolean | null;
  /** How the entry fits the route in force; null = not known. */
  readonly route: RouteFit | null;
}

/** A fate, and why it is so. */
export interface FateVerdict {
  /** What becomes of the interrupt. */
  readonly fate: Fate;
  /** The platform's own word for the way that the interrupt takes; null = not known. */
  readonly path: string | null;
  /** Why, in a few words; of an unknown fate, what is not known. */
  readonly reason: string;
}

/** Which inputs the fate of an entry depends on, by its bits alone. */
export interface FateNeeds {
  /** The vCPU's place, and the route. */
  readonly vcpu: boolean;
  /** The CPU that the entry names. */
  readonly cpu: boolean;
}

/** A platform's table of fates. */
export interface FateRules {
  /** What the bits of an entry say that a fate depends on, as a small number. */
  entryOf(bits: IrteBits): number;
  /** Which inputs matter for such an entry. */
  needs(entry: number): FateNeeds;
  /** Are these the bits of an entry whose host IRQ is allocated, and was never activated so far? */
  isUnused(bits: IrteBits): boolean;
  /** The vector of an entry. */
  vectorOf(bits: IrteBits): number;
  /** APIC ID of the CPU that a posted entry names. */
  destinationOf(bits: IrteBits): number;
  /** Page frame that a posted entry writes to (4 KiB pages). */
  pageOf(bits: IrteBits): number;
  /** The fate: total; unknown only where an input that matters is not known. */
  judge(inputs: FateInputs): FateVerdict;
  /** What is said of an interrupt that a recording shows. */
  readonly judgeInterrupt: InterruptRules;
}
