// The interrupts that a recording shows, each with what became of it: from the lines of the GA log, of handlers, of
// injections and of halts, laid over where each vCPU is and which entries post to it.

import { type Batch, type TwinEvent } from "../domain/events/event.js";
import { KIND } from "../domain/events/kinds.js";
import { payload } from "../domain/events/payload.js";
import { type FoldListeners } from "../domain/fold/folding.js";
import { NONE, type RouteState, type VcpuState } from "../domain/fold/state.js";
import { type FateRules } from "../domain/platform/fate.js";
import { type Outcome, type ShownBy } from "../domain/platform/interrupt.js";
import { irteKey, routeKey, type IrteKey, type Stamp, type VcpuRow } from "../domain/values/ids.js";
import { type FateCases } from "./fate-cases.js";
import { type FateChanges } from "./fate-decisions.js";
import { kindsIn } from "./fate-in-flight.js";
import { FateRoutes, isOneCpu, ROUTING_MSI, type Connection } from "./fate-routes.js";
import { InterruptCases, type ShownInterrupt } from "./interrupt-cases.js";
import { PostingEntries } from "./interrupt-entries.js";
import { Injections, type Injection } from "./interrupt-injections.js";
import { InterruptWaits, type Begun } from "./interrupt-waits.js";
import { Queue } from "./queue.js";

/** The name of a vCPU within its VM. */
export interface VcpuName {
  /** Row of the vCPU. */
  readonly id: VcpuRow;
  /** KVM's vcpu_id. */
  readonly vcpu_id: number;
}

const CONNECTIONS = [
  ...(["producer_added", "producer_removed", "pi_update_decided"] as const),
  ...(["irqfd_deassigned", "irqfd_shut_down"] as const),
] as const;
const IS_OF_USE = kindsIn([
  ...(["ga_log_entry", "host_irq_handled", "irqfd_injected", "msi_sent", "irq_accepted"] as const),
  ...(["irq_injected", "vcpu_woken", "events_lost", ...CONNECTIONS] as const),
]);

/** RouteState.type of a GSI without a route. */
const NO_ROUTE = 0;

type Told = readonly [before: RouteState | undefined, after: RouteState | undefined];

/** A vCPU is somewhere else; `loadedBy`: the task that loads it, where that is what brought it there. */
interface Moved {
  readonly vcpu: VcpuState;
  readonly loadedBy: number | null | undefined;
}

/** Follows the interrupts of one recording. It listens to the folds and takes each batch after the fates. */
export class InterruptRecorder {
  /** All cases that have come up. */
  readonly cases = new InterruptCases();
  private readonly waits = new InterruptWaits(this.cases);
  private readonly entries: PostingEntries;
  private readonly routes = new FateRoutes();
  private readonly injections = new Injections();
  private last: TwinEvent | null = null;
  private readonly keys = new Map<number, IrteKey>();
  private readonly vmOfTask = new Map<number | null, number>();
  private readonly names = new Map<VcpuRow, number>();
  private readonly rows = new Map<string, VcpuRow>();
  /** A vector that a local APIC accepted, and that KVM has to inject: vCPU and vector. */
  private readonly toInject = new Set<string>();
  private lastToInject = "";
  private readonly vcpus = new Queue<Moved>();
  private readonly told = new Queue<Told>();
  private readonly irqs = new Queue<readonly [number, IrteKey]>();

  /** Listen to the folds. */
  readonly listeners: Required<FoldListeners> = {
    onIrte: (before, { segment, devid, index, host_irq }, { seq }) => {
      if (host_irq === null || host_irq === NONE || before?.host_irq === host_irq) return;
      this.irqs.push([host_irq, irteKey(segment, devid, index)], seq);
    },
    onKvm: {
      vcpu: (before, after, event) => {
        if (before?.run_state === after.run_state) return;
        const loadedBy = event.kind === KIND.vcpu_loaded ? event.task : undefined;
        this.vcpus.push({ vcpu: after, loadedBy }, event.seq);
      },
      link: () => undefined,
      route: (before, after, { seq }) => {
        this.told.push([before, after], seq);
      },
    },
  };

  /** `rules`: those of the platform. */
  constructor(rules: FateRules) {
    this.entries = new PostingEntries(rules);
  }

  /** Notes the names of vCPUs. */
  name(vcpus: Iterable<VcpuName>): void {
    for (const { id, vcpu_id } of vcpus) this.names.set(id, vcpu_id);
  }

