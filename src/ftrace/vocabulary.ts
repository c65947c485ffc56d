// The vocabulary of the trace: which names say something, and which are known to say nothing for the
// state. A name that is in neither list is unknown: it is counted, and said so.
//
// Probe names and fields are those of the probe definitions that recordings are made with; a
// tracepoint's text is its TP_printk in the kernel. To add one: a row in the reader file of its
// subsystem.

import { type Readers } from "./interpret/interpreter.js";
import { INTERRUPT_READERS } from "./readers/interrupts.js";
import { IOMMU_READERS } from "./readers/iommu.js";
import { KVM_READERS } from "./readers/kvm.js";
import { PI_UPDATE_READERS } from "./readers/pi-update.js";

/** Names whose lines become events, or tell what the next line means. */
export const VOCABULARY: Readers = {
  ...IOMMU_READERS,
  ...PI_UPDATE_READERS,
  ...KVM_READERS,
  ...INTERRUPT_READERS,
};

/** Recognised and of no use for the state: counted by name, not stored. */
export const UNUSED: readonly string[] = [
  ..."irte_cmpxchg irte_flush irq_set_vcpu_affinity irq_set_vcpu_affinity_ret iommu_activate".split(
    " ",
  ),
  ..."iommu_update_ga iommu_deactivate ir_set_affinity ir_alloc_ret ir_free ga_log_poll ga_log_notify".split(
    " ",
  ),
  ..."avic_init_vcpu svm_vcpu_create vcpu_create vcpu_destroy __avic_vcpu_load __avic_vcpu_put".split(
    " ",
  ),
  ..."avic_update_affinity avic_ring_doorbell svm_ir_list_del kvm_pi_update kvm_pi_update_ret".split(
    " ",
  ),
  ..."route_changed_ret irq_routing_update irqfd_update irqfd_deactivate irqfd_inject irqfd_wakeup".split(
    " ",
  ),
  ..."byp_register_producer byp_unregister_producer byp_register_consumer byp_unregister_consumer".split(
    " ",
  ),
  ..."single_vcpu single_vcpu_ret vcpu_halt vcpu_block vcpu_block_ret vcpu_wake_up vcpu_wake_up_ret".split(
    " ",
  ),
  ..."vcpu_kick sched_in sched_out vcpu_load vcpu_put".split(" "),
  ..."vcpu_update_apicv recalc_apic_map vfio_set_vector vfio_set_vector_ret vfio_msi_disable".split(
    " ",
  ),
  ..."vfio_set_irqs vfio_msihandler".split(" "),
  // Tracepoints that are often on in the same recording.
  ..."kvm_set_irq kvm_ioapic_set_irq kvm_pic_set_irq kvm_ack_irq kvm_userspace_exit kvm_entry kvm_exit".split(
    " ",
  ),
  ..."kvm_avic_doorbell kvm_avic_incomplete_ipi kvm_avic_unaccelerated_access kvm_avic_kick_vcpu_slowpath".split(
    " ",
  ),
  ..."kvm_apic kvm_apic_ipi kvm_eoi kvm_halt_poll_ns kvm_hv_synic_set_msr kvm_inj_exception kvm_msr".split(
    " ",
  ),
  ..."kvm_page_fault kvm_pio kvm_mmio kvm_cpuid kvm_hypercall kvm_fpu kvm_emulate_insn".split(" "),
  ..."vector_activate vector_deactivate vector_update vector_clear vector_setup vector_teardown".split(
    " ",
  ),
  ..."vector_alloc vector_alloc_managed vector_reserve vector_reserve_managed vector_free_moved".split(
    " ",
  ),
  ..."tracing_mark_write sched_wakeup sched_wakeup_new sched_waking sched_migrate_task irq_handler_exit print bprint".split(
    " ",
  ),
  ..."attach_device_to_domain detach_device_from_domain add_device_to_group remove_device_from_group".split(
    " ",
  ),
  ..."map unmap io_page_fault".split(" "),
];
