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
import { payload } from "../domain/events/payload.js";
import { bitsBefore, isStored } from "../domain/events/stored-event.js";
import { type FoldListeners } from "../domain/fold/folding.js";
import { type IrteState, type RouteState, type VcpuState } from "../domain/fold/state.js";
import { type FateRules } from "../domain/platform/fate.js";
import { type IrteBits } from "../domain/values/bits.js";
import { irteKey } from "../domain/values/ids.js";
import { type FateCases } from "./fate-cases.js";
import { FateDecisions, type DrainedFates, type FateChanges } from "./fate-decisions.js";
import { FateEntries, type FateEntry, type InFlight } from "./fate-entries.js";
import {
  FunctionsInFlight,
  IS_VCPU_FUNCTION,
  isOfVcpu,
  VCPU_FUNCTIONS,
  kindsIn,
  vcpuFunction,
} from "./fate-in-flight.js";
import { FateRoutes } from "./fate-routes.js";
import { FateVcpus, type FateVcpu, type VcpuName } from "./fate-vcpus.js";
import { Told, isPlaced, isSameEntry, isSamePlace, type Taker } from "./told.js";

const { events_lost: LOST, vm_created: VM_CREATED, vm_destroyed: VM_DESTROYED } = KIND;
const { irte_written: WRITTEN, irte_allocated: ALLOCATED } = KIND;
const { irqfd_routed: ROUTED, pi_update_requested: REQUESTED, pi_update_decided: DECIDED } = KIND;
const IS_WRITE = kindsIn(["irte_written", "irte_exchanged"]);
const CONNECTIONS = [
  ...(["producer_added", "producer_removed", "pi_update_decided"] as const),
  ...(["irqfd_deassigned", "irqfd_shut_down"] as const),
];
const IS_CONNECTION = kindsIn(CONNECTIONS);
const UPDATES = ["irqfd_routed", "pi_update_requested"] as const;
const IS_UPDATE = kindsIn(UPDATES);
/** What counts though nothing is told of it and no function is at work. */
const IS_CONCERNED = kindsIn([
  ...[...CONNECTIONS, ...UPDATES, ...VCPU_FUNCTIONS],
  ...(["events_lost", "vm_created", "vm_destroyed"] as const),
]);

/** Is told of each event, behind what the folds tell of it, as soon as the fates have taken it. */
export interface FateFollower {
  /** An entry serves another host IRQ. */
  serves(irte: IrteState): void;
  /** A route is another one; `after` undefined = it went with its VM. */
  routed(before: RouteState | undefined, after: RouteState | undefined, event: TwinEvent): void;
  /** A vCPU is at another place. */
  moved(vcpu: VcpuState, event: TwinEvent): void;
  /** An event is taken. */
  follow(event: TwinEvent): void;
  /** All events of a batch are taken. */
  endBatch(): void;
}

/** Follows the fates of one recording. It listens to the folds and takes each batch after them. */
export class FateRecorder {
  private readonly entries: FateEntries;
  /** Connections and routes, as of the event that was taken last. */
  readonly routes = new FateRoutes();
  private readonly vcpus = new FateVcpus();
  private readonly functions = new FunctionsInFlight();
  private readonly decisions: FateDecisions;
  private readonly told = new Told();
  /** Listen to the folds. */
  readonly listeners: Required<FoldListeners> = this.told.listeners;
  private follower: FateFollower | null = null;
  private current: TwinEvent | null = null;
  /** The fold changes the tables with the exchanges: a write without one it tells later. */
  private seesExchanges = false;

  /** `rules`: those of the platform. */
  constructor(rules: FateRules) {
    this.decisions = new FateDecisions(rules, this.routes);
    this.entries = new FateEntries(rules, this.cases.keys);
  }

  /** All facts and cases that have come up. */
  get cases(): FateCases {
    return this.decisions.cases;
  }

  /** The changes since the last `drain`. */
  get changes(): FateChanges {
    return this.decisions.changes;
  }

  /** `follower` is told from now on. */
  tell(follower: FateFollower): void {
    this.follower = follower;
  }

  /** Notes the names of vCPUs, each before the first batch that has it. */
  name(vcpus: Iterable<VcpuName>): void {
    this.vcpus.name(vcpus);
  }

