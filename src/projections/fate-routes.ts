// Which route is in force for a host IRQ, and whether an entry agrees with it.

import { type RouteState } from "../domain/fold/state.js";
import { type TwinEvent } from "../domain/events/event.js";
import { KIND } from "../domain/events/kinds.js";
import { payload } from "../domain/events/payload.js";
import { type RouteFit } from "../domain/platform/fate.js";
import { routeKey, type RouteKey } from "../domain/values/ids.js";
import { type FateEntry } from "./fate-entries.js";

/** include/uapi/linux/kvm.h: KVM_IRQ_ROUTING_MSI. */
export const ROUTING_MSI = 2;
/** arch/x86/include/asm/msi.h: the bit of the address that makes the destination a logical one. */
const LOGICAL = 4;
const BROADCAST = 0xff;

const NONE: readonly number[] = [];

/** A GSI of a VM. */
export interface Gsi {
  /** Its VM and number. */
  readonly key: RouteKey;
  /** Its route; undefined = it is not known. */
  route: RouteState | undefined;
  /** The host IRQs whose connection, if any, is to an irqfd of it; null = most have none. */
  irqs: Set<number> | null;
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
  private readonly connections = new Map<number, Connection>();
  /** Those that have a route or a connection. */
  private readonly gsis = new Map<RouteKey, Gsi>();
  /** Those that have a host IRQ: where events are lost, the others need no look. */
  private readonly withIrqs = new Set<Gsi>();

  /** What a host IRQ is, or was last, connected to; undefined = it is not known. */
  connectionOf(irq: number): Connection | undefined {
    return this.connections.get(irq);
  }

  /** The route of a GSI; undefined = it is not known. */
  routeOf(vm: number, gsi: number): RouteState | undefined {
    return this.gsis.get(routeKey(vm, gsi))?.route;
  }

  /** A route is another one; undefined = its VM is gone. Returns the host IRQs that it is in force for. */
  set(before: RouteState | undefined, after: RouteState | undefined): Iterable<number> {
    const of = after ?? before;
    if (of === undefined) return NONE;
    const gsi = this.gsi(routeKey(of.vm, of.gsi));
    gsi.route = after;
    if (after === undefined && gsi.irqs === null) this.gsis.delete(gsi.key);
    return gsi.irqs ?? NONE;
  }

  /** What was lost may have changed every connection. */
  clear(): void {
    this.connections.clear();
    for (const gsi of this.withIrqs) {
      gsi.irqs = null;
      if (gsi.route === undefined) this.gsis.delete(gsi.key);
    }
    this.withIrqs.clear();
  }

  /** Takes what an event says of connections. Returns the host IRQs that it says something of. */
  take(event: TwinEvent): readonly number[] {
    const { kind, vm, gsi, host_irq } = event;
    if (vm === null || gsi === null) return NONE;
    const key = routeKey(vm, gsi);
    switch (kind) {
      case KIND.producer_added:
        return this.connect(host_irq, key, true);
      case KIND.pi_update_decided:
        return payload.enabled(event) === 1 ? this.connect(host_irq, key, true) : NONE;
      case KIND.producer_removed:
        return this.connect(host_irq, key, false);
      case KIND.irqfd_deassigned:
      case KIND.irqfd_shut_down:
        return this.disconnect(this.gsis.get(key));
      default:
        return NONE;
    }
  }

  private connect(irq: number | null, key: RouteKey, isConnected: boolean): readonly number[] {
    if (irq === null) return NONE;
    const gsi = this.gsi(key);
    const before = this.connections.get(irq)?.gsi;
    if (before !== undefined && before !== gsi) this.leave(irq, before);
    this.connections.set(irq, { gsi, isConnected });
    (gsi.irqs ??= new Set()).add(irq);
    this.withIrqs.add(gsi);
    return [irq];
  }

  private leave(irq: number, gsi: Gsi): void {
    gsi.irqs?.delete(irq);
    if (gsi.irqs !== null && gsi.irqs.size > 0) return;
    gsi.irqs = null;
    this.withIrqs.delete(gsi);
    if (gsi.route === undefined) this.gsis.delete(gsi.key);
  }

  /** Returns the host IRQs that are connected no more. */
  private disconnect(gsi: Gsi | undefined): readonly number[] {
    if (gsi?.irqs == null) return NONE;
    const irqs = [...gsi.irqs].filter((irq) => this.connections.get(irq)?.isConnected === true);
    for (const irq of irqs) this.connections.set(irq, { gsi, isConnected: false });
    return irqs;
  }

  private gsi(key: RouteKey): Gsi {
    const known = this.gsis.get(key);
    if (known !== undefined) return known;
    const made: Gsi = { key, route: undefined, irqs: null };
    this.gsis.set(key, made);
    return made;
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
