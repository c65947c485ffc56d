// The transition rules: what each event makes KVM and the IOMMU driver do to IRTEs and ir_lists. Each
// reads beside the kernel's function; T1 to T11 name the rule in findings.
//
// Source: arch/x86/kvm/svm/avic.c, drivers/iommu/amd/iommu.c, Linux 6.12 to 7.3. "Before" and "after"
// mean the series "KVM: iommu: Overhaul device posted IRQs support" (6.17).

import { byKind } from "../domain/dispatch.js";
import { KIND, causeCode, type TwinEvent } from "../domain/event.js";
import { decodePhysicalId } from "../domain/physical-id.js";
import { encodeGaTag } from "../domain/rules.js";
import { type Call, type Op } from "./calls.js";
import { type Checker } from "./checker.js";
import { type IrteModel, type VcpuModel } from "./model.js";

type Demand = (at: Checker, event: TwinEvent) => void;

/** By kind of event; a kind that is not here demands nothing. */
export const DEMANDS: readonly (Demand | undefined)[] = byKind<Demand>({
  [KIND.irte_written]: (at, event) => {
    at.written(event);
  },
  [KIND.irte_allocated]: (at, event) => {
    // irq_remapping_alloc(): a new, zeroed amd_ir_data; the marker in the table is not a shadow write.
    const key = at.keyOf(event);
    for (let i = 0; key !== null && i < Math.min(event.a ?? 1, 2048); i++) {
      const host_irq = event.host_irq === null ? null : event.host_irq + i;
      Object.assign(at.model.irte(key + i), {
        shadow: { loH: 0, loL: 0, hiH: 0, hiL: 0 },
        otherwise: null,
        ga_tag: 0,
        ga_root_ptr: 0,
        vector: 0,
        cached_ga_tag: 0,
        freed: false,
        host_irq,
      });
    }
  },
  [KIND.irte_prepared]: (at, event) => {
    const irte = irteOf(at, event);
    if (irte === null) return;
    irte.shadow = { loH: event.loH, loL: event.loL, hiH: event.hiH, hiL: event.hiL };
    at.model.learnDestMode((event.loL & 0x40) !== 0);
  },
  [KIND.irte_freed]: (at, event) => {
    const irte = irteOf(at, event);
    if (irte !== null) irte.freed = true;
  },
  [KIND.host_vector_assigned]: (at, event) => {
    if (event.host_irq !== null) at.model.setCfg(event.host_irq, event.a, event.c, event.seq);
  },
  // T11: irq_remapping_activate() writes the shadow with valid set; then amd_ir_update_irte(), which
  // the host_affinity_set inside it stands for.
  [KIND.host_irq_activated]: (at, event) => {
    const irte = bindIrq(at, event);
    if (irte !== null)
      at.single(event, "T11", irte, isPrepared(irte) ? at.ops.valid(true) : at.ops.prepared());
  },
  [KIND.host_irq_deactivated]: (at, event) => {
    const irte = bindIrq(at, event);
    if (irte !== null) at.single(event, "T11", irte, at.ops.valid(false));
  },
  // T10: the host's vector and CPU; a posted entry keeps its bits until it is unposted.
  [KIND.host_affinity_set]: (at, event) => {
    const irte = irteOf(at, event);
    if (irte === null) return;
    if (irte.host_irq !== null) at.model.setCfg(irte.host_irq, event.a, event.b, event.seq);
    at.single(event, "T10", irte, at.ops.affinity(event.a, event.b));
  },
  [KIND.vcpu_created]: (at, event) => {
    const vcpu = at.vcpuOf(event);
    if (vcpu === null) return;
    vcpu.listKnown = true;
    vcpu.running = false;
    vcpu.ga_log_intr = false;
    vcpu.blocking = false;
  },
  [KIND.avic_vcpu_loaded]: loadAvic,
  [KIND.avic_vcpu_put]: putAvic,
  [KIND.vcpu_blocking]: block,
  [KIND.vcpu_unblocking]: unblock,
  [KIND.vcpu_loaded]: (at, event) => {
    at.callOf(event);
  },
  [KIND.vcpu_put]: (at, event) => {
    at.callOf(event);
  },
  [KIND.avic_refreshed]: refresh,
  [KIND.producer_removed]: removeProducer,
  [KIND.producer_added]: (at, event) => {
    at.callOf(event);
  },
  [KIND.gsi_routing_set]: (at, event) => {
    at.callOf(event);
  },
  [KIND.irqfd_routed]: (at, event) => {
    at.callOf(event);
  },
  [KIND.irqfd_msi]: (at, event) => {
    at.callOf(event).vector = event.b;
  },
  [KIND.pi_update_requested]: (at, event) => {
    const call = at.callOf(event);
    const irte = irteOf(at, event);
    call.returned = event.c;
    if (irte !== null) {
      irte.wanted = event.vcpu !== null;
      call.touched.add(irte.key);
    }
    if (!at.isAfter || irte === null) return;
    // Patches 05 and 07: off the old list first, whatever comes of the update.
    at.model.unlink(irte.key);
    call.target = event.vcpu;
    call.vector = event.b;
  },
  [KIND.vcpu_affinity_set]: setVcpuAffinity,
  [KIND.pi_update_decided]: (at, event) => {
    // After list_add: what the update links is linked by now. Before the series it says "enabled"
    // also where AVIC is inhibited.
    const call = at.callOf(event);
    const irte = irteOf(at, event);
    if (irte !== null && event.a === 1) irte.wanted = true;
    for (const atEnd of call.atEnd.splice(0)) atEnd();
  },
  [KIND.call_failed]: (at, event) => {
    // amd_ir_set_vcpu_affinity() refused: it wrote nothing, and nothing is linked.
    const call = at.callOf(event);
    if (event.b !== KIND.vcpu_affinity_set) return;
    call.steps = call.steps.filter((step) => step.type === "walk");
    call.atEnd.length = 0;
  },
  [KIND.events_lost]: (at) => {
    at.model.forget();
  },
});

