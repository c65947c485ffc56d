// What the rules need to know of irqfds and the routes of their GSIs: what KVM decides about them before it
// calls the driver, or does not call it. By GSI of a VM; KVM allows more than one irqfd on a GSI, but no
// producer for the others.

import { routeKeyOf, type TwinEvent } from "../events/event.js";
import { payload } from "../events/payload.js";
import { type RouteKey, type Seq } from "../values/ids.js";

/** enum KVM_IRQ_ROUTING_* (include/uapi/linux/kvm.h): the GSI has no route. */
const ROUTING_NONE = 0;
/** enum KVM_IRQ_ROUTING_*: the GSI is an MSI. */
export const ROUTING_MSI = 2;

/** The route of a GSI as it was shown last. */
export interface Route {
  /** enum KVM_IRQ_ROUTING_*; null = not shown. */
  readonly type: number | null;
  /** Guest vector of its MSI; null = not shown, or no MSI. */
  readonly vector: number | null;
  /** The event that showed it. */
  readonly seq: Seq;
}

/** What is known of a GSI. */
interface Gsi {
  route: Route | undefined;
  /** Has the table a route for it? Told only while a producer is connected: else it changes unseen. */
  isRouted: boolean | null;
  /** KVM_IRQFD took its irqfd away, and none was assigned since. */
  isDeassigned: boolean;
  /** The last KVM_IRQFD with DEASSIGN. */
  deassigned: Seq | null;
}

/** The GSIs of all VMs. */
export class Irqfds {
  private readonly gsis = new Map<RouteKey, Gsi>();
  /** The one that irqfd_shutdown() released last, by task. */
  private readonly released = new Map<number, RouteKey>();

  /** KVM_IRQFD. */
  assign(event: TwinEvent): void {
    const gsi = this.gsiOf(event);
    if (gsi !== null) gsi.isDeassigned = false;
  }

  /** KVM_IRQFD with DEASSIGN. */
  deassign(event: TwinEvent): void {
    const gsi = this.gsiOf(event);
    if (gsi === null) return;
    gsi.isDeassigned = true;
    gsi.deassigned = event.seq;
  }

  /** irqfd_shutdown(). */
  shutDown(event: TwinEvent): void {
    const key = routeKeyOf(event);
    if (key !== null && event.task !== null) this.released.set(event.task, key);
  }

  /** The irqfd takes up the route of its GSI: irq_entry.type, where the kernel shows it. */
  setRoute(event: TwinEvent): void {
    const gsi = this.gsiOf(event);
    if (gsi === null) return;
    const type = payload.type(event);
    const data = payload.data(event);
    gsi.isRouted = type === null ? null : type !== ROUTING_NONE;
    const vector = type === ROUTING_MSI && data !== null ? data & 0xff : null;
    gsi.route = { type, vector, seq: event.seq };
  }

  /** The route was resolved to an MSI: there is one. */
  setMsi(event: TwinEvent): void {
    const gsi = this.gsiOf(event);
    if (gsi === null) return;
    gsi.isRouted = true;
    gsi.route = { type: ROUTING_MSI, vector: payload.vector(event), seq: event.seq };
  }

  /** The producer is gone: from now on the route may change unseen. */
  disconnect(event: TwinEvent): void {
    const gsi = this.gsiOf(event);
    if (gsi !== null) gsi.isRouted = null;
  }

  /** A change of the GSI's route was not seen. */
  doubtRoute(key: RouteKey): void {
    const gsi = this.gsis.get(key);
    if (gsi !== undefined) Object.assign(gsi, { route: undefined, isRouted: null });
  }

  /** Does the task release it because of KVM_IRQFD, not because its eventfd or its VM goes? */
  isDeassigned(event: TwinEvent): boolean {
    const key = routeKeyOf(event);
    if (key === null || this.gsis.get(key)?.isDeassigned !== true) return false;
    return event.task !== null && this.released.get(event.task) === key;
  }

  /** Has the table a route for the event's GSI? null = not known. */
  isRouted(event: TwinEvent): boolean | null {
    const key = routeKeyOf(event);
    return key === null ? null : (this.gsis.get(key)?.isRouted ?? null);
  }

  /** The route of a GSI; undefined = none was shown. */
  routeOf(key: RouteKey): Route | undefined {
    return this.gsis.get(key)?.route;
  }

  /** The event of the last KVM_IRQFD with DEASSIGN of a GSI; null = none was seen. */
  deassignOf(key: RouteKey): Seq | null {
    return this.gsis.get(key)?.deassigned ?? null;
  }

  /** Events were lost: what could have changed unseen is not known any more. */
  forget(): void {
    this.gsis.clear();
    this.released.clear();
  }

  private gsiOf(event: TwinEvent): Gsi | null {
    const key = routeKeyOf(event);
    if (key === null) return null;
    let gsi = this.gsis.get(key);
    if (gsi === undefined) {
      gsi = { route: undefined, isRouted: null, isDeassigned: false, deassigned: null };
      this.gsis.set(key, gsi);
    }
    return gsi;
  }
}
