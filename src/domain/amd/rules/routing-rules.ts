// T1, T2, T3: what KVM makes of an irqfd's route, and has the driver do. One function per step of
// kvm_arch_update_irqfd_routing(), kvm_arch_irq_bypass_add_producer() and del_producer(), down to
// amd_ir_set_vcpu_affinity().
//
// Source: arch/x86/kvm/irq.c (before the series x86.c), arch/x86/kvm/svm/avic.c,
// drivers/iommu/amd/iommu.c, Linux 6.12 to 7.3.

import { type TwinEvent, routeKeyOf } from "../../events/event.js";
import { KIND } from "../../events/kinds.js";
import { payload } from "../../events/payload.js";
import { type Call, type Op } from "../../model/calls.js";
import { type VcpuModel } from "../../model/model.js";
import { type AmdKernel, type Rule } from "./amd-kernel.js";
import { type AmdIrte } from "./amd-model.js";
import { encodeGaTag } from "../irte/ga-tag.js";
import { type Difference } from "../releases/releases.js";

/** By kind of event. */
export const ROUTING_RULES: Readonly<Record<number, Rule>> = {
  [KIND.irqfd_assigned]: (at, event) => {
    at.irqfds.assign(event);
  },
  [KIND.irqfd_deassigned]: (at, event) => {
    at.irqfds.deassign(event);
  },
  [KIND.irqfd_shut_down]: (at, event) => {
    at.irqfds.shutDown(event);
  },
  [KIND.producer_added]: (at, event) => {
    connect(at, event, true);
    at.callOf(event);
  },
  [KIND.producer_removed]: removeProducer,
  [KIND.gsi_routing_set]: (at, event) => {
    at.callOf(event);
  },
  [KIND.irqfd_routed]: (at, event) => {
    changeRoute(at, event, () => {
      at.irqfds.setRoute(event);
    });
    at.callOf(event);
  },
  [KIND.irqfd_msi]: (at, event) => {
    const call = at.callOf(event);
    changeRoute(at, event, () => {
      at.irqfds.setMsi(event);
    });
    call.vector = payload.vector(event);
    call.routed = event.seq;
  },
  [KIND.pi_update_requested]: requestUpdate,
  [KIND.pi_update_decided]: decideUpdate,
  [KIND.vcpu_affinity_set]: setVcpuAffinity,
  [KIND.call_failed]: fail,
};

/** The IRTE serves the irqfd of the event's GSI, or not any more. */
function connect(at: AmdKernel, event: TwinEvent, isConnected: boolean): void {
  const { vm, gsi, seq } = event;
  const irte = at.irteOf(event);
  if (irte !== null && vm !== null && gsi !== null)
    at.model.connect(irte, { vm, gsi, removed: isConnected ? null : seq });
}

/** Notes which entries the route of the event's GSI matters to, if it is another one than before. */
function changeRoute(at: AmdKernel, event: TwinEvent, change: () => void): void {
  const key = routeKeyOf(event);
  if (key === null) return;
  const before = at.irqfds.routeOf(key);
  change();
  const after = at.irqfds.routeOf(key);
  if (before?.type !== after?.type || before?.vector !== after?.vector) at.noteRerouted(event);
}

/**
 * The tracepoint kvm_pi_irte_update stands after list_add(): what the update links is linked by now. Before the
 * series it says "enabled" also where AVIC is inhibited.
 */
function decideUpdate(at: AmdKernel, event: TwinEvent): void {
  const call = at.callOf(event);
  const irte = at.irteOf(event);
  if (irte !== null && payload.enabled(event) === 1) {
    irte.wanted = true;
    irte.refusedBy = at.inhibitOf(event.vm, payload.vcpu_id(event));
  }
  for (const atEnd of call.atEnd.splice(0)) atEnd();
}

/** amd_ir_set_vcpu_affinity() refused: it wrote nothing, and nothing is linked. */
function fail(at: AmdKernel, event: TwinEvent): void {
  const call = at.callOf(event);
  call.presumed.length = 0;
  if (payload.of_kind(event) !== KIND.vcpu_affinity_set) return;
  const irte = at.irteOf(event);
  if (irte !== null) {
    at.model.endRelink(irte.key);
    if (at.rules.unlinksFirst) at.model.unlink(irte.key);
  }
  call.steps = call.steps.filter((step) => step.type === "walk");
  call.atEnd.length = 0;
}

