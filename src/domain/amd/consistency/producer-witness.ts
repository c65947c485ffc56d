// irqbypass: an irqfd has a producer or none, and a host IRQ is connected to one irqfd.

import { routeKeyOf, type TwinEvent } from "../../events/event.js";
import { KIND } from "../../events/kinds.js";
import { type RouteKey, type Seq } from "../../values/ids.js";
import { PROBE } from "../probes/probes.js";
import { reportUpdate, type Witness, type WitnessContext } from "./witness.js";

/** A new irqfd has no producer. */
const PRODUCERS = new Set<number>([
  KIND.irqfd_assigned,
  KIND.producer_added,
  KIND.producer_removed,
]);

/** Watches producers (C14). */
export class ProducerWitness implements Witness {
  private readonly at: WitnessContext;
  private readonly lasts = new Map<RouteKey, TwinEvent>();
  /** The event that connected each host IRQ last. */
  private readonly added = new Map<number, Seq>();

  constructor(at: WitnessContext) {
    this.at = at;
  }

  observe(event: TwinEvent): void {
    if (!PRODUCERS.has(event.kind)) return;
    const key = routeKeyOf(event);
    if (key === null || !this.at.seesAll(PROBE.add_producer, PROBE.del_producer)) return;
    const last = this.lasts.get(key);
    this.lasts.set(key, event);
    if (last === undefined || event.kind === KIND.irqfd_assigned) return;
    const isConnected = last.kind === KIND.producer_added;
    const isAdded = event.kind === KIND.producer_added;
    const irq = this.at.kernel.irteOf(event)?.connection;
    // Another irqfd that the host IRQ is connected to still.
    const isTaken = isAdded && irq?.removed === null;
    const added = this.added.get(event.host_irq ?? -1) ?? null;
    if (isTaken || isConnected === isAdded) reportUpdate(this.at, "C14", event, [added, last.seq]);
    if (isAdded && event.host_irq !== null) this.added.set(event.host_irq, event.seq);
  }

  forget(): void {
    this.lasts.clear();
    this.added.clear();
  }
}
