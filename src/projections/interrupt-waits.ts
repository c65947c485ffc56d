// Interrupts that wait for their vCPU: when it is woken, when it runs, and what keeps the recording from telling.

import { type RunState } from "../domain/fold/state.js";
import { type Outcome, type RoutesOfIt, type ShownBy } from "../domain/platform/interrupt.js";
import { type IrteKey, type Seq, type VcpuRow } from "../domain/values/ids.js";
import { RowMap } from "../domain/values/row-map.js";
import { type InterruptCases, type ShownInterrupt } from "./interrupt-cases.js";

/** An interrupt that a recording shows, as far as it is known when it is shown. */
export interface Begun {
  /** The event that shows it first. */
  readonly seq: Seq;
  /** What shows it. */
  readonly shown: ShownBy;
  /** The entry that raised it; null = not known. */
  readonly key: IrteKey | null;
  /** Did the entries that can have raised it agree with the route? */
  readonly route: RoutesOfIt;
  /** The event at which a local APIC accepted it; null = none did. */
  readonly accepted: Seq | null;
  /** Another reading of the recording pairs it otherwise. */
  readonly isAmbiguous: boolean;
}

interface Waiting {
  readonly begun: Begun;
  /** Where its vCPU is. */
  place: "blocking" | "out";
  /** The vCPU has left its halt. */
  hasLeft: boolean;
  woken: Seq | null;
  isShared: boolean;
}

interface Seat {
  state: RunState | null;
  /** The event at which it stopped running last. */
  stopped: Seq;
  waiting: Waiting[];
}

/** The vCPUs of one recording, and what waits for them. */
export class InterruptWaits {
  private readonly cases: InterruptCases;
  private readonly seats = new RowMap<Seat>();
  /** vCPUs for which something waits, or waited since all ended last. */
  private readonly awaited = new Map<VcpuRow, Seat>();
  private closed: ShownInterrupt[] = [];

  /** `cases`: gives them their numbers. */
  constructor(cases: InterruptCases) {
    this.cases = cases;
  }

  /** Hands over those of which nothing more can come, since the last call. */
  drain(): readonly ShownInterrupt[] {
    const { closed } = this;
    this.closed = [];
    return closed;
  }

  /** Was a state of the vCPU told? */
  isKnown(vcpu: VcpuRow): boolean {
    return this.seats.has(vcpu);
  }

  /** Was that the last state of the vCPU that was told? */
  isAt(vcpu: VcpuRow, state: RunState | null): boolean {
    return this.seats.get(vcpu)?.state === state;
  }

  /** Where a vCPU is; null = not known. */
  stateOf(vcpu: VcpuRow): RunState | null {
    return this.seats.get(vcpu)?.state ?? null;
  }

  /** The event at which a vCPU stopped running last; 0 = it was not seen to. */
  stoppedAt(vcpu: VcpuRow): Seq {
    return this.seats.get(vcpu)?.stopped ?? 0;
  }

  /** An interrupt comes for a vCPU, at an event. */
  come(begun: Begun, vcpu: VcpuRow, seq: Seq): void {
    const seat = this.seats.get(vcpu);
    const state = seat?.state ?? null;
    switch (state) {
      case "running":
        this.close(begun, vcpu, { outcome: "taken", running: seq });
        return;
      case "freed":
        this.close(begun, vcpu, { outcome: "freed" });
        return;
      case null:
        this.close(begun, vcpu, { outcome: "where" });
        return;
      case "blocking":
      case "out":
        if (seat === undefined) return;
        seat.waiting.push({ begun, place: state, hasLeft: false, woken: null, isShared: false });
        this.awaited.set(vcpu, seat);
    }
  }

  /** Nothing more can come of an interrupt. */
  close(
    { seq, shown, key, route, accepted, isAmbiguous }: Begun,
    vcpu: VcpuRow | null,
    { outcome, woken = null, running = null, isShared = false }: Close,
  ): void {
    const facts = { shown, outcome, route, isAmbiguous: isAmbiguous || isShared };
    const isMisled = shown === "logged" && route !== "fits";
    const told = { seq, key, vcpu: isMisled ? null : vcpu, got: vcpu, accepted, woken, running };
    this.closed.push({ ...told, case: this.cases.of(facts) });
  }

  /** A vCPU is somewhere else. */
  move(vcpu: VcpuRow, state: RunState | null, seq: Seq): void {
    const seat = this.seats.get(vcpu);
    if (seat === undefined) {
      this.seats.set(vcpu, { state, stopped: seq, waiting: [] });
      return;
    }
    if (seat.state === state) return;
    if (seat.state === "running") seat.stopped = seq;
    seat.state = state;
    if (seat.waiting.length > 0)
      seat.waiting = seat.waiting.filter((each) => !this.isOver(each, vcpu, state, seq));
  }

  /** A vCPU is back from its halt. Returns whether an interrupt waited there. */
  wake(vcpu: VcpuRow, seq: Seq): boolean {
    const seat = this.seats.get(vcpu);
    if (seat === undefined) return false;
    const woken = seat.waiting.filter(({ place }) => place === "blocking");
    if (woken.length === 0) return false;
    const isShared = woken.length > 1;
    for (const each of woken) Object.assign(each, { place: "out", woken: seq, isShared });
    if (seat.state === "out") return true;
    const running = seat.state === "running" ? seq : null;
    for (const { begun } of woken)
      this.close(begun, vcpu, { outcome: "woken", woken: seq, running, isShared });
    seat.waiting = seat.waiting.filter((each) => !woken.includes(each));
    return true;
  }

  /** Everything that waits ends so. */
  endAll(outcome: "cut" | "ended"): void {
    for (const [vcpu, seat] of this.awaited) {
      for (const each of seat.waiting) this.end(each, vcpu, outcome);
      seat.waiting = [];
    }
    this.awaited.clear();
  }

  private isOver(each: Waiting, vcpu: VcpuRow, state: RunState | null, seq: Seq): boolean {
    switch (state) {
      case "running":
        if (each.place === "out") this.resume(each, vcpu, seq);
        else each.hasLeft = true;
        return each.place === "out";
      case "out":
        each.hasLeft = true;
        return false;
      case "blocking":
        this.end(each, vcpu, "where");
        return true;
      case "freed":
        this.end(each, vcpu, "freed");
        return true;
      case null:
        this.end(each, vcpu, "where");
        return true;
    }
  }

  private resume({ begun, woken, isShared }: Waiting, vcpu: VcpuRow, running: Seq): void {
    const outcome = woken === null ? "resumed" : "woken";
    this.close(begun, vcpu, { outcome, woken, running, isShared });
  }

  /** One whose vCPU has left its halt was woken, whatever comes then. */
  private end(
    { begun, place, hasLeft, woken, isShared }: Waiting,
    vcpu: VcpuRow,
    outcome: Outcome,
  ): void {
    const isWoken = woken !== null || (place === "blocking" && hasLeft);
    this.close(begun, vcpu, { outcome: isWoken ? "woken" : outcome, woken, isShared });
  }
}

interface Close {
  readonly outcome: Outcome;
  readonly woken?: Seq | null;
  readonly running?: Seq | null;
  readonly isShared?: boolean;
}
