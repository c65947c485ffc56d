// evolve for KVM: what each event does to VMs, vCPUs, irqfds and routes, whatever the platform. Total and
// pure: every event is accepted, none throws, the state that comes in is not changed.
//
// Source of each step: virt/kvm/eventfd.c, arch/x86/kvm/x86.c, Linux 6.12 to 7.3.

import { type Batch, type TwinEvent } from "../events/event.js";
import { routeKey } from "../values/ids.js";
import { decodeMsi, isPostableMode } from "../values/msi.js";
import { payload } from "../events/payload.js";
import { NONE, type RouteState, type VcpuState, unseenVcpu } from "./state.js";
import {
  setVm,
  setVcpu,
  mapIrqfds,
  isSubject,
  appendIrqfd,
  endLinks,
  setRoute,
  replaceVcpu,
  type KvmDraft,
  type RouteDraft,
  type VcpuDraft,
  unseenRoute,
} from "./kvm-draft.js";
import { KIND } from "../events/kinds.js";
import { type KvmHandler } from "./fold-rules.js";

/** include/uapi/linux/kvm.h: KVM_IRQ_ROUTING_MSI. */
const ROUTING_MSI = 2;

/** What each kind of event does; a kind that is not here leaves this state as it is. */
export const COMMON_KVM_HANDLERS: Readonly<Record<number, KvmHandler>> = {
  [KIND.vm_created]: (draft, event) => {
    setVm(draft, event, {});
  },
  [KIND.vm_destroyed]: destroyVm,
  [KIND.vcpu_destroyed]: (draft, event) => {
    if (event.vcpu !== null) endLinks(draft, event.vcpu, event);
    setVcpu(draft, event, freeVcpu);
  },
  [KIND.vcpu_loaded]: (draft, event) => {
    draft.seesEveryLoad = true;
    setVcpu(draft, event, loadVcpu);
  },
  [KIND.vcpu_put]: (draft, event) => {
    setVcpu(draft, event, putVcpu);
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
    // A host IRQ has one producer: an irqfd that it was connected to until now has it no more.
    const { host_irq } = event;
    if (host_irq !== null && draft.irqfds.some((irqfd) => irqfd.host_irq === host_irq))
      draft.irqfds = draft.irqfds.map((irqfd) =>
        irqfd.host_irq === host_irq ? { ...irqfd, host_irq: NONE } : irqfd,
      );
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
    setRoute(draft, event, showRoute);
  },
  [KIND.irqfd_msi]: (draft, event) => {
    setRoute(draft, event, (route) => {
      if (showsAnother(route, event)) {
        route.address = null;
        route.data = null;
      }
      route.type = ROUTING_MSI;
      route.dest = payload.dest(event);
      route.vector = payload.vector(event);
      route.delivery_mode = payload.mode(event);
      route.postable = postable(ROUTING_MSI, route.delivery_mode);
    });
  },
  [KIND.pi_update_decided]: (draft, event) => {
    const { vm, gsi } = event;
    if (vm === null || gsi === null || payload.enabled(event) !== 1) return;
    if (!draft.routes.has(routeKey(vm, gsi))) return;
    setRoute(draft, event, (route) => {
      route.postable = true;
    });
  },
  [KIND.events_lost]: loseEvents,
};

/** Folds a batch into the draft, with these handlers by kind. */
export function foldKvm(
  handlers: readonly (KvmHandler | undefined)[],
  draft: KvmDraft,
  batch: Batch,
): void {
  for (const event of batch) handlers[event.kind]?.(draft, event);
}

// --- vCPUs -------------------------------------------------------------------------------------

function freeVcpu(vcpu: VcpuDraft): void {
  vcpu.run_state = "freed";
  vcpu.pcpu = NONE;
  vcpu.avic_active = false;
  vcpu.is_running = false;
  vcpu.ga_log_intr = false;
  vcpu.ir_list = [];
}

/**
 * A blocking vCPU's thread sleeps and wakes on a CPU without ending the block. Where it is not known whether the
 * vCPU blocks, a load or a put does not tell.
 */
function loadVcpu(vcpu: VcpuDraft, event: TwinEvent): void {
  if (doesNotBlock(vcpu)) vcpu.run_state = "running";
  vcpu.pcpu = payload.cpu(event);
}

function putVcpu(vcpu: VcpuDraft): void {
  if (doesNotBlock(vcpu)) vcpu.run_state = "out";
  vcpu.pcpu = NONE;
}

/** Is it known that the vCPU is not waiting in a halt? */
export function doesNotBlock({ run_state }: VcpuState): boolean {
  return run_state !== "blocking" && run_state !== null;
}

// --- VMs ---------------------------------------------------------------------------------------

function setInhibits(draft: KvmDraft, event: TwinEvent): void {
  const inhibits = payload.inhibits(event);
  if (inhibits === null) return;
  if (event.vm !== null) {
    setVm(draft, event, { inhibits, isInferred: payload.vm_inferred(event) === 1 });
    return;
  }
  const { seq, billions, rest } = event;
  forgetInhibits(draft);
  draft.unnamedInhibits = { inhibits, since: { seq, billions, rest } };
}

/** Of some VM, but which is not told: a kernel that has no probe there. */
function forgetInhibits({ vms, known }: KvmDraft): void {
  for (const vm of known.vms) {
    const { destroyed = false, inhibits = null } = vms.get(vm) ?? {};
    if (inhibits !== null) vms.set(vm, { vm, destroyed, inhibits: null });
  }
  known.vms.clear();
}

function destroyVm(draft: KvmDraft, event: TwinEvent): void {
  setVm(draft, event, { destroyed: true });
  draft.irqfds = draft.irqfds.filter((irqfd) => irqfd.vm !== event.vm);
  for (const [key, route] of draft.routes) {
    if (route.vm !== event.vm) continue;
    draft.routes.delete(key);
    draft.known.routes.delete(key);
    draft.listener?.route(route, undefined, event);
  }
}

