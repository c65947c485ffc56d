// What AVIC and AMD's IOMMU add to the fold. Source of each step: drivers/iommu/amd/iommu.c,
// arch/x86/kvm/svm/avic.c, arch/x86/kvm/svm/svm.c, Linux 6.12 to 7.3. Where releases differ, the rules profile of
// the recording decides (releases.ts).

import { routeKey } from "../values/ids.js";
import { decodePhysicalId } from "./irte/physical-id.js";
import { type TwinEvent, bitsOf } from "../events/event.js";
import { isRulesId, RULES, type Difference } from "./releases/releases.js";
import { shutDownIrqfd, disconnect, isBlocking } from "../fold/evolve-kvm.js";
import { NONE } from "../fold/state.js";
import {
  unlink,
  setVcpu,
  link,
  type KvmDraft,
  type VcpuChange,
  setRoute,
} from "../fold/kvm-draft.js";
import { sameBits } from "../values/bits.js";
import { setIrte, findIrte } from "../fold/iommu-draft.js";
import { IRTES_MAX, IRTE_ALLOCATED } from "./irte/irte.js";
import { payload } from "../events/payload.js";
import { KIND } from "../events/kinds.js";
import { type FoldRules } from "../fold/fold-rules.js";
import { causeCode } from "../events/causes.js";

const ALLOCATE = causeCode("allocate");

const IOMMU: FoldRules["iommu"] = {
  [KIND.irte_allocated]: (draft, event) => {
    // irq_remapping_alloc() takes `count` consecutive entries for consecutive host IRQs.
    const { host_irq } = event;
    const count = Math.min(payload.count(event) ?? 1, IRTES_MAX - (event.irte_index ?? 0));
    for (let i = 0; i < count; i++) {
      const irq = host_irq === null ? null : host_irq + i;
      const change = { bits: IRTE_ALLOCATED, shadow: null, host_irq: irq, born: true };
      setIrte(draft, event, { ...change, cause: ALLOCATE }, i);
    }
  },
  [KIND.irte_prepared]: (draft, event) => {
    const bits = bitsOf(event);
    const entry = findIrte(draft, event);
    if (entry === undefined) return;
    const isSame = entry.bits !== null && sameBits(bits, entry.bits);
    setIrte(draft, event, { shadow: isSame ? null : bits });
  },
};

const KVM: FoldRules["kvm"] = {
  // What is still linked under its name is the entry's former life: freed memory, no list of this one.
  [KIND.irte_allocated]: (draft, event) => {
    for (let i = 0; i < Math.min(payload.count(event) ?? 1, IRTES_MAX); i++)
      unlink(draft, event, i);
  },
  [KIND.vcpu_created]: (draft, event) => {
    setVcpu(draft, event, {
      run_state: "out",
      pcpu: NONE,
      ir_list: [],
      ...entryOf(event),
    });
  },
  [KIND.avic_vcpu_loaded]: loadAvic,
  [KIND.avic_vcpu_put]: putAvic,
  [KIND.vcpu_blocking]: (draft, event) => {
    const active = activeOf(draft, event);
    // avic_vcpu_blocking() puts AVIC only if it is active.
    const put =
      active === true ? { is_running: false, ga_log_intr: does(draft, "logsOnlyBlocking") } : {};
    setVcpu(draft, event, {
      ...entryOf(event),
      run_state: "blocking",
      pcpu: active === true || draft.seesEveryLoad ? event.cpu : null,
      avic_active: active,
      ...put,
    });
  },
  [KIND.vcpu_unblocking]: (draft, event) => {
    const active = activeOf(draft, event);
    const load = active === true ? { is_running: true, ga_log_intr: false } : {};
    setVcpu(draft, event, {
      ...entryOf(event),
      ...runningIfSeen(draft, event, active),
      avic_active: active,
      ...load,
    });
  },
  [KIND.avic_refreshed]: (draft, event) => {
    // Runs on the vCPU's own CPU; loads AVIC on activation, puts it on deactivation.
    const active = isSet(payload.apicv_active(event));
    setVcpu(draft, event, {
      ...entryOf(event),
      ...runningIfSeen(draft, event, active),
      avic_active: active,
      is_running: active,
      ga_log_intr: active === null ? null : false,
    });
  },
  [KIND.pi_update_requested]: requestPiUpdate,
  [KIND.vcpu_affinity_set]: (draft, event) => {
    // Before the series the list follows the IRTE; after it, avic_pi_update_irte()'s target.
    if (does(draft, "linksInhibited")) {
      if (payload.is_guest_mode(event) === null) unlink(draft, event);
    } else if (payload.is_guest_mode(event) === 1) link(draft, event);
    else unlink(draft, event);
  },
  [KIND.call_failed]: (draft, event) => {
    const failed = payload.of_kind(event);
    if (failed === KIND.irqfd_assigned) shutDownIrqfd(draft, event);
    else if (failed === KIND.producer_added) disconnect(draft, event);
    else if (failed === KIND.pi_update_requested && does(draft, "unlinksFirst"))
      unlink(draft, event);
  },
};

