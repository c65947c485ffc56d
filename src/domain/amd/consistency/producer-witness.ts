// irqbypass: an irqfd has a producer or none, and a host IRQ is connected to one irqfd.

import { irteKeyOf, routeKeyOf, type TwinEvent } from "../../events/event.js";
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

  /** How many irqfds with a producer each GSI has, as far as that was seen. */
  private readonly counts = new Map<RouteKey, number>();

  /** `at`: what all witnesses of the recording use. */
  constructor(at: WitnessContext) {
    this.at = at;
  }

  observe(event: TwinEvent): void {
    const key = routeKeyOf(event);
    if (key === null || !this.at.seesAll(PROBE.add_producer, PROBE.del_producer)) return;
    if (event.kind === KIND.pi_update_requested) this.testUpdate(event, key);
    else if (PRODUCERS.has(event.kind)) this.change(event, key);
  }

  private change(event: TwinEvent, key: RouteKey): void {
    const last = this.lasts.get(key);
    this.lasts.set(key, event);
    this.count(event, key);
    if (last === undefined || event.kind === KIND.irqfd_assigned) return;
    const isConnected = last.kind === KIND.producer_added;
    const isAdded = event.kind === KIND.producer_added;
    const irq = this.at.kernel.irteOf(event)?.connection;
    // Another irqfd that the host IRQ is connected to still.
    const isTaken = isAdded && irq?.removed === null;
    const added = this.added.get(event.host_irq ?? -1) ?? null;
    if (isTaken || isConnected === isAdded) this.report(event, [added, last.seq], last);
    if (isAdded && event.host_irq !== null) this.added.set(event.host_irq, event.seq);
  }

  /** An update is about the host IRQ of the producer that its irqfd has: a GSI with several irqfds has several. */
  private testUpdate(event: TwinEvent, key: RouteKey): void {
    const last = this.lasts.get(key);
    if (last?.kind !== KIND.producer_added || last.host_irq === event.host_irq) return;
    if (this.counts.get(key) !== 1) return;
    this.report(event, [last.seq], last);
    this.lasts.delete(key);
  }

  /** One of the lines may name the GSI or the host IRQ of another irqfd: both entries are in doubt. */
  private report(event: TwinEvent, others: readonly (Seq | null)[], last: TwinEvent): void {
    const root = event.cause_seq ?? event.seq;
    for (const key of new Set([irteKeyOf(event), irteKeyOf(last)]))
      reportUpdate(this.at, "C14", event, others, { key, root });
  }

  private count({ kind }: TwinEvent, key: RouteKey): void {
    const by = kind === KIND.producer_added ? 1 : kind === KIND.producer_removed ? -1 : 0;
    this.counts.set(key, Math.max(0, (this.counts.get(key) ?? 0) + by));
  }

  forget(): void {
    this.counts.clear();
    this.lasts.clear();
    this.added.clear();
  }
}
