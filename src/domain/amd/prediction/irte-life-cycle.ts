// The life of a predicted IRTE outside KVM: allocated, prepared, activated, deactivated, freed; and
// where those have no probe, what else shows them.
//
// Source: drivers/iommu/amd/iommu.c, arch/x86/kernel/apic/vector.c, Linux 6.12 to 7.3.

import { IRTE } from "../irte/irte-fields.js";
import { payload } from "../../events/payload.js";
import { byKind } from "../../events/by-kind.js";
import { KIND } from "../../events/kinds.js";
import { causeCode } from "../../events/causes.js";
import { type TwinEvent, irteKeyOf } from "../../events/event.js";
import { IRTE_ALLOCATED, IRTE_FREE } from "../irte/irte.js";
import { deactivateGuestMode } from "../rules/iommu-driver.js";
import { type Predicted, UNKNOWN_BITS, either, exactly } from "../../values/bits.js";
import { type AmdKernel } from "../rules/amd-kernel.js";
import { type Author, type PredictedIrtes } from "./predicted-irtes.js";
import { type VisibleBits } from "./visible-bits.js";

const ALLOCATE = causeCode("allocate");
const FREE = causeCode("free");
/** MANAGED_IRQ_SHUTDOWN_VECTOR (arch/x86/include/asm/irq_vectors.h): of an IRQ that has no vector. */
const NO_VECTOR = 239;
/** Largest table: 2048 entries where the IOMMU has NUM_INT_REMAP_SUP 2K (amd_iommu_types.h). */
const IRTES_MAX = 2048;

type Handler = (at: IrteLifeCycle, event: TwinEvent, key: number) => void;

/** Follows entries from their allocation to their end, and writes what the host makes of them. */
export class IrteLifeCycle {
  private readonly kernel: AmdKernel;
  private readonly entries: PredictedIrtes;
  private readonly visible: VisibleBits;
  /** Host IRQs whose next NO_VECTOR is an allocation's; of one that is not here it may be another's. */
  private readonly settled = new Set<number>();
  /** Host IRQs that were allocated and not activated since. */
  private readonly fresh = new Set<number>();

  /** Follows the entries of one recording; `visible` says which bits its probes leave known. */
  constructor(kernel: AmdKernel, entries: PredictedIrtes, visible: VisibleBits) {
    this.kernel = kernel;
    this.entries = entries;
    this.visible = visible;
  }

  /** Takes an event before the rules do. */
  before(event: TwinEvent): void {
    const key = irteKeyOf(event);
    if (event.kind === KIND.host_irq_activated && key !== null) this.renew(event, key);
  }

  /** Takes an event after the rules did. */
  after(event: TwinEvent): void {
    const key = irteKeyOf(event);
    if (key !== null) AFTER[event.kind]?.(this, event, key);
    if (event.kind === KIND.host_vector_assigned) this.noteVector(event);
    if (event.kind !== KIND.events_lost) return;
    this.settled.clear();
    this.fresh.clear();
  }

  /** The event allocates entries that stand one after the other; `first`: the irteKey() of the first. */
  allocate(event: TwinEvent, first: number): void {
    const by = authorOf(event, ALLOCATE);
    for (let key = first; key < first + Math.min(payload.count(event) ?? 1, IRTES_MAX); key++) {
      this.entries.set(key, { table: exactly(IRTE_ALLOCATED), shadow: this.shadowOf(key) }, by);
    }
  }

  /** The driver's copy of an entry is prepared (irte_ga_prepare()). */
  prepare(key: number): void {
    const { table } = this.entries.get(key);
    this.entries.set(key, { table, shadow: this.shadowOf(key) }, this.entries.get(key));
  }

  /** The driver's copy as the rules have just set it. */
  private shadowOf(key: number): Predicted {
    const { shadow } = this.kernel.model.irte(key);
    return shadow === null ? UNKNOWN_BITS : exactly(shadow);
  }

  /** An entry is freed. */
  free(event: TwinEvent, key: number): void {
    const table = this.visible.seesAllocation ? exactly(IRTE_FREE) : unused();
    this.entries.set(key, { table, shadow: UNKNOWN_BITS }, authorOf(event, FREE));
    this.spoil(key);
  }