/** T3, because of a difference between releases, unless another event tells the driver what to do. */
function presumeUnposting(at: AmdKernel, event: TwinEvent, irte: AmdIrte, row: Difference): void {
  at.presume(event, "T3", irte, at.ops.deactivate(), row);
}

/** avic_pi_update_irte(). With `updatesLostRoute` the driver is called whatever the route is. */
function requestUpdate(at: AmdKernel, event: TwinEvent): void {
  const call = at.callOf(event);
  const irte = at.irteOf(event);
  at.enter(call, event);
  if (irte !== null) {
    if (irte.wanted === false) (call.untargeted ??= new Set()).add(irte.key);
    irte.wanted = event.vcpu !== null;
    irte.refusedBy = event.vcpu === null ? null : (at.model.inhibited.get(event.vcpu)?.seq ?? null);
    call.touched.add(irte.key);
    if (at.rules.updatesLostRoute) presumeUnposting(at, event, irte, "updatesLostRoute");
  }
  if (irte === null && event.vcpu !== null) at.model.hasLostLink = true;
  if (!at.rules.unlinksFirst || irte === null) return;
  at.model.beginRelink(irte.key, null);
  at.model.unlink(irte.key);
  call.target = event.vcpu;
  call.vector = payload.vector(event);
}

/** The row of the table by which KVM does not call the driver for it; null = it does. */
function rowThatSpares(
  at: AmdKernel,
  event: TwinEvent,
  irte: AmdIrte,
  call: Call,
): Difference | null {
  const { rules } = at;
  if (rules.skipsDeassigned && call.deassigns) return "skipsDeassigned";
  if (!rules.updatesLostRoute && at.irqfds.isRouted(event) === false) return "updatesLostRoute";
  const hasNoTarget =
    payload.is_guest_mode(event) === null && event.vcpu === null && call.target === null;
  if (rules.skipsWithoutTarget && hasNoTarget && call.untargeted?.has(irte.key) === true)
    return "skipsWithoutTarget";
  return null;
}

/** T1, T2, T3: what amd_ir_set_vcpu_affinity() was told, and svm_ir_list_add() or del after it. */
function setVcpuAffinity(at: AmdKernel, event: TwinEvent): void {
  const irte = at.bindIrq(event);
  if (irte === null) {
    if (payload.is_guest_mode(event) !== null) at.model.hasLostLink = true;
    return;
  }
  const call = at.callOf(event);
  call.touched.add(irte.key);
  at.model.endRelink(irte.key);
  call.presumed = call.presumed.filter((step) => step.irte !== irte);
  const is_guest_mode = payload.is_guest_mode(event);
  const posts = is_guest_mode === 1;
  if (is_guest_mode !== null && (posts || at.rules.linksInhibited)) {
    irte.ga_tag = tagOf(at, event.vcpu ?? call.target) ?? payload.ga_tag(event);
    irte.ga_root_ptr = event.words === 0 ? null : event.loH * 0x10_0000 + (event.loL >>> 12);
    irte.vector = call.vector;
  }
  if (posts) post(at, event, irte, call);
  else unpost(at, event, irte, call);
  relink(at, event, irte, call);
}

/** T2, T3: to remapped, unless KVM by these rules would not have asked for it. */
function unpost(at: AmdKernel, event: TwinEvent, irte: AmdIrte, call: Call): void {
  const row = rowThatSpares(at, event, irte, call);
  if (row !== null) {
    (call.spared ??= new Map()).set(irte.key, row);
    call.isForOne = true;
    return;
  }
  const isInhibited = payload.is_guest_mode(event) === 0 && at.rules.linksInhibited;
  at.single(event, isInhibited ? "T2" : "T3", irte, at.ops.deactivate());
}

/** AVIC_GATAG() of the vCPU, as this release packs it; null where the vCPU is not known by name. */
function tagOf(at: AmdKernel, vcpu: number | null): number | null {
  const tag = vcpu === null ? null : at.tagOf(vcpu);
  return tag === null ? null : encodeGaTag(tag, at.rules);
}

/** The rule of the second write of a posting; a finding names it T1. */
export const SECOND_WRITE = "T1 second";

/** The known bug that the second write shows: the entry said that its running vCPU does not run. */
const BUG_OF_SECOND_WRITE = "B3";

