// Which route is in force for a host IRQ, and whether an entry agrees with it.

import { NONE as NO_IRQ, type RouteState } from "../domain/fold/state.js";
import { type TwinEvent } from "../domain/events/event.js";
import { KIND } from "../domain/events/kinds.js";
import { payload } from "../domain/events/payload.js";
import { type RouteFit } from "../domain/platform/fate.js";
import { type VmRow } from "../domain/values/ids.js";
import { RowMap } from "../domain/values/row-map.js";
import {
  numbersIn,
  withNumber,
  withoutNumber,
  type FewNumbers,
} from "../domain/values/few-numbers.js";
import { type FateEntry } from "./fate-entries.js";

/** include/uapi/linux/kvm.h: KVM_IRQ_ROUTING_MSI. */
export const ROUTING_MSI = 2;
/** arch/x86/include/asm/msi.h: the bit of the address that makes the destination a logical one. */
const LOGICAL = 4;
const BROADCAST = 0xff;

/** GSIs have 32 bits. */
const GSIS = 2 ** 32;

const NONE: readonly number[] = [];

/** A GSI of a VM as one number. */
export function gsiKey(vm: VmRow, gsi: number): number {
  return vm * GSIS + gsi;
}

/** A GSI of a VM. */
export interface Gsi {
  /** Row of its VM. */
  readonly vm: VmRow;
  /** Its number. */
  readonly gsi: number;
  /** Its route; undefined = it is not known. */
  route: RouteState | undefined;
  /** The host IRQs whose connection, if any, is to an irqfd of it; null = most have none. */
  irqs: FewNumbers;
}

/** The irqfd that a host IRQ is connected to. */
export interface Connection {
  /** Its GSI. */
  readonly gsi: Gsi;
  /** false = it was, and is no more. */
  readonly isConnected: boolean;
}

/** The connections and routes of one recording, as far as they are known. */
export class FateRoutes {
  private readonly connections = new RowMap<Connection>();
  /** Those that have a route or a connection, by VM and number. */
  private readonly gsis = new Map<VmRow, Map<number, Gsi>>();
  /** Those that have a host IRQ: where events are lost, the others need no look. */
  private readonly withIrqs = new Set<Gsi>();
  /** VMs whose creation was seen, and nothing lost since. */
  private readonly begun = new Set<VmRow>();

  /** A VM begins: it has no routes. */
  begin(vm: VmRow): void {
    this.begun.add(vm);
  }

  /** Was the creation of a VM seen, and nothing lost since? Then no other row is of the same VM. */
  isBegun(vm: VmRow): boolean {
    return this.begun.has(vm);
  }

  /** The host IRQs that are connected to a GSI of that number of a VM that may be this one under another row. */
  *perhapsOf(vm: VmRow, gsi: number): IterableIterator<number> {
    if (this.begun.has(vm)) return;
    for (const each of this.withIrqs)
      if (each.gsi === gsi && each.vm !== vm && !this.begun.has(each.vm))
        yield* numbersIn(each.irqs);
  }

  /** Is it known that a GSI had no route before this one? */
  isNone(before: RouteState | undefined, after: RouteState | undefined): boolean {
    return before === undefined && after !== undefined && this.begun.has(after.vm);
  }

  /** What a host IRQ is, or was last, connected to; undefined = it is not known. */
  connectionOf(irq: number): Connection | undefined {
    return this.connections.get(irq);
  }

  /** Does a line that changes the connection of an entry's host IRQ, or its route, show that it is about this entry? */
  isFollowed({ host_irq, isNew }: FateEntry): boolean {
    if (isNew || host_irq === NO_IRQ) return true;
    return host_irq !== null && this.connections.get(host_irq)?.gsi.route?.type != null;
  }

  /** The route of a GSI; undefined = it is not known. */
  routeOf(vm: number, gsi: number): RouteState | undefined {
    return this.known(vm, gsi)?.route;
  }

  /** A route is another one; undefined = its VM is gone. Returns the host IRQs that it is in force for. */
  set(before: RouteState | undefined, after: RouteState | undefined): Iterable<number> {
    const of = after ?? before;
    if (of === undefined) return NONE;
    const gsi = this.gsi(of.vm, of.gsi);
    gsi.route = after;
    if (after === undefined && gsi.irqs === null) this.drop(gsi);
    return numbersIn(gsi.irqs);
  }

  /** What was lost may have changed every connection. */
  clear(): void {
    this.connections.clear();
    this.begun.clear();
    for (const gsi of this.withIrqs) {
      gsi.irqs = null;
      if (gsi.route === undefined) this.drop(gsi);
    }
    this.withIrqs.clear();
  }