  /** Takes a batch that is folded, with the changes of fates in it; `cases`: what these are. */
  take(batch: Batch, changes: FateChanges, cases: FateCases): void {
    let next = 0;
    const catchUp = (seq: number): void => {
      this.hear(seq);
      for (; next < changes.seq.length && (changes.seq[next] ?? 0) <= seq; next++)
        this.entries.take(changes.seq[next] ?? 0, changes.case[next] ?? 0, cases);
    };
    for (const event of batch) {
      if (IS_OF_USE[event.kind] !== 1) continue;
      catchUp(event.seq);
      this.event(event);
    }
    catchUp(Infinity);
    this.last = batch.at(-1) ?? this.last;
  }

  /** Hands over the interrupts of which nothing more can come, since the last call. */
  drain(): readonly ShownInterrupt[] {
    return this.waits.drain();
  }

  /** The recording is over. */
  end(): void {
    const { last } = this;
    if (last === null) return;
    this.giveUp(last.seq);
    for (const [of, outcome] of this.injections.overdue(Infinity))
      this.close(begunBy(of), STAYS.has(outcome) || isLongBefore(of.at, last) ? outcome : "ended");
    this.waits.endAll("ended");
  }

  /** Takes what the folds told up to an event. */
  private hear(seq: number): void {
    this.irqs.upTo(seq, this.serves);
    this.told.upTo(seq, this.routed);
    this.vcpus.upTo(seq, this.moved);
  }

  private readonly serves = ([irq, key]: readonly [number, IrteKey]): void => {
    this.keys.set(irq, key);
  };

  private readonly routed = ([before, after]: Told, at: number): void => {
    this.giveUp(at);
    this.reroute(before, after);
  };

  private readonly moved = (
    { vcpu: { vm, vcpu, run_state }, loadedBy }: Moved,
    at: number,
  ): void => {
    if (loadedBy !== undefined) this.vmOfTask.set(loadedBy, vm);
    if (!this.waits.isKnown(vcpu)) this.meet(vm, vcpu);
    this.waits.move(vcpu, run_state, at);
  };

  private meet(vm: number, vcpu: VcpuRow): void {
    const vcpu_id = this.names.get(vcpu);
    if (vcpu_id !== undefined) this.rows.set(`${vm},${vcpu_id}`, vcpu);
  }

  private event(event: TwinEvent): void {
    switch (event.kind) {
      case KIND.ga_log_entry:
        this.logged(event);
        return;
      case KIND.host_irq_handled:
        this.handled(event);
        return;
      case KIND.irqfd_injected:
        this.giveUp(event.seq);
        this.injections.work(event, isRouted(this.routeOf(event)));
        return;
      case KIND.msi_sent:
        this.giveUp(event.seq);
        this.injections.send(event);
        return;
      case KIND.irq_accepted:
        this.accepted(event);
        return;
      case KIND.irq_injected:
        this.injected(event);
        return;
      case KIND.vcpu_woken:
        this.woken(event);
        return;
      case KIND.events_lost:
        this.lose();
        return;
      default:
        this.routes.take(event);
    }
  }

  private logged({ seq, vcpu }: TwinEvent): void {
    if (vcpu === null) {
      this.close(begun(seq, "logged"), "whose");
      return;
    }
    const { entries, waits } = this;
    const since = waits.stoppedAt(vcpu);
    const of = { key: entries.raiserOf(vcpu, since), route: entries.routesOf(vcpu, since) };
    const one: Begun = { ...begun(seq, "logged"), ...of };
    const state = waits.stateOf(vcpu);
    if (state === "running" && entries.isUnnoticed(vcpu))
      waits.close({ ...one, isAmbiguous: true }, vcpu, { outcome: "unnoticed" });
    else if (state === "freed" && entries.isPostedTo(vcpu))
      waits.close(one, vcpu, { outcome: "gone" });
    else waits.come(one, vcpu, seq);
  }

  // --- what the host handles, and KVM injects ----------------------------------------------------

  private handled(event: TwinEvent): void {
    const { seq, host_irq: irq } = event;
    if (irq === null) return;
    this.giveUp(seq);
    const key = this.keys.get(irq) ?? null;
    const connection = this.routes.connectionOf(irq);
    if (key === null && connection === undefined) return;
    this.injections.handle(event, { ...handledBy(event, irq, connection), key });
  }

  /** What goes over a route that is replaced meanwhile may go over either. */
  private reroute(before: RouteState | undefined, after: RouteState | undefined): void {
    this.routes.set(before, after);
    const of = after ?? before;
    if (of === undefined || isSameMsi(before, after)) return;
    this.injections.reroute(routeKey(of.vm, of.gsi));
  }

  private routeOf({ vm, gsi }: TwinEvent): RouteState | undefined {
    return vm === null || gsi === null ? undefined : this.routes.routeOf(vm, gsi);
  }

  /** Of what was handled long before an event nothing more can come. */
  private giveUp(seq: number): void {
    for (const [of, outcome] of this.injections.overdue(seq)) this.close(begunBy(of), outcome);
  }

