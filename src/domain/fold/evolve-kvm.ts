// evolve for KVM: what each event does to VMs, vCPUs, irqfds, routes and ir_lists. Total and pure:
// every event is accepted, none throws, the state that comes in is not changed.
//
// Source of each step: arch/x86/kvm/svm/avic.c, arch/x86/kvm/svm/svm.c, virt/kvm/eventfd.c,
// Linux 6.12 to 7.3. Where releases differ, `rules` decides (domain/rules.ts).

import { payload } from "../events/payload.js";
import { byKind } from "../events/by-kind.js";
import { KIND } from "../events/kinds.js";
import { causeCode } from "../events/causes.js";
import { type Batch, type TwinEvent } from "../events/event.js";
import { IRTES_MAX } from "../amd/irte.js";
import { decodeMsi, isPostableMode } from "../msi.js";
import { decodePhysicalId } from "../amd/physical-id.js";
import {
  appendIrqfd,
  does,
  isSubject,
  link,
  mapIrqfds,
  setRoute,
  setVcpu,
  setVm,
  unlink,
  unseenRoute,
  unseenVcpu,
  type Draft,
  type KvmListener,
  type VcpuChange,
} from "./kvm-draft.js";
import { NONE, type KvmState } from "./state.js";
import { routeKey } from "../ids.js";

type Handler = (draft: Draft, event: TwinEvent) => void;

/** include/uapi/linux/kvm.h: KVM_IRQ_ROUTING_MSI. */
const ROUTING_MSI = 2;

