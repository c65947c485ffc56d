// Host IRQs and their entries: alloc_irq_index() gives an IRQ its entry, and free_irte() takes it away. In between each
// line that names both names the same two.

import { irteKeyOf, type TwinEvent } from "../../events/event.js";
import { KIND } from "../../events/kinds.js";
import { payload } from "../../events/payload.js";
import { type IrteKey, type Seq } from "../../values/ids.js";
import { IRTES_MAX } from "../irte/irte.js";
import { PROBE } from "../probes/probes.js";
import { type Witness, type WitnessContext } from "./witness.js";

/** Events whose lines print the host IRQ and the entry; the others name the entry by what these have shown. */
const PRINTS_BOTH = new Set<number>([
  KIND.host_irq_activated,
  KIND.host_irq_deactivated,
  KIND.vcpu_affinity_set,
]);

/** The host IRQ of an entry, and the event that showed it. */
interface Shown {
  readonly host_irq: number;
  readonly seq: Seq;
}

/** Watches host IRQs (C19). */
export class IrqWitness implements Witness {
  private readonly at: WitnessContext;
  private readonly seesAllocations: boolean;
  private readonly irqs = new Map<IrteKey, Shown>();
  /** The entries that were seen to be allocated, and by which event; those of them that are not prepared yet. */
  private readonly allocated = new Map<IrteKey, Seq>();
  private readonly unprepared = new Set<IrteKey>();
  private readonly seesPrepares: boolean;
  private readonly seesFrees: boolean;

  /** `at`: what all witnesses of the recording use. */
  constructor(at: WitnessContext) {
    this.at = at;
    this.seesPrepares = at.sees(PROBE.irte_prepare);
    this.seesFrees = at.sees(PROBE.irte_free);
    this.seesAllocations = at.seesAll(...[PROBE.ir_alloc, PROBE.irte_alloc, PROBE.irte_alloc_ret]);
  }

  observe(event: TwinEvent): void {
    const key = irteKeyOf(event);
    if (!this.seesAllocations) return;
    if (event.kind === KIND.irte_prepared) this.prepare(event, key);
    if (key === null) return;
    if (event.kind === KIND.irte_freed) this.free(key);
    else if (event.kind === KIND.irte_allocated) this.allocate(event, key);
    else if (PRINTS_BOTH.has(event.kind)) this.test(event, key);
  }

  forget(): void {
    this.irqs.clear();
    this.allocated.clear();
    this.unprepared.clear();
  }

  private free(key: IrteKey): void {
    this.irqs.delete(key);
    this.allocated.delete(key);
    this.unprepared.delete(key);
  }

  private allocate(event: TwinEvent, key: IrteKey): void {
    const { host_irq, seq } = event;
    const count = Math.min(payload.count(event) ?? 1, IRTES_MAX);
    for (let i = 0; i < count; i++) {
      const before = this.allocated.get(key + i);
      if (before !== undefined && this.seesFrees)
        this.at.report("C19", event, [before], { key: key + i });
      this.free(key + i);
      this.allocated.set(key + i, seq);
      if (this.seesPrepares) this.unprepared.add(key + i);
      if (host_irq !== null) this.bind(key + i, { host_irq: host_irq + i, seq });
    }
  }

  /** A host IRQ has one entry: it may have had another one that was freed unseen. */
  private bind(key: IrteKey, shown: Shown): void {
    for (const [other, { host_irq }] of this.irqs)
      if (host_irq === shown.host_irq) this.irqs.delete(other);
    this.irqs.set(key, shown);
  }

  /** irq_remapping_alloc() prepares the entries that alloc_irq_index() gave it. */
  private prepare(event: TwinEvent, key: IrteKey | null): void {
    const { before } = this.at;
    if (key === null && before !== undefined)
      this.at.report("C19", event, [before.seq], { root: event.seq });
    else if (key !== null && !this.unprepared.delete(key) && before !== undefined) {
      this.at.report("C19", event, [before.seq, this.allocated.get(key)]);
      this.at.disbelieve(event);
    }
  }

  private test(event: TwinEvent, key: IrteKey): void {
    const { host_irq, seq } = event;
    const isUnprepared = event.kind === KIND.host_irq_activated && this.unprepared.delete(key);
    if (isUnprepared) this.at.report("C19", event, [this.allocated.get(key)]);
    if (host_irq === null) return;
    const shown = this.irqs.get(key);
    const other = [...this.irqs].find(
      ([each, { host_irq: irq }]) => irq === host_irq && each !== key,
    );
    const isWrong = (shown !== undefined && shown.host_irq !== host_irq) || other !== undefined;
    if (!isWrong) {
      this.irqs.set(key, { host_irq, seq });
      return;
    }
    const root = event.cause_seq ?? seq;
    this.at.report("C19", event, [shown?.seq, other?.[1].seq], { root });
    this.at.disbelieve(event);
    for (const each of [key, other?.[0]])
      if (each !== undefined) this.at.kernel.model.doubtUpdate(each);
  }
}
