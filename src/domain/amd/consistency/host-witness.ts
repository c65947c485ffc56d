// The host's vector and CPU of an interrupt: who chooses them, and who takes them up.

import { irteKeyOf, type TwinEvent } from "../../events/event.js";
import { causeCode } from "../../events/causes.js";
import { KIND } from "../../events/kinds.js";
import { payload } from "../../events/payload.js";
import { type Witness, type WitnessContext } from "./witness.js";

const ACTIVATE = causeCode("activate");
const DEACTIVATE = causeCode("deactivate");

/** Watches the affinity of host IRQs (C13). */
export class HostWitness implements Witness {
  private readonly at: WitnessContext;
  private readonly cfgs = new Map<number, TwinEvent>();
  /** Tasks whose last event is a write. */
  private readonly written = new Set<number>();
  /** The activation in which the host's vector was taken up and not written yet, by task. */
  private readonly activated = new Map<number, number>();
  /** The last deactivation, by task: before its own entry is written, and from then on. */
  private readonly deactivating = new Map<number, TwinEvent>();
  private readonly deactivated = new Map<number, TwinEvent>();

  constructor(at: WitnessContext) {
    this.at = at;
  }

  observe(event: TwinEvent): void {
    this.noteActivation(event);
    this.noteDeactivation(event);
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

  /** One more write in a deactivation, of another entry: the line of its own deactivation is missing. */
  lacksDeactivation(write: TwinEvent): boolean {
    const own = this.deactivated.get(write.task ?? -1);
    if (write.cause !== DEACTIVATE || own?.seq !== write.cause_seq) return false;
    return irteKeyOf(own) !== irteKeyOf(write);
  }

  private noteDeactivation(event: TwinEvent): void {
    const { task, kind, cause_seq } = event;
    if (task === null) return;
    if (kind === KIND.host_irq_deactivated) this.deactivating.set(task, event);
    if (kind !== KIND.irte_written) return;
    const own = this.deactivating.get(task);
    if (own?.seq !== cause_seq || irteKeyOf(own) !== irteKeyOf(event)) return;
    this.deactivated.set(task, own);
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
