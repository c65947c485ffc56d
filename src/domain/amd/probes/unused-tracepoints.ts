// Tracepoints that are often on in the same recording: their lines are counted by name and not stored.

import { FILE } from "./files.js";
import { type ProbeRow } from "./row.js";

type Named<Name extends string> = Omit<ProbeRow, "name"> & { readonly name: Name };

/** Tracepoints of one group. */
function tracepoints<const Name extends string>(
  system: string,
  file: string,
  names: readonly Name[],
): readonly Named<Name>[] {
  return names.map((name) => ({
    name,
    type: "tracepoint",
    function: null,
    file,
    system,
    level: null,
  }));
}

/** Tracepoints that are often on in the same recording, and whose lines are not used. */
export const UNUSED_TRACEPOINTS = [
  ...tracepoints("kvm", FILE.kvmTrace, [
    "kvm_set_irq",
    "kvm_ack_irq",
    "kvm_userspace_exit",
    "kvm_halt_poll_ns",
    "kvm_mmio",
    "kvm_fpu",
  ]),
  ...tracepoints("kvm", FILE.x86Trace, [
    "kvm_ioapic_set_irq",
    "kvm_pic_set_irq",
    "kvm_entry",
    "kvm_exit",
    "kvm_avic_doorbell",
    "kvm_avic_incomplete_ipi",
    "kvm_avic_unaccelerated_access",
    "kvm_avic_kick_vcpu_slowpath",
    "kvm_apic",
    "kvm_apic_ipi",
    "kvm_eoi",
    "kvm_hv_synic_set_msr",
    "kvm_inj_exception",
    "kvm_msr",
    "kvm_page_fault",
    "kvm_pio",
    "kvm_cpuid",
    "kvm_hypercall",
    "kvm_emulate_insn",
  ]),
  ...tracepoints("irq_vectors", FILE.vectorTrace, [
    "vector_activate",
    "vector_deactivate",
    "vector_update",
    "vector_clear",
    "vector_setup",
    "vector_teardown",
    "vector_alloc",
    "vector_alloc_managed",
    "vector_reserve",
    "vector_reserve_managed",
    "vector_free_moved",
  ]),
  ...tracepoints("sched", FILE.schedTrace, [
    "sched_wakeup",
    "sched_wakeup_new",
    "sched_waking",
    "sched_migrate_task",
  ]),
  ...tracepoints("irq", FILE.irqTrace, ["irq_handler_exit"]),
  ...tracepoints("ftrace", FILE.traceEntries, ["bprint"]),
  ...tracepoints("iommu", "include/trace/events/iommu.h", [
    "attach_device_to_domain",
    "detach_device_from_domain",
    "add_device_to_group",
    "remove_device_from_group",
    "map",
    "unmap",
    "io_page_fault",
  ]),
] as const;
