// VMs and vCPUs: creation and end, load and put, blocking, AVIC inhibits. Probes on
// arch/x86/kvm/svm/{svm,avic}.c; tracepoints kvm_apicv_inhibit_changed and sched_switch.

import { decodePhysicalId } from "../../domain/amd/irte/physical-id.js";
import { PROBE } from "../../domain/amd/probes/probes.js";
import { FRAME, type FrameKind } from "../../domain/amd/probes/frames.js";
import { causeCode } from "../../domain/events/causes.js";
import { KIND } from "../../domain/events/kinds.js";
import { setPayload } from "../../domain/events/payload.js";
import { enter, leave } from "../interpret/causes.js";
import { type Interpreter, type Outcome, type Readers } from "../interpret/interpreter.js";
import { eventOfLoadedVcpu, eventOfVcpu, setPhysicalId, vmOf } from "../interpret/subjects.js";
import { type VmRow } from "../../source/rows.js";
import { FIELD } from "../text/fields.js";

const CAUSE_PUT = causeCode("vcpu put");
/** APICV_INHIBIT_REASON_ABSENT: set by kvm_apicv_init() for every new VM. */
const REASON_ABSENT = 2;

/** Readers of VMs and vCPUs: what they are, where they run, whether AVIC is inhibited. */
export const KVM_READERS: Readers = {
  [PROBE.vm_init]: (at) => createVm(at, true),
  [PROBE.avic_vm_init_ret]: (at) => createVm(at, false),
  [PROBE.vm_destroy]: (at) => destroyVm(at),
  [PROBE.avic_vm_destroy]: (at) => {
    vmOf(at);
    return at.isMisnamed ? at.lacking("kvm") : "unused";
  },
  [PROBE.avic_init_vcpu]: (at) => {
    const vm = vmOf(at);
    if (at.isMisnamed) return at.lacking("kvm");
    at.task.initVcpu = vm === null ? null : { vm, vcpu_id: at.number(FIELD.id) };
    return "unused";
  },
  [PROBE.avic_init_vcpu_ret]: (at) => createVcpu(at),
  [PROBE.svm_vcpu_free]: (at) => destroyVcpu(at),
  [PROBE.svm_vcpu_load]: (at) => load(at, KIND.vcpu_loaded, FRAME.svm_vcpu_load),
  [PROBE.svm_vcpu_put]: (at) => put(at, KIND.vcpu_put, FRAME.svm_vcpu_put),
  [PROBE.avic_vcpu_load]: (at) => load(at, KIND.avic_vcpu_loaded, FRAME.avic_vcpu_load),
  [PROBE.avic_vcpu_load_ret]: (at) => {
    learnApic(at);
    leave(at, KIND.avic_vcpu_loaded, FRAME.avic_vcpu_load);
    return "unused";
  },
  [PROBE.avic_vcpu_put]: (at) => put(at, KIND.avic_vcpu_put, FRAME.avic_vcpu_put),
  [PROBE.avic_vcpu_put_ret]: (at) => {
    leave(at, KIND.avic_vcpu_put, FRAME.avic_vcpu_put);
    return "unused";
  },
  [PROBE.avic_blocking]: (at) => halt(at, KIND.vcpu_blocking, FRAME.avic_blocking),
  [PROBE.avic_unblocking]: (at) => halt(at, KIND.vcpu_unblocking, FRAME.avic_unblocking),
  [PROBE.avic_refresh]: (at) =>
    toggle(
      at,
      KIND.avic_refreshed,
      at.number(FIELD.apicv_active) === 0 ? FRAME.refresh_inhibit : FRAME.refresh_uninhibit,
    ),
  [PROBE.start_assignment]: (at) => vmEvent(at, KIND.assignment_started),
  [PROBE.end_assignment]: (at) => vmEvent(at, KIND.assignment_ended),
  [PROBE.apicv_inhibit]: (at) => requestInhibit(at),
  [PROBE.kvm_apicv_inhibit_changed]: (at) => inhibitChanged(at),
  [PROBE.sched_switch]: (at) => schedSwitch(at),
};

