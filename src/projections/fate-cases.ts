// What the fate of an entry's interrupts is decided by, as a case: the recording has few different ones, and every
// change of a fate names one by its number.

import { type RunState } from "../domain/fold/state.js";
import { type RouteFit } from "../domain/platform/fate.js";
import { type IrteKey, type VcpuRow } from "../domain/values/ids.js";

/** What decides the fate, less what cannot matter for such an entry; null = not known, or of no matter. */
export interface FateFactsSeen {
  /** `FateRules.entryOf` of the bits. */
  readonly entry: number | null;
  /** Where the vCPU is that the entry posts to; null = not known. */
  readonly run_state: RunState | null;
  /** The CPU that the vCPU runs on; asked for where the entry names a CPU. */
  readonly pcpu: number | null;
  /** APIC ID of the CPU that the entry names. */
  readonly destination: number | null;
  /** How the entry fits the route in force; null = not known. */
  readonly route: RouteFit | null;
  /** A kernel function is at work: the entry, or the vCPU, may not be yet what it will be when that is over. */
  readonly inFlight: boolean;
}

/** Facts of an entry and the vCPU that it posts to. Its number in the recording is its place, from 1. */
export interface FateCase {
  /** The entry. */
  readonly key: IrteKey;
  /** The vCPU that the entry posts to; null = none, or not known. */
  readonly vcpu: VcpuRow | null;
  /** The number of the facts. */
  readonly facts: number;
}

/** The cases of one entry by what decides; a number where that is exact, which is faster. */
export type CasesOfEntry = Map<number | string, number>;

/** Gives all facts and all cases numbers, in the order in which they come up, from 1. */
export class FateCases {
  /** All facts; the number of facts is their place, from 1. */
  readonly facts: FateFactsSeen[] = [];
  /** All cases; the number of a case is its place, from 1. */
  readonly all: FateCase[] = [];
  private readonly byName = new Map<number | string, number>();

  /** The number of the facts. `seen` is copied if they are new. */
  factsOf(seen: FateFactsSeen): number {
    const name = nameOf(seen);
    const old = this.byName.get(name);
    if (old !== undefined) return old;
    const made = this.facts.push({ ...seen });
    this.byName.set(name, made);
    return made;
  }

  /** The number of a case. `known`: the cases so far of its entry. */
  caseOf(key: IrteKey, vcpu: VcpuRow | null, facts: number, known: CasesOfEntry): number {
    const name = isShort(vcpu, facts) ? ((vcpu ?? -1) + 1) * 0x1_0000 + facts : `${vcpu},${facts}`;
    const old = known.get(name);
    if (old !== undefined) return old;
    const made = this.all.push({ key, vcpu, facts });
    known.set(name, made);
    return made;
  }
}

/** Is a number for both exact? */
function isShort(vcpu: VcpuRow | null, facts: number): boolean {
  return facts < 0x1_0000 && (vcpu ?? 0) < 0x1_0000_0000;
}

const RUN_STATES: readonly (RunState | null)[] = [null, "running", "out", "blocking", "freed"];
const FITS: readonly (RouteFit | null)[] = [null, "fits", "differs", "none", "not connected"];

function nameOf({
  entry,
  run_state,
  pcpu,
  destination,
  route,
  inFlight,
}: FateFactsSeen): number | string {
  const state = RUN_STATES.indexOf(run_state) * 5 + FITS.indexOf(route);
  const low = ((entry ?? 255) * 25 + state) * 2 + (inFlight ? 1 : 0);
  // 14 bits, 16 bits, 23 bits: together exact.
  const isExact = (entry ?? 0) < 255 && (pcpu ?? 0) < 0xfff0 && (destination ?? 0) < 0x7f_fff0;
  if (!isExact) return `${low},${pcpu},${destination}`;
  return (((pcpu ?? -2) + 2) * 0x80_0000 + ((destination ?? -1) + 1)) * 0x4000 + low;
}
