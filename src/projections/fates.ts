// The fates of a recording's interrupts: from every change of an entry, a vCPU, a route or a connection to rows that
// say from which event on the fate of an entry is another one.

import {
  bitsOf,
  irteKeyOf,
  type Batch,
  type CallReturn,
  type TwinEvent,
} from "../domain/events/event.js";
import { KIND } from "../domain/events/kinds.js";
import { type FoldListeners } from "../domain/fold/folding.js";
import { type RouteState, type RunState, type VcpuState } from "../domain/fold/state.js";
import { type FateRules } from "../domain/platform/fate.js";
import { type IrteBits } from "../domain/values/bits.js";
import { irteKey, type VcpuRow } from "../domain/values/ids.js";
import { FateCases, isSameCase, type FateChange, type FateFactsSeen } from "./fate-cases.js";
import { FateEntries, type FateEntry } from "./fate-entries.js";
import {
  FunctionsInFlight,
  IS_VCPU_FUNCTION,
  kindsIn,
  vcpuFunction,
  type InFlight,
} from "./fate-in-flight.js";
import { FateRoutes } from "./fate-routes.js";
import { Told, isSameEntry, isSamePlace, type Taker } from "./told.js";

const { events_lost: LOST, vm_destroyed: VM_DESTROYED, irte_written: WRITTEN } = KIND;
const IS_WRITE = kindsIn(["irte_written", "irte_exchanged"]);
const IS_CONNECTION = kindsIn([
  ...(["producer_added", "producer_removed", "pi_update_decided"] as const),
  ...(["irqfd_deassigned", "irqfd_shut_down"] as const),
]);

/** An entry whose fate depends on nothing but its bits, or of which nothing is known. */
const NOTHING = {
  vcpu: null,
  run_state: null,
  pcpu: null,
  destination: null,
  route: null,
} as const;

/** Follows the fates of one recording. It listens to the folds and takes each batch after them. */
export class FateRecorder {
  /** All cases that have come up. */
  readonly cases = new FateCases();
  private readonly rules: FateRules;
  private readonly entries: FateEntries;
  private readonly routes = new FateRoutes();
  private readonly functions = new FunctionsInFlight();
  private readonly vcpus = new Map<VcpuRow, VcpuState>();
  /** vCPUs that begin to block. */
  private readonly drowsy = new Set<VcpuRow>();
  /** Rows of VMs that are gone. */
  private readonly goneVms = new Set<number>();
  private readonly told = new Told();
  /** Listen to the folds. */
  readonly listeners: Required<FoldListeners> = this.told.listeners;
  private readonly dirty = new Set<FateEntry>();
  /** Entries of which something may be known since events were lost last. */
  private readonly known = new Set<FateEntry>();
  private changes: FateChange[] = [];
  private current: TwinEvent | null = null;
  /** The fold changes the tables with the exchanges: a write without one it tells later. */
  private seesExchanges = false;

  /** `rules`: those of the platform. */
  constructor(rules: FateRules) {
    this.rules = rules;
    this.entries = new FateEntries(rules);
  }

  /** Takes a batch that is folded, with the returns of calls that are known by now. */
  take(batch: Batch, returns: Iterable<CallReturn>): void {
    const { told, functions, dirty } = this;
    functions.take(returns);
    told.begin();
    for (const event of batch) {
      this.current = event;
      if (!functions.isIdle) this.end(event);
      if (IS_VCPU_FUNCTION[event.kind] === 1) this.begin(event);
      else if (IS_WRITE[event.kind] === 1 && !functions.isIdle) this.note(event);
      if (told.nextSeq === event.seq) told.give(event, this.taker);
      if (IS_CONNECTION[event.kind] === 1) this.touch(this.routes.take(event), event);
      else if (event.kind === LOST) this.forget();
      else if (event.kind === VM_DESTROYED) this.endVm(event);
      if (dirty.size > 0) this.decide(event.seq);
    }
    told.clear();
    functions.forgetReturns();
  }

  /** Hands over what changed since the last call. */
  drain(): readonly FateChange[] {
    const { changes } = this;
    this.changes = [];
    return changes;
  }

