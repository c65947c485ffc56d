// What AVIC and AMD's IOMMU add to the fold. Source of each step: drivers/iommu/amd/iommu.c,
// arch/x86/kvm/svm/avic.c, arch/x86/kvm/svm/svm.c, Linux 6.12 to 7.3. Where releases differ, the rules profile of
// the recording decides (releases.ts).

import { routeKey } from "../values/ids.js";
import { ANCHORED_VCPUS } from "./fold-anchored.js";
import { decodePhysicalId } from "./irte/physical-id.js";
import { type TwinEvent, bitsOf } from "../events/event.js";
import { agreedBy, profilesIn } from "./releases/allowed.js";
import { isRulesId, RULES, type Difference } from "./releases/releases.js";
import { disconnect, doesNotBlock, shutDownIrqfd } from "../fold/evolve-kvm.js";
import { NONE } from "../fold/state.js";
import {
  unlink,
  forgetLists,
  setVcpu,
  setVm,
  link,
  type KvmDraft,
  type VcpuChange,
  type VcpuDraft,
  setRoute,
} from "../fold/kvm-draft.js";
import { sameBits } from "../values/bits.js";
import { setIrte, findIrte, type IrteChange } from "../fold/iommu-draft.js";
import { IRTES_MAX, IRTE_ALLOCATED } from "./irte/irte.js";
import { payload } from "../events/payload.js";
import { KIND } from "../events/kinds.js";
import { type FoldRules, type KvmHandler } from "../fold/fold-rules.js";
import { causeCode } from "../events/causes.js";

const ALLOCATE = causeCode("allocate");

const IOMMU: FoldRules["iommu"] = {
  [KIND.irte_allocated]: (draft, event) => {
    // irq_remapping_alloc() takes `count` consecutive entries for consecutive host IRQs.
    const { host_irq } = event;
    const count = Math.min(payload.count(event) ?? 1, IRTES_MAX - (event.irte_index ?? 0));
    for (let i = 0; i < count; i++) {
      const allocate: IrteChange = (irte) => {
        irte.bits = IRTE_ALLOCATED;
        irte.shadow = null;
        irte.host_irq = host_irq === null ? null : host_irq + i;
        irte.born = true;
        irte.cause = ALLOCATE;
      };
      setIrte(draft, event, allocate, i);
    }
  },
  [KIND.irte_prepared]: (draft, event) => {
    const bits = bitsOf(event);
    const entry = findIrte(draft, event);
    if (entry === undefined) return;
    const isSame = entry.bits !== null && sameBits(bits, entry.bits);
    setIrte(draft, event, (irte) => {
      irte.shadow = isSame ? null : bits;
    });
  },
};

const KVM: FoldRules["kvm"] = {
  // What is still linked under its name is the entry's former life: freed memory, no list of this one.
  [KIND.irte_allocated]: (draft, event) => {
    for (let i = 0; i < Math.min(payload.count(event) ?? 1, IRTES_MAX); i++)
      unlink(draft, event, i);
  },
  [KIND.vcpu_created]: changes(createVcpu),
  [KIND.avic_vcpu_loaded]: changes(loadAvic),
  [KIND.avic_vcpu_put]: changes(putAvic),
  [KIND.vcpu_blocking]: changes(block),
  [KIND.vcpu_unblocking]: changes(unblock),
  [KIND.avic_refreshed]: (draft, event) => {
    setVcpu(draft, event, refreshAvic);
    learnInhibits(draft, event);
  },
  [KIND.pi_update_requested]: requestPiUpdate,
  [KIND.vcpu_affinity_set]: (draft, event) => {
    const links = does(draft, "linksInhibited");
    // Before the series the list follows the IRTE; after it, avic_pi_update_irte()'s target.
    if (links === null) forgetLists(draft, event);
    else if (links) {
      if (payload.is_guest_mode(event) === null) unlink(draft, event);
    } else if (payload.is_guest_mode(event) === 1) link(draft, event);
    else unlink(draft, event);
  },
  [KIND.call_failed]: (draft, event) => {
    const failed = payload.of_kind(event);
    if (failed === KIND.irqfd_assigned) shutDownIrqfd(draft, event);
    else if (failed === KIND.producer_added) disconnect(draft, event);
    else if (failed === KIND.pi_update_requested && does(draft, "unlinksFirst") !== false)
      unlink(draft, event);
  },
};

