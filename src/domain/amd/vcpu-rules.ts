// The transition rules: what each event makes KVM and the IOMMU driver do to IRTEs and ir_lists. Each
// reads beside the kernel's function; T1 to T11 name the rule in findings. Where releases part, a row
// of the table in rules.ts is asked by its name.
//
// Source: arch/x86/kvm/svm/avic.c, drivers/iommu/amd/iommu.c, Linux 6.12 to 7.3.

import { payload } from "../events/payload.js";
import { byKind } from "../events/by-kind.js";
import { KIND } from "../events/kinds.js";
import { causeCode } from "../events/causes.js";
import { type TwinEvent } from "../events/event.js";
import { decodePhysicalId } from "./physical-id.js";
import { IRTES_MAX } from "./irte.js";
import { type Step } from "../model/calls.js";
import { ROUTING, type Rule } from "./routing-rules.js";
import { type Kernel } from "../model/kernel.js";
import { type IrteModel, type VcpuModel } from "../model/model.js";

/**
 * What an event makes the kernel do: takes it into the kernel's state, and returns the writes that must
 * follow on its task, in order. An observed write is itself no cause: it demands nothing.
 */
export function decide(kernel: Kernel, event: TwinEvent): readonly Step[] {
  kernel.demanded = [];
  DECISIONS[event.kind]?.(kernel, event);
  return kernel.demanded;
}