  /** Takes what an event says of connections. Returns the host IRQs that it says something of. */
  take(event: TwinEvent): readonly number[] {
    const { kind, vm, gsi, host_irq } = event;
    if (vm === null || gsi === null) return NONE;
    if (kind === KIND.irqfd_deassigned || kind === KIND.irqfd_shut_down)
      return this.disconnect(this.known(vm, gsi));
    if (host_irq === null) return NONE;
    switch (kind) {
      case KIND.producer_added:
        return this.connect(host_irq, this.gsi(vm, gsi), true);
      case KIND.pi_update_decided:
        if (payload.enabled(event) !== 1) return NONE;
        return this.connect(host_irq, this.gsi(vm, gsi), true);
      case KIND.producer_removed:
        return this.connect(host_irq, this.gsi(vm, gsi), false);
      default:
        return NONE;
    }
  }

  /** A host IRQ is a new one: no change of the route that is not in force for its number any more is about it. */
  renew(irq: number): void {
    const before = this.connections.get(irq);
    if (before?.isConnected === false) this.leave(irq, before.gsi);
  }

  private connect(irq: number, gsi: Gsi, isConnected: boolean): readonly number[] {
    const before = this.connections.get(irq)?.gsi;
    if (before !== undefined && before !== gsi) this.leave(irq, before);
    this.connections.set(irq, { gsi, isConnected });
    gsi.irqs = withNumber(gsi.irqs, irq);
    this.withIrqs.add(gsi);
    return [irq];
  }

  private leave(irq: number, gsi: Gsi): void {
    gsi.irqs = withoutNumber(gsi.irqs, irq);
    if (gsi.irqs !== null) return;
    this.withIrqs.delete(gsi);
    if (gsi.route === undefined) this.drop(gsi);
  }

  /** Returns the host IRQs that are connected no more. */
  private disconnect(gsi: Gsi | undefined): readonly number[] {
    if (gsi?.irqs == null) return NONE;
    const irqs = [...numbersIn(gsi.irqs)].filter(
      (irq) => this.connections.get(irq)?.isConnected === true,
    );
    for (const irq of irqs) this.connections.set(irq, { gsi, isConnected: false });
    return irqs;
  }

  private known(vm: VmRow, gsi: number): Gsi | undefined {
    return this.gsis.get(vm)?.get(gsi);
  }

  private gsi(vm: VmRow, gsi: number): Gsi {
    let own = this.gsis.get(vm);
    if (own === undefined) this.gsis.set(vm, (own = new Map<number, Gsi>()));
    const known = own.get(gsi);
    if (known !== undefined) return known;
    const made: Gsi = { vm, gsi, route: undefined, irqs: null };
    own.set(gsi, made);
    return made;
  }

  /** Nothing is known of it any more. */
  private drop(of: Gsi): void {
    const own = this.gsis.get(of.vm);
    // A host IRQ that is connected no more may still hold one that was dropped before.
    if (own?.get(of.gsi) !== of) return;
    own.delete(of.gsi);
    if (own.size === 0) this.gsis.delete(of.vm);
  }

  /** Does a posted entry with this vector agree with the route in force? null = not known. */
  fitOf(entry: FateEntry, vector: number): RouteFit | null {
    const { host_irq } = entry;
    const connection = host_irq === null ? undefined : this.connections.get(host_irq);
    if (connection === undefined) return null;
    if (!connection.isConnected) return "not connected";
    const { route } = connection.gsi;
    const type = route?.type ?? null;
    if (route === undefined || type === null) return null;
    if (type !== ROUTING_MSI) return "none";
    if (route.postable === false) return "differs";
    if (route.vector === null) return null;
    return route.vector === vector ? fitOfVcpu(entry, route) : "differs";
  }
}

/** Is the vCPU that the entry posts to the one that the route was resolved to? */
function fitOfVcpu({ vcpu, resolved }: FateEntry, route: RouteState): RouteFit | null {
  const { dest } = route;
  if (resolved?.dest == null || dest === null) return null;
  if (resolved.dest !== dest) return isOneCpu(route) ? "differs" : null;
  if (vcpu === null) return null;
  return vcpu.row === resolved.vcpu ? "fits" : "differs";
}

/** Does the route name a single vCPU by its APIC ID, so that another destination is another vCPU? */
export function isOneCpu({ address, dest }: RouteState): boolean {
  return address !== null && (address & LOGICAL) === 0 && dest !== BROADCAST;
}
