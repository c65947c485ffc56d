// What bpftrace prints of tracepoints: the fields that irqtwin reads, by the names that the kernel's formats have.

import { PROBE } from "../../domain/amd/probes/probes.js";

/** A field of a tracepoint. */
export interface TracepointField {
  /** Its name in the kernel's format, and in the line. */
  readonly name: string;
  /** What printf() prints of it. */
  readonly format: string;
  /** The expression; absent = `args->NAME`. */
  readonly value?: string;
}

/** A tracepoint as bpftrace prints it. */
export interface TracepointWords {
  /** The fields, in the order of the line. */
  readonly fields: readonly TracepointField[];
  /** Which of its events are printed, as bpftrace's filter; absent = all. */
  readonly filter?: string;
}

/** The map with the tasks that have a vCPU loaded: who else leaves a CPU says nothing. */
export const LOADED = "@loaded";

const decimal = (name: string): TracepointField => ({ name, format: "%u" });
const signed = (name: string): TracepointField => ({ name, format: "%d" });
const hex = (name: string): TracepointField => ({ name, format: "0x%lx" });
const flag = (name: string): TracepointField => ({
  name,
  format: "%u",
  value: `(uint8)args->${name}`,
});

const ACCEPTED: TracepointWords = {
  fields: [decimal("apicid"), hex("dm"), hex("tm"), decimal("vec")],
};

/** By name; of a tracepoint that is not here nothing is printed. */
export const TRACEPOINT_WORDS: Readonly<Record<string, TracepointWords>> = {
  [PROBE.kvm_pi_irte_update]: {
    fields: [decimal("host_irq"), signed("vcpu_id"), hex("gsi"), hex("gvec"), flag("set")],
  },
  [PROBE.kvm_msi_set_irq]: { fields: [hex("address"), hex("data")] },
  [PROBE.vector_config]: {
    fields: [decimal("irq"), decimal("vector"), decimal("cpu"), hex("apicdest")],
  },
  [PROBE.irq_handler_entry]: {
    fields: [signed("irq")],
    filter:
      'strncmp(str(args->name), "vfio", 4) == 0 || strncmp(str(args->name), "AMD-Vi", 6) == 0',
  },
  [PROBE.kvm_apicv_inhibit_changed]: {
    fields: [decimal("reason"), flag("set"), hex("inhibits")],
  },
  [PROBE.sched_switch]: {
    fields: [signed("prev_pid"), hex("prev_state"), signed("next_pid")],
    filter: `${LOADED}[(uint64)args->prev_pid]`,
  },
  [PROBE.kvm_vcpu_wakeup]: {
    fields: [{ name: "ns", format: "%lu" }, flag("waited"), flag("valid")],
  },
  [PROBE.kvm_avic_ga_log]: { fields: [decimal("vmid"), decimal("vcpuid")] },
  [PROBE.kvm_inj_virq]: { fields: [hex("vector"), flag("soft"), flag("reinjected")] },
  [PROBE.kvm_apic_accept_irq]: ACCEPTED,
  [PROBE.kvm_apicv_accept_irq]: ACCEPTED,
};
