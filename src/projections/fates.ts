// The fates of a recording's interrupts: from every change of an entry, a vCPU, a route or a connection to rows that
// say from which event on the fate of an entry is another one.

import { irteKeyOf, type Batch, type CallReturn, type TwinEvent } from "../domain/events/event.js";
import { KIND } from "../domain/events/kinds.js";
import { payload } from "../domain/events/payload.js";
import { type FoldListeners } from "../domain/fold/folding.js";
import { type IrteState, type RouteState, type VcpuState } from "../domain/fold/state.js";
import { type FateRules } from "../domain/platform/fate.js";
import { type IrteBits } from "../domain/values/bits.js";
import { irteKey } from "../domain/values/ids.js";
import { type FateCases } from "./fate-cases.js";
import { FateDecisions, type DrainedFates, type FateChanges } from "./fate-decisions.js";
import { FateEntries, type FateEntry } from "./fate-entries.js";
import { IS_VCPU_FUNCTION, VCPU_FUNCTIONS, kindsIn } from "./fate-in-flight.js";
import { FateRoutes } from "./fate-routes.js";
import { FateVcpus, type FateVcpu, type VcpuName } from "./fate-vcpus.js";
import { FateWork, IS_WRITE } from "./fate-work.js";
import { Told, isSameEntry, isSamePlace, type Taker } from "./told.js";

const { events_lost: LOST, vm_created: VM_CREATED, vm_destroyed: VM_DESTROYED } = KIND;
const { irte_allocated: ALLOCATED, irqfd_routed: ROUTED, pi_update_requested: REQUESTED } = KIND;
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
  private readonly decisions: FateDecisions;
  private readonly work: FateWork;
  private readonly told = new Told();
  /** Listen to the folds. */
  readonly listeners: Required<FoldListeners> = this.told.listeners;
  private follower: FateFollower | null = null;
  private current: TwinEvent | null = null;

  /** `rules`: those of the platform. */
  constructor(rules: FateRules) {
    this.decisions = new FateDecisions(rules, this.routes);
    this.entries = new FateEntries(rules, this.cases.keys);
    const { entries, vcpus, decisions } = this;
    this.work = new FateWork(rules, { entries, vcpus, decisions });
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
    const { told, work, follower } = this;
    work.beginBatch(returns);
    for (const event of batch) {
      const isTold = told.isOf(event);
      if (isTold || IS_CONCERNED[event.kind] === 1 || !work.isIdle) this.follow(event, isTold);
      follower?.follow(event);
    }
    follower?.endBatch();
    told.clear();
    work.endBatch();
  }

  /** Hands over what changed since the last call. */
  drain(): DrainedFates {
    return this.decisions.drain();
  }

  private follow(event: TwinEvent, isTold: boolean): void {
    const { work, decisions } = this;
    const { kind } = event;
    this.current = event;
    // What was lost says nothing of how a function ended.
    if (!work.isIdle && kind !== LOST) work.end(event);
    if (IS_VCPU_FUNCTION[kind] === 1) this.begin(event);
    else if (IS_WRITE[kind] === 1 && !work.isIdle) work.note(event);
    if (isTold) this.told.give(event, this.taker);
    if (IS_CONNECTION[kind] === 1) this.connect(event);
    else if (IS_UPDATE[kind] === 1) this.update(event);
    else if (kind === LOST) this.forget();
    else if (kind === VM_DESTROYED) this.endVm(event);
    else if (kind === VM_CREATED && event.vm !== null) this.routes.begin(event.vm);
    if (!decisions.isDone) decisions.decide(event.seq);
  }

  private begin(event: TwinEvent): void {
    if (event.vcpu !== null) this.work.begin(event, event.vcpu, this.told.vcpuOf(event));
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
      else this.decisions.unfollow(entry);
    },
    irte: ({ segment, devid, index, bits }, event) => {
      const entry = this.entries.entry(irteKey(segment, devid, index));
      if (event.kind === ALLOCATED) {
        this.decisions.follow(entry);
        entry.isNew = true;
      }
      // The end of its function has shown the write already, and another may have come since.
      if (entry.ended.length > 0 && event !== this.current && isTaken(entry, bits)) return;
      if (!isSameEntry(heldBy(entry), bits)) this.work.hold(entry, bits, event);
    },
    vcpu: (state, event) => {
      this.follower?.moved(state, event);
      const vcpu = this.vcpus.of(state.vcpu);
      const before = vcpu.state;
      this.vcpus.set(vcpu, state);
      if (before === undefined) this.work.meet(vcpu, (vm) => this.routes.isBegun(vm));
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
      this.work.update(entry, event, kind);
    }
  }

  private connect(event: TwinEvent): void {
    const { routes, work } = this;
    const irqs = routes.take(event);
    const isTail = work.isTail(event);
    if (isTail && work.hasReturned(event)) this.touch(irqs, null);
    // The last line of an update alone does not show when it is over.
    else this.touch(irqs, event, isTail ? "decided" : "route");
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
    this.decisions.unfollow(this.entries.entry(key));
  }

  /** The entries of host IRQs on which a function may be at work, or is over, without a line that shows it. */
  private unfollowAll(irqs: Iterable<number>): void {
    for (const irq of irqs) {
      const entry = this.entries.ofIrq(irq);
      if (entry !== undefined) this.decisions.unfollow(entry);
    }
  }

  /** Its host IRQ is allocated: whoever had the number before is not connected to it any more. */
  private renew(entry: FateEntry): void {
    if (entry.host_irq !== null) this.routes.renew(entry.host_irq);
    this.decisions.mark(entry);
  }

  /** What was lost may have changed every connection and every list, and ended every function. */
  private forget(): void {
    this.routes.clear();
    this.work.forget();
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