/** vm_init and avic_vm_init_ret announce the same VM: the first one counts. */
function createVm(at: Interpreter, isInit: boolean): Outcome {
  const announced = at.task.createdVm;
  // A return probe of 6.1 prints no argument: vm_init has told whose return it is.
  if (!isInit && announced !== null && !at.fields.has(FIELD.kvm)) return "unused";
  if (!makesRoom(at, isInit)) return at.lacking("kvm");
  const vm = vmOf(at);
  if (vm === null) return at.lacking("kvm");
  at.world.vms.noteCreation(vm, at.lineNumber);
  if (vm.id === announced) return "unused";
  vm.born = true;
  if (isInit) at.task.initVm = vm.id;
  at.task.soleVm = at.task.createdVm === null ? vm.id : null;
  at.task.createdVm = vm.id;
  at.event(KIND.vm_created).vm = vm.id;
  return "event";
}

/** What had the new VM's address or avic_vm_id before is gone. false = the line is of another VM than is being made. */
function makesRoom(at: Interpreter, isInit: boolean): boolean {
  const { task, world, fields } = at;
  const { initVm } = task;
  task.initVm = null;
  const before = knownVm(at);
  // What kvm_arch_init_vm() makes is the VM that it was called for.
  at.isMisnamed = !isInit && initVm !== null && before?.id !== initVm;
  if (at.isMisnamed) return false;
  // The address of a VM that is gone, whose end was not observed.
  if (before !== null && (before.id !== task.createdVm || before.vm_id !== null || isInit))
    world.vms.forget(fields.high(FIELD.kvm), fields.low(FIELD.kvm));
  if (!isInit) world.vms.create(at.number(FIELD.vm_id));
  return true;
}

/** The VM at the line's `kvm=`, if it was seen before. */
function knownVm(at: Interpreter): VmRow | null {
  const { fields } = at;
  if (!fields.has(FIELD.kvm)) return null;
  return at.world.vms.known(fields.high(FIELD.kvm), fields.low(FIELD.kvm)) ?? null;
}

function vmEvent(at: Interpreter, kind: number): Outcome {
  const vm = vmOf(at);
  if (vm === null) return at.lacking("kvm");
  at.event(kind).vm = vm.id;
  return "event";
}

function destroyVm(at: Interpreter): Outcome {
  const vm = vmOf(at);
  if (vm === null) return at.lacking("kvm");
  // Its vCPUs are freed after this point, so the address stays its own until a new VM takes it.
  at.world.vms.end(vm);
  // This thread loads each of them once more on the way, and no other VM can have the address until it is done.
  at.world.vms.behindLosses.hasMet(vm, at.line.pid);
  at.event(KIND.vm_destroyed).vm = vm.id;
  if (at.task.soleVm === vm.id) at.task.soleVm = null;
  return "event";
}

function createVcpu(at: Interpreter): Outcome {
  // A return probe of 6.1 prints no argument: the entry has told whose return it is.
  const { initVcpu } = at.task;
  at.task.initVcpu = null;
  const vm = vmOf(at) ?? initVcpu?.vm ?? null;
  const vcpu_id = at.number(FIELD.id) ?? initVcpu?.vcpu_id ?? null;
  if (vm === null || vcpu_id === null) return at.lacking("kvm and id");
  if ((at.number(FIELD.ret) ?? 0) !== 0) return "unused";
  const vcpu = at.world.vms.vcpus.create(vm, vcpu_id);
  const event = at.event(KIND.vcpu_created);
  event.vm = vm.id;
  event.vcpu = vcpu.id;
  setPayload.vcpu_idx(event, vcpu.vcpu_idx);
  setPhysicalId(at, event, vm, vcpu);
  return "event";
}

function destroyVcpu(at: Interpreter): Outcome {
  if (eventOfVcpu(at, KIND.vcpu_destroyed) === null) return at.lacking("kvm and id");
  const vm = vmOf(at);
  const vcpu_id = at.number(FIELD.id);
  if (vm === null || vcpu_id === null) return "event";
  const vcpu = at.world.vms.vcpus.at(vm, vcpu_id);
  at.names.freed(vm, vcpu);
  at.world.vms.vcpus.free(vcpu);
  return "event";
}

