// What the fate of an entry's interrupts is decided by, as a case: the recording has few different ones, and every
// change of a fate names one by its number.

import { type RunState } from "../domain/fold/state.js";
import { type RouteFit } from "../domain/platform/fate.js";
import { type IrteKey, type VcpuRow } from "../domain/values/ids.js";

/** What decides the fate, less what cannot matter for such an entry; null = not known, or of no matter. */
export interface FateFactsSeen {
  /** `FateRules.entryOf` of the bits. */
  readonly entry: number | null;
  /** The vCPU that the entry posts to. */
  readonly vcpu: VcpuRow | null;
  /** Where that vCPU is; null = not known. */
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

/** The same, of one entry, with its number in the recording, from 1. */
export interface FateCase extends FateFactsSeen {
  /** Its number in the recording, from 1. */
  readonly id: number;
  /** The entry. */
  readonly key: IrteKey;
}

/** A change: from an event on, the fate of an entry's interrupts is that of a case. */
export interface FateChange {
  /** The event from which on it is so. */
  readonly seq: number;
  /** How many other fates the same event changed before this one. */
  readonly nth: number;
  /** The number of the case. */
  readonly case: number;
}

/** The cases of one entry, by what decides: a number where that is exact, which is faster. */
export type CasesOfEntry = Map<number | string, FateCase>;

/** Gives every case a number, in the order in which they come up. */
export class FateCases {
  /** All cases; the number of a case is its place, from 1. */
  readonly all: FateCase[] = [];

  /** The case of an entry, which is new if it has come up for the first time. `known`: the entry's cases so far. */
  of(key: IrteKey, known: CasesOfEntry, seen: FateFactsSeen): FateCase {
    const name = nameOf(seen);
    const old = known.get(name);
    if (old !== undefined) return old;
    const made = { id: this.all.length + 1, key, ...seen };
    this.all.push(made);
    known.set(name, made);
    return made;
  }
}

const RUN_STATES: readonly (RunState | null)[] = [null, "running", "out", "blocking", "freed"];
const FITS: readonly (RouteFit | null)[] = [null, "fits", "differs", "none", "not connected"];

function nameOf(seen: FateFactsSeen): number | string {
  const { entry, vcpu, pcpu, destination, inFlight } = seen;
  const state = RUN_STATES.indexOf(seen.run_state) * 5 + FITS.indexOf(seen.route);
  const low = ((entry ?? 255) * 25 + state) * 2 + (inFlight ? 1 : 0);
  const cpus = ((pcpu ?? -2) + 2) * 0x1000 + ((destination ?? -1) + 1);
  // 13 bits, 24 bits, 16 bits: together exact.
  const isExact = cpus < 0x100_0000 && (destination ?? 0) < 0xfff && (vcpu ?? 0) < 0xffff;
  if (!isExact) return `${low},${vcpu},${pcpu},${destination}`;
  return (((vcpu ?? -1) + 1) * 0x100_0000 + cpus) * 0x4000 + low;
}

/** Are they the same case? */
export function isSameCase(a: FateFactsSeen, b: FateFactsSeen): boolean {
  return (
    a.entry === b.entry &&
    a.vcpu === b.vcpu &&
    a.run_state === b.run_state &&
    a.pcpu === b.pcpu &&
    a.destination === b.destination &&
    a.route === b.route &&
    a.inFlight === b.inFlight
  );
}
