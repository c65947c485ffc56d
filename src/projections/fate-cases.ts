// What the fate of an entry's interrupts is decided by, as a case: the recording has few different ones, and every
// change of a fate names one by its number.

import { type RunState } from "../domain/fold/state.js";
import { type RouteFit } from "../domain/platform/fate.js";
import { type IrteKey, type VcpuRow } from "../domain/values/ids.js";
import { NumberColumn } from "../domain/values/number-column.js";

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
  /** Is a kernel function at work on it? */
  readonly inFlight: Flight;
}

/**
 * Is a kernel function at work: the entry, or the vCPU, may not be yet what it will be when that is over? null = not known;
 * "perhaps" = one may be that is, and then it is not known either what holds until it is over; "alone" = one may be, if
 * the recording shows functions on vCPUs at all.
 */
export type Flight = boolean | null | "perhaps" | "alone";

/** No vCPU. */
const NONE = -1;
const SLOTS_FIRST = 512;
/** Of so many slots one is free at least. */
const SLOTS_PER_FREE = 4;

/** Gives all facts and all cases numbers, in the order in which they come up, from 1. */
export class FateCases {
  /** All facts; the number of facts is their place, from 1. */
  readonly facts: FateFactsSeen[] = [];
  /** How many cases there are: facts of an entry and the vCPU that it posts to. Their numbers go from 1 to this. */
  count = 0;
  /**
   * The entries, from place 1 on. Keys are small integers or not, by the device: if the engine had first seen small
   * ones alone, in this array or in the objects of entries, it would compile all that reads them once more.
   */
  readonly keys: IrteKey[] = [NaN];
  /** By what has few values, and then by the CPUs. */
  private readonly byState: (Map<number | string, number> | undefined)[] = [];
  // Of the cases, which are many, the columns, by the number of the case.
  private readonly places = new NumberColumn(Uint32Array);
  private readonly vcpus = new NumberColumn(Float64Array);
  private readonly factNumbers = new NumberColumn(Uint32Array);
  /** Numbers of cases, each at the first free slot from its hash on; 0 = free. */
  private slots = new Uint32Array(SLOTS_FIRST);

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

  /** The number of the case of the entry at a place (`keys`), of the vCPU that it posts to, and of facts. */
  caseOf(place: number, vcpu: VcpuRow | null, facts: number): number {
    const row = vcpu ?? NONE;
    const slot = this.slotOf(place, row, facts);
    const known = this.slots[slot] ?? 0;
    if (known !== 0) return known;
    const made = ++this.count;
    this.places.set(made, place);
    this.vcpus.set(made, row);
    this.factNumbers.set(made, facts);
    this.slots[slot] = made;
    if (made * SLOTS_PER_FREE >= this.slots.length * (SLOTS_PER_FREE - 1)) this.spread();
    return made;
  }

  /** Is there a case of that number? */
  has(id: number): boolean {
    return id > 0 && id <= this.count;
  }

  /** The place of the entry of a case (`keys`). */
  placeOf(id: number): number {
    return this.places.at(id);
  }

  /** The vCPU that the entry posts to in a case; null = none, or not known. */
  vcpuOf(id: number): VcpuRow | null {
    const row = this.vcpus.at(id);
    return row === NONE ? null : row;
  }

  /** The number of the facts of a case. */
  factsIn(id: number): number {
    return this.factNumbers.at(id);
  }

  /** Where a case stands, or the free slot where it is to stand. */
  private slotOf(place: number, row: number, facts: number): number {
    const { slots, places, vcpus, factNumbers } = this;
    const mask = slots.length - 1;
    let slot = hashOf(place, row, facts) & mask;
    for (let id = slots[slot] ?? 0; id !== 0; id = slots[slot] ?? 0) {
      if (vcpus.at(id) === row && factNumbers.at(id) === facts && places.at(id) === place)
        return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private spread(): void {
    this.slots = new Uint32Array(2 * this.slots.length);
    for (let id = 1; id <= this.count; id++) {
      const slot = this.slotOf(this.placeOf(id), this.vcpus.at(id), this.factsIn(id));
      this.slots[slot] = id;
    }
  }
}

/** Spreads cases that differ in little over all slots. */
function hashOf(place: number, row: number, facts: number): number {
  const mixed =
    Math.imul(place, 0x9e37_79b1) ^ Math.imul(row, 0x85eb_ca6b) ^ Math.imul(facts, 0xc2b2_ae35);
  return mixed ^ (mixed >>> 15);
}

/** Linux has up to 8,192 CPUs (NR_CPUS); the two values more are that none is known, and NONE. */
const CPUS = 0x4000;
const RUN_STATES: readonly (RunState | null)[] = [null, "running", "out", "blocking", "freed"];
const FITS: readonly (RouteFit | null)[] = [null, "fits", "differs", "none", "not connected"];
const FLIGHTS: readonly Flight[] = [false, true, null, "perhaps", "alone"];

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