/** The shadow is not the zeroes that irq_remapping_alloc() makes any more. */
function isPrepared({ shadow }: IrteModel): boolean {
  return shadow === null || (shadow.loL | shadow.hiL) !== 0;
}

/** T4: avic_vcpu_load() While the vCPU blocks it returns early. */
function loadAvic(at: Checker, event: TwinEvent): void {
  const vcpu = at.vcpuOf(event);
  if (vcpu === null) return;
  if (event.cause !== UNINHIBIT) at.callOf(event).returned = event.b;
  if (INNER.has(event.cause ?? 0)) return;
  readEntry(at, event, vcpu);
  if (vcpu.blocking !== true) run(at, event, vcpu, "T4");
}

/** T5: avic_vcpu_put(). Nothing where IsRunning is clear already: the vCPU blocks. */
function putAvic(at: Checker, event: TwinEvent): void {
  const vcpu = at.vcpuOf(event);
  if (vcpu === null) return;
  // Inside an inhibit the refresh goes on after it.
  if (event.cause !== INHIBIT) at.callOf(event).returned = event.a;
  if (INNER.has(event.cause ?? 0)) return;
  readEntry(at, event, vcpu);
  if (vcpu.running !== false) stop(at, event, vcpu, { rule: "T5", blocks: vcpu.blocking === true });
}

/** T6: avic_vcpu_blocking(). Before: through avic_vcpu_put(), whose own event says nothing more. */
function block(at: Checker, event: TwinEvent): void {
  const vcpu = at.vcpuOf(event);
  if (vcpu === null) return;
  readEntry(at, event, vcpu);
  at.callOf(event);
  vcpu.blocking = true;
  if (isActive(event, vcpu)) stop(at, event, vcpu, { rule: "T6", blocks: true });
}