/** The handlers that AMD adds. */
export const AMD_FOLD: FoldRules = { iommu: IOMMU, kvm: { ...KVM, ...ANCHORED_VCPUS } };

/** Does the recorded release do it? null where the allowed releases differ, or none is known. */
function does({ rules }: KvmDraft, difference: Difference): boolean | null {
  if (rules !== null && isRulesId(rules)) return RULES[rules][difference];
  return agreedBy(profilesIn(rules), (each) => each[difference]) ?? null;
}

// --- vCPUs ---------------------------------------------------------------------------------------

function changes(change: VcpuChange): KvmHandler {
  return (draft, event) => {
    setVcpu(draft, event, change);
  };
}

function createVcpu(vcpu: VcpuDraft, event: TwinEvent): void {
  vcpu.run_state = "out";
  vcpu.pcpu = NONE;
  vcpu.ir_list = [];
  readEntry(vcpu, event);
}

/** avic_vcpu_load(): called from svm_vcpu_load, avic_vcpu_unblocking and a refresh. */
function loadAvic(vcpu: VcpuDraft, event: TwinEvent): void {
  readEntry(vcpu, event);
  vcpu.pcpu = payload.cpu(event);
  vcpu.avic_active = true;
  // While the vCPU blocks the function returns early and leaves the entry as it is.
  if (vcpu.run_state === "blocking") return;
  const isRunning = doesNotBlock(vcpu);
  vcpu.run_state = isRunning ? "running" : null;
  vcpu.is_running = isRunning ? true : null;
  vcpu.ga_log_intr = isRunning ? false : null;
}

/**
 * avic_vcpu_put(): called from svm_vcpu_put, avic_vcpu_blocking (before) and a refresh (before). Where svm_vcpu_put has
 * a line of its own, that one has said whether the vCPU leaves its CPU.
 */
function putAvic(vcpu: VcpuDraft, event: TwinEvent, draft: KvmDraft): void {
  const { run_state, pcpu } = vcpu;
  endAvic(vcpu, event);
  if (!draft.seesEveryLoad || run_state === null) return;
  vcpu.run_state = run_state;
  vcpu.pcpu = pcpu;
}

function endAvic(vcpu: VcpuDraft, event: TwinEvent): void {
  const { ga_log_intr } = vcpu;
  const isShown = event.words > 0;
  readEntry(vcpu, event);
  // The entry of a vCPU that blocks does not say that it runs.
  const wasRunning = isShown && vcpu.is_running === true;
  vcpu.is_running = false;
  if (event.cause === null) {
    // The function that calls it is not seen: a block begins, or an inhibit is taken up, or the vCPU leaves its CPU.
    if (vcpu.run_state !== "blocking") vcpu.run_state = null;
    vcpu.pcpu = null;
    vcpu.avic_active = null;
    vcpu.ga_log_intr = null;
    return;
  }
  if (event.cause === CAUSE_INHIBIT) {
    vcpu.ga_log_intr = false;
    return;
  }
  if (vcpu.run_state === "blocking" || (vcpu.run_state === null && !wasRunning)) {
    // Already put when the block began; here the thread merely leaves its CPU.
    if (vcpu.run_state === "blocking" || !isShown) vcpu.ga_log_intr = ga_log_intr;
    if (vcpu.run_state === null) vcpu.avic_active = true;
    if (event.cause !== CAUSE_BLOCK) vcpu.pcpu = NONE;
    return;
  }
  vcpu.ga_log_intr = false;
  vcpu.run_state = "out";
  vcpu.pcpu = NONE;
  vcpu.avic_active = true;
}

