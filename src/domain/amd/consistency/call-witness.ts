// Functions of routing that call each other, the driver that they call, and the writes that it makes.

import { irteKeyOf, routeKeyOf, type TwinEvent } from "../../events/event.js";
import { causeCode } from "../../events/causes.js";
import { IS_OF_INTERRUPT, KIND } from "../../events/kinds.js";
import { type Call } from "../../model/calls.js";
import { ROUTING_MSI } from "../../model/irqfds.js";
import { PROBE } from "../probes/probes.js";
import { reportUpdate, type Witness, type WitnessContext } from "./witness.js";

/** What has been seen of a function under way. */
interface Chain {
  readonly root: number;
  /** The last irqfd_routed, pi_update_requested and vcpu_affinity_set in it that wait for what they call. */
  routed: TwinEvent | null;
  requested: TwinEvent | null;
  told: TwinEvent | null;
  failed: boolean;
  /** The MSI of the route was printed since the update was asked for. */
  isResolved: boolean;
  /** The route was resolved, so that the driver is called. */
  isDecided: boolean;
  /** The entry that the driver was told has been written since. */
  isCarriedOut: boolean;
}

/** Events that a function prints without a cause, or that interrupt it. */
const ASIDES = new Set<number>([KIND.irqfd_msi, ...IS_OF_INTERRUPT]);

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

  /** `at`: what all witnesses of the recording use. */
  constructor(at: WitnessContext) {
    this.at = at;
  }

  observe(event: TwinEvent): void {
    if (event.kind === KIND.irte_written) this.noteWrite(event);
    const chain = event.task === null ? undefined : this.chains.get(event.task);
    if (event.kind === KIND.irqfd_msi && chain !== undefined) chain.isResolved = true;
    if (ROUTING.has(event.kind)) this.testChain(event);
    else this.endChain(event);
  }

  forget(): void {
    this.chains.clear();
  }

  /**
   * A write that its function does not explain: does the line of amd_ir_set_vcpu_affinity() for it not stand in the
   * function? null = the write is of no function of routing.
   */
  lacksDriver(write: TwinEvent): boolean | null {
    const chain = write.task === null ? undefined : this.chains.get(write.task);
    if (chain?.root !== write.cause_seq) return null;
    const { told } = chain;
    // The driver wrote the entry that it was told before: for this one it was called again.
    return told === null || (irteKeyOf(told) !== irteKeyOf(write) && chain.isCarriedOut);
  }

  private noteWrite(write: TwinEvent): void {
    const chain = write.task === null ? undefined : this.chains.get(write.task);
    if (chain === undefined || chain.told === null) return;
    if (irteKeyOf(chain.told) === irteKeyOf(write)) chain.isCarriedOut = true;
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
      isResolved: false,
      isDecided: false,
      isCarriedOut: false,
    };
    this.chains.set(task, chain);
    return chain;
  }

  /** The function has run to its end: was the driver not called for the last update in it? */
  lacksTold({ root, task }: Call): boolean {
    const chain = task === null ? undefined : this.chains.get(task);
    if (chain?.root !== root || chain.requested === null || chain.told !== null) return false;
    const count = this.at.found.length;
    this.testUndone(chain.requested, chain);
    return this.at.found.length > count || this.lacksRoute(chain.requested, chain);
  }

  /** Before the series an update prints the MSI of its route: the line is missing by which this one lost its MSI. */
  private lacksRoute(requested: TwinEvent, { isResolved, root }: Chain): boolean {
    const { rules, irqfds } = this.at.kernel;
    if (rules.unlinksFirst || isResolved || !this.at.sees(PROBE.kvm_msi_set_irq)) return false;
    const key = routeKeyOf(requested);
    const route = key === null ? undefined : irqfds.routeOf(key);
    if (route?.type !== ROUTING_MSI) return false;
    reportUpdate(this.at, "C17", requested, [route.seq], { root });
    return true;
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
    reportUpdate(this.at, "C12", event, [requested.seq], { key: irteKeyOf(requested), root });
  }

  private testRequest(event: TwinEvent, chain: Chain): void {
    const { before } = this.at;
    this.testUndone(event, chain);
    chain.requested = event;
    chain.told = null;
    chain.failed = false;
    chain.isResolved = false;
    chain.isDecided = false;
    if (before === undefined || !this.seesCallers()) return;
    const { routed } = chain;
    const isRouted = routed !== null && (routed.gsi === event.gsi || event.gsi === null);
    const isByRoute = event.cause_seq !== null && this.isOfRouting(event);
    if (event.cause_seq === null || (isByRoute && !isRouted))
      reportUpdate(this.at, "C12", event, [event.cause_seq, before.seq], { root: chain.root });
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

  private testDriver(event: TwinEvent, chain: Chain): void {
    const { before } = this.at;
    const { requested } = chain;
    chain.told = event;
    chain.isCarriedOut = false;
    if (before === undefined || !this.at.sees(PROBE.avic_pi_update)) return;
    if (requested?.host_irq !== event.host_irq)
      reportUpdate(this.at, "C12", event, [event.cause_seq, before.seq], { root: chain.root });
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
      reportUpdate(this.at, "C12", event, [event.cause_seq, before.seq], { root });
  }
}
