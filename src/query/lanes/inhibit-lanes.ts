// The lanes of AVIC's inhibits, one for each VM. They say what the fold says of a VM's inhibits (evolve-kvm.ts).

import { KIND } from "../../domain/events/kinds.js";
import { type PassEvent } from "./event-pass.js";
import { LANE_FLAGS, LANE_SOURCES, unknownRow } from "./lane-styles.js";
import { LaneRowsBuilder, type LaneRows, type RowMeaning } from "./lane-rows.js";

const UNKNOWN: RowMeaning = {
  ...{ state: "avic.unknown", label: "unknown", source: LANE_SOURCES.unknown, flags: 0 },
};

/** A span in which events were lost or a line could not be read: within it nothing is known. */
export interface LostTime {
  /** The last event before it. */
  readonly from: number;
  /** The event of its marker. */
  readonly to: number;
  /** The time of the event `from`, in units since the recording's first line. */
  readonly time: number;
  /** Of LANE_FLAGS: what the row of it has. */
  readonly flags: number;
  /** What that row says. */
  readonly label: string;
}

/** What is known of a recording's inhibits besides its events. */
export interface InhibitFacts {
  /** The names of VMs by their row numbers. */
  readonly names: ReadonlyMap<number, string>;
  /** The reasons of a mask. */
  readonly inhibitNames: (mask: number) => readonly string[];
  /** Spans of lost events, in their order. */
  readonly lost: readonly LostTime[];
  /** Why the inhibits of a VM are not known; null = they are. */
  readonly whyUnknown: (vm: string) => string | null;
}

/** Collects the inhibits of all VMs. */
export class InhibitLanes {
  private readonly facts: InhibitFacts;
  private spans = 0;
  private readonly lanes = new Map<string, LaneRowsBuilder>();
  /** The mask of each VM whose inhibits are known. */
  private readonly known = new Map<number, number>();

  /** `facts`: what is known besides the events. */
  constructor(facts: InhibitFacts) {
    this.facts = facts;
  }

  /** Takes the next event. */
  take(event: PassEvent): void {
    const { kind, vm, a, b } = event;
    if (this.isInLost(event.seq)) return;
    if (kind === KIND.events_lost) this.forget(event, { ...UNKNOWN, flags: LANE_FLAGS.lost });
    else if (kind === KIND.vm_destroyed) this.end(event);
    else if (kind === KIND.avic_inhibit_requested) {
      const mask = vm === null ? undefined : this.known.get(vm);
      if (mask === undefined || a === null || b === null) return;
      this.set(event, b === 0 ? mask & ~(1 << a) : mask | (1 << a));
    } else if (kind === KIND.avic_inhibit_set || kind === KIND.avic_inhibit_cleared) {
      if (b === null) return;
      if (vm === null) this.forget(event, UNKNOWN);
      else this.set(event, b);
    }
  }

  /** The lanes by `vmN`. */
  done(): ReadonlyMap<string, LaneRows> {
    this.isInLost(Infinity);
    return new Map([...this.lanes].map(([name, rows]) => [name, rows.done()]));
  }

  /** Is the event within a span of lost events? What was known before it is forgotten where it begins. */
  private isInLost(seq: number): boolean {
    let span = this.facts.lost[this.spans];
    while (span !== undefined && seq >= span.to) {
      this.forgetFrom(span);
      span = this.facts.lost[++this.spans];
    }
    if (span === undefined || seq <= span.from) return false;
    this.forgetFrom(span);
    return true;
  }

  private forgetFrom({ from, time, flags, label }: LostTime): void {
    this.forget({ seq: from, time }, { ...UNKNOWN, flags, label });
  }

  private set(event: PassEvent, mask: number): void {
    const { vm } = event;
    if (vm === null || this.known.get(vm) === mask) return;
    this.known.set(vm, mask);
    this.add(event, vm, {
      state: mask === 0 ? "avic.active" : "avic.inhibited",
      label: mask === 0 ? "active" : this.facts.inhibitNames(mask).join(", "),
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
  private forget(event: Pick<PassEvent, "seq" | "time">, says: RowMeaning): void {
    for (const vm of this.known.keys()) this.add(event, vm, says);
    this.known.clear();
  }

  private add(
    { time, seq }: Pick<PassEvent, "seq" | "time">,
    vm: number,
    meaning: RowMeaning,
  ): void {
    const name = this.facts.names.get(vm) ?? "vm?";
    const rows = this.lanes.get(name) ?? new LaneRowsBuilder();
    this.lanes.set(name, rows);
    if (rows.length > 0) rows.endLast(time);
    const why = meaning.state === "avic.destroyed" ? null : this.facts.whyUnknown(name);
    rows.add(time, null, seq, why === null ? meaning : unknownRow("avic.unknown", why));
  }
}
