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
  /** A kernel function is at work: the entry, or the vCPU, may not be yet what it will be when that is over; null = not known. */
  readonly inFlight: boolean | null;
}

/** Facts of an entry and the vCPU that it posts to. Its number in the recording is its place, from 1. */
export interface FateCase {
  /** The entry: its place in `FateCases.keys`, from 1. */
  readonly place: number;
  /** The vCPU that the entry posts to; null = none, or not known. */
  readonly vcpu: VcpuRow | null;
  /** The number of the facts. */
  readonly facts: number;
}

/** What a case is of, with the numbers of its cases so far. */
export interface CaseSubject {
  /** As FateCase has it. */
  readonly place: number;
  /** By what decides: a number where that is exact, which is faster. */
  readonly cases: Map<number | string, number>;
}

/** Gives all facts and all cases numbers, in the order in which they come up, from 1. */
export class FateCases {
  /** All facts; the number of facts is their place, from 1. */
  readonly facts: FateFactsSeen[] = [];
  /** All cases; the number of a case is its place, from 1. */
  readonly all: FateCase[] = [];
  /**
   * The entries, from place 1 on. Keys are small integers or not, by the device: if the engine had first seen small
   * ones alone, in this array or in the objects of entries, it would compile all that reads them once more.
   */
  readonly keys: IrteKey[] = [NaN];
  /** By what has few values, and then by the CPUs. */
  private readonly byState: (Map<number | string, number> | undefined)[] = [];

  /** The number of the facts. `seen` is copied if they are new. */
  factsOf(seen: FateFactsSeen): number {
    const known = (this.byState[stateOf(seen)] ??= new Map<number | string, number>());
    const name = cpusOf(seen);
    const old = known.get(name);
    if (old !== undefined) return old;
    const made = this.facts.push({ ...seen });
    known.set(name, made);
    return made;
  }

  /** The number of a case. */
  caseOf({ place, cases }: CaseSubject, vcpu: VcpuRow | null, facts: number): number {
    const name = isShort(vcpu, facts) ? ((vcpu ?? -1) + 1) * 0x1_0000 + facts : `${vcpu},${facts}`;
    const old = cases.get(name);
    if (old !== undefined) return old;
    const made = this.all.push({ place, vcpu, facts });
    cases.set(name, made);
    return made;
  }
}

/** Is a number for both exact? */
function isShort(vcpu: VcpuRow | null, facts: number): boolean {
  return facts < 0x1_0000 && (vcpu ?? 0) < 0x1_0000_0000;
}

/** Linux has up to 8,192 CPUs (NR_CPUS); the two values more are that none is known, and NONE. */
const CPUS = 0x4000;
const RUN_STATES: readonly (RunState | null)[] = [null, "running", "out", "blocking", "freed"];
const FITS: readonly (RouteFit | null)[] = [null, "fits", "differs", "none", "not connected"];
const FLIGHTS: readonly (boolean | null)[] = [false, true, null];

function stateOf({ entry, run_state, route, inFlight }: FateFactsSeen): number {
  const state = RUN_STATES.indexOf(run_state) * FITS.length + FITS.indexOf(route);
  const perEntry = RUN_STATES.length * FITS.length;
  return (((entry ?? -1) + 1) * perEntry + state) * FLIGHTS.length + FLIGHTS.indexOf(inFlight);
}

/** Both in one number: a small one on almost all hosts, which a map finds fastest. */
function cpusOf({ pcpu, destination }: FateFactsSeen): number | string {
  const cpu = (pcpu ?? -2) + 2;
  return cpu < CPUS ? ((destination ?? -1) + 1) * CPUS + cpu : `${cpu},${destination}`;
}
