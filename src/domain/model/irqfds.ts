// What the rules need to know of irqfds: what KVM decides about them before it calls the driver, or does
// not call it. By routeKey(); KVM allows more than one irqfd on a GSI, but no producer for the others.

import { payload } from "../events/payload.js";
import { type TwinEvent } from "../events/event.js";
import { routeKey } from "../ids.js";

/** A route in the table that is none. */
const NO_ROUTE = 0;

export class Irqfds {
  /** KVM_IRQFD took them away, and none was assigned since. */
  private readonly deassigned = new Set<string>();
  /** The one that irqfd_shutdown() released last, by task. */
  private readonly released = new Map<number, string>();
  /** Has the table a route for it? Told only while a producer is connected: else it changes unseen. */
  private readonly routed = new Map<string, boolean>();

  assign(event: TwinEvent): void {
    const key = keyOf(event);
    if (key !== null) this.deassigned.delete(key);
  }

  deassign(event: TwinEvent): void {
    const key = keyOf(event);
    if (key !== null) this.deassigned.add(key);
  }

  shutDown(event: TwinEvent): void {
    const key = keyOf(event);
    if (key !== null && event.task !== null) this.released.set(event.task, key);
  }

  /** irq_entry.type, where the kernel shows it. */
  route(event: TwinEvent): void {
    const key = keyOf(event);
    if (key === null) return;
    const type = payload.type(event);
    if (type === null) this.routed.delete(key);
    else this.routed.set(key, type !== NO_ROUTE);
  }

  /** The route was resolved: there is one. */
  resolve(event: TwinEvent): void {
    const key = keyOf(event);
    if (key !== null) this.routed.set(key, true);
  }

  disconnect(event: TwinEvent): void {
    const key = keyOf(event);
    if (key !== null) this.routed.delete(key);
  }

  /** Does the task release it because of KVM_IRQFD, not because its eventfd or its VM goes? */
  isDeassigned(event: TwinEvent): boolean {
    const key = keyOf(event);
    if (key === null || !this.deassigned.has(key)) return false;
    return event.task !== null && this.released.get(event.task) === key;
  }

  /** Has the table a route for its GSI? null = not known. */
  isRouted(event: TwinEvent): boolean | null {
    const key = keyOf(event);
    return key === null ? null : (this.routed.get(key) ?? null);
  }

  /** Events were lost. */
  forget(): void {
    this.deassigned.clear();
    this.released.clear();
    this.routed.clear();
  }
}

function keyOf({ vm, gsi }: TwinEvent): string | null {
  return vm === null || gsi === null ? null : routeKey(vm, gsi);
}
