// Posted-interrupt updates: routing, irqfds and bypass producers, down to avic_pi_update_irte().
// Probes on virt/kvm/eventfd.c, virt/lib/irqbypass.c's callbacks, arch/x86/kvm/{x86,irq}.c and
// svm/avic.c; tracepoints kvm_pi_irte_update and kvm_msi_set_irq.

import { PROBE } from "../../domain/amd/probes/probes.js";
import { FRAME, type FrameKind } from "../../domain/amd/probes/frames.js";
import { KIND } from "../../domain/events/kinds.js";
import { FIELD } from "../text/fields.js";
import { setPayload } from "../../domain/events/payload.js";
import { type EventDraft } from "../../domain/events/stored-event.js";
import { enter, leave, setCause } from "../interpret/causes.js";
import { type Interpreter, type Outcome, type Readers } from "../interpret/interpreter.js";
import { setIrq, vmOf } from "../interpret/subjects.js";
import { msiOf, msiSent, NO_MSI } from "./msi.js";
import { returned } from "./returned.js";

/** uapi/linux/kvm.h: KVM_IRQFD_FLAG_DEASSIGN. */
const IRQFD_DEASSIGN = 1;

/** Readers of routing, irqfds, bypass producers and updates of posting. */
export const PI_UPDATE_READERS: Readers = {
  [PROBE.avic_pi_update]: (at) => piUpdate(at),
  [PROBE.avic_pi_update_ret]: (at) => {
    const outcome = returned(at, KIND.pi_update_requested);
    leave(at, KIND.pi_update_requested, FRAME.avic_pi_update);
    return outcome;
  },
  [PROBE.add_producer]: (at) => producer(at, KIND.producer_added, FRAME.add_producer),
  [PROBE.add_producer_ret]: (at) => {
    const outcome = returned(at, KIND.producer_added);
    at.task.stack.leave(FRAME.add_producer);
    return outcome;
  },
  [PROBE.del_producer]: (at) => producer(at, KIND.producer_removed, FRAME.del_producer),
  [PROBE.del_producer_ret]: (at) => {
    leave(at, KIND.producer_removed, FRAME.del_producer);
    return "unused";
  },
  [PROBE.set_irq_routing]: (at) => {
    const vm = vmOf(at);
    if (vm === null) return at.lacking("kvm");
    const event = at.event(KIND.gsi_routing_set);
    event.vm = vm.id;
    setPayload.nr(event, at.number(FIELD.nr));
    enter(at, event, FRAME.set_irq_routing);
    return "event";
  },
  [PROBE.set_irq_routing_ret]: (at) => {
    at.task.stack.leave(FRAME.set_irq_routing);
    return "unused";
  },
  [PROBE.route_changed]: (at) => {
    at.task.newRouteType = at.number(FIELD.new_type);
    return "unused";
  },
  [PROBE.update_irqfd_routing]: (at) => updateRouting(at),
  [PROBE.update_irqfd_routing_ret]: (at) => {
    at.task.stack.leave(FRAME.update_irqfd_routing);
    return "unused";
  },
  [PROBE.kvm_irqfd]: (at) => irqfd(at),
  [PROBE.kvm_irqfd_ret]: (at) => returned(at, KIND.irqfd_assigned),
  [PROBE.irqfd_shutdown]: (at) => {
    const vm = vmOf(at);
    if (vm === null || !at.require(FIELD.gsi)) return at.lacking("kvm and gsi");
    const event = at.event(KIND.irqfd_shut_down);
    event.vm = vm.id;
    event.gsi = at.number(FIELD.gsi);
    return "event";
  },
  [PROBE.kvm_pi_irte_update]: (at) => piDecided(at),
  [PROBE.kvm_msi_set_irq]: (at) => msi(at),
};

function piUpdate(at: Interpreter): Outcome {
  const vm = vmOf(at);
  if (vm === null || !at.require(FIELD.host_irq)) return at.lacking("kvm and host_irq");
  const event = at.event(KIND.pi_update_requested);
  event.vm = vm.id;
  event.gsi = at.number(FIELD.gsi);
  setIrq(at, event, at.number(FIELD.host_irq));
  // Since the series the target vCPU is an argument (NULL = none); before it, `set`.
  const vcpu_id = at.number(FIELD.vcpu_id);
  if (at.fields.has(FIELD.vcpu) && at.number(FIELD.vcpu) !== 0 && vcpu_id !== null) {
    event.vcpu = at.world.vms.vcpus.at(vm, vcpu_id).id;
  }
  setPayload.set(event, at.number(FIELD.set));
  setPayload.vector(event, at.number(FIELD.vector));
  enter(at, event, FRAME.avic_pi_update);
  subjectOfUpdate(at, event);
  return "event";
}

