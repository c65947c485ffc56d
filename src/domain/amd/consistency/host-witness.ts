// The host's vector and CPU of an interrupt: who chooses them, and who takes them up.

import { irteKeyOf, type TwinEvent } from "../../events/event.js";
import { causeCode } from "../../events/causes.js";
import { KIND } from "../../events/kinds.js";
import { payload } from "../../events/payload.js";
import { type Witness, type WitnessContext } from "./witness.js";

const ACTIVATE = causeCode("activate");

/** Watches the affinity of host IRQs (C13). */
export class HostWitness implements Witness {
  private readonly at: WitnessContext;
  private readonly cfgs = new Map<number, TwinEvent>();
  /** Tasks whose last event is a write. */
  private readonly written = new Set<number>();
  /** The activation in which the host's vector was taken up and not written yet, by task. */
  private readonly activated = new Map<number, number>();

  constructor(at: WitnessContext) {
    this.at = at;
  }

  observe(event: TwinEvent): void {
    this.noteActivation(event);
    if (event.kind === KIND.host_affinity_set) this.testAffinity(event);
    if (event.kind === KIND.host_vector_assigned && event.host_irq !== null)
      this.cfgs.set(event.host_irq, event);
  }

  forget(): void {
    this.cfgs.clear();
  }

  /** A write of an activation that does not explain it: is there no line of irte_ga_set_affinity() for it? */
  lacksDriver(write: TwinEvent): boolean {
    return write.cause === ACTIVATE && this.activated.get(write.task ?? -1) !== write.cause_seq;
  }

  private noteActivation({ task, kind, cause, cause_seq }: TwinEvent): void {
    if (task === null) return;
    if (this.written.delete(task)) this.activated.delete(task);
    if (kind === KIND.irte_written) this.written.add(task);
    if (kind === KIND.host_affinity_set && cause === ACTIVATE && cause_seq !== null)
      this.activated.set(task, cause_seq);
  }

  /** irq_cfg is changed by the vector domain, which prints it, before the IOMMU's domain takes it up. */
  private testAffinity(event: TwinEvent): void {
    const key = irteKeyOf(event);
    const irq = key === null ? null : this.at.kernel.model.irte(key).host_irq;
    const cfg = irq === null ? undefined : this.cfgs.get(irq);
    if (cfg === undefined) return;
    const isSame =
      payload.vector(cfg) === payload.vector(event) &&
      payload.apicdest(cfg) === payload.dest(event);
    if (!isSame) this.at.report("C13", event, [cfg.seq], { root: event.cause_seq ?? event.seq });
  }
}
