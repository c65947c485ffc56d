// The KVM state under construction, and the steps that evolve-kvm.ts is written in: set a vCPU, a VM,
// a route; link and unlink an IRTE. Parts are replaced, never changed.

import { type TwinEvent, irteKeyOf } from "../events/event.js";
import { routeKey, type Since } from "../values/ids.js";
import {
  type IrqfdState,
  inJson,
  type KvmState,
  type RouteState,
  type UnnamedInhibits,
  type VcpuState,
  type VmState,
  unseenVcpu,
} from "./state.js";

/** Told of every change, in order: before (undefined when first seen) and after. */
export interface KvmListener {
  /** A vCPU has changed. */
  vcpu(before: VcpuState | undefined, after: VcpuState, event: TwinEvent): void;
  /** An IRTE came onto a vCPU's ir_list, or (vcpu null) left the one it was on. */
  link(key: number, vcpu: number | null, event: TwinEvent): void;
  /** `after` is undefined when the route went with its VM. */
  route(before: RouteState | undefined, after: RouteState | undefined, event: TwinEvent): void;
}

/** A state under construction: its parts are replaced, never changed. */
export interface KvmDraft {
  /** As KvmState.rules. */
  readonly rules: string | null;
  /** As KvmState.seesEveryLoad. */
  seesEveryLoad: boolean;
  /** As KvmState.vms. */
  readonly vms: Map<number, VmState>;
  /** As KvmState.unnamedInhibits. */
  unnamedInhibits: UnnamedInhibits | null;
  /** Set by `replaceVcpu` alone, which keeps `holders` in step. */
  readonly vcpus: Map<number, VcpuState>;
  /** As KvmState.irqfds. */
  irqfds: readonly IrqfdState[];
  /** As KvmState.routes. */
  readonly routes: Map<string, RouteState>;
  /** The vCPU on whose ir_list each entry is known to be, whether or not the rest of that list is known. */
  readonly holders: Map<number, number>;
  /** All of which something may be known: when events are lost, the others need no look. */
  readonly known: KnownParts;
  /** Hears of each change; undefined = nobody does. */
  readonly listener: KvmListener | undefined;
}

/** Keys of the parts of which something may be known. */
export interface KnownParts {
  /** Those whose inhibits may be known. */
  readonly vms: Set<number>;
  /** Those of which more may be known than that they are there. */
  readonly vcpus: Set<number>;
  /** Those of which no more is known than the CPU that they are on, by that CPU. */
  readonly elsewhere: Map<number, Set<number>>;
  /** As routeKey() makes them. */
  readonly routes: Set<string>;
}

/** A draft that begins as the state; the state stays as it is. */
export function kvmDraftOf(state: KvmState, listener?: KvmListener): KvmDraft {
  const { rules, seesEveryLoad, vms, unnamedInhibits, vcpus, irqfds, routes } = state;
  const holders = new Map<number, number>();
  for (const { vcpu, ir_list } of vcpus.values())
    for (const key of ir_list ?? []) holders.set(key, vcpu);
  const known = {
    vms: new Set(vms.keys()),
    vcpus: new Set(vcpus.keys()),
    elsewhere: new Map<number, Set<number>>(),
    routes: new Set(routes.keys()),
  };
  return {
    ...{ rules, seesEveryLoad, unnamedInhibits, irqfds, holders, known, listener },
    vms: new Map(vms),
    vcpus: new Map(vcpus),
    routes: new Map(routes),
  };
}

/** What the draft is now. Its maps are the draft's own. */
export function kvmStateOf(draft: KvmDraft): KvmState {
  const { rules, seesEveryLoad, vms, unnamedInhibits, vcpus, irqfds, routes } = draft;
  return inJson({ rules, seesEveryLoad, vms, unnamedInhibits, vcpus, irqfds, routes });
}

/** The vCPU is this from now on. What was on a list that is not known any more is there until its link ends. */
export function replaceVcpu(
  draft: KvmDraft,
  before: VcpuState | undefined,
  after: VcpuState,
): void {
  const { vcpus, holders } = draft;
  vcpus.set(after.vcpu, after);
  draft.known.vcpus.add(after.vcpu);
  if (after.ir_list === null || before?.ir_list === after.ir_list) return;
  for (const key of before?.ir_list ?? []) if (holders.get(key) === after.vcpu) holders.delete(key);
  for (const key of after.ir_list) holders.set(key, after.vcpu);
}

/** A vCPU under construction: all but which one it is can change. */
export type VcpuDraft = { -readonly [F in keyof VcpuState]: VcpuState[F] } & {
  /** As VcpuState.vcpu. */
  readonly vcpu: number;
  /** As VcpuState.vm. */
  readonly vm: number;
};

/** What an event does to the vCPU that it names. */
export type VcpuChange = (vcpu: VcpuDraft, event: TwinEvent, draft: KvmDraft) => void;

/** Changes the vCPU that the event names; nothing where it names none. */
export function setVcpu(draft: KvmDraft, event: TwinEvent, change: VcpuChange): void {
  const { vcpu, vm, seq, billions, rest } = event;
  if (vcpu === null || vm === null) return;
  const before = draft.vcpus.get(vcpu);
  const after = copyOf(before ?? unseenVcpu(vm, vcpu), { seq, billions, rest });
  change(after, event, draft);
  replaceVcpu(draft, before, after);
  if (!draft.vms.has(vm)) draft.vms.set(vm, { vm, destroyed: false, inhibits: null });
  draft.listener?.vcpu(before, after, event);
}