// --- irqfds and routes --------------------------------------------------------------------------

function assignIrqfd(draft: KvmDraft, event: TwinEvent): void {
  draft.irqfds = draft.irqfds.filter(
    (irqfd) =>
      !(isSubject(irqfd, event) && irqfd.fd === payload.fd(event) && irqfd.state === "assigned"),
  );
  appendIrqfd(draft, event, payload.fd(event), NONE);
}

/** The work item names no eventfd: the deassigned irqfd of the GSI goes first, then the oldest. */
export function shutDownIrqfd(draft: KvmDraft, event: TwinEvent): void {
  const candidates = draft.irqfds.filter((irqfd) => isSubject(irqfd, event));
  const gone = candidates.find((irqfd) => irqfd.state === "deassigned") ?? candidates[0];
  draft.irqfds = draft.irqfds.filter((irqfd) => irqfd !== gone);
}

/** The producer of the event's host IRQ is connected to the irqfd no more. */
export function disconnect(draft: KvmDraft, event: TwinEvent): void {
  mapIrqfds(draft, event, (irqfd) =>
    irqfd.host_irq === event.host_irq ? { ...irqfd, host_irq: NONE } : irqfd,
  );
}

/** The route is what the event shows: its type, address and data, and what these say. */
export function showRoute(route: RouteDraft, event: TwinEvent): void {
  const type = payload.type(event);
  const address = payload.address(event);
  const data = payload.data(event);
  const msi =
    type === ROUTING_MSI && address !== null && data !== null ? decodeMsi(address, data) : null;
  route.type = type;
  route.address = address;
  route.data = data;
  route.dest = msi?.dest ?? null;
  route.vector = msi?.vector ?? null;
  route.delivery_mode = msi?.delivery_mode ?? null;
  route.postable = postable(type, route.delivery_mode);
}

/** The MSI is not the one that the route's address and data were: those are old. */
function showsAnother({ address, data }: RouteState, event: TwinEvent): boolean {
  const dest = payload.dest(event);
  const mode = payload.mode(event);
  if (address === null || data === null) return false;
  const msi = decodeMsi(address, data);
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

// --- gaps ----------------------------------------------------------------------------------------

/**
 * A vCPU loaded on another CPU can only leave it there: that it is there is still known. The rest is not: it may
 * have begun to block, or taken up another state of AVIC, on the CPU whose events were lost, and come over since. An irqfd
 * of which no line has told anything since events were lost before is not known to be there: it goes.
 */
function loseEvents(draft: KvmDraft, event: TwinEvent): void {
  forgetInhibits(draft);
  draft.unnamedInhibits = null;
  endLinks(draft, null, event);
  const { vcpus, elsewhere, routes } = draft.known;
  // What is told again while it is forgotten is known again.
  const were = [...vcpus, ...(elsewhere.get(event.cpu) ?? [])];
  vcpus.clear();
  elsewhere.delete(event.cpu);
  for (const vcpu of were) forgetVcpu(draft, event, vcpu);
  draft.irqfds = draft.irqfds
    .filter(({ state, host_irq }) => state !== null || host_irq !== null)
    .map((irqfd) => ({ ...irqfd, state: null, host_irq: null }));
  for (const key of routes) forgetRoute(draft, event, key);
  routes.clear();
}

function forgetVcpu(draft: KvmDraft, event: TwinEvent, vcpu: number): void {
  const before = draft.vcpus.get(vcpu);
  if (before === undefined || before.run_state === "freed") return;
  const { vm, pcpu, backing_page } = before;
  const isElsewhere = pcpu !== null && pcpu !== NONE && pcpu !== event.cpu;
  const unseen = { ...unseenVcpu(vm, vcpu), pcpu: isElsewhere ? pcpu : null, backing_page };
  if (isUnknown(before) && pcpu === unseen.pcpu) {
    if (isElsewhere) noteElsewhere(draft, pcpu, vcpu);
    return;
  }
  const { seq, billions, rest } = event;
  const after = { ...unseen, since: { seq, billions, rest } };
  replaceVcpu(draft, before, after);
  draft.listener?.vcpu(before, after, event);
}

/** A loss on the CPU that the vCPU is on is the only one that it is to be looked at for. */
function noteElsewhere({ known: { elsewhere } }: KvmDraft, cpu: number, vcpu: number): void {
  const there = elsewhere.get(cpu);
  if (there === undefined) elsewhere.set(cpu, new Set([vcpu]));
  else there.add(vcpu);
}

/** Is nothing known of the vCPU but where it is, and where its backing page? */
function isUnknown(vcpu: VcpuState): boolean {
  const { run_state, avic_active, is_running, ga_log_intr, ir_list } = vcpu;
  return (
    run_state === null &&
    avic_active === null &&
    is_running === null &&
    ga_log_intr === null &&
    ir_list === null
  );
}

/** Is nothing known of the route? Then another loss changes nothing, wherever a batch ends. */
export function isUnseen(route: RouteState): boolean {
  const { type, address, data, dest, vector, delivery_mode } = route;
  const values = [type, address, data, dest, vector, delivery_mode, route.postable];
  return values.every((each) => each === null);
}

function forgetRoute(draft: KvmDraft, event: TwinEvent, key: string): void {
  const before = draft.routes.get(key);
  if (before === undefined || isUnseen(before)) return;
  const { seq, billions, rest } = event;
  const after = { ...unseenRoute(before.vm, before.gsi), since: { seq, billions, rest } };
  draft.routes.set(key, after);
  draft.listener?.route(before, after, event);
}
