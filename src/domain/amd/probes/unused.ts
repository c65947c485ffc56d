// Names that recordings often have and that say nothing for the state: their lines are counted by name and
// not stored. A row here has no more than the name, what kind it is, and what the release of a recording can
// be told by.

import { FILE } from "./files.js";
import { isBefore, isOlder, isSince } from "./printed-by.js";
import { type ProbeRow } from "./row.js";

type Named<Name extends string> = Omit<ProbeRow, "name"> & { readonly name: Name };

/** A probe of the full set. */
function unused<const Name extends string>(
  [name, type, fn]: readonly [Name, "entry" | "return" | "inside", string],
  file: string,
  more: Partial<Pick<ProbeRow, "symbols" | "facts" | "tells" | "level">> = {},
): Named<Name> {
  return { name, type, function: fn, file, level: "full", ...more };
}

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

/** Not there before the series came with Linux 6.17, so a line of it tells so. */
const SINCE_SERIES = { format: "", holds: isSince } as const;

/** Probes whose lines are not used. */
export const UNUSED_PROBES = [
  unused(["irte_flush", "entry", "iommu_flush_irt_and_complete"], FILE.iommu, {
    symbols: [
      ["6.1", null],
      ["6.12", "iommu_flush_irt_and_complete"],
    ],
  }),
  unused(["irq_set_vcpu_affinity", "entry", "irq_set_vcpu_affinity"], "kernel/irq/manage.c"),
  unused(["irq_set_vcpu_affinity_ret", "return", "irq_set_vcpu_affinity"], "kernel/irq/manage.c"),
  unused(["iommu_activate", "entry", "amd_iommu_activate_guest_mode"], FILE.iommu),
  unused(["iommu_update_ga", "entry", "amd_iommu_update_ga"], FILE.iommu),
  unused(["iommu_deactivate", "entry", "amd_iommu_deactivate_guest_mode"], FILE.iommu),
  unused(["ir_set_affinity", "entry", "amd_ir_set_affinity"], FILE.iommu),
  unused(["ir_alloc_ret", "return", "irq_remapping_alloc"], FILE.iommu),
  unused(["ir_free", "entry", "irq_remapping_free"], FILE.iommu),
  unused(["ga_log_poll", "entry", "iommu_poll_ga_log"], FILE.iommu, {
    symbols: [
      ["6.1", null],
      ["6.12", "iommu_poll_ga_log"],
    ],
  }),
  unused(["ga_log_notify", "entry", "avic_ga_log_notifier"], FILE.avic),
  unused(["svm_vcpu_create", "entry", "svm_vcpu_create"], FILE.svm),
  unused(["vcpu_create", "entry", "kvm_arch_vcpu_create"], FILE.x86),
  unused(["vcpu_destroy", "entry", "kvm_arch_vcpu_destroy"], FILE.x86),
  unused(["__avic_vcpu_load", "entry", "__avic_vcpu_load"], FILE.avic, {
    symbols: [
      ["6.1", null],
      ["6.17", "__avic_vcpu_load"],
    ],
    tells: [SINCE_SERIES],
  }),
  unused(["__avic_vcpu_put", "entry", "__avic_vcpu_put"], FILE.avic, {
    symbols: [
      ["6.1", null],
      ["6.17", "__avic_vcpu_put"],
    ],
    tells: [SINCE_SERIES],
  }),
  unused(["avic_update_affinity", "entry", "avic_update_iommu_vcpu_affinity"], FILE.avic, {
    symbols: [
      ["6.1", null],
      ["6.17", "avic_update_iommu_vcpu_affinity"],
    ],
    tells: [SINCE_SERIES],
  }),
  unused(["avic_ring_doorbell", "entry", "avic_ring_doorbell"], FILE.avic),
  unused(["svm_ir_list_del", "entry", "svm_ir_list_del"], FILE.avic, {
    symbols: [["6.17", null]],
    tells: [{ format: "", holds: isBefore }],
  }),
  unused(["kvm_pi_update", "entry", "kvm_pi_update_irte"], FILE.irq, {
    symbols: [
      ["6.1", null],
      ["6.17", "kvm_pi_update_irte"],
    ],
    tells: [SINCE_SERIES],
    level: "standard",
  }),
  unused(["kvm_pi_update_ret", "return", "kvm_pi_update_irte"], FILE.irq, {
    symbols: [
      ["6.1", null],
      ["6.17", "kvm_pi_update_irte"],
    ],
  }),
  unused(["route_changed_ret", "return", "kvm_arch_irqfd_route_changed"], FILE.x86, {
    symbols: [["6.17", null]],
  }),
  unused(["irq_routing_update", "entry", "kvm_irq_routing_update"], FILE.eventfd),
  unused(["irqfd_update", "entry", "irqfd_update"], FILE.eventfd),
  unused(["irqfd_deactivate", "entry", "irqfd_deactivate"], FILE.eventfd),
  unused(["irqfd_inject", "entry", "irqfd_inject"], FILE.eventfd),
  unused(["irqfd_wakeup", "entry", "irqfd_wakeup"], FILE.eventfd),
  unused(["byp_register_producer", "entry", "irq_bypass_register_producer"], FILE.bypass),
  unused(["byp_unregister_producer", "entry", "irq_bypass_unregister_producer"], FILE.bypass),
  unused(["byp_register_consumer", "entry", "irq_bypass_register_consumer"], FILE.bypass),
  unused(["byp_unregister_consumer", "entry", "irq_bypass_unregister_consumer"], FILE.bypass),
  unused(["single_vcpu", "entry", "kvm_intr_is_single_vcpu"], FILE.irq),
  unused(["single_vcpu_ret", "return", "kvm_intr_is_single_vcpu"], FILE.irq),
  unused(["vcpu_halt", "entry", "kvm_vcpu_halt"], FILE.kvmMain),
  unused(["vcpu_block", "entry", "kvm_vcpu_block"], FILE.kvmMain),
  unused(["vcpu_block_ret", "return", "kvm_vcpu_block"], FILE.kvmMain),
  unused(["vcpu_wake_up", "entry", "kvm_vcpu_wake_up"], FILE.kvmMain),
  unused(["vcpu_wake_up_ret", "return", "kvm_vcpu_wake_up"], FILE.kvmMain),
  unused(["vcpu_kick", "entry", "__kvm_vcpu_kick"], FILE.kvmMain, {
    symbols: [
      ["6.1", "kvm_vcpu_kick"],
      ["6.16", "__kvm_vcpu_kick"],
    ],
    tells: [
      { format: "\\(kvm_vcpu_kick\\+", holds: (rules) => isOlder(rules, "6.16") },
      { format: "\\(__kvm_vcpu_kick\\+", holds: (rules) => !isOlder(rules, "6.16") },
    ],
  }),
  unused(["sched_in", "entry", "kvm_sched_in"], FILE.kvmMain),
  unused(["sched_out", "entry", "kvm_sched_out"], FILE.kvmMain),
  unused(["vcpu_load", "entry", "vcpu_load"], FILE.kvmMain),
  unused(["vcpu_put", "entry", "vcpu_put"], FILE.kvmMain),
  unused(["vcpu_update_apicv", "entry", "__kvm_vcpu_update_apicv"], FILE.x86, {
    symbols: [
      ["6.1", "kvm_vcpu_update_apicv"],
      ["6.12", "__kvm_vcpu_update_apicv"],
    ],
  }),
  unused(["recalc_apic_map", "entry", "kvm_recalculate_apic_map"], "arch/x86/kvm/lapic.c"),
  unused(["vfio_set_vector", "entry", "vfio_msi_set_vector_signal"], FILE.vfio),
  unused(["vfio_set_vector_ret", "return", "vfio_msi_set_vector_signal"], FILE.vfio),
  unused(["vfio_msi_disable", "entry", "vfio_msi_disable"], FILE.vfio),
  unused(["vfio_set_irqs", "entry", "vfio_pci_set_irqs_ioctl"], FILE.vfio),
  unused(["vfio_msihandler", "entry", "vfio_msihandler"], FILE.vfio),
] as const;

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
  ...tracepoints("ftrace", "kernel/trace/trace_entries.h", [
    "tracing_mark_write",
    "print",
    "bprint",
  ]),
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