/** With IsRunning set the vCPU is loaded here, and the entry's APIC ID is this CPU's. */
function learnApic(at: Interpreter): void {
  if (!at.require(FIELD.entry)) return;
  const entry = decodePhysicalId(at.fields.high(FIELD.entry), at.fields.low(FIELD.entry));
  if (entry.is_running) at.world.learnApic(at.line.cpu, entry.host_apic_id);
}

function load(at: Interpreter, kind: number, frame: FrameKind): Outcome {
  if (!at.require(FIELD.cpu)) return at.lacking("cpu");
  const event = eventOfVcpu(at, kind);
  if (event === null) return at.lacking("kvm and id");
  setPayload.cpu(event, at.number(FIELD.cpu));
  enter(at, event, frame);
  at.task.vm = event.vm;
  at.task.vcpu = event.vcpu;
  return "event";
}

function put(at: Interpreter, kind: number, frame: FrameKind): Outcome {
  const event = eventOfVcpu(at, kind);
  if (event === null) return at.lacking("kvm and id");
  learnApic(at);
  enter(at, event, frame);
  if (event.cause === CAUSE_PUT) {
    at.task.vm = null;
    at.task.vcpu = null;
  }
  return "event";
}

function toggle(at: Interpreter, kind: number, frame: FrameKind): Outcome {
  const event = eventOfVcpu(at, kind);
  if (event === null) return at.lacking("kvm and id");
  setPayload.apicv_active(event, at.number(FIELD.apicv_active));
  learnApic(at);
  enter(at, event, frame);
  return "event";
}

/** Only the thread that runs the vCPU waits in its halt. */
function halt(at: Interpreter, kind: number, frame: FrameKind): Outcome {
  const outcome = toggle(at, kind, frame);
  const vm = knownVm(at);
  const vcpu_id = at.number(FIELD.id);
  if (vm !== null && vcpu_id !== null) at.world.vms.behindLosses.runs(vm, vcpu_id, at.line.pid);
  return outcome;
}

function requestInhibit(at: Interpreter): Outcome {
  const vm = vmOf(at);
  if (vm === null || !at.require(FIELD.reason)) return at.lacking("kvm and reason");
  const event = at.event(KIND.avic_inhibit_requested);
  event.vm = vm.id;
  setPayload.reason(event, at.number(FIELD.reason));
  setPayload.set(event, at.number(FIELD.set));
  at.task.inhibitVm = vm.id;
  return "event";
}

/**
 * The tracepoint names no VM. It is that of the call under way, or the VM that is being made; or, inferred, that of
 * the vCPU which the task has loaded, or the only VM that the task has made.
 */
function inhibitChanged(at: Interpreter): Outcome {
  if (!at.require(FIELD.reason, FIELD.inhibits)) return at.lacking("reason and inhibits");
  const { task } = at;
  const said = at.words(/^(set|cleared) /)?.[1];
  if (said === undefined) return at.lacking("whether the reason is set or cleared");
  const isSet = said === "set";
  const event = at.event(isSet ? KIND.avic_inhibit_set : KIND.avic_inhibit_cleared);
  const reason = at.number(FIELD.reason);
  setPayload.reason(event, reason);
  setPayload.inhibits(event, at.number(FIELD.inhibits));
  const told = task.inhibitVm ?? (isSet && reason === REASON_ABSENT ? task.createdVm : null);
  event.vm = told ?? task.vm ?? task.soleVm;
  setPayload.vm_inferred(event, told === null && event.vm !== null ? 1 : null);
  return "event";
}

/** A runnable task that leaves its CPU with a vCPU loaded was preempted (prev_state R or R+). */
function schedSwitch(at: Interpreter): Outcome {
  if (at.task.vcpu === null) return "unused";
  const said = at.line.schedSwitch();
  if (said === null) return at.lacking("who leaves the CPU and who comes");
  if (said.prev_pid !== at.line.pid || said.prev_state?.startsWith("R") !== true) return "unused";
  eventOfLoadedVcpu(at, KIND.vcpu_preempted);
  return "event";
}