  /** irq_remapping_activate(): of the entry as it was, or of a new one that was not seen to be made. */
  private renew({ host_irq }: TwinEvent, key: number): void {
    if (this.visible.seesAllocation) return;
    const isNew = host_irq !== null && this.fresh.delete(host_irq);
    this.kernel.model.irte(key).freed = false;
    const entry = this.entries.get(key);
    const made = this.prepared(key);
    const shadow = isNew ? made : either(entry.shadow, made);
    this.entries.set(key, { table: entry.table, shadow }, entry);
  }

  /** irte_ga_prepare(): not posted, with a vector and destination that the recording does not show. */
  private prepared(key: number): Predicted {
    const { logical } = this.kernel.model.hostTarget(this.kernel.model.irte(key));
    const made = deactivateGuestMode(IRTE.valid.mask, { logical, vector: null, dest_apicid: null });
    return either(made, made);
  }

  /** irq_remapping_deactivate(): without a probe of free_irte() the entry may be gone from here on. */
  deactivate({ host_irq }: TwinEvent, key: number): void {
    if (host_irq !== null) this.settled.delete(host_irq);
    if (this.visible.seesFree) return;
    const entry = this.entries.get(key);
    this.entries.join(key, { table: unused(), shadow: this.prepared(key) }, entry);
    this.spoil(key);
  }

  /** The memory of a list's element may be gone: what the list's walks write is not known any more. */
  private spoil(key: number): void {
    if (this.kernel.model.holderOf(key) !== null) this.lose(key);
  }

  private lose(key: number): void {
    const holder = this.kernel.model.holderOf(key);
    if (holder !== null) holder.corrupt = true;
    this.entries.forget([key]);
  }

  /** amd_ir_update_irte() where it has no probe: irq_cfg's vector and destination, if not posted. */
  followCfg(event: TwinEvent, key: number): void {
    const isVector = event.kind === KIND.host_vector_assigned;
    if (this.visible.seesAffinity || (isVector && payload.vector(event) === NO_VECTOR)) return;
    const { kernel, entries } = this;
    const { vector, dest_apicid } = kernel.model.hostTarget(kernel.model.irte(key));
    // It follows an activation. A vector alone may be given without it.
    entries.write(key, kernel.ops.affinity(vector, dest_apicid), !isVector, entries.get(key));
  }

  /**
   * x86_vector_alloc_irqs() and x86_vector_deactivate() both print NO_VECTOR. One without
   * irq_remapping_deactivate() before it is an allocation, and the IRQ's IRTE a new one.
   */
  private noteVector(event: TwinEvent): void {
    const { host_irq } = event;
    if (host_irq === null || payload.vector(event) !== NO_VECTOR) return;
    const key = irteKeyOf(event);
    if (!this.visible.seesDeactivation) {
      if (key !== null) this.lose(key);
      return;
    }
    if (this.settled.has(host_irq)) this.fresh.add(host_irq);
    this.settled.add(host_irq);
  }
}

const AFTER: readonly (Handler | undefined)[] = byKind<Handler>({
  [KIND.irte_allocated]: (at, event, key) => {
    at.allocate(event, key);
  },
  [KIND.irte_prepared]: (at, _event, key) => {
    at.prepare(key);
  },
  [KIND.irte_freed]: (at, event, key) => {
    at.free(event, key);
  },
  [KIND.host_irq_activated]: (at, event, key) => {
    at.followCfg(event, key);
  },
  [KIND.host_vector_assigned]: (at, event, key) => {
    at.followCfg(event, key);
  },
  [KIND.host_irq_deactivated]: (at, event, key) => {
    at.deactivate(event, key);
  },
});

/** Free, or allocated anew and not yet activated. */
function unused(): Predicted {
  return either(exactly(IRTE_FREE), exactly(IRTE_ALLOCATED));
}

function authorOf({ cause_seq }: TwinEvent, cause: number): Author {
  return { cause, cause_seq, call: null };
}