/** Field by field, so that all states have one shape: a spread takes many times as long, for every event. */
function copyOf(old: Omit<VcpuState, "since">, since: Since): VcpuDraft {
  return {
    vcpu: old.vcpu,
    vm: old.vm,
    run_state: old.run_state,
    pcpu: old.pcpu,
    avic_active: old.avic_active,
    is_running: old.is_running,
    ga_log_intr: old.ga_log_intr,
    backing_page: old.backing_page,
    ir_list: old.ir_list,
    since,
  };
}

/** Changes the VM that the event names; nothing where it names none. */
export function setVm(draft: KvmDraft, event: TwinEvent, change: Partial<VmState>): void {
  const { vm } = event;
  if (vm === null) return;
  const before = draft.vms.get(vm) ?? { vm, destroyed: false, inhibits: null };
  draft.vms.set(vm, { ...before, ...change });
  draft.known.vms.add(vm);
}

/** Is the irqfd one of the GSI that the event names? */
export function isSubject(irqfd: IrqfdState, event: TwinEvent): boolean {
  return irqfd.vm === event.vm && irqfd.gsi === event.gsi;
}

/** A new irqfd on the GSI that the event names. */
export function appendIrqfd(
  draft: KvmDraft,
  event: TwinEvent,
  fd: number | null,
  host_irq: number | null,
): void {
  const { vm, gsi, seq, billions, rest } = event;
  if (vm === null || gsi === null) return;
  draft.irqfds = [
    ...draft.irqfds,
    { vm, gsi, fd, state: "assigned", host_irq, since: { seq, billions, rest } },
  ];
}

/** Changes the irqfds of the GSI that the event names. */
export function mapIrqfds(
  draft: KvmDraft,
  event: TwinEvent,
  change: (irqfd: IrqfdState) => IrqfdState,
): void {
  draft.irqfds = draft.irqfds.map((irqfd) => (isSubject(irqfd, event) ? change(irqfd) : irqfd));
}

/** A route under construction: all but which one it is can change. */
export type RouteDraft = { -readonly [F in keyof RouteState]: RouteState[F] } & {
  /** As RouteState.vm. */
  readonly vm: number;
  /** As RouteState.gsi. */
  readonly gsi: number;
};

/** Changes the route of the GSI that the event names. */
export function setRoute(
  draft: KvmDraft,
  event: TwinEvent,
  change: (route: RouteDraft, event: TwinEvent) => void,
): void {
  const { vm, gsi, seq, billions, rest } = event;
  if (vm === null || gsi === null) return;
  const key = routeKey(vm, gsi);
  const before = draft.routes.get(key);
  const after = copyOfRoute(before ?? unseenRoute(vm, gsi), { seq, billions, rest });
  change(after, event);
  draft.routes.set(key, after);
  draft.known.routes.add(key);
  draft.listener?.route(before, after, event);
}

/** Field by field, as copyOf(). */
function copyOfRoute(old: Omit<RouteState, "since">, since: Since): RouteDraft {
  return {
    vm: old.vm,
    gsi: old.gsi,
    type: old.type,
    address: old.address,
    data: old.data,
    dest: old.dest,
    vector: old.vector,
    delivery_mode: old.delivery_mode,
    postable: old.postable,
    since,
  };
}

/** A route of which nothing is known. */
export function unseenRoute(vm: number, gsi: number): Omit<RouteState, "since"> {
  return {
    vm,
    gsi,
    type: null,
    address: null,
    data: null,
    dest: null,
    vector: null,
    delivery_mode: null,
    postable: null,
  };
}

/** Puts the event's entry at the head of its vCPU's list, as list_add() does, and takes it off any other. */
export function link(draft: KvmDraft, event: TwinEvent): void {
  const key = irteKeyOf(event);
  unlink(draft, event);
  if (event.vcpu === null) return;
  if (key === null) {
    // An entry joins, and it is not known which.
    setList(draft, event.vcpu, null);
    return;
  }
  draft.listener?.link(key, event.vcpu, event);
  draft.holders.set(key, event.vcpu);
  const list = draft.vcpus.get(event.vcpu)?.ir_list;
  setList(draft, event.vcpu, list === undefined || list === null ? null : [key, ...list]);
}

/** Takes the entry that the event names, or the one `offset` places after it, off the list that holds it. */
export function unlink(draft: KvmDraft, event: TwinEvent, offset = 0): void {
  const first = irteKeyOf(event);
  if (first === null) return;
  const key = first + offset;
  const holder = draft.holders.get(key);
  if (holder === undefined) return;
  endLink(draft, key, event);
  const list = draft.vcpus.get(holder)?.ir_list ?? null;
  if (list === null) return;
  setList(
    draft,
    holder,
    list.filter((other) => other !== key),
  );
}

/** No entry is known to be on the list of this vCPU (null: of any) from here on. */
export function endLinks(draft: KvmDraft, vcpu: number | null, event: TwinEvent): void {
  for (const [key, holder] of draft.holders)
    if (vcpu === null || holder === vcpu) endLink(draft, key, event);
}

function endLink({ holders, listener }: KvmDraft, key: number, event: TwinEvent): void {
  holders.delete(key);
  listener?.link(key, null, event);
}

/** The lists of the event's VM, or of all VMs where it names none, are not known from here on. */
export function forgetLists(draft: KvmDraft, event: TwinEvent): void {
  unlink(draft, event);
  for (const { vcpu, vm } of draft.vcpus.values()) {
    if (event.vm !== null && event.vm !== vm) continue;
    endLinks(draft, vcpu, event);
    setList(draft, vcpu, null);
  }
}

function setList(draft: KvmDraft, vcpu: number, ir_list: readonly number[] | null): void {
  const before = draft.vcpus.get(vcpu);
  if (before === undefined) return;
  const after = copyOf(before, before.since);
  after.ir_list = ir_list;
  replaceVcpu(draft, before, after);
}