/** T1: amd_iommu_activate_guest_mode(), and without `postsInOneWrite` the CPU by a second write. */
function post(at: AmdKernel, event: TwinEvent, irte: AmdIrte, call: Call): void {
  const target = event.vcpu ?? call.target;
  const vcpu = target === null ? null : at.model.vcpu(target);
  at.single(event, "T1", irte, at.ops.activate(cpuOf(event, vcpu), logOf(event, vcpu)));
  if (at.rules.postsInOneWrite) return;
  if (vcpu === null) {
    // It may run, or not: who it is was not seen.
    at.single(event, SECOND_WRITE, irte, () => "unknown", { owed: () => false });
    return;
  }
  call.target = target;
  // Under the list's lock (B3): owed if the vCPU runs throughout.
  const { running, lastEvent } = vcpu;
  const isStable = running === true && !at.isInTransition(vcpu, call);
  const op: Op = (entry, shadow) => at.ops.update(vcpu.apic, false)(entry, shadow);
  const owed = (): boolean =>
    isStable && vcpu.lastEvent === lastEvent && !at.isInTransition(vcpu, call);
  at.single(event, SECOND_WRITE, irte, op, { owed, bug: BUG_OF_SECOND_WRITE });
}

/** The CPU that the driver was told; where the probe does not print it, that of the vCPU's entry. */
function cpuOf(event: TwinEvent, vcpu: VcpuModel | null): number | null {
  const cpu = payload.cpu(event);
  if (cpu !== null) return cpu < 0 ? -1 : cpu;
  if (vcpu?.running == null) return null;
  return vcpu.running ? vcpu.apic : -1;
}

function logOf(event: TwinEvent, vcpu: VcpuModel | null): boolean | null {
  const ga_log_intr = payload.ga_log_intr(event);
  return ga_log_intr === null ? (vcpu?.ga_log_intr ?? null) : ga_log_intr !== 0;
}

/** The vCPU's ir_list after the update. */
function relink(at: AmdKernel, event: TwinEvent, irte: AmdIrte, call: Call): void {
  const { model, rules } = at;
  const links =
    payload.is_guest_mode(event) !== null &&
    (rules.unlinksFirst || payload.is_guest_mode(event) === 1);
  irte.placed = !links || (event.vcpu ?? (rules.unlinksFirst ? call.target : null)) !== null;
  if (rules.unlinksFirst) {
    const target = payload.is_guest_mode(event) === null ? null : (event.vcpu ?? call.target);
    if (target === null) model.unlink(irte.key);
    else model.link(irte.key, model.vcpu(target), event.seq);
  } else if (payload.is_guest_mode(event) === 1) {
    const { vcpu } = event;
    call.atEnd.push(() => {
      irte.cached_ga_tag = payload.ga_tag(event);
    });
    // svm_ir_list_add() takes it off the previous vCPU's list and puts it on this one's.
    if (vcpu === null) {
      call.atEnd.push(() => {
        model.unlink(irte.key);
      });
      return;
    }
    model.beginRelink(irte.key, model.vcpu(vcpu));
    call.atEnd.push(() => {
      model.endRelink(irte.key);
      model.link(irte.key, model.vcpu(vcpu), call.last);
    });
  } else {
    // prev_ga_tag names the vCPU to unlink from; a link without a tag is not found.
    call.atEnd.push(() => {
      if (irte.cached_ga_tag !== 0) model.unlink(irte.key);
      irte.cached_ga_tag = 0;
    });
  }
}

/**
 * kvm_arch_irq_bypass_del_producer(): the IRTE must be unposted before the irqfd goes. With
 * `skipsDeassigned` it is not where KVM_IRQFD deassigned it: CVE-2026-23198.
 */
function removeProducer(at: AmdKernel, event: TwinEvent): void {
  const { rules } = at;
  connect(at, event, false);
  const call = at.callOf(event);
  const irte = at.irteOf(event);
  at.enter(call, event);
  call.deassigns = at.irqfds.isDeassigned(event);
  if (irte === null) {
    at.irqfds.disconnect(event);
    return;
  }
  call.touched.add(irte.key);
  const isOwed = rules.updatesLostRoute
    ? at.model.holderOf(irte.key) !== null
    : at.irqfds.isRouted(event) === true;
  at.irqfds.disconnect(event);
  // Where it may be skipped, only the update itself shows that it is not.
  if (isOwed && !rules.skipsDeassigned) presumeUnposting(at, event, irte, "skipsDeassigned");
  if (!rules.linksIrqfd) return;
  // The irqfd is freed while its list element is linked: the list is undefined from then on.
  call.atEnd.push(() => {
    const holder = at.model.holderOf(irte.key);
    if (holder === null) return;
    holder.corrupt = true;
    irte.dangling = true;
  });
}
