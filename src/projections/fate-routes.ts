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

/** The irqfd that a host IRQ is connected to. */
export interface Connection {
  /** Its VM and GSI. */
  readonly route: RouteKey;
  /** false = it was, and is no more. */
  readonly isConnected: boolean;
}

/** The connections and routes of one recording, as far as they are known. */
export class FateRoutes {
  private readonly connections = new Map<number, Connection>();
  private readonly irqs = new Map<RouteKey, Set<number>>();
  private readonly routes = new Map<RouteKey, RouteState>();

  /** The host IRQs whose connection, if any, is to an irqfd of the GSI. */
  irqsOf(vm: number, gsi: number): Iterable<number> {
    return this.irqs.get(routeKey(vm, gsi)) ?? [];
  }

  /** What a host IRQ is, or was last, connected to; undefined = it is not known. */
  connectionOf(irq: number): Connection | undefined {
    return this.connections.get(irq);
  }

  /** The route that a connection leads to; undefined = it is not known. */
  routeAt(key: RouteKey): RouteState | undefined {
    return this.routes.get(key);
  }

  /** The route of a GSI; undefined = it is not known. */
  routeOf(vm: number, gsi: number): RouteState | undefined {
    return this.routes.get(routeKey(vm, gsi));
  }

  /** A route is another one; undefined = its VM is gone. */
  set(before: RouteState | undefined, after: RouteState | undefined): void {
    const of = after ?? before;
    if (of === undefined) return;
    const key = routeKey(of.vm, of.gsi);
    if (after === undefined) this.routes.delete(key);
    else this.routes.set(key, after);
  }

  /** What was lost may have changed every connection. */
  clear(): void {
    this.connections.clear();
    this.irqs.clear();
  }

  /** Takes what an event says of connections. Returns the host IRQs that it says something of. */
  take(event: TwinEvent): readonly number[] {
    const { kind, vm, gsi, host_irq } = event;
    if (vm === null || gsi === null) return [];
    const key = routeKey(vm, gsi);
    switch (kind) {
      case KIND.producer_added:
        return this.connect(host_irq, key, true);
      case KIND.pi_update_decided:
        return payload.enabled(event) === 1 ? this.connect(host_irq, key, true) : [];
      case KIND.producer_removed:
        return this.connect(host_irq, key, false);
      case KIND.irqfd_deassigned:
      case KIND.irqfd_shut_down:
        return [...this.irqsOf(vm, gsi)].flatMap((each) => this.disconnect(each, key));
      default:
        return [];
    }
  }

  private connect(irq: number | null, route: RouteKey, isConnected: boolean): readonly number[] {
    if (irq === null) return [];
    const before = this.connections.get(irq);
    if (before !== undefined && before.route !== route) this.irqs.get(before.route)?.delete(irq);
    this.connections.set(irq, { route, isConnected });
    const irqs = this.irqs.get(route);
    if (irqs === undefined) this.irqs.set(route, new Set([irq]));
    else irqs.add(irq);
    return [irq];
  }

  private disconnect(irq: number, route: RouteKey): readonly number[] {
    return this.connections.get(irq)?.isConnected === true ? this.connect(irq, route, false) : [];
  }

  /** Does a posted entry with this vector agree with the route in force? null = not known. */
  fitOf(entry: FateEntry, vector: number): RouteFit | null {
    const { host_irq } = entry;
    const connection = host_irq === null ? undefined : this.connections.get(host_irq);
    if (connection === undefined) return null;
    if (!connection.isConnected) return "not connected";
    const route = this.routes.get(connection.route);
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
  return vcpu === resolved.vcpu ? "fits" : "differs";
}

/** Does the route name a single vCPU by its APIC ID, so that another destination is another vCPU? */
export function isOneCpu({ address, dest }: RouteState): boolean {
  return address !== null && (address & LOGICAL) === 0 && dest !== BROADCAST;
}