/** The handlers that AMD adds. */
export const AMD_FOLD: FoldRules = { iommu: IOMMU, kvm: KVM };

/** Does the recorded release do it? No where the release is not known. */
function does(draft: KvmDraft, difference: Difference): boolean {
  const { rules } = draft;
  return rules !== null && isRulesId(rules) && RULES[rules][difference];
}

/** The vCPU runs here now. With AVIC inhibited and only AVIC's functions probed, its next put is not seen. */
function runningIfSeen(draft: KvmDraft, event: TwinEvent, active: boolean | null): VcpuChange {
  return active === true || draft.seesEveryLoad
    ? { run_state: "running", pcpu: event.cpu }
    : { run_state: null, pcpu: null };
}

/** avic_vcpu_load(): called from svm_vcpu_load, avic_vcpu_unblocking and a refresh. */
function loadAvic(draft: KvmDraft, event: TwinEvent): void {
  const entry = entryOf(event);
  // While the vCPU blocks the function returns early and leaves the entry as it is.
  if (isBlocking(draft, event))
    setVcpu(draft, event, { ...entry, avic_active: true, pcpu: payload.cpu(event) });
  else {
    setVcpu(draft, event, {
      ...entry,
      run_state: "running",
      pcpu: payload.cpu(event),
      avic_active: true,
      is_running: true,
      ga_log_intr: false,
    });
  }
}

/** avic_vcpu_put(): called from svm_vcpu_put, avic_vcpu_blocking (before) and a refresh (before). */
function putAvic(draft: KvmDraft, event: TwinEvent): void {
  const entry = entryOf(event);
  const before = event.vcpu === null ? undefined : draft.vcpus.get(event.vcpu);
  if (before?.run_state === "blocking") {
    // Already put when the block began; here the thread merely leaves its CPU.
    const stays = event.cause === CAUSE_BLOCK;
    setVcpu(draft, event, {
      ...entry,
      is_running: false,
      ga_log_intr: before.ga_log_intr,
      ...(stays ? {} : { pcpu: NONE }),
    });
  } else if (event.cause === CAUSE_INHIBIT) {
    setVcpu(draft, event, { ...entry, is_running: false, ga_log_intr: false });
  } else {
    setVcpu(draft, event, {
      ...entry,
      run_state: "out",
      pcpu: NONE,
      avic_active: true,
      is_running: false,
      ga_log_intr: false,
    });
  }
}

/** A put inside avic_vcpu_blocking(), inside a refresh. */
const CAUSE_BLOCK = causeCode("vcpu block");
const CAUSE_INHIBIT = causeCode("AVIC inhibit");

function activeOf(draft: KvmDraft, event: TwinEvent): boolean | null {
  const told = isSet(payload.apicv_active(event));
  if (told !== null || event.vcpu === null) return told;
  return draft.vcpus.get(event.vcpu)?.avic_active ?? null;
}

function isSet(flag: number | null): boolean | null {
  return flag === null ? null : flag !== 0;
}

/** What the physical ID entry that the probe printed says (it is read before the function acts). */
function entryOf(event: TwinEvent): VcpuChange {
  if (event.words === 0) return {};
  const { is_running, ga_log_intr, backing_page } = decodePhysicalId(event.loH, event.loL);
  return { is_running, ga_log_intr, backing_page };
}

// --- ir_lists ------------------------------------------------------------------------------------

/** avic_pi_update_irte(): since the series it unlinks first and links even while AVIC is inhibited. */
function requestPiUpdate(draft: KvmDraft, event: TwinEvent): void {
  const { vm, gsi } = event;
  if (!does(draft, "unlinksFirst")) return;
  if (vm !== null && gsi !== null && draft.routes.has(routeKey(vm, gsi))) {
    setRoute(draft, event, { postable: event.vcpu !== null });
  }
  if (event.vcpu === null) unlink(draft, event);
  else link(draft, event);
}
