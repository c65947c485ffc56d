// What the single witnesses share: where contradictions are kept, and the last event of each task.

import { type TwinEvent, irteKeyOf, routeKeyOf } from "../../events/event.js";
import { KIND } from "../../events/kinds.js";
import { type Contradiction } from "../../platform/consistency.js";
import { evidence } from "../../platform/invariant.js";
import { type Sees } from "../../platform/platform.js";
import { type IrteKey, type Seq, type VcpuRow } from "../../values/ids.js";
import { type AmdKernel } from "../rules/amd-kernel.js";
import { type ContradictionId } from "./contradictions.js";
import { Faults } from "./faults.js";

/** What a contradiction is about, besides its last event. */
export interface Doubt {
  /** The IRTE (irteKey()); null = about none. Absent = the event's own. */
  readonly key?: IrteKey | null;
  /** The row number of the vCPU; null = about none. Absent = the event's own. */
  readonly vcpu?: VcpuRow | null;
  /** The event of the function in which it shows; null = of none. Absent = the event's own cause. */
  readonly root?: Seq | null;
}

/** A witness of one kind of line. */
export interface Witness {
  /** Looks at the next event, before the rules act on it. */
  observe(event: TwinEvent): void;
  /** Events were lost: what could have changed unseen is not known any more. */
  forget(): void;
}

/** Entries of functions that no other function of KVM and of the IOMMU driver calls. */
const OUTERMOST = new Set<number>([
  KIND.vm_created,
  KIND.vcpu_created,
  KIND.vcpu_loaded,
  KIND.vcpu_put,
  KIND.vcpu_blocking,
  KIND.vcpu_unblocking,
  KIND.avic_refreshed,
  KIND.host_irq_activated,
  KIND.host_irq_deactivated,
  KIND.gsi_routing_set,
  KIND.irqfd_assigned,
  KIND.irqfd_deassigned,
  KIND.irqfd_shut_down,
  KIND.producer_added,
  KIND.producer_removed,
]);

/** What all witnesses of a recording use. */
export class WitnessContext {
  /** The kernel as the rules follow it. */
  readonly kernel: AmdKernel;
  /** Which probes have lines in the recording. */
  readonly sees: Sees;
  private readonly faults = new Faults();
  /**
   * The event before the one that is looked at on its task; undefined = none was seen since events were lost, or the
   * task may be in a function that began before.
   */
  before: TwinEvent | undefined;
  private readonly lastOfTask = new Map<number, TwinEvent>();
  private disbelieved: Seq | null = null;

  /** What the witnesses of one recording use. */
  constructor(kernel: AmdKernel, sees: Sees) {
    this.kernel = kernel;
    this.sees = sees;
  }

  /** Is it sure that the recording has each line of these probes? One that has no line of a probe may lack it. */
  seesAll(...names: readonly string[]): boolean {
    return names.every((name) => this.sees(name));
  }

  /** What the event's line says is not so: no rule acts on it. */
  disbelieve({ seq }: TwinEvent): void {
    this.disbelieved = seq;
  }

  /** Is the event what its line says, as far as it shows? */
  believes({ seq }: TwinEvent): boolean {
    return this.disbelieved !== seq;
  }

  /** The event is the one that is looked at from now on. */
  enter(event: TwinEvent): void {
    const { task } = event;
    this.before = task === null ? undefined : this.lastOfTask.get(task);
    if (task !== null && (this.before !== undefined || OUTERMOST.has(event.kind)))
      this.lastOfTask.set(task, event);
  }

  /** Events were lost: what ran on the tasks is not known any more. */
  forget(): void {
    this.lastOfTask.clear();
  }

  /** What the lines say of a vCPU may be of another one: it is not known whether it runs and waits. */
  doubtVcpu(vcpu: VcpuRow): void {
    const model = this.kernel.model.vcpu(vcpu);
    Object.assign(model, { running: null, blocking: null, active: null, apic: null });
    model.ga_log_intr = null;
  }

  /** `event` and the `others` cannot all be true. One fault is one contradiction. */
  report(
    id: ContradictionId,
    event: TwinEvent,
    others: readonly (Seq | null | undefined)[],
    doubt: Doubt = {},
  ): void {
    const { key = irteKeyOf(event), vcpu = event.vcpu, root = event.cause_seq } = doubt;
    const proof = evidence(...others.map((seq) => seq ?? null), event.seq);
    const holder = vcpu === null ? null : this.kernel.model.vcpu(vcpu);
    const owner = holder ?? (key === null ? null : this.kernel.model.holderOf(key));
    const about = owner?.vcpu ?? vcpu;
    const keys = owner?.list ?? [];
    this.faults.add({ id, seq: event.seq, key, vcpu: about, keys, root, evidence: proof });
  }

  /** What was found so far. */
  get found(): readonly Contradiction[] {
    return this.faults.found;
  }
}

/**
 * The lines about an update of an irqfd contradict each other: neither its route, nor the list that its entry is on, nor
 * what the driver was told is known any more.
 */
export function reportUpdate(
  at: WitnessContext,
  id: "C12" | "C14" | "C17" | "C20",
  event: TwinEvent,
  others: readonly (Seq | null)[],
  doubt: Doubt = {},
): void {
  const { key = irteKeyOf(event) } = doubt;
  at.report(id, event, others, doubt);
  if (key !== null) at.kernel.model.doubtUpdate(key);
  const route = routeKeyOf(event);
  if (route !== null) at.kernel.irqfds.doubtRoute(route);
}