/** By kind of event; a kind that is not here demands nothing. */
const DECISIONS: readonly (Rule | undefined)[] = byKind<Rule>({
  [KIND.irte_allocated]: (at, event) => {
    // irq_remapping_alloc(): a new, zeroed amd_ir_data; the marker in the table is not a shadow write.
    const key = at.keyOf(event);
    for (let i = 0; key !== null && i < Math.min(payload.count(event) ?? 1, IRTES_MAX); i++) {
      // What is linked still is the old one's data.
      at.model.unlink(key + i);
      const host_irq = event.host_irq === null ? null : event.host_irq + i;
      Object.assign(at.model.irte(key + i), {
        shadow: { loH: 0, loL: 0, hiH: 0, hiL: 0 },
        otherwise: null,
        ga_tag: 0,
        ga_root_ptr: 0,
        vector: 0,
        cached_ga_tag: 0,
        freed: false,
        dangling: false,
        wanted: false,
        host_irq,
      });
    }
  },
  [KIND.irte_prepared]: (at, event) => {
    const irte = at.irteOf(event);
    if (irte === null) return;
    irte.shadow = { loH: event.loH, loL: event.loL, hiH: event.hiH, hiL: event.hiL };
    at.model.learnDestMode((event.loL & 0x40) !== 0);
  },
  [KIND.irte_freed]: (at, event) => {
    const irte = at.irteOf(event);
    if (irte === null) return;
    irte.freed = true;
    if (at.model.holderOf(irte.key) !== null) irte.dangling = true;
    at.model.forgetCfg(irte);
  },
  [KIND.host_vector_assigned]: (at, event) => {
    if (event.host_irq !== null)
      at.model.setCfg(event.host_irq, payload.vector(event), payload.apicdest(event), event.seq);
  },
  // T11: irq_remapping_activate() writes the shadow with valid set; then amd_ir_update_irte(), which
  // the host_affinity_set inside it stands for.
  [KIND.host_irq_activated]: (at, event) => {
    const irte = at.bindIrq(event);
    if (irte !== null)
      at.single(event, "T11", irte, isPrepared(irte) ? at.ops.valid(true) : at.ops.prepared());
  },
  [KIND.host_irq_deactivated]: (at, event) => {
    const irte = at.bindIrq(event);
    if (irte !== null) at.single(event, "T11", irte, at.ops.valid(false));
  },
  // T10: the host's vector and CPU; a posted entry keeps its bits until it is unposted.
  [KIND.host_affinity_set]: (at, event) => {
    const irte = at.irteOf(event);
    if (irte === null) return;
    const vector = payload.vector(event);
    const dest = payload.dest(event);
    if (irte.host_irq !== null) at.model.setCfg(irte.host_irq, vector, dest, event.seq);
    at.single(event, "T10", irte, at.ops.affinity(vector, dest));
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
  ...ROUTING,
});

/** The shadow is not the zeroes that irq_remapping_alloc() makes any more. */
function isPrepared({ shadow }: IrteModel): boolean {
  return shadow === null || (shadow.loL | shadow.hiL) !== 0;
}

/** T4: avic_vcpu_load() While the vCPU blocks it returns early. */
function loadAvic(at: Kernel, event: TwinEvent): void {
  const vcpu = at.vcpuOf(event);
  if (vcpu === null) return;
  if (event.cause !== UNINHIBIT) at.callOf(event).returned = at.returnOf(event);
  if (INNER.has(event.cause ?? 0)) return;
  readEntry(at, event, vcpu);
  if (vcpu.blocking === null) runPerhaps(at, event, vcpu);
  else if (!vcpu.blocking) run(at, event, vcpu, "T4");
}

/** T5: avic_vcpu_put(). Nothing where IsRunning is clear already: the vCPU blocks. */
function putAvic(at: Kernel, event: TwinEvent): void {
  const vcpu = at.vcpuOf(event);
  if (vcpu === null) return;
  // Inside an inhibit the refresh goes on after it.
  if (event.cause !== INHIBIT) at.callOf(event).returned = at.returnOf(event);
  if (INNER.has(event.cause ?? 0)) return;
  readEntry(at, event, vcpu);
  if (vcpu.running !== false) stop(at, event, vcpu, { rule: "T5", blocks: vcpu.blocking });
}

/** T6: avic_vcpu_blocking(). Before: through avic_vcpu_put(), whose own event says nothing more. */
function block(at: Kernel, event: TwinEvent): void {
  const vcpu = at.vcpuOf(event);
  if (vcpu === null) return;
  readEntry(at, event, vcpu);
  at.callOf(event);
  vcpu.blocking = true;
  if (isActive(event, vcpu)) stop(at, event, vcpu, { rule: "T6", blocks: true });
}

/** T7: avic_vcpu_unblocking(), through avic_vcpu_load(), which some builds inline. */
function unblock(at: Kernel, event: TwinEvent): void {
  const vcpu = at.vcpuOf(event);
  if (vcpu === null) return;
  readEntry(at, event, vcpu);
  at.callOf(event);
  vcpu.blocking = false;
  if (isActive(event, vcpu)) run(at, event, vcpu, "T7");
}

/**
 * T8, T9: avic_refresh_apicv_exec_ctrl(). Without `togglesInOneWrite`: a put or load of every entry,
 * then each deactivated, or activated without its CPU. With it: one write each, with the CPU.
 */
function refresh(at: Kernel, event: TwinEvent): void {
  const vcpu = at.vcpuOf(event);
  const apicv_active = payload.apicv_active(event);
  if (vcpu === null || apicv_active === null) return;
  readEntry(at, event, vcpu);
  at.callOf(event);
  vcpu.active = apicv_active !== 0;
  if (vcpu.active) {
    if (!at.rules.togglesInOneWrite) run(at, event, vcpu, "T9");
    setRunning(at, event, vcpu);
    at.walk(event, "T9", vcpu, at.ops.activate(vcpu.apic, false));
  } else {
    if (!at.rules.togglesInOneWrite && vcpu.running !== false)
      stop(at, event, vcpu, { rule: "T8", blocks: false });
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
  const apicv_active = payload.apicv_active(event);
  return apicv_active === null ? vcpu.active !== false : apicv_active !== 0;
}

function run(at: Kernel, event: TwinEvent, vcpu: VcpuModel, rule: string): void {
  setRunning(at, event, vcpu);
  vcpu.active = true;
  at.walk(event, rule, vcpu, at.ops.update(vcpu.apic, false));
}

/** T4 of a vCPU of which it is not known whether it blocks. */
function runPerhaps(at: Kernel, event: TwinEvent, vcpu: VcpuModel): void {
  setRunning(at, event, vcpu);
  at.walk(event, "T4", vcpu, at.ops.update(vcpu.apic, false), false);
  vcpu.running = null;
  vcpu.ga_log_intr = null;
}

function setRunning(at: Kernel, event: TwinEvent, vcpu: VcpuModel): void {
  vcpu.running = true;
  vcpu.ga_log_intr = false;
  vcpu.apic = at.model.apic(event.cpu);
}

/** T5, T6: IsRun off in each IRTE of the list. */
function stop(
  at: Kernel,
  event: TwinEvent,
  vcpu: VcpuModel,
  { rule, blocks }: { rule: string; blocks: boolean | null },
): void {
  const sure = vcpu.running !== null;
  vcpu.running = false;
  vcpu.ga_log_intr = at.rules.logsOnlyBlocking ? blocks : false;
  at.walk(event, rule, vcpu, at.ops.update(-1, blocks), sure);
}

/** The physical ID entry as the probe printed it, before the function acts. */
function readEntry(at: Kernel, event: TwinEvent, vcpu: VcpuModel): void {
  if (event.words === 0) return;
  const entry = decodePhysicalId(event.loH, event.loL);
  vcpu.running = entry.is_running;
  if (entry.is_running) vcpu.apic = entry.host_apic_id;
  if (at.rules.logsOnlyBlocking) vcpu.ga_log_intr = entry.ga_log_intr;
  if (vcpu.blocking !== null) return;
  if (entry.is_running) vcpu.blocking = false;
  else if (at.rules.logsOnlyBlocking) vcpu.blocking = entry.ga_log_intr;
}
