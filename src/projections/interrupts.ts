// The interrupts that a recording shows, each with what became of it: from the lines of the GA log, of handlers, of
// injections and of halts, laid over where each vCPU is and which entries post to it.

import { type TwinEvent } from "../domain/events/event.js";
import { KIND } from "../domain/events/kinds.js";
import { payload } from "../domain/events/payload.js";
import { NONE, type IrteState, type RouteState, type VcpuState } from "../domain/fold/state.js";
import { type FateRules } from "../domain/platform/fate.js";
import { type Outcome, type ShownBy } from "../domain/platform/interrupt.js";
import { irteKey, type IrteKey, type Seq, type Stamp } from "../domain/values/ids.js";
import { RowMap } from "../domain/values/row-map.js";
import { type FateCases } from "./fate-cases.js";
import { type FateChanges } from "./fate-decisions.js";
import { kindsIn } from "./fate-in-flight.js";
import { gsiKey, isOneCpu, ROUTING_MSI, type Connection, type FateRoutes } from "./fate-routes.js";
import { type VcpuName } from "./fate-vcpus.js";
import { type FateFollower } from "./fates.js";
import { InterruptCases, type ShownInterrupt } from "./interrupt-cases.js";
import { PostingEntries } from "./interrupt-entries.js";
import { Injections } from "./interrupt-injections.js";
import { type Injection } from "./interrupt-sendings.js";
import { InterruptTargets } from "./interrupt-targets.js";
import { InterruptWaits, type Begun } from "./interrupt-waits.js";
import { MissingHandlers } from "./missing-handlers.js";

const IS_OF_USE = kindsIn([
  ...(["ga_log_entry", "host_irq_handled", "irqfd_injected", "msi_sent", "irq_accepted"] as const),
  ...(["irq_injected", "vcpu_woken", "events_lost", "vm_created"] as const),
]);

/** RouteState.type of a GSI without a route. */
const NO_ROUTE = 0;

/** What the fates know that interrupts ask for. */
export interface FatesKnown {
  /** Connections and routes, as of the event that is followed. */
  readonly routes: FateRoutes;
  /** All facts and cases that have come up. */
  readonly cases: FateCases;
  /** The changes of the batch, up to the event that is followed. */
  readonly changes: FateChanges;
}

/** Follows the interrupts of one recording: the fates tell it of each event when they have taken it. */
export class InterruptRecorder implements FateFollower {
  /** All cases that have come up. */
  readonly cases = new InterruptCases();
  private readonly waits = new InterruptWaits(this.cases);
  private readonly entries: PostingEntries;
  private readonly fates: FatesKnown;
  /** How many of the changes of the batch are taken. */
  private taken = 0;
  private readonly injections = new Injections();
  private last: TwinEvent | null = null;
  private readonly keys = new RowMap<IrteKey>();
  private readonly targets = new InterruptTargets();
  private readonly missing = new MissingHandlers();

  /** `rules`: those of the platform; `fates`: follow the same events. */
  constructor(rules: FateRules, fates: FatesKnown) {
    this.entries = new PostingEntries(rules);
    this.fates = fates;
  }

  /** Notes the names of vCPUs. */
  name(vcpus: Iterable<VcpuName>): void {
    this.targets.name(vcpus);
  }

  /** An event that was taken by the fates. */
  follow(event: TwinEvent): void {
    this.missing.follow(event.seq);
    this.last = event;
    if (IS_OF_USE[event.kind] === 1) this.event(event);
  }

  /** The batch is over, and its changes are handed over next. */
  endBatch(): void {
    this.takeChanges();
    this.taken = 0;
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

  /** An entry serves another host IRQ. */
  serves({ segment, devid, index, host_irq }: IrteState): void {
    if (host_irq === null || host_irq === NONE) return;
    this.keys.set(host_irq, irteKey(segment, devid, index));
  }

  /** A route is another one: what goes over it meanwhile may go over either. */
  routed(before: RouteState | undefined, after: RouteState | undefined, { seq }: TwinEvent): void {
    this.giveUp(seq);
    const of = after ?? before;
    if (of !== undefined && !isSameMsi(before, after))
      this.injections.reroute(gsiKey(of.vm, of.gsi));
  }

  /** A vCPU is somewhere else. */
  moved({ vm, vcpu, run_state }: VcpuState, { kind, task, seq }: TwinEvent): void {
    if (this.waits.isAt(vcpu, run_state)) return;
    if (kind === KIND.vcpu_loaded) this.targets.load(task, vm);
    if (!this.waits.isKnown(vcpu)) this.targets.meet(vm, vcpu);
    this.waits.move(vcpu, run_state, seq);
  }

  /** Takes the fates as they are since the last time. */
  private takeChanges(): void {
    const { cases, changes } = this.fates;
    const { seqs, cases: ids } = changes;
    for (; this.taken < ids.length; this.taken++)
      this.entries.take(seqs[this.taken] ?? 0, ids[this.taken] ?? 0, cases);
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
        this.injections.send(event, this.missing.unhandled(event.seq, event.vm));
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
      case KIND.vm_created:
        if (event.vm !== null) this.missing.begin(event.vm);
        return;
      case KIND.events_lost:
        this.missing.lose(event.seq);
        this.lose();
    }
  }