/** T7: avic_vcpu_unblocking(), through avic_vcpu_load(), which some builds inline. */
function unblock(at: Checker, event: TwinEvent): void {
  const vcpu = at.vcpuOf(event);
  if (vcpu === null) return;
  readEntry(at, event, vcpu);
  at.callOf(event);
  vcpu.blocking = false;
  if (isActive(event, vcpu)) run(at, event, vcpu, "T7");
}

/**
 * T8, T9: avic_refresh_apicv_exec_ctrl(). Before: a put or load of every entry, then each deactivated,
 * or activated without its CPU. Since patch 59: one write each, with the CPU.
 */
function refresh(at: Checker, event: TwinEvent): void {
  const vcpu = at.vcpuOf(event);
  if (vcpu === null || event.a === null) return;
  readEntry(at, event, vcpu);
  at.callOf(event);
  vcpu.active = event.a !== 0;
  if (vcpu.active) {
    if (!at.isAfter) run(at, event, vcpu, "T9");
    setRunning(at, event, vcpu);
    at.walk(event, "T9", vcpu, at.ops.activate(vcpu.apic, false));
  } else {
    if (!at.isAfter && vcpu.running !== false) stop(at, event, vcpu, { rule: "T8", blocks: false });
    vcpu.running = false;
    vcpu.ga_log_intr = false;
    at.walk(event, "T8", vcpu, at.ops.deactivate());
  }
}

/** avic_vcpu_load() and avic_vcpu_put() inside a block, unblock or toggle: those rules say it all. */
const INNER = new Set<number>(
  (["vcpu block", "vcpu unblock", "AVIC inhibit", "AVIC un-inhibit"] as const).map(causeCode),
);

const INHIBIT = causeCode("AVIC inhibit");
const UNINHIBIT = causeCode("AVIC un-inhibit");

function isActive(event: TwinEvent, vcpu: VcpuModel): boolean {
  return event.a === null ? vcpu.active !== false : event.a !== 0;
}

function run(at: Checker, event: TwinEvent, vcpu: VcpuModel, rule: string): void {
  setRunning(at, event, vcpu);
  vcpu.active = true;
  at.walk(event, rule, vcpu, at.ops.update(vcpu.apic, false));
}

function setRunning(at: Checker, event: TwinEvent, vcpu: VcpuModel): void {
  vcpu.running = true;
  vcpu.ga_log_intr = false;
  vcpu.apic = at.model.apic(event.cpu);
}

/** Since patch 61 the GA log is wanted only while the vCPU blocks. */
function stop(
  at: Checker,
  event: TwinEvent,
  vcpu: VcpuModel,
  { rule, blocks }: { rule: string; blocks: boolean },
): void {
  vcpu.running = false;
  vcpu.ga_log_intr = at.isAfter && blocks;
  at.walk(event, rule, vcpu, at.ops.update(-1, blocks));
}

/** T1, T2, T3: what amd_ir_set_vcpu_affinity() was told, and svm_ir_list_add() or del after it. */
function setVcpuAffinity(at: Checker, event: TwinEvent): void {
  const irte = bindIrq(at, event);
  if (irte === null) return;
  const call = at.callOf(event);
  call.touched.add(irte.key);
  const posts = event.a === 1;

  if (event.a !== null && (at.isAfter || posts)) {
    // Patch 43 stores them even where AVIC is inhibited.
    irte.ga_tag = tagOf(at, event.vcpu ?? call.target) ?? event.b;
    irte.ga_root_ptr = event.words === 0 ? null : event.loH * 0x10_0000 + (event.loL >>> 12);
    irte.vector = call.vector;
  }
  if (at.isAfter) postAfter(at, event, irte, call);
  else postBefore(at, event, irte, call);
}

/** AVIC_GATAG() of the vCPU, as this profile packs it; null where the vCPU is not known by name. */
function tagOf(at: Checker, vcpu: number | null): number | null {
  const names = vcpu === null ? null : at.names(vcpu);
  return names === null ? null : encodeGaTag({ vm_id: names.vm_id, vcpu: names.field }, at.rules);
}