function producer(at: Interpreter, kind: number, frame: FrameKind): Outcome {
  const vm = vmOf(at);
  if (vm === null || !at.require(FIELD.gsi, FIELD.host_irq))
    return at.lacking("kvm, gsi and host_irq");
  const event = at.event(kind);
  event.vm = vm.id;
  event.gsi = at.number(FIELD.gsi);
  setIrq(at, event, at.number(FIELD.host_irq));
  enter(at, event, frame);
  subjectOfUpdate(at, event);
  return "event";
}

function subjectOfUpdate(at: Interpreter, event: EventDraft): void {
  const { task } = at;
  task.updateVm = event.vm;
  task.updateGsi = event.gsi;
  task.updateIrq = event.host_irq;
}

/** After: old and new entry are printed. Before: only that the route changed, and its new type. */
function updateRouting(at: Interpreter): Outcome {
  const vm = vmOf(at);
  if (vm === null || !at.require(FIELD.gsi)) return at.lacking("kvm and gsi");
  const event = at.event(KIND.irqfd_routed);
  event.vm = vm.id;
  event.gsi = at.number(FIELD.gsi);
  if (at.fields.has(FIELD.host_irq)) setIrq(at, event, at.number(FIELD.host_irq));
  setPayload.type(event, at.number(FIELD.new_type) ?? at.task.newRouteType);
  setPayload.address(event, at.number(FIELD.new_addr));
  setPayload.data(event, at.number(FIELD.new_data));
  at.task.newRouteType = null;
  enter(at, event, FRAME.update_irqfd_routing);
  subjectOfUpdate(at, event);
  return "event";
}

/** kvm_msi_set_irq while a route is resolved: the MSI that it holds. */
function msi(at: Interpreter): Outcome {
  const { task } = at;
  const resolving =
    task.stack.isIn(FRAME.avic_pi_update) ||
    task.stack.isIn(FRAME.update_irqfd_routing) ||
    task.stack.isIn(FRAME.add_producer);
  if (!resolving || mayBeInterrupt(at) || task.updateVm === null) return msiSent(at);
  const msi = msiOf(at);
  if (msi === null) return NO_MSI;
  const event = at.event(KIND.irqfd_msi);
  event.vm = task.updateVm;
  event.gsi = task.updateGsi;
  event.host_irq = task.updateIrq;
  setPayload.dest(event, msi.dest);
  setPayload.vector(event, msi.vector);
  setPayload.mode(event, msi.mode);
  setCause(at, event);
  return "event";
}

/**
 * May the line be of an MSI that an interrupt injects? If it has no flags, it is of the function under way only where
 * nothing else stands between its entry and the line.
 */
function mayBeInterrupt({ task, line }: Interpreter): boolean {
  return line.hasFlags ? line.inInterrupt : task.lastSeq !== task.stack.innermostSeq;
}

function piDecided(at: Interpreter): Outcome {
  const match = at.words(
    /^(?:VT-d )?PI is (.+) for irq (\d{1,10}), vcpu (-?\d{1,10}), gsi: 0x([0-9a-f]{1,8}), gvec: 0x([0-9a-f]{1,8})(?!\w)/,
  );
  if (match === null)
    return {
      rejected: `${PROBE.kvm_pi_irte_update}: text is not \`PI is ... for irq N, vcpu N, gsi: X, gvec: X\``,
    };
  const [, state = "", irq = "", vcpu = "", gsi = "", gvec = ""] = match;
  const { task } = at;
  const event = at.event(KIND.pi_update_decided);
  setIrq(at, event, Number(irq));
  event.gsi = parseInt(gsi, 16);
  if (task.updateIrq === event.host_irq && task.updateGsi === event.gsi) event.vm = task.updateVm;
  setPayload.enabled(event, state.startsWith("enabled") ? 1 : 0);
  setPayload.vector(event, parseInt(gvec, 16));
  setPayload.vcpu_id(event, Number(vcpu));
  setCause(at, event);
  return "event";
}

function irqfd(at: Interpreter): Outcome {
  const vm = vmOf(at);
  if (vm === null || !at.require(FIELD.gsi, FIELD.flags)) return at.lacking("kvm, gsi and flags");
  const flags = at.number(FIELD.flags) ?? 0;
  const isDeassign = (flags & IRQFD_DEASSIGN) !== 0;
  const event = at.event(isDeassign ? KIND.irqfd_deassigned : KIND.irqfd_assigned);
  event.vm = vm.id;
  event.gsi = at.number(FIELD.gsi);
  const fd = at.number(FIELD.fd);
  setPayload.fd(event, fd);
  setPayload.flags(event, flags);
  const { task } = at;
  task.irqfdVm = isDeassign ? null : vm.id;
  task.irqfdGsi = event.gsi;
  task.irqfdFd = fd;
  return "event";
}
