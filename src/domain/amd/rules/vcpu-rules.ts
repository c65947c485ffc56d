// T4 to T9: what KVM makes of the IRTEs on a vCPU's ir_list when the vCPU is loaded, put, blocks, unblocks, or
// takes up that AVIC was inhibited or is active again. Each function reads beside the kernel's; where releases
// part, a row of the table in releases.ts is asked by its name.
//
// Source: arch/x86/kvm/svm/avic.c, Linux 6.12 to 7.3.

import { causeCode } from "../../events/causes.js";
import { type TwinEvent } from "../../events/event.js";
import { KIND } from "../../events/kinds.js";
import { payload } from "../../events/payload.js";
import { type VcpuModel } from "../../model/model.js";
import { type AmdKernel, type Rule } from "./amd-kernel.js";
import { decodePhysicalId } from "../irte/physical-id.js";

/** By kind of event. */
export const VCPU_RULES: Readonly<Record<number, Rule>> = {
  [KIND.vcpu_created]: create,
  [KIND.vcpu_destroyed]: (at, event) => {
    const tag = event.vcpu === null ? null : at.tagOf(event.vcpu);
    if (tag !== null) at.model.liveVmIds.delete(tag.vm_id);
    if (event.vcpu !== null) at.model.inhibited.delete(event.vcpu);
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
};

/** avic_init_vcpu(): a vCPU that is on no CPU, with an empty list. */
function create(at: AmdKernel, event: TwinEvent): void {
  const vcpu = at.vcpuOf(event);
  if (vcpu === null) return;
  vcpu.listKnown = true;
  vcpu.running = false;
  vcpu.ga_log_intr = false;
  vcpu.blocking = false;
  if (event.words > 0) vcpu.page = decodePhysicalId(event.loH, event.loL).backing_page;
  const tag = at.tagOf(vcpu.vcpu);
  if (tag !== null && event.vm !== null) at.model.liveVmIds.set(tag.vm_id, event.vm);
}

/** A request inhibits a VM; what counts for posting is what each vCPU has taken up. */
function noteActive(at: AmdKernel, { vm, seq }: TwinEvent, { vcpu }: VcpuModel, is: boolean): void {
  const { inhibited } = at.model;
  if (is) inhibited.delete(vcpu);
  else if (vm !== null && !inhibited.has(vcpu)) inhibited.set(vcpu, { vm, seq });
}

/** T4: avic_vcpu_load(). While the vCPU blocks it returns early. */
function loadAvic(at: AmdKernel, event: TwinEvent): void {
  const vcpu = at.vcpuOf(event);
  if (vcpu === null) return;
  if (event.cause !== UNINHIBIT) at.enter(at.callOf(event), event);
  if (INNER.has(event.cause ?? 0)) return;
  readOuterEntry(at, event, vcpu);
  if (vcpu.blocking === null) runPerhaps(at, event, vcpu);
  else if (!vcpu.blocking) run(at, event, vcpu, "T4");
}

/** T5: avic_vcpu_put(). Nothing where IsRunning is clear already: the vCPU blocks. */
function putAvic(at: AmdKernel, event: TwinEvent): void {
  const vcpu = at.vcpuOf(event);
  if (vcpu === null) return;
  // Inside an inhibit the refresh goes on after it.
  if (event.cause !== INHIBIT) at.enter(at.callOf(event), event);
  if (INNER.has(event.cause ?? 0)) return;
  readOuterEntry(at, event, vcpu);
  if (vcpu.running !== false) stop(at, event, vcpu, { rule: "T5", blocks: vcpu.blocking });
}

/** T6: avic_vcpu_blocking(). Before: through avic_vcpu_put(), whose own event says nothing more. */
function block(at: AmdKernel, event: TwinEvent): void {
  const vcpu = at.vcpuOf(event);
  if (vcpu === null) return;
  readEntry(at, event, vcpu);
  at.callOf(event);
  vcpu.blocking = true;
  if (isActive(event, vcpu)) stop(at, event, vcpu, { rule: "T6", blocks: true });
}

/** T7: avic_vcpu_unblocking(), through avic_vcpu_load(), which some builds inline. */
function unblock(at: AmdKernel, event: TwinEvent): void {
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
function refresh(at: AmdKernel, event: TwinEvent): void {
  const vcpu = at.vcpuOf(event);
  const apicv_active = payload.apicv_active(event);
  if (vcpu === null || apicv_active === null) return;
  readEntry(at, event, vcpu);
  at.callOf(event);
  vcpu.active = apicv_active !== 0;
  noteActive(at, event, vcpu, vcpu.active);
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

function run(at: AmdKernel, event: TwinEvent, vcpu: VcpuModel, rule: string): void {
  setRunning(at, event, vcpu);
  vcpu.active = true;
  at.walk(event, rule, vcpu, at.ops.update(vcpu.apic, false));
}

/** T4 of a vCPU of which it is not known whether it blocks. */
function runPerhaps(at: AmdKernel, event: TwinEvent, vcpu: VcpuModel): void {
  setRunning(at, event, vcpu);
  at.walk(event, "T4", vcpu, at.ops.update(vcpu.apic, false), false);
  vcpu.running = null;
  vcpu.ga_log_intr = null;
}

function setRunning(at: AmdKernel, event: TwinEvent, vcpu: VcpuModel): void {
  vcpu.running = true;
  vcpu.ga_log_intr = false;
  vcpu.apic = at.model.apic(event.cpu);
}

/** T5, T6: IsRun off in each IRTE of the list. */
function stop(
  at: AmdKernel,
  event: TwinEvent,
  vcpu: VcpuModel,
  { rule, blocks }: { rule: string; blocks: boolean | null },
): void {
  const sure = vcpu.running !== null;
  vcpu.running = false;
  vcpu.ga_log_intr = at.rules.logsOnlyBlocking ? blocks : false;
  at.walk(event, rule, vcpu, at.ops.update(-1, blocks), sure);
}

/**
 * The same in avic_vcpu_load() and avic_vcpu_put(). As the first function that is seen of a task they may be part
 * of a block or unblock whose entry was not: whether the vCPU blocks from then on is not known.
 */
function readOuterEntry(at: AmdKernel, event: TwinEvent, vcpu: VcpuModel): void {
  const call = at.callOf(event);
  call.mayBeInner = vcpu.blocking === null && call.isFirst;
  readEntry(at, event, vcpu);
  if (call.mayBeInner) vcpu.blocking = null;
}

/** The physical ID entry as the probe printed it, before the function acts. */
function readEntry(at: AmdKernel, event: TwinEvent, vcpu: VcpuModel): void {
  if (event.words === 0) return;
  const entry = decodePhysicalId(event.loH, event.loL);
  vcpu.running = entry.is_running;
  if (entry.is_running) vcpu.apic = entry.host_apic_id;
  if (at.rules.logsOnlyBlocking) vcpu.ga_log_intr = entry.ga_log_intr;
  if (vcpu.blocking !== null) return;
  if (entry.is_running) vcpu.blocking = false;
  else if (at.rules.logsOnlyBlocking) vcpu.blocking = entry.ga_log_intr;
}