  /** Takes a batch that is folded, with the returns of calls that are known by now. */
  take(batch: Batch, returns: Iterable<CallReturn>): void {
    const { told, functions, follower } = this;
    functions.take(returns);
    for (const event of batch) {
      const isTold = told.isOf(event);
      if (isTold || IS_CONCERNED[event.kind] === 1 || !functions.isIdle) this.follow(event, isTold);
      follower?.follow(event);
    }
    follower?.endBatch();
    told.clear();
    functions.forgetReturns();
  }

  /** Hands over what changed since the last call. */
  drain(): DrainedFates {
    return this.decisions.drain();
  }

  private follow(event: TwinEvent, isTold: boolean): void {
    const { functions, decisions } = this;
    const { kind } = event;
    this.current = event;
    // What was lost says nothing of how a function ended.
    if (!functions.isIdle && kind !== LOST) this.end(event);
    if (IS_VCPU_FUNCTION[kind] === 1) this.begin(event);
    else if (IS_WRITE[kind] === 1 && !functions.isIdle) this.note(event);
    if (isTold) this.told.give(event, this.taker);
    if (IS_CONNECTION[kind] === 1) this.connect(event);
    else if (IS_UPDATE[kind] === 1) this.update(event);
    else if (kind === LOST) this.forget();
    else if (kind === VM_DESTROYED) this.endVm(event);
    else if (kind === VM_CREATED && event.vm !== null) this.routes.begin(event.vm);
    if (!decisions.isDone) decisions.decide(event.seq);
  }

  // --- functions ---------------------------------------------------------------------------------

  private end(event: TwinEvent): void {
    const ended = this.functions.endedBy(event);
    for (let i = 0; i < ended.size; i++) this.leave(ended.at(i));
  }

  private leave({ entries, begun, unexchanged, vcpu, isSeen }: InFlight): void {
    if (vcpu !== null) this.vcpus.endBlock(vcpu);
    if (unexchanged !== null) for (const write of unexchanged) this.endWrite(write);
    if (begun !== null) this.endWrite(begun);
    for (let i = 0; i < entries.size; i++) {
      const entry = entries.at(i);
      if (isSeen) entry.isFollowed = true;
      if (entry.later !== undefined) this.entries.setBits(entry, entry.later);
      this.decisions.mark(entry);
    }
  }

  /** A write is made by its exchange; where none is seen, the end of its function shows that it was made. */
  private note(event: TwinEvent): void {
    const writer = this.functions.of(event);
    if (writer === undefined || isStored(event)) return;
    if (event.kind === WRITTEN) {
      if (writer.begun !== null) (writer.unexchanged ??= []).push(writer.begun);
      writer.begun = event;
    } else {
      this.seesExchanges = true;
      writer.begun = null;
      // What began unseen may be over with it.
      if (!writer.isSeen)
        for (let i = 0; i < writer.entries.size; i++) this.decisions.mark(writer.entries.at(i));
    }
  }

  private endWrite(write: TwinEvent): void {
    const key = irteKeyOf(write);
    if (key === null) return;
    const entry = this.entries.entry(key);
    this.decisions.mark(entry);
    // Where no exchange is seen the fold has told the write at its line, and perhaps another CPU's since.
    if (!this.seesExchanges) return;
    const bits = bitsOf(write);
    entry.ended = [...entry.ended, bits];
    this.entries.setBits(entry, bits);
  }

  /** A function on a vCPU begins where the vCPU's place becomes another one. */
  private begin(event: TwinEvent): void {
    if (event.vcpu === null) return;
    const after = this.told.vcpuOf(event);
    if (after === undefined) return;
    const vcpu = this.vcpus.of(event.vcpu);
    if (isSamePlace(vcpu.state, after)) return;
    if (this.functions.of(event) !== undefined) return;
    const kind = vcpuFunction(event.kind);
    const begun = this.functions.begin(kind, event);
    // Where the vCPU was is not known: perhaps it is no other place, and the function changes nothing.
    if (!isPlaced(vcpu.state)) begun.isPerhaps = true;
    if (kind === "block") this.vcpus.beginBlock(vcpu);
    const { entries } = vcpu;
    for (let i = 0; i < entries.size; i++) this.work(entries.at(i), begun);
  }