  // --- functions ---------------------------------------------------------------------------------

  private end(event: TwinEvent): void {
    for (const ended of this.functions.endedBy(event)) {
      const { entries, begun, unexchanged, vcpu } = ended;
      if (vcpu !== null) this.drowsy.delete(vcpu);
      for (const write of unexchanged) this.endWrite(write);
      if (begun !== null) this.endWrite(begun);
      for (const entry of entries) {
        // Events that were lost have ended it already.
        if (entry.atWork > 0) entry.atWork--;
        this.dirty.add(entry);
      }
    }
  }

  /** A write is made by its exchange; where none is seen, the end of its function shows that it was made. */
  private note(event: TwinEvent): void {
    const writer = this.functions.of(event);
    if (writer === undefined) return;
    if (event.kind === WRITTEN) {
      if (writer.begun !== null) writer.unexchanged.push(writer.begun);
      writer.begun = event;
    } else {
      this.seesExchanges = true;
      writer.begun = null;
    }
  }

  private endWrite(write: TwinEvent): void {
    const key = irteKeyOf(write);
    if (key === null) return;
    const entry = this.entries.entry(key);
    const bits = bitsOf(write);
    if (this.seesExchanges) entry.ended = [...entry.ended, bits];
    this.entries.setBits(entry, bits);
    this.dirty.add(entry);
  }

  /** A function on a vCPU begins where the vCPU's place becomes another one. */
  private begin(event: TwinEvent): void {
    if (event.vcpu === null) return;
    const after = this.told.vcpuOf(event);
    if (after === undefined || isSamePlace(this.vcpus.get(event.vcpu), after)) return;
    if (this.functions.of(event) !== undefined) return;
    const kind = vcpuFunction(event.kind);
    const begun = this.functions.begin(kind, event);
    if (kind === "block") this.drowsy.add(event.vcpu);
    for (const entry of this.entries.ofVcpu(event.vcpu)) this.work(entry, begun);
  }

  /** The line of a write stands in front of the instruction, and a flush comes after it. */
  private writerOf(event: TwinEvent): InFlight {
    return this.functions.of(event) ?? this.functions.begin("write", event);
  }

  private work(entry: FateEntry, { entries }: InFlight): void {
    if (entries.has(entry)) return;
    entries.add(entry);
    entry.atWork++;
    this.dirty.add(entry);
  }

  // --- what the folds say ------------------------------------------------------------------------

  private readonly taker: Taker = {
    irq: ({ segment, devid, index, host_irq }) => {
      const entry = this.entries.entry(irteKey(segment, devid, index));
      this.entries.setIrq(entry, host_irq);
      this.dirty.add(entry);
    },
    irte: ({ segment, devid, index, bits }, event) => {
      const entry = this.entries.entry(irteKey(segment, devid, index));
      // The end of its function has shown the write already, and another may have come since.
      if (entry.ended.length > 0 && event !== this.current && isTaken(entry, bits)) return;
      if (isSameEntry(entry.bits, bits)) return;
      this.entries.setBits(entry, bits);
      const writer = IS_WRITE[event.kind] === 1 ? this.writerOf(event) : null;
      // A walk over the entries of a vCPU: what they hold counts when it is over.
      if (writer !== null && writer.kind !== "route" && writer.entries.has(entry)) return;
      this.dirty.add(entry);
      if (writer !== null) this.work(entry, writer);
    },
    vcpu: (vcpu) => {
      const before = this.vcpus.get(vcpu.vcpu);
      this.vcpus.set(vcpu.vcpu, vcpu);
      for (const entry of this.entries.own(vcpu, this.isGoneRow)) this.dirty.add(entry);
      if (isSamePlace(before, vcpu)) return;
      for (const entry of this.entries.ofVcpu(vcpu.vcpu)) this.dirty.add(entry);
    },
    link: (key, vcpu, { vm, gsi }) => {
      const entry = this.entries.entry(key);
      const route = vm === null || gsi === null ? undefined : this.routes.routeOf(vm, gsi);
      entry.resolved = { vcpu, dest: route?.dest ?? null };
      this.dirty.add(entry);
    },
    route: (before, after, event) => {
      this.routes.set(before, after);
      const of = after ?? before;
      if (of === undefined) return;
      this.touch(this.routes.irqsOf(of.vm, of.gsi), isSameRoute(before, after) ? null : event);
    },
  };