  private accepted(event: TwinEvent): void {
    const { seq, task } = event;
    this.giveUp(seq);
    const found = this.injections.accept(event);
    if (found === null) {
      // AVIC delivers it: KVM has nothing to inject.
      this.toInject.delete(this.lastToInject);
      return;
    }
    const { of, isAmbiguous } = found;
    const vm = found.vm ?? this.vmOfTask.get(task);
    for (const each of of)
      this.deliver({ ...begunBy(each), accepted: seq, isAmbiguous }, event, each.vm ?? vm);
    if (of.length > 0) return;
    this.deliver({ ...begun(seq, "injected"), accepted: seq }, event, vm);
  }

  private deliver(one: Begun, event: TwinEvent, vm: number | undefined): void {
    const vcpu = vm === undefined ? undefined : this.rows.get(`${vm},${payload.vcpu_id(event)}`);
    if (vcpu === undefined) {
      this.close(one, "whose");
      return;
    }
    this.lastToInject = `${vcpu},${payload.vector(event)}`;
    this.toInject.add(this.lastToInject);
    this.waits.come(one, vcpu, event.seq);
  }

  private injected(event: TwinEvent): void {
    const { seq, vcpu } = event;
    if (vcpu === null) this.close(begun(seq, "injected"), "whose");
    else if (!this.toInject.delete(`${vcpu},${payload.vector(event)}`))
      this.waits.close(begun(seq, "injected"), vcpu, { outcome: "taken", running: seq });
  }

  // --- vCPUs -------------------------------------------------------------------------------------

  /** A halt that ends before the vCPU sleeps, and with an interrupt there, has found one pending. */
  private woken(event: TwinEvent): void {
    const { seq, vcpu } = event;
    if (vcpu === null || this.waits.wake(vcpu, seq)) return;
    if (payload.waited(event) !== 0 || payload.valid(event) !== 1) return;
    const one = { ...begun(seq, "pending"), isAmbiguous: true };
    this.waits.close(one, vcpu, { outcome: "taken", running: seq });
  }

  private lose(): void {
    for (const [of] of this.injections.overdue(Infinity)) this.close(begunBy(of), "cut");
    this.waits.endAll("cut");
    this.routes.clear();
    this.toInject.clear();
  }

  private close(one: Begun, outcome: Outcome): void {
    this.waits.close(one, null, { outcome });
  }
}

function begun(seq: number, shown: ShownBy): Begun {
  const posted = shown === "logged" ? "not known" : "fits";
  return { seq, shown, key: null, route: posted, accepted: null, isAmbiguous: false };
}

/** What a CPU has handled, by the irqfd that takes it; undefined = not known which. */
function handledBy(
  event: TwinEvent,
  irq: number,
  connection: Connection | undefined,
): Omit<Injection, "key"> {
  const of = { seq: event.seq, at: event, shown: "handled", irq } as const;
  const unknown = { vm: null, gsi: null, vector: null, dest: null } as const;
  if (connection === undefined) return { ...of, ...unknown, otherwise: "whose" };
  const { key: gsi, route } = connection.gsi;
  const vm = route?.vm ?? null;
  if (!connection.isConnected) return { ...of, ...unknown, vm, gsi, otherwise: "monitor" };
  if (route === undefined || !isTold(route)) return { ...of, ...unknown, gsi, otherwise: "whose" };
  const otherwise = isRouted(route) === false ? "dropped" : "unaccepted";
  const dest = isOneCpu(route) ? route.dest : null;
  return { ...of, vm, gsi, vector: route.vector, dest, otherwise };
}

function begunBy({ seq, shown, key }: Injection): Begun {
  return { ...begun(seq, shown), key };
}

/** So it ends whatever lines would have followed. */
const STAYS: ReadonlySet<Outcome> = new Set<Outcome>(["monitor", "whose", "dropped"]);

/** Is it a billion units of the clock (a second, or as many ticks) or more before an event? */
function isLongBefore(at: Stamp, { billions, rest }: Stamp): boolean {
  return (billions - at.billions) * 1e9 + (rest - at.rest) >= 1e9;
}

/** Does KVM have a route? null = not known. */
function isRouted(route: RouteState | undefined): boolean | null {
  return route?.type == null ? null : route.type !== NO_ROUTE;
}

/** Is it known where the route leads? */
function isTold({ type, vector }: RouteState): boolean {
  return type !== null && (type !== ROUTING_MSI || vector !== null);
}

function isSameMsi(a: RouteState | undefined, b: RouteState | undefined): boolean {
  return a?.type === b?.type && a?.vector === b?.vector && a?.dest === b?.dest;
}