/** What each kind of event does; a kind that is not here leaves this state as it is. */
const HANDLERS: readonly (Handler | undefined)[] = byKind({
  // What is still linked under its name is the entry's former life: freed memory, no list of this one.
  [KIND.irte_allocated]: (draft, event) => {
    for (let i = 0; i < Math.min(payload.count(event) ?? 1, IRTES_MAX); i++)
      unlink(draft, event, i);
  },
  [KIND.vm_created]: (draft, event) => {
    setVm(draft, event, {});
  },
  [KIND.vm_destroyed]: destroyVm,
  [KIND.vcpu_created]: (draft, event) => {
    setVcpu(draft, event, {
      run_state: "out",
      pcpu: NONE,
      ir_list: [],
      ...entryOf(event),
    });
  },
  [KIND.vcpu_destroyed]: (draft, event) => {
    const links = event.vcpu === null ? null : draft.vcpus.get(event.vcpu)?.ir_list;
    for (const key of links ?? []) draft.listener?.link(key, null, event);
    setVcpu(draft, event, {
      run_state: "freed",
      pcpu: NONE,
      avic_active: false,
      is_running: false,
      ga_log_intr: false,
      ir_list: [],
    });
  },
  // A blocking vCPU's thread sleeps and wakes on a CPU without ending the block.
  [KIND.vcpu_loaded]: (draft, event) => {
    draft.seesEveryLoad = true;
    setVcpu(
      draft,
      event,
      isBlocking(draft, event)
        ? { pcpu: payload.cpu(event) }
        : { run_state: "running", pcpu: payload.cpu(event) },
    );
  },
  [KIND.vcpu_put]: (draft, event) => {
    setVcpu(
      draft,
      event,
      isBlocking(draft, event) ? { pcpu: NONE } : { run_state: "out", pcpu: NONE },
    );
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
  [KIND.avic_inhibit_requested]: (draft, event) => {
    const inhibits = event.vm === null ? null : (draft.vms.get(event.vm)?.inhibits ?? null);
    const reason = payload.reason(event);
    const set = payload.set(event);
    if (reason === null || set === null || inhibits === null) return;
    setVm(draft, event, {
      inhibits: set === 0 ? inhibits & ~(1 << reason) : inhibits | (1 << reason),
    });
  },
  [KIND.avic_inhibit_set]: setInhibits,
  [KIND.avic_inhibit_cleared]: setInhibits,
  [KIND.irqfd_assigned]: assignIrqfd,
  [KIND.irqfd_deassigned]: (draft, event) => {
    mapIrqfds(draft, event, (irqfd) =>
      irqfd.fd === payload.fd(event) || irqfd.fd === null
        ? { ...irqfd, state: "deassigned" }
        : irqfd,
    );
  },
  [KIND.irqfd_shut_down]: shutDownIrqfd,
  [KIND.producer_added]: (draft, event) => {
    const free = draft.irqfds.find(
      (irqfd) => isSubject(irqfd, event) && (irqfd.host_irq === NONE || irqfd.host_irq === null),
    );
    if (free === undefined) appendIrqfd(draft, event, null, event.host_irq);
    else
      draft.irqfds = draft.irqfds.map((irqfd) =>
        irqfd === free ? { ...irqfd, host_irq: event.host_irq } : irqfd,
      );
  },
  [KIND.producer_removed]: disconnect,
  [KIND.irqfd_routed]: (draft, event) => {
    const type = payload.type(event);
    const address = payload.address(event);
    const data = payload.data(event);
    const msi =
      type === ROUTING_MSI && address !== null && data !== null ? decodeMsi(address, data) : null;
    setRoute(draft, event, {
      type,
      address,
      data,
      dest: msi?.dest ?? null,
      vector: msi?.vector ?? null,
      delivery_mode: msi?.delivery_mode ?? null,
      postable: postable(type, msi?.delivery_mode ?? null),
    });
  },
  [KIND.irqfd_msi]: (draft, event) => {
    setRoute(draft, event, {
      ...(showsAnother(draft, event) ? { address: null, data: null } : {}),
      type: ROUTING_MSI,
      dest: payload.dest(event),
      vector: payload.vector(event),
      delivery_mode: payload.mode(event),
      postable: postable(ROUTING_MSI, payload.mode(event)),
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
  [KIND.pi_update_decided]: (draft, event) => {
    const { vm, gsi } = event;
    if (vm === null || gsi === null || payload.enabled(event) !== 1) return;
    if (draft.routes.has(routeKey(vm, gsi))) setRoute(draft, event, { postable: true });
  },
  [KIND.call_failed]: (draft, event) => {
    const failed = payload.of_kind(event);
    if (failed === KIND.irqfd_assigned) shutDownIrqfd(draft, event);
    else if (failed === KIND.producer_added) disconnect(draft, event);
    else if (failed === KIND.pi_update_requested && does(draft, "unlinksFirst"))
      unlink(draft, event);
  },
  [KIND.events_lost]: loseEvents,
});

/** Folds a batch; `listener` hears of each change of a vCPU or a route, in order. */
export function evolveKvm(state: KvmState, batch: Batch, listener?: KvmListener): KvmState {
  const draft: Draft = {
    rules: state.rules,
    seesEveryLoad: state.seesEveryLoad,
    vms: new Map(state.vms),
    vcpus: new Map(state.vcpus),
    irqfds: state.irqfds,
    routes: new Map(state.routes),
    listener,
  };
  for (const event of batch) HANDLERS[event.kind]?.(draft, event);
  const { rules, seesEveryLoad, vms, vcpus, irqfds, routes } = draft;
  return { rules, seesEveryLoad, vms, vcpus, irqfds, routes };
}

// --- vCPUs -------------------------------------------------------------------------------------

/** The vCPU runs here now. With AVIC inhibited and only AVIC's functions probed, its next put is not seen. */
function runningIfSeen(draft: Draft, event: TwinEvent, active: boolean | null): VcpuChange {
  return active === true || draft.seesEveryLoad
    ? { run_state: "running", pcpu: event.cpu }
    : { run_state: null, pcpu: null };
}

/** avic_vcpu_load(): called from svm_vcpu_load, avic_vcpu_unblocking and a refresh. */
function loadAvic(draft: Draft, event: TwinEvent): void {
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
function putAvic(draft: Draft, event: TwinEvent): void {
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

function isBlocking(draft: Draft, event: TwinEvent): boolean {
  return event.vcpu !== null && draft.vcpus.get(event.vcpu)?.run_state === "blocking";
}

function activeOf(draft: Draft, event: TwinEvent): boolean | null {
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

// --- VMs ---------------------------------------------------------------------------------------

function setInhibits(draft: Draft, event: TwinEvent): void {
  const inhibits = payload.inhibits(event);
  if (inhibits === null) return;
  if (event.vm !== null) setVm(draft, event, { inhibits });
  else forgetInhibits(draft);
}

/** Of some VM, but which is not told: a kernel that has no probe there. */
function forgetInhibits(draft: Draft): void {
  for (const [vm, state] of draft.vms) draft.vms.set(vm, { ...state, inhibits: null });
}

function destroyVm(draft: Draft, event: TwinEvent): void {
  setVm(draft, event, { destroyed: true });
  draft.irqfds = draft.irqfds.filter((irqfd) => irqfd.vm !== event.vm);
  for (const [key, route] of draft.routes) {
    if (route.vm !== event.vm) continue;
    draft.routes.delete(key);
    draft.listener?.route(route, undefined, event);
  }
}

// --- irqfds and routes --------------------------------------------------------------------------

function assignIrqfd(draft: Draft, event: TwinEvent): void {
  draft.irqfds = draft.irqfds.filter(
    (irqfd) =>
      !(isSubject(irqfd, event) && irqfd.fd === payload.fd(event) && irqfd.state === "assigned"),
  );
  appendIrqfd(draft, event, payload.fd(event), NONE);
}

/** The work item names no eventfd: the deassigned irqfd of the GSI goes first, then the oldest. */
function shutDownIrqfd(draft: Draft, event: TwinEvent): void {
  const candidates = draft.irqfds.filter((irqfd) => isSubject(irqfd, event));
  const gone = candidates.find((irqfd) => irqfd.state === "deassigned") ?? candidates[0];
  draft.irqfds = draft.irqfds.filter((irqfd) => irqfd !== gone);
}

function disconnect(draft: Draft, event: TwinEvent): void {
  mapIrqfds(draft, event, (irqfd) =>
    irqfd.host_irq === event.host_irq ? { ...irqfd, host_irq: NONE } : irqfd,
  );
}

/** The MSI is not the one that the route's address and data were: those are old. */
function showsAnother(draft: Draft, event: TwinEvent): boolean {
  const { vm, gsi } = event;
  const dest = payload.dest(event);
  const mode = payload.mode(event);
  const route = vm === null || gsi === null ? undefined : draft.routes.get(routeKey(vm, gsi));
  if (route?.address == null || route.data === null) return false;
  const msi = decodeMsi(route.address, route.data);
  const sameDest = dest === null || msi.dest === (dest & 0xff);
  return !(
    sameDest &&
    msi.vector === payload.vector(event) &&
    (mode === null || msi.delivery_mode === mode)
  );
}

function postable(type: number | null, delivery_mode: number | null): boolean | null {
  if (type === null) return null;
  if (type !== ROUTING_MSI) return false;
  return delivery_mode !== null && !isPostableMode(delivery_mode) ? false : null;
}

// --- ir_lists ------------------------------------------------------------------------------------

/** avic_pi_update_irte(): since the series it unlinks first and links even while AVIC is inhibited. */
function requestPiUpdate(draft: Draft, event: TwinEvent): void {
  const { vm, gsi } = event;
  if (!does(draft, "unlinksFirst")) return;
  if (vm !== null && gsi !== null && draft.routes.has(routeKey(vm, gsi))) {
    setRoute(draft, event, { postable: event.vcpu !== null });
  }
  if (event.vcpu === null) unlink(draft, event);
  else link(draft, event);
}

// --- gaps ----------------------------------------------------------------------------------------

/** A vCPU loaded on another CPU can only leave it there, so it is still known; the rest is not. */
function loseEvents(draft: Draft, event: TwinEvent): void {
  forgetInhibits(draft);
  const { seq, billions, rest } = event;
  for (const [vcpu, before] of draft.vcpus) {
    if (before.run_state === "freed") continue;
    for (const key of before.ir_list ?? []) draft.listener?.link(key, null, event);
    const elsewhere = before.pcpu !== null && before.pcpu !== NONE && before.pcpu !== event.cpu;
    const after = elsewhere
      ? { ...before, ir_list: null }
      : {
          ...unseenVcpu(before.vm, vcpu),
          backing_page: before.backing_page,
          since: { seq, billions, rest },
        };
    draft.vcpus.set(vcpu, after);
    draft.listener?.vcpu(before, after, event);
  }
  draft.irqfds = draft.irqfds.map((irqfd) => ({ ...irqfd, state: null, host_irq: null }));
  for (const [key, route] of draft.routes) {
    const after = { ...unseenRoute(route.vm, route.gsi), since: { seq, billions, rest } };
    draft.routes.set(key, after);
    draft.listener?.route(route, after, event);
  }
}