  /** The entries of host IRQs whose route or connection is another one: `event` is at work on them. */
  private touch(irqs: Iterable<number>, event: TwinEvent | null): void {
    for (const irq of irqs) {
      const entry = this.entries.ofIrq(irq);
      if (entry === undefined) continue;
      this.dirty.add(entry);
      if (event === null) continue;
      this.work(entry, this.functions.of(event) ?? this.functions.begin("route", event));
    }
  }

  /** What was lost may have changed every connection and every list, and ended every function. */
  private forget(): void {
    this.routes.clear();
    this.functions.clear();
    this.drowsy.clear();
    for (const entry of this.known) {
      Object.assign(entry, { resolved: null, atWork: 0, ended: [] });
      this.dirty.add(entry);
    }
    this.known.clear();
  }

  private endVm({ vm }: TwinEvent): void {
    if (vm === null) return;
    this.goneVms.add(vm);
    for (const vcpu of this.vcpus.values()) {
      if (vcpu.vm !== vm) continue;
      for (const entry of this.entries.ofVcpu(vcpu.vcpu)) this.dirty.add(entry);
    }
  }

  private readonly isGoneRow = (row: VcpuRow): boolean => {
    const vcpu = this.vcpus.get(row);
    return vcpu !== undefined && this.isGone(vcpu);
  };

  private isGone({ run_state, vm }: VcpuState): boolean {
    return run_state === "freed" || this.goneVms.has(vm);
  }

  // --- fates -------------------------------------------------------------------------------------

  private decide(seq: number): void {
    let nth = 0;
    for (const entry of this.dirty) {
      if (entry.entry !== null || entry.resolved !== null) this.known.add(entry);
      const seen = this.seenOf(entry);
      if (entry.now !== null && isSameCase(entry.now, seen)) continue;
      entry.now = this.cases.of(entry.key, entry.cases, seen);
      this.changes.push({ seq, nth: nth++, case: entry.now.id });
    }
    this.dirty.clear();
  }

  private seenOf(of: FateEntry): FateFactsSeen {
    const { rules } = this;
    const { bits, entry, vcpu: row } = of;
    const inFlight = of.atWork > 0;
    const needs = entry === null ? null : rules.needs(entry);
    if (bits === null || needs?.vcpu !== true) return { entry, ...NOTHING, inFlight };
    const vcpu = row === null ? undefined : this.vcpus.get(row);
    const run_state = vcpu === undefined ? null : this.runStateOf(vcpu);
    const usesCpu = needs.cpu && run_state === "running";
    const pcpu = usesCpu ? (vcpu?.pcpu ?? null) : null;
    const destination = usesCpu ? rules.destinationOf(bits) : null;
    const route = this.routes.fitOf(of, rules.vectorOf(bits));
    return { entry, vcpu: row, run_state, pcpu, destination, route, inFlight };
  }

  /** A vCPU that begins to block asks once more for interrupts before it sleeps (kvm_vcpu_check_block). */
  private runStateOf(vcpu: VcpuState): RunState | null {
    if (this.isGone(vcpu)) return "freed";
    const { run_state } = vcpu;
    return run_state === "blocking" && this.drowsy.has(vcpu.vcpu) ? "out" : run_state;
  }
}

/** Takes the oldest of the writes with these bits off those that the fold has still to tell. */
function isTaken(entry: FateEntry, bits: IrteBits | null): boolean {
  const found = entry.ended.find((each) => isSameEntry(each, bits));
  if (found === undefined) return false;
  entry.ended = entry.ended.filter((each) => each !== found);
  return true;
}

function isSameRoute(a: RouteState | undefined, b: RouteState | undefined): boolean {
  return (
    a?.type === b?.type &&
    a?.vector === b?.vector &&
    a?.dest === b?.dest &&
    a?.postable === b?.postable
  );
}
