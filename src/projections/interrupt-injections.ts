// Interrupts that the host handles: vfio signals an eventfd, and KVM's irqfd injects an MSI. Which acceptance by a local
// APIC belongs to which of them is found by vector, destination and order.

import { type TwinEvent } from "../domain/events/event.js";
import { payload } from "../domain/events/payload.js";
import { type RouteState } from "../domain/fold/state.js";
import { type IrteKey, type RouteKey, type Seq } from "../domain/values/ids.js";
import { isOneCpu } from "./fate-routes.js";

/** A device's interrupt that a host CPU has handled, and that no local APIC has accepted yet. */
export interface Handled {
  /** The event. */
  readonly seq: Seq;
  /** The entry that raised it; null = not known. */
  readonly key: IrteKey | null;
  /** Its Linux IRQ number. */
  readonly irq: number;
  /** The VM and GSI whose irqfd takes it. */
  readonly gsi: RouteKey;
  /** The route of that GSI. */
  readonly route: RouteState;
}

/** What an acceptance belongs to. */
export interface Accepted {
  /** The interrupts that it ends, all of one host IRQ: an eventfd counts, and is injected once. */
  readonly handled: readonly Handled[];
  /** Another host IRQ has one of the same vector under way. */
  readonly isAmbiguous: boolean;
}

/** The last acceptance that a task printed. */
interface Last {
  readonly seq: Seq;
  readonly vector: number | null;
  readonly vcpus: Set<number | null>;
  vcpu_id: number | null;
  apicv: number | null;
}

/** So many events later, what was handled is no longer on its way. */
const UNDER_WAY = 2000;
/** One injection to several vCPUs is printed by one task, in one go. */
const IN_ONE_GO = 64;

/** The interrupts of one recording that are between the host's handler and a local APIC. */
export class Injections {
  private under: Handled[] = [];
  private readonly lasts = new Map<number | null, Last>();

  /** The host handled one. */
  handle(handled: Handled): void {
    this.under.push(handled);
  }

  /** Those that are no longer on their way at an event; Infinity = all. */
  overdue(seq: Seq): readonly Handled[] {
    const [first] = this.under;
    if (first === undefined || first.seq >= seq - UNDER_WAY) return [];
    const over = this.under.filter((each) => each.seq < seq - UNDER_WAY);
    this.under = this.under.slice(over.length);
    return over;
  }

  /** Takes out, and returns, those on their way to a GSI. */
  takeOf(gsi: RouteKey): readonly Handled[] {
    const of = this.under.filter((each) => each.gsi === gsi);
    if (of.length > 0) this.under = this.under.filter((each) => each.gsi !== gsi);
    return of;
  }

  /** A local APIC accepted one; null = the line says once more what the line before it said. */
  accept(event: TwinEvent): Accepted | null {
    const { seq, task } = event;
    const vector = payload.vector(event);
    const vcpu_id = payload.vcpu_id(event);
    const apicv = payload.apicv(event);
    const last = this.lasts.get(task);
    const isRecent = last?.vector === vector && seq - last.seq <= IN_ONE_GO;
    if (isRecent && last.vcpu_id === vcpu_id && apicv === 1 && last.apicv === 0) {
      last.apicv = 1;
      return null;
    }
    const found = this.find(vector, vcpu_id);
    if (found.handled.length === 0 && isRecent && !last.vcpus.has(vcpu_id)) {
      Object.assign(last, { vcpu_id, apicv });
      last.vcpus.add(vcpu_id);
      return null;
    }
    this.lasts.set(task, { seq, vector, vcpus: new Set([vcpu_id]), vcpu_id, apicv });
    return found;
  }

  private find(vector: number | null, vcpu_id: number | null): Accepted {
    const fits = this.under.filter(
      ({ route }) =>
        route.vector === vector &&
        (!isOneCpu(route) || route.dest === null || route.dest === vcpu_id),
    );
    const irq = fits[0]?.irq;
    const handled = fits.filter((each) => each.irq === irq);
    if (handled.length > 0) this.under = this.under.filter((each) => !handled.includes(each));
    return { handled, isAmbiguous: handled.length < fits.length };
  }
}