  /** The line of a write stands in front of the instruction, and a flush comes after it. */
  private writerOf(event: TwinEvent): InFlight {
    return this.functions.of(event) ?? this.functions.beginWrite(event);
  }

  private work(entry: FateEntry, writer: InFlight): void {
    if (this.functions.work(writer, entry)) this.decisions.mark(entry);
  }

  // --- what the folds say ------------------------------------------------------------------------

  private readonly taker: Taker = {
    irq: (irte) => {
      const { segment, devid, index, host_irq } = irte;
      this.follower?.serves(irte);
      const entry = this.entries.entry(irteKey(segment, devid, index));
      this.entries.setIrq(entry, host_irq);
      // The function that shows it may have begun before, when it was not known on which entry it is at work.
      if (this.current?.kind === ALLOCATED) this.renew(entry);
      else this.unfollow(entry);
    },
    irte: ({ segment, devid, index, bits }, event) => {
      const entry = this.entries.entry(irteKey(segment, devid, index));
      if (event.kind === ALLOCATED) entry.isFollowed = entry.isNew = true;
      // The end of its function has shown the write already, and another may have come since.
      if (entry.ended.length > 0 && event !== this.current && isTaken(entry, bits)) return;
      if (isSameEntry(heldBy(entry), bits)) return;
      const isFirst = entry.bits === null;
      const isOwned = entry.needs !== null && (!entry.needs.vcpu || entry.vcpu !== null);
      const isWrite = IS_WRITE[event.kind] === 1;
      const found = isFirst && isWrite ? bitsBefore(event) : null;
      // It finds what it leaves.
      const isMoot = found !== null && isSameEntry(found, bits);
      const writer = isWrite && !isMoot ? this.writerOf(event) : null;
      // It may have been at work on this entry since it began, as on those that its vCPU is known to have.
      if (writer !== null && !isOwned && isOfVcpu(writer)) writer.isPerhaps = true;
      // A walk over the entries of a vCPU: what they hold counts when it is over.
      if (writer !== null && isOfVcpu(writer) && entry.atWork.includes(writer)) {
        entry.later = bits;
        return;
      }
      this.entries.setBits(entry, bits);
      this.decisions.mark(entry);
      if (writer === null) return;
      // What it found there is not known: it may have changed nothing.
      if (isFirst && found === null && writer.kind === "write") writer.isDoubtful = true;
      this.work(entry, writer);
    },
    vcpu: (state, event) => {
      this.follower?.moved(state, event);
      const vcpu = this.vcpus.of(state.vcpu);
      const before = vcpu.state;
      this.vcpus.set(vcpu, state);
      if (before === undefined) this.meet(vcpu, state);
      for (const entry of this.entries.own(vcpu, state.backing_page)) this.decisions.mark(entry);
      if (isSamePlace(before, state)) return;
      this.markAll(vcpu);
    },
    link: (key, vcpu, { vm, gsi }) => {
      const entry = this.entries.entry(key);
      const route = vm === null || gsi === null ? undefined : this.routes.routeOf(vm, gsi);
      entry.resolved = { vcpu, dest: route?.dest ?? null };
      this.decisions.mark(entry);
    },
    route: (before, after, event) => {
      this.follower?.routed(before, after, event);
      const irqs = this.routes.set(before, after);
      if (this.routes.isNone(before, after) || isOfChange(event)) this.touch(irqs, event);
      else if (isPerhapsSame(before, after)) this.unfollowAll(irqs);
      else this.touch(irqs, isSameRoute(before, after) ? null : event);
    },
  };

  /** The entries of host IRQs whose route or connection is another one: `event` is at work on them. */
  private touch(
    irqs: Iterable<number>,
    event: TwinEvent | null,
    kind: "route" | "decided" = "route",
  ): void {
    for (const irq of irqs) {
      const entry = this.entries.ofIrq(irq);
      if (entry === undefined) continue;
      this.decisions.mark(entry);
      if (event === null) continue;
      this.work(entry, this.functions.of(event) ?? this.functions.begin(kind, event));
    }
  }