/** A put inside avic_vcpu_blocking(), inside a refresh. */
const CAUSE_BLOCK = causeCode("vcpu block");
const CAUSE_INHIBIT = causeCode("AVIC inhibit");

/** avic_vcpu_blocking() puts AVIC only if it is active. */
function block(vcpu: VcpuDraft, event: TwinEvent, draft: KvmDraft): void {
  const active = activeOf(vcpu, event);
  readEntry(vcpu, event);
  vcpu.run_state = "blocking";
  vcpu.pcpu = active === true || draft.seesEveryLoad ? event.cpu : null;
  vcpu.avic_active = active;
  if (active !== true) return;
  vcpu.is_running = false;
  vcpu.ga_log_intr = does(draft, "logsOnlyBlocking");
}

function unblock(vcpu: VcpuDraft, event: TwinEvent, draft: KvmDraft): void {
  const active = activeOf(vcpu, event);
  readEntry(vcpu, event);
  runIfSeen(vcpu, event, draft, active);
  vcpu.avic_active = active;
  if (active !== true) return;
  vcpu.is_running = true;
  vcpu.ga_log_intr = false;
}

/** Runs on the vCPU's own CPU; loads AVIC on activation, puts it on deactivation. */
function refreshAvic(vcpu: VcpuDraft, event: TwinEvent, draft: KvmDraft): void {
  const active = isSet(payload.apicv_active(event));
  readEntry(vcpu, event);
  runIfSeen(vcpu, event, draft, active);
  vcpu.avic_active = active;
  vcpu.is_running = active;
  vcpu.ga_log_intr = active === null ? null : false;
}

/** kvm_vcpu_update_apicv() activates AVIC on a vCPU only if nothing inhibits it for its VM. */
function learnInhibits(draft: KvmDraft, event: TwinEvent): void {
  const vm = event.vm === null ? undefined : draft.vms.get(event.vm);
  if (payload.apicv_active(event) !== 1 || vm?.inhibits !== null) return;
  setVm(draft, event, { inhibits: 0, isInferred: true });
}

/** The vCPU runs here now. With AVIC inhibited and only AVIC's functions probed, its next put is not seen. */
function runIfSeen(
  vcpu: VcpuDraft,
  event: TwinEvent,
  draft: KvmDraft,
  active: boolean | null,
): void {
  const isSeen = active === true || draft.seesEveryLoad;
  vcpu.run_state = isSeen ? "running" : null;
  vcpu.pcpu = isSeen ? event.cpu : null;
}

function activeOf(vcpu: VcpuDraft, event: TwinEvent): boolean | null {
  return isSet(payload.apicv_active(event)) ?? vcpu.avic_active;
}

function isSet(flag: number | null): boolean | null {
  return flag === null ? null : flag !== 0;
}

/** What the physical ID entry that the probe printed says (it is read before the function acts). */
function readEntry(vcpu: VcpuDraft, event: TwinEvent): void {
  if (event.words === 0) return;
  const { is_running, ga_log_intr, backing_page } = decodePhysicalId(event.loH, event.loL);
  vcpu.is_running = is_running;
  vcpu.ga_log_intr = ga_log_intr;
  vcpu.backing_page = backing_page;
}

// --- ir_lists ------------------------------------------------------------------------------------

/** avic_pi_update_irte(): since the series it unlinks first and links even while AVIC is inhibited. */
function requestPiUpdate(draft: KvmDraft, event: TwinEvent): void {
  const { vm, gsi } = event;
  const unlinks = does(draft, "unlinksFirst");
  if (unlinks === null) forgetLists(draft, event);
  if (unlinks !== true) return;
  if (vm !== null && gsi !== null && draft.routes.has(routeKey(vm, gsi))) {
    setRoute(draft, event, (route) => {
      route.postable = event.vcpu !== null;
    });
  }
  if (event.vcpu === null) unlink(draft, event);
  else link(draft, event);
}
