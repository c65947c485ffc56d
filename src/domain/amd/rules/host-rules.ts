// T10, T11, and the life of an IRTE outside KVM: what the IOMMU driver and the vector domain do for the host.
//
// Source: drivers/iommu/amd/iommu.c, arch/x86/kernel/apic/vector.c, Linux 6.12 to 7.3.

import { NO_BITS } from "../../values/bits.js";
import { bitsOf, irteKeyOf, type TwinEvent } from "../../events/event.js";
import { KIND } from "../../events/kinds.js";
import { payload } from "../../events/payload.js";
import { type AmdKernel, type Rule } from "./amd-kernel.js";
import { type AmdIrte } from "./amd-model.js";
import { IRTES_MAX } from "../irte/irte.js";
import { IRTE } from "../irte/irte-fields.js";

/** By kind of event. */
export const HOST_RULES: Readonly<Record<number, Rule>> = {
  [KIND.irte_allocated]: allocate,
  [KIND.irte_prepared]: prepare,
  [KIND.irte_freed]: free,
  [KIND.host_vector_assigned]: (at, event) => {
    const { host_irq, seq } = event;
    if (host_irq !== null)
      at.model.setCfg(host_irq, payload.vector(event), payload.apicdest(event), seq);
  },
  // T11: irq_remapping_activate() writes the shadow with valid set; then amd_ir_update_irte(), which the
  // host_affinity_set inside it stands for.
  [KIND.host_irq_activated]: (at, event) => {
    const irte = at.bindIrq(event);
    if (irte === null) return;
    at.single(event, "T11", irte, isPrepared(irte) ? at.ops.valid(true) : at.ops.prepared());
  },
  [KIND.host_irq_deactivated]: (at, event) => {
    const irte = at.bindIrq(event);
    if (irte !== null) at.single(event, "T11", irte, at.ops.valid(false));
  },
  [KIND.host_affinity_set]: setAffinity,
  [KIND.irte_anchored]: takeDump,
};

/** irq_remapping_alloc(): a new, zeroed amd_ir_data; the marker in the table is not a write of the shadow. */
function allocate(at: AmdKernel, event: TwinEvent): void {
  const key = irteKeyOf(event);
  for (let i = 0; key !== null && i < Math.min(payload.count(event) ?? 1, IRTES_MAX); i++) {
    // What is linked still is the old one's data.
    at.model.unlink(key + i);
    Object.assign(at.model.irte(key + i), {
      shadow: NO_BITS,
      otherwise: null,
      dumped: null,
      ga_tag: 0,
      ga_root_ptr: 0,
      vector: 0,
      cached_ga_tag: 0,
      freed: false,
      dangling: false,
      wanted: false,
      host_irq: event.host_irq === null ? null : event.host_irq + i,
    } satisfies Partial<AmdIrte>);
  }
}

/** irte_ga_prepare() fills in the shadow. */
function prepare(at: AmdKernel, event: TwinEvent): void {
  const irte = at.irteOf(event);
  if (irte === null) return;
  const { loH, loL, hiH, hiL } = event;
  irte.shadow = { loH, loL, hiH, hiL };
  irte.dumped = null;
  at.model.learnDestMode(IRTE.dm.isSet(irte.shadow));
}

/** free_irte(): whoever has the entry on a list holds freed memory. */
function free(at: AmdKernel, event: TwinEvent): void {
  const irte = at.irteOf(event);
  if (irte === null) return;
  irte.freed = true;
  irte.dumped = null;
  if (at.model.holderOf(irte.key) !== null) irte.dangling = true;
  at.model.removeCfg(irte);
}

/** T10: the host's vector and CPU; a posted entry keeps its bits until it is unposted. */
function setAffinity(at: AmdKernel, event: TwinEvent): void {
  const irte = at.irteOf(event);
  if (irte === null) return;
  const vector = payload.vector(event);
  const dest = payload.dest(event);
  if (irte.host_irq !== null) at.model.setCfg(irte.host_irq, vector, dest, event.seq);
  at.single(event, "T10", irte, at.ops.affinity(vector, dest));
}

/** A dump of the table: what it shows is no news of an entry that the trace has shown already. */
function takeDump(at: AmdKernel, event: TwinEvent): void {
  const irte = at.irteOf(event);
  if (irte !== null && irte.shadow === null && !irte.freed) irte.dumped = bitsOf(event);
}

/** The shadow is not the zeroes that irq_remapping_alloc() makes any more. */
function isPrepared({ shadow }: AmdIrte): boolean {
  return shadow === null || (shadow.loL | shadow.hiL) !== 0;
}