function postAfter(at: Checker, event: TwinEvent, irte: IrteModel, call: Call): void {
  if (event.a === 1) {
    const isRunning = event.c !== null && event.c >= 0;
    const log = event.d === null ? null : event.d !== 0;
    // The CPU is an argument; where the probe does not print it, KVM's copy of the entry has it.
    const cpu = event.c !== null ? (isRunning ? event.c : -1) : null;
    at.single(event, "T1", irte, at.ops.activate(cpu, log));
  } else at.single(event, event.a === null ? "T3" : "T2", irte, at.ops.deactivate());
  const target = event.a === null ? null : (event.vcpu ?? call.target);
  if (target !== null) at.model.link(irte.key, at.model.vcpu(target));
}

/** The rule of the write that B3 needs; a finding names it T1. */
export const SECOND_WRITE = "T1 second";

function postBefore(at: Checker, event: TwinEvent, irte: IrteModel, call: Call): void {
  if (event.a !== 1) {
    at.single(event, "T3", irte, at.ops.deactivate());
    // prev_ga_tag names the vCPU to unlink from; a link without a tag is not found.
    if (irte.cached_ga_tag !== 0)
      call.atEnd.push(() => {
        at.model.unlink(irte.key);
      });
    irte.cached_ga_tag = 0;
    return;
  }
  at.single(event, "T1", irte, at.ops.activate(-1, true));
  irte.cached_ga_tag = event.b;
  if (event.vcpu === null) return;
  const vcpu = at.model.vcpu(event.vcpu);
  call.target = event.vcpu;
  // The CPU comes with a second write, under the list's lock (B3): owed if the vCPU runs throughout.
  const { running, lastEvent } = vcpu;
  const isStable = running === true && !at.isInTransition(vcpu, call);
  const op: Op = (entry, shadow) => at.ops.update(vcpu.apic, false)(entry, shadow);
  at.single(event, SECOND_WRITE, irte, op, () => {
    return isStable && vcpu.lastEvent === lastEvent && !at.isInTransition(vcpu, call);
  });
  // svm_ir_list_add() takes it off the previous vCPU's list and puts it on this one's.
  call.atEnd.push(() => {
    at.model.link(irte.key, vcpu);
  });
}

/** kvm_arch_irq_bypass_del_producer(): the IRTE must be unposted before the irqfd goes. */
function removeProducer(at: Checker, event: TwinEvent): void {
  const call = at.callOf(event);
  const irte = irteOf(at, event);
  call.returned = event.a;
  if (irte !== null) call.touched.add(irte.key);
  if (irte === null || !at.isAfter) return;
  // CVE-2026-23198 (6.17): after DEASSIGN the route's type is clobbered and the update is skipped.
  // The irqfd is freed while its list node is linked: the list is undefined from then on.
  call.atEnd.push(() => {
    const holder = at.model.holderOf(irte.key);
    if (holder !== null) holder.corrupt = true;
  });
}

function irteOf(at: Checker, event: TwinEvent): IrteModel | null {
  const key = at.keyOf(event);
  return key === null ? null : at.model.irte(key);
}

function bindIrq(at: Checker, event: TwinEvent): IrteModel | null {
  const irte = irteOf(at, event);
  if (irte !== null && event.host_irq !== null) irte.host_irq = event.host_irq;
  return irte;
}

/** The physical ID entry as the probe printed it, before the function acts. */
function readEntry(at: Checker, event: TwinEvent, vcpu: VcpuModel): void {
  if (event.words === 0) return;
  const entry = decodePhysicalId(event.loH, event.loL);
  vcpu.running = entry.is_running;
  if (entry.is_running) vcpu.apic = entry.host_apic_id;
  if (at.isAfter) vcpu.ga_log_intr = entry.ga_log_intr;
}