  private logged({ seq, vcpu }: TwinEvent): void {
    if (vcpu === null) {
      this.close(begun(seq, "logged"), "whose");
      return;
    }
    this.takeChanges();
    const { entries, waits } = this;
    const since = waits.stoppedAt(vcpu);
    const one: Begun = {
      seq,
      shown: "logged",
      key: entries.raiserOf(vcpu, since),
      route: entries.routesOf(vcpu, since),
      accepted: null,
      isAmbiguous: false,
    };
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
    const connection = this.fates.routes.connectionOf(irq);
    if (key === null && connection === undefined) return;
    this.injections.handle(event, handledBy(event, { irq, key, connection }));
  }

  private routeOf({ vm, gsi }: TwinEvent): RouteState | undefined {
    return vm === null || gsi === null ? undefined : this.fates.routes.routeOf(vm, gsi);
  }

  /** Of what was handled long before an event nothing more can come. */
  private giveUp(seq: number): void {
    if (!this.injections.isAnyOverdue(seq)) return;
    for (const [of, outcome] of this.injections.overdue(seq)) this.close(begunBy(of), outcome);
  }

  private accepted(event: TwinEvent): void {
    const { seq, task } = event;
    this.giveUp(seq);
    const found = this.injections.accept(event);
    if (found === null) {
      this.targets.deliver();
      return;
    }
    const { of, isAmbiguous, isForeign } = found;
    const vm = found.vm ?? (isForeign ? undefined : this.targets.vmOf(task));
    for (const each of of)
      this.deliver(begunBy(each, { accepted: seq, isAmbiguous }), event, each.vm ?? vm);
    if (of.length > 0) return;
    const shown = this.missing.unhandled(seq, vm ?? null);
    this.deliver({ ...begun(seq, shown), accepted: seq }, event, vm);
  }

  private deliver(one: Begun, event: TwinEvent, vm: number | undefined): void {
    const vcpu = this.targets.of(vm, event);
    if (vcpu === undefined) {
      this.close(one, "whose");
      return;
    }
    this.targets.accept(vcpu, event);
    this.waits.come(one, vcpu, event.seq);
  }

  private injected(event: TwinEvent): void {
    const { seq, vm, vcpu } = event;
    const one = begun(seq, this.missing.unhandled(seq, vm));
    if (vcpu === null) this.close(one, "whose");
    else if (!this.targets.inject(vcpu, event))
      this.waits.close(one, vcpu, { outcome: "taken", running: seq });
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
    this.keys.clear();
    for (const [of] of this.injections.overdue(Infinity)) this.close(begunBy(of), "cut");
    this.waits.endAll("cut");
    this.targets.lose();
  }

  private close(one: Begun, outcome: Outcome): void {
    this.waits.close(one, null, { outcome });
  }
}

function begun(seq: number, shown: ShownBy): Begun {
  const posted = shown === "logged" ? "not known" : "fits";
  return { seq, shown, key: null, route: posted, accepted: null, isAmbiguous: false };
}

interface Handled {
  readonly irq: number;
  readonly key: IrteKey | null;
  /** undefined = not known which irqfd takes it. */
  readonly connection: Connection | undefined;
}

/** What a CPU has handled, by the irqfd that takes it. */
function handledBy(event: TwinEvent, { irq, key, connection }: Handled): Injection {
  const gsi = connection?.gsi;
  const route = gsi?.route;
  const otherwise = otherwiseOf(connection);
  const goesOver = otherwise === "monitor" || otherwise === "whose" ? undefined : route;
  return {
    seq: event.seq,
    at: event,
    shown: "handled",
    key,
    irq,
    vm: otherwise === "whose" ? null : (route?.vm ?? null),
    gsi: gsi === undefined ? null : gsiKey(gsi.vm, gsi.gsi),
    vector: goesOver?.vector ?? null,
    dest: goesOver !== undefined && isOneCpu(goesOver) ? goesOver.dest : null,
    otherwise,
  };
}

/** What becomes of what a CPU has handled if no line shows that it is sent. */
function otherwiseOf(connection: Connection | undefined): Outcome {
  if (connection === undefined) return "whose";
  if (!connection.isConnected) return "monitor";
  const { route } = connection.gsi;
  if (route === undefined || !isTold(route)) return "whose";
  return isRouted(route) === false ? "dropped" : "unaccepted";
}

interface Acceptance {
  readonly accepted: Seq | null;
  readonly isAmbiguous: boolean;
}

const UNACCEPTED: Acceptance = { accepted: null, isAmbiguous: false };

function begunBy(
  { seq, shown, key }: Injection,
  { accepted, isAmbiguous }: Acceptance = UNACCEPTED,
): Begun {
  return { seq, shown, key, route: "fits", accepted, isAmbiguous };
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
