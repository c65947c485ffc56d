// What a dump of the host says of a vCPU under AVIC, and of its ir_list. What the trace has shown goes before it: only what
// is not known becomes known by it.

import { KIND } from "../events/kinds.js";
import { payload } from "../events/payload.js";
import { irteKeyOf, type TwinEvent } from "../events/event.js";
import { type KvmHandler } from "../fold/fold-rules.js";
import { endLinks, setVcpu, type KvmDraft, type VcpuDraft } from "../fold/kvm-draft.js";
import { NONE, type RunState, type VcpuState } from "../fold/state.js";
import { decodePhysicalId } from "./irte/physical-id.js";

/** What each kind of fact does. */
export const ANCHORED_VCPUS: Readonly<Record<number, KvmHandler>> = {
  [KIND.vcpu_anchored]: (draft, event) => {
    if (isLearned(draft, event)) setVcpu(draft, event, learn);
  },
  [KIND.link_anchored]: (draft, event) => {
    const key = irteKeyOf(event);
    const vcpu = event.vcpu === null ? undefined : draft.vcpus.get(event.vcpu);
    if (key !== null && vcpu !== undefined) append(draft, event, key, vcpu);
  },
};

function isLearned({ vcpus, vms }: KvmDraft, { vcpu, vm }: TwinEvent): boolean {
  const before = vcpu === null ? undefined : vcpus.get(vcpu);
  const isGone = vm !== null && vms.get(vm)?.destroyed === true;
  return !isGone && (before === undefined || Object.values(before).includes(null));
}

function learn(vcpu: VcpuDraft, event: TwinEvent, { seesEveryLoad }: KvmDraft): void {
  const active = payload.apicv_active(event);
  vcpu.avic_active ??= active === null ? null : active !== 0;
  learnPlace(vcpu, event, vcpu.avic_active === true || seesEveryLoad);
  if (payload.linked(event) === 0) vcpu.ir_list ??= [];
  if (event.words === 0) return;
  const { is_running, ga_log_intr, backing_page } = decodePhysicalId(event.loH, event.loL);
  vcpu.is_running ??= is_running;
  vcpu.ga_log_intr ??= ga_log_intr;
  vcpu.backing_page ??= backing_page;
}

/** `seesMoves`: each load and put of the vCPU shows. Where it does not, only that it blocks stays true. */
function learnPlace(vcpu: VcpuDraft, event: TwinEvent, seesMoves: boolean): void {
  const cpu = payload.cpu(event);
  const blocking = payload.blocking(event);
  if (vcpu.pcpu !== null && vcpu.pcpu !== cpu) return;
  if (seesMoves) vcpu.pcpu = cpu;
  if (blocking === 1) vcpu.run_state ??= "blocking";
  else if (blocking === 0 && seesMoves) vcpu.run_state ??= placeOf(cpu);
}

function placeOf(cpu: number | null): RunState | null {
  if (cpu === null) return null;
  return cpu === NONE ? "out" : "running";
}

/**
 * Puts the entry behind those that the events right before it have put onto the vCPU's list. One that the trace has shown
 * on another list contradicts the dump: then nothing of this list is known.
 */
function append(draft: KvmDraft, event: TwinEvent, key: number, vcpu: VcpuState): void {
  const list = vcpu.ir_list ?? [];
  const isNext = vcpu.ir_list === null || list.length > 0;
  if (!isNext || vcpu.since.seq !== event.seq - 1 || list.length !== payload.place(event)) return;
  const isHeld = draft.holders.has(key);
  if (isHeld) endLinks(draft, vcpu.vcpu, event);
  else draft.listener?.link(key, vcpu.vcpu, event);
  setVcpu(draft, event, (changed) => {
    changed.ir_list = isHeld ? null : [...list, key];
  });
}
