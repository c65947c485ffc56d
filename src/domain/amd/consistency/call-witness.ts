// Functions that call each other: routing, the driver, and the writes that they make.

import { irteKeyOf, routeKeyOf, type TwinEvent } from "../../events/event.js";
import { causeCode } from "../../events/causes.js";
import { KIND } from "../../events/kinds.js";
import { payload } from "../../events/payload.js";
import { type RouteKey } from "../../values/ids.js";
import { PROBE } from "../probes/probes.js";
import { type Doubt, type Witness, type WitnessContext } from "./witness.js";

/** What has been seen of a function under way. */
interface Chain {
  readonly root: number;
  /** The last irqfd_routed, pi_update_requested and vcpu_affinity_set in it that wait for what they call. */
  routed: TwinEvent | null;
  requested: TwinEvent | null;
  told: TwinEvent | null;
  failed: boolean;
  /** The route was resolved, so that the driver is called. */
  isDecided: boolean;
  /** The entry that the driver was told has been written since. */
  isCarriedOut: boolean;
}

/** Events that a function prints without a cause, or that interrupt it. */
const ASIDES = new Set<number>([
  KIND.irqfd_msi,
  KIND.host_irq_handled,
  KIND.ga_log_entry,
  KIND.irq_accepted,
  KIND.host_vector_assigned,
]);

/** A new irqfd has no producer. */
const PRODUCERS = new Set<number>([
  KIND.irqfd_assigned,
  KIND.producer_added,
  KIND.producer_removed,
]);

const ACTIVATE = causeCode("activate");
const ROUTING_CHANGE = causeCode("routing change");

/** Kinds of event that are a function of KVM's routing. */
const ROUTING = new Set<number>([
  KIND.producer_added,
  KIND.producer_removed,
  KIND.gsi_routing_set,
  KIND.irqfd_routed,
  KIND.pi_update_requested,
  KIND.pi_update_decided,
  KIND.vcpu_affinity_set,
  KIND.call_failed,
]);

/** Watches calls. */
export class CallWitness implements Witness {
  private readonly at: WitnessContext;
  private readonly chains = new Map<number, Chain>();
  private readonly producers = new Map<RouteKey, TwinEvent>();
  /** Tasks whose last event is a write. */
  private readonly written = new Set<number>();
  /** The activation in which the host's vector was taken up and not written yet, by task. */
  private readonly activated = new Map<number, number>();
  private readonly cfgs = new Map<number, TwinEvent>();

  constructor(at: WitnessContext) {
    this.at = at;
  }

  observe(event: TwinEvent): void {
    this.noteWrite(event);
    if (PRODUCERS.has(event.kind)) this.testProducer(event);
    if (event.kind === KIND.host_vector_assigned || event.kind === KIND.host_affinity_set)
      this.testAffinity(event);
    if (ROUTING.has(event.kind)) this.testChain(event);
    else this.endChain(event);
  }

  forget(): void {
    this.chains.clear();
    this.producers.clear();
    this.cfgs.clear();
  }

  /**
   * A write that its function does not explain: is the line missing by which the driver was called for it? In routing
   * that is amd_ir_set_vcpu_affinity(), in an activation irte_ga_set_affinity().
   */
  lacksDriver(write: TwinEvent): boolean {
    const chain = write.task === null ? undefined : this.chains.get(write.task);
    if (chain?.root === write.cause_seq) {
      const { told } = chain;
      if (told === null) return true;
      // The driver wrote the entry that it was told before: for this one it was called again.
      return irteKeyOf(told) !== irteKeyOf(write) && chain.isCarriedOut;
    }
    return write.cause === ACTIVATE && this.activated.get(write.task ?? -1) !== write.cause_seq;
  }

  private noteWrite(event: TwinEvent): void {
    const { task, kind, cause, cause_seq } = event;
    if (task === null) return;
    if (this.written.delete(task)) this.activated.delete(task);
    if (kind === KIND.irte_written) this.written.add(task);
    if (kind === KIND.host_affinity_set && cause === ACTIVATE && cause_seq !== null)
      this.activated.set(task, cause_seq);
    const chain = this.chains.get(task);
    if (chain === undefined || kind !== KIND.irte_written || chain.told === null) return;
    if (irteKeyOf(chain.told) === irteKeyOf(event)) chain.isCarriedOut = true;
  }

  /** C14 */
  private testProducer(event: TwinEvent): void {
    const key = routeKeyOf(event);
    if (key === null || !this.at.seesAll(PROBE.add_producer, PROBE.del_producer)) return;
    const last = this.producers.get(key);
    this.producers.set(key, event);
    if (last === undefined || event.kind === KIND.irqfd_assigned) return;
    const isConnected = last.kind === KIND.producer_added;
    const isAdded = event.kind === KIND.producer_added;
    const irq = this.at.kernel.irteOf(event)?.connection;
    // Another irqfd that the host IRQ is connected to still.
    if (isAdded && irq?.removed === null) this.doubt("C14", event, [last.seq]);
    else if (isConnected === isAdded) this.doubt("C14", event, [last.seq]);
  }

