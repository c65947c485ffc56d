// The lanes of AVIC's inhibits, one for each VM. They say what the fold says of a VM's inhibits (evolve-kvm.ts).

import { KIND } from "../../domain/events/kinds.js";
import { type PassEvent } from "./event-pass.js";
import { LANE_FLAGS, LANE_SOURCES } from "./lane-styles.js";
import { LaneRowsBuilder, type LaneRows, type RowMeaning } from "./lane-rows.js";

const UNKNOWN: RowMeaning = {
  ...{ state: "avic.unknown", label: "unknown", source: LANE_SOURCES.unknown, flags: 0 },
};

/** Collects the inhibits of all VMs. */
export class InhibitLanes {
  private readonly names: ReadonlyMap<number, string>;
  private readonly inhibitNames: (mask: number) => readonly string[];
  private readonly lanes = new Map<string, LaneRowsBuilder>();
  /** The mask of each VM whose inhibits are known. */
  private readonly known = new Map<number, number>();

  constructor(
    names: ReadonlyMap<number, string>,
    inhibitNames: (mask: number) => readonly string[],
  ) {
    this.names = names;
    this.inhibitNames = inhibitNames;
  }

  /** Takes the next event. */
  take(event: PassEvent): void {
    const { kind, vm, a, b } = event;
    if (kind === KIND.events_lost) this.forget(event, LANE_FLAGS.lost);
    else if (kind === KIND.vm_destroyed) this.end(event);
    else if (kind === KIND.avic_inhibit_requested) {
      const mask = vm === null ? undefined : this.known.get(vm);
      if (mask === undefined || a === null || b === null) return;
      this.set(event, b === 0 ? mask & ~(1 << a) : mask | (1 << a));
    } else if (kind === KIND.avic_inhibit_set || kind === KIND.avic_inhibit_cleared) {
      if (b === null) return;
      if (vm === null) this.forget(event, 0);
      else this.set(event, b);
    }
  }

  /** The lanes by `vmN`. */
  done(): ReadonlyMap<string, LaneRows> {
    return new Map([...this.lanes].map(([name, rows]) => [name, rows.done()]));
  }

  private set(event: PassEvent, mask: number): void {
    const { vm } = event;
    if (vm === null || this.known.get(vm) === mask) return;
    this.known.set(vm, mask);
    this.add(event, vm, {
      state: mask === 0 ? "avic.active" : "avic.inhibited",
      label: mask === 0 ? "active" : this.inhibitNames(mask).join(", "),
      source: LANE_SOURCES.observed,
      flags: 0,
    });
  }

  private end(event: PassEvent): void {
    const { vm } = event;
    if (vm === null) return;
    this.known.delete(vm);
    const source = LANE_SOURCES.observed;
    this.add(event, vm, { state: "avic.destroyed", label: "destroyed", source, flags: 0 });
  }

  /** Nothing is known any more of what was known. */
  private forget(event: PassEvent, flags: number): void {
    for (const vm of this.known.keys()) this.add(event, vm, { ...UNKNOWN, flags });
    this.known.clear();
  }

  private add({ time, seq }: PassEvent, vm: number, meaning: RowMeaning): void {
    const name = this.names.get(vm) ?? "vm?";
    const rows = this.lanes.get(name) ?? new LaneRowsBuilder();
    this.lanes.set(name, rows);
    if (rows.length > 0) rows.endLast(time);
    rows.add(time, null, seq, meaning);
  }
}
