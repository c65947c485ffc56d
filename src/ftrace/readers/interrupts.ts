// Interrupts on their way to the guest: tracepoints of arch/x86/kvm.

import { decodeGaTag } from "../../domain/amd/irte/ga-tag.js";
import { PROBE } from "../../domain/amd/probes/probes.js";
import { KIND } from "../../domain/events/kinds.js";
import { setPayload } from "../../domain/events/payload.js";
import { type Interpreter, type Outcome, type Readers } from "../interpret/interpreter.js";
import { eventOfLoadedVcpu } from "../interpret/subjects.js";
import { FIELD } from "../text/fields.js";
import { injectedByWorker, signalled } from "./msi.js";

/** Readers of interrupts on their way to the guest. */
export const INTERRUPT_READERS: Readers = {
  [PROBE.ga_log_notify]: (at) => {
    at.task.loggedTag = at.number(FIELD.ga_tag);
    return "unused";
  },
  [PROBE.irqfd_wakeup]: (at) => signalled(at),
  [PROBE.irqfd_inject]: (at) => injectedByWorker(at),
  [PROBE.kvm_avic_ga_log]: (at) => gaLog(at),
  [PROBE.kvm_vcpu_wakeup]: (at) => woken(at),
  [PROBE.kvm_inj_virq]: (at) => injected(at),
  [PROBE.kvm_apic_accept_irq]: (at) => accepted(at),
  [PROBE.kvm_apicv_accept_irq]: (at) => accepted(at),
};

function gaLog(at: Interpreter): Outcome {
  const vm_id = at.number(FIELD.vmid);
  const field = at.number(FIELD.vcpuid);
  if (vm_id === null || field === null) return at.lacking("vmid and vcpuid");
  if (!isOfTag(at, vm_id, field))
    return { rejected: `${PROBE.kvm_avic_ga_log}: not for the vCPU of ${PROBE.ga_log_notify}` };
  const event = at.event(KIND.ga_log_entry);
  setPayload.vcpu_field(event, field);
  event.vm = at.world.vms.ids.of(vm_id)?.id ?? null;
  if (at.rules !== null) {
    event.vcpu = at.world.vms.vcpuOfField(vm_id, field, at.rules)?.id ?? null;
  }
  return "event";
}

/** Is it for whom the function that prints it was told, as far as a line shows that? */
function isOfTag({ task, rules }: Interpreter, vm_id: number, field: number): boolean {
  const tag = task.loggedTag;
  task.loggedTag = null;
  if (tag === null || rules === null) return true;
  const told = decodeGaTag(tag, rules);
  return told.vm_id === vm_id && told.vcpu === field;
}

function woken(at: Interpreter): Outcome {
  const match = at.words(/^(wait|poll) time (\d{1,15}) ns, polling (valid|invalid)/);
  if (match === null)
    return {
      rejected: `${PROBE.kvm_vcpu_wakeup}: text is not \`wait|poll time N ns, polling valid|invalid\``,
    };
  const event = eventOfLoadedVcpu(at, KIND.vcpu_woken);
  setPayload.wait_ns(event, Number(match[2]));
  setPayload.waited(event, match[1] === "wait" ? 1 : 0);
  setPayload.valid(event, match[3] === "valid" ? 1 : 0);
  return "event";
}

/** "IRQ 0x%x"; old kernels print "irq %u". */
function injected(at: Interpreter): Outcome {
  const old = at.words(/^irq (\d{1,10})$/);
  const match = old ?? at.words(/^(?:Soft\/INTn |IRQ )?(?:0x)?([0-9a-f]{1,8})(?: |$)/);
  if (match === null) return { rejected: `${PROBE.kvm_inj_virq}: no vector` };
  const vector = parseInt(match[1] ?? "", old === null ? 16 : 10);
  setPayload.vector(eventOfLoadedVcpu(at, KIND.irq_injected), vector);
  return "event";
}

/** "apicid %x vec %u (mode|level)": apicid is the vcpu_id. No VM is named. */
function accepted(at: Interpreter): Outcome {
  const match = at.words(/^apicid ([0-9a-f]{1,8}) vec (\d{1,10}) /);
  if (match === null) return { rejected: `${at.line.name()}: text is not \`apicid X vec N (...\`` };
  const event = at.event(KIND.irq_accepted);
  setPayload.vcpu_id(event, parseInt(match[1] ?? "", 16));
  setPayload.vector(event, Number(match[2]));
  setPayload.apicv(event, at.line.name() === PROBE.kvm_apicv_accept_irq ? 1 : 0);
  return "event";
}