  /** C13: irq_cfg is changed by the vector domain, which prints it, before the IOMMU's domain takes it up. */
  private testAffinity(event: TwinEvent): void {
    const { host_irq, kind } = event;
    const key = irteKeyOf(event);
    if (kind === KIND.host_vector_assigned) {
      if (host_irq !== null) this.cfgs.set(host_irq, event);
      return;
    }
    const irq = key === null ? null : this.at.kernel.model.irte(key).host_irq;
    const cfg = irq === null ? undefined : this.cfgs.get(irq);
    if (cfg === undefined) return;
    const isSame =
      payload.vector(cfg) === payload.vector(event) &&
      payload.apicdest(cfg) === payload.dest(event);
    if (!isSame) this.at.report("C13", event, [cfg.seq], { root: event.cause_seq ?? event.seq });
  }

  /** C12: who called whom. */
  private testChain(event: TwinEvent): void {
    const chain = this.chainOf(event);
    if (chain === null) return;
    switch (event.kind) {
      case KIND.irqfd_routed:
        chain.routed = event;
        break;
      case KIND.pi_update_requested:
        this.testRequest(event, chain);
        break;
      case KIND.vcpu_affinity_set:
        this.testDriver(event, chain);
        break;
      case KIND.call_failed:
        chain.failed = true;
        break;
      case KIND.pi_update_decided:
        this.testDecision(event, chain);
    }
  }

  private chainOf(event: TwinEvent): Chain | null {
    const { task, cause_seq, seq } = event;
    if (task === null) return null;
    const root = cause_seq ?? seq;
    const known = this.chains.get(task);
    if (known?.root === root) return known;
    this.endChain(event);
    const chain = {
      root,
      routed: null,
      requested: null,
      told: null,
      failed: false,
      isDecided: false,
      isCarriedOut: false,
    };
    this.chains.set(task, chain);
    return chain;
  }

  /** The function is over: an update that nothing followed. */
  private endChain(event: TwinEvent): void {
    const chain = event.task === null ? undefined : this.chains.get(event.task);
    if (chain === undefined || event.task === null) return;
    if (event.cause_seq === chain.root || ASIDES.has(event.kind)) return;
    this.chains.delete(event.task);
    this.testUndone(event, chain);
  }

  private testUndone(event: TwinEvent, chain: Chain): void {
    if (!this.seesCallers()) return;
    const { requested, told, failed, root, isDecided } = chain;
    if (requested === null || told !== null || failed) return;
    const { rules, irqfds } = this.at.kernel;
    // Before the series nothing is told the driver for a GSI without a route.
    if (!isDecided && !rules.unlinksFirst && irqfds.isRouted(requested) !== true) return;
    if (!this.at.seesAll(PROBE.ir_set_vcpu_affinity, PROBE.ir_set_vcpu_affinity_ret)) return;
    this.doubt("C12", event, [requested.seq], { key: irteKeyOf(requested), root });
  }

  private testRequest(event: TwinEvent, chain: Chain): void {
    const { before } = this.at;
    this.testUndone(event, chain);
    chain.requested = event;
    chain.told = null;
    chain.failed = false;
    chain.isDecided = false;
    if (before === undefined || !this.seesCallers()) return;
    const { routed } = chain;
    const isRouted = routed !== null && (routed.gsi === event.gsi || event.gsi === null);
    const isByRoute = event.cause_seq !== null && this.isOfRouting(event);
    if (event.cause_seq === null || (isByRoute && !isRouted))
      this.doubt("C12", event, [event.cause_seq, before.seq], { root: chain.root });
  }

  /** Is it a routing change, in which each irqfd has a line of its own? */
  private isOfRouting(event: TwinEvent): boolean {
    const root = this.at.kernel.calls.get(event.task ?? -1);
    return root?.root === event.cause_seq && event.cause === ROUTING_CHANGE;
  }

  private seesCallers(): boolean {
    return this.at.seesAll(
      ...[
        PROBE.set_irq_routing,
        PROBE.update_irqfd_routing,
        PROBE.add_producer,
        PROBE.del_producer,
      ],
    );
  }

  /** The lines of an update contradict each other: which list its entry is on is not known. */
  private doubt(
    id: "C12" | "C14",
    event: TwinEvent,
    others: readonly (number | null)[],
    doubt: Doubt = {},
  ): void {
    const { key = irteKeyOf(event) } = doubt;
    this.at.report(id, event, others, doubt);
    if (key !== null) this.at.kernel.model.doubtLink(key);
    const route = routeKeyOf(event);
    if (route !== null) this.at.kernel.irqfds.doubtRoute(route);
  }

  private testDriver(event: TwinEvent, chain: Chain): void {
    const { before } = this.at;
    const { requested } = chain;
    chain.told = event;
    chain.isCarriedOut = false;
    if (before === undefined || !this.at.sees(PROBE.avic_pi_update)) return;
    if (requested?.host_irq !== event.host_irq)
      this.doubt("C12", event, [event.cause_seq, before.seq], { root: chain.root });
  }

  private testDecision(event: TwinEvent, chain: Chain): void {
    const { requested, told, root } = chain;
    chain.isDecided = true;
    const { before } = this.at;
    if (before === undefined || !this.at.sees(PROBE.avic_pi_update) || !this.seesCallers()) return;
    // Before the series the driver may be called after it.
    const isLast = this.at.kernel.rules.unlinksFirst && this.at.sees(PROBE.ir_set_vcpu_affinity);
    const isTold = told !== null || !isLast;
    if (requested === null || !isTold)
      this.doubt("C12", event, [event.cause_seq, before.seq], { root });
  }
}
