// kvm_arch_update_irqfd_routing() since the series: a route that has changed is resolved, which prints its MSI, and an
// entry that is posted is updated where its route is no MSI any more. A line after which neither is done is wrong, or
// the lines of the update are missing.

import { routeKeyOf, type TwinEvent } from "../../events/event.js";
import { IS_OF_INTERRUPT, KIND } from "../../events/kinds.js";
import { payload } from "../../events/payload.js";
import { ROUTING_MSI, type Route } from "../../model/irqfds.js";
import { type IrteKey } from "../../values/ids.js";
import { PROBE } from "../probes/probes.js";
import { reportUpdate, type Witness, type WitnessContext } from "./witness.js";

/** A change of a route that an update must follow. */
interface Change {
  readonly event: TwinEvent;
  /** The route before. */
  readonly from: Route;
  readonly key: IrteKey;
}

/** Watches changes of routes (C12). */
export class RouteWitness implements Witness {
  private readonly at: WitnessContext;
  private readonly changes = new Map<number, Change>();
  private readonly seesAll: boolean;

  /** `at`: what all witnesses of the recording use. */
  constructor(at: WitnessContext) {
    this.at = at;
    this.seesAll =
      at.kernel.rules.unlinksFirst &&
      at.seesAll(PROBE.update_irqfd_routing, PROBE.kvm_msi_set_irq, PROBE.avic_pi_update);
  }

  observe(event: TwinEvent): void {
    const { task, kind } = event;
    if (task === null || !this.seesAll || IS_OF_INTERRUPT.has(kind)) return;
    const change = this.changes.get(task);
    this.changes.delete(task);
    const isUpdated = kind === KIND.irqfd_msi || kind === KIND.pi_update_requested;
    if (change !== undefined && !isUpdated) this.report(event, change);
    const made = kind === KIND.irqfd_routed ? this.changeBy(event) : null;
    if (made !== null) this.changes.set(task, made);
  }

  forget(): void {
    this.changes.clear();
  }

  private report(next: TwinEvent, { event, from, key }: Change): void {
    const root = event.cause_seq ?? event.seq;
    reportUpdate(this.at, "C12", event, [from.seq, next.seq], { key, root });
  }

  /** null = the route is not another one by what the line prints, or what it was is not known. */
  private changeBy(event: TwinEvent): Change | null {
    const { irqfds } = this.at.kernel;
    const route = routeKeyOf(event);
    const from = route === null ? undefined : irqfds.routeOf(route);
    const isRouted = irqfds.isRouted(event);
    const type = payload.type(event);
    const data = payload.data(event);
    if (from === undefined || isRouted === null || type === null || data === null) return null;
    const [irte, ...others] = this.at.kernel.connectedTo(event);
    if (irte === undefined || others.length > 0) return null;
    const { key } = irte;
    if (type !== ROUTING_MSI)
      return from.type === ROUTING_MSI && irte.wanted === true ? { event, from, key } : null;
    const isSame = from.type === ROUTING_MSI && (from.vector ?? data & 0xff) === (data & 0xff);
    return isSame || from.type === null ? null : { event, from, key };
  }
}