  private connect(event: TwinEvent): void {
    const { routes, functions } = this;
    const irqs = routes.take(event);
    const isAlone = event.kind === DECIDED && functions.of(event) === undefined;
    if (isAlone && functions.hasReturned(event)) this.touch(irqs, null);
    // The last line of an update alone does not show when it is over.
    else this.touch(irqs, event, isAlone ? "decided" : "route");
  }

  /** An update of a host IRQ is at work on its entry, whatever it changes there. */
  private update(event: TwinEvent): void {
    const { host_irq, vm, gsi } = event;
    if (vm !== null && gsi !== null) this.unfollowAll(this.routes.perhapsOf(vm, gsi));
    if (host_irq === null) return;
    if (this.routes.connectionOf(host_irq) !== undefined) {
      if (event.kind === REQUESTED) this.touch([host_irq], event);
      return;
    }
    const key = irteKeyOf(event);
    if (key === null) return;
    this.unfollow(this.entries.entry(key));
  }

  /** A vCPU that is new here may be one that has another row already: then a function is at work on the entries of that. */
  private meet(vcpu: FateVcpu, { vm }: VcpuState): void {
    const { routes, vcpus } = this;
    if (routes.isBegun(vm)) return;
    for (const entry of this.entries.all()) {
      const { vcpu: own } = entry;
      if (own?.state === undefined || own.state.vm === vm || routes.isBegun(own.state.vm)) continue;
      if (vcpus.isNamesake(own, vcpu)) this.unfollow(entry);
    }
  }

  /** The entries of host IRQs on which a function may be at work, or is over, without a line that shows it. */
  private unfollowAll(irqs: Iterable<number>): void {
    for (const irq of irqs) {
      const entry = this.entries.ofIrq(irq);
      if (entry !== undefined) this.unfollow(entry);
    }
  }

  /** Its host IRQ is allocated: whoever had the number before is not connected to it any more. */
  private renew(entry: FateEntry): void {
    if (entry.host_irq !== null) this.routes.renew(entry.host_irq);
    this.decisions.mark(entry);
  }

  private unfollow(entry: FateEntry): void {
    entry.isFollowed = false;
    this.decisions.mark(entry);
  }

  /** What was lost may have changed every connection and every list, and ended every function. */
  private forget(): void {
    this.routes.clear();
    this.functions.clear();
    this.vcpus.endBlocks();
    this.decisions.forget();
  }

  private endVm({ vm }: TwinEvent): void {
    if (vm === null) return;
    for (const vcpu of this.vcpus.endVm(vm)) this.markAll(vcpu);
  }

  private markAll({ entries }: FateVcpu): void {
    for (let i = 0; i < entries.size; i++) this.decisions.mark(entries.at(i));
  }
}

/** The bits of an entry as the fold has them. */
function heldBy({ bits, later }: FateEntry): IrteBits | null {
  return later === undefined ? bits : later;
}

/** Takes the oldest of the writes with these bits off those that the fold has still to tell. */
function isTaken(entry: FateEntry, bits: IrteBits | null): boolean {
  const found = entry.ended.find((each) => isSameEntry(each, bits));
  if (found === undefined) return false;
  entry.ended = entry.ended.filter((each) => each !== found);
  return true;
}

/**
 * Does the event show that a route is changed? kvm_arch_update_irqfd_routing() is called for other routes alone up to 6.16,
 * where its line has no MSI; and whoever calls avic_pi_update_irte() goes on to the entry.
 */
function isOfChange(event: TwinEvent): boolean {
  const { kind } = event;
  return kind === REQUESTED || (kind === ROUTED && payload.address(event) === null);
}

/** May a route be the same as before, because not all of it was known? */
function isPerhapsSame(before: RouteState | undefined, after: RouteState | undefined): boolean {
  if (before === undefined || after === undefined) return before === undefined;
  if (isSameRoute(before, after)) return false;
  const { type, vector, dest, postable } = before;
  return (
    (type ?? after.type) === after.type &&
    (vector ?? after.vector) === after.vector &&
    (dest ?? after.dest) === after.dest &&
    (postable ?? after.postable) === after.postable
  );
}

function isSameRoute(a: RouteState | undefined, b: RouteState | undefined): boolean {
  return (
    a?.type === b?.type &&
    a?.vector === b?.vector &&
    a?.dest === b?.dest &&
    a?.postable === b?.postable
  );
}
