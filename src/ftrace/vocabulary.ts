// What each probe and tracepoint says: the name that stands in the trace, and the event that it
// becomes. One row per name; a name that is not here is known-but-unused (UNUSED) or unknown.
//
// Probe names and fields are those of the probe definitions in data/probes; a tracepoint's text is
// its TP_printk in the kernel. The symbols behind the probes are the same in Linux 6.12 to 7.3
// unless said.

import { KIND } from "../domain/event.js";
import { FIELD } from "./fields.js";
import { type Interpreter, type Outcome } from "./interpreter.js";

export type Reader = (at: Interpreter) => Outcome;

export const VOCABULARY: Readonly<Record<string, Reader>> = {
  // --- drivers/iommu/amd/iommu.c -----------------------------------------------------------
  irte_write: (at) => {
    if (!at.require(FIELD.devid, FIELD.index, FIELD.lo, FIELD.hi)) return at.lacking("devid, index, lo and hi");
    const event = at.event(KIND.irte_written);
    at.irte(event);
    at.words(event, FIELD.lo, FIELD.hi);
    at.causedByStack(event);
    return "event";
  },
  ir_alloc: (at) => {
    at.task.virq = at.number(FIELD.virq);
    at.task.preparedIndex = null;
    return "unused";
  },
  irte_alloc: (at) => {
    at.task.allocSegment = at.number(FIELD.seg);
    at.task.allocDevid = at.number(FIELD.devid);
    at.task.allocCount = at.number(FIELD.count) ?? 1;
    return "unused";
  },
  irte_alloc_ret: (at) => {
    const index = at.number(FIELD.index);
    if (index === null) return at.lacking("index");
    const { task } = at;
    // A negative index is an error number: nothing was allocated.
    if (task.allocDevid === null || index < 0) return "unused";
    const event = at.event(KIND.irte_allocated);
    event.segment = task.allocSegment;
    event.devid = task.allocDevid;
    event.irte_index = index;
    event.host_irq = task.virq;
    event.a = task.allocCount;
    task.allocIndex = index;
    task.preparedIndex = index;
    at.bindIrqs(task.allocCount, event);
    return "event";
  },
  irte_prepare: (at) => {
    if (!at.require(FIELD.devid, FIELD.vector, FIELD.dest)) return at.lacking("devid, vector and dest");
    const event = at.event(KIND.irte_prepared);
    const { task } = at;
    event.devid = at.number(FIELD.devid);
    if (task.preparedIndex !== null) event.irte_index = task.preparedIndex++;
    at.prepared(event);
    return "event";
  },
  irte_free: (at) => {
    if (!at.require(FIELD.devid, FIELD.index)) return at.lacking("devid and index");
    at.irte(at.event(KIND.irte_freed));
    return "event";
  },
  ir_activate: (at) => at.hostIrq(KIND.host_irq_activated, "irq_remapping_activate"),
  ir_deactivate: (at) => at.hostIrq(KIND.host_irq_deactivated, "irq_remapping_deactivate"),
  irte_set_affinity: (at) => {
    if (!at.require(FIELD.devid, FIELD.index)) return at.lacking("devid and index");
    const event = at.event(KIND.host_affinity_set);
    at.irte(event);
    event.a = at.number(FIELD.vector);
    event.b = at.number(FIELD.dest);
    at.enter(event, "irte_set_affinity");
    return "event";
  },
  ir_set_vcpu_affinity: (at) => at.setVcpuAffinity(),
  ir_set_vcpu_affinity_ret: (at) => at.returned(KIND.vcpu_affinity_set),

  // --- arch/x86/kvm/irq.c, x86.c and svm/avic.c: posted-interrupt updates --------------------
  avic_pi_update: (at) => at.piUpdate(),
  avic_pi_update_ret: (at) => {
    const outcome = at.returned(KIND.pi_update_requested);
    at.task.stack.leave("avic_pi_update_irte");
    return outcome;
  },
  add_producer: (at) => at.producer(KIND.producer_added, "add_producer"),
  add_producer_ret: (at) => {
    const outcome = at.returned(KIND.producer_added);
    at.task.stack.leave("add_producer");
    return outcome;
  },
  del_producer: (at) => at.producer(KIND.producer_removed, "del_producer"),
  del_producer_ret: (at) => {
    at.task.stack.leave("del_producer");
    return "unused";
  },
  set_irq_routing: (at) => {
    const vm = at.vm();
    if (vm === null) return at.lacking("kvm");
    const event = at.event(KIND.gsi_routing_set);
    event.vm = vm.id;
    event.a = at.number(FIELD.nr);
    at.enter(event, "kvm_set_irq_routing");
    return "event";
  },
  set_irq_routing_ret: (at) => {
    at.task.stack.leave("kvm_set_irq_routing");
    return "unused";
  },
  route_changed: (at) => {
    at.task.newRouteType = at.number(FIELD.new_type);
    return "unused";
  },
  update_irqfd_routing: (at) => at.updateRouting(),
  update_irqfd_routing_ret: (at) => {
    at.task.stack.leave("update_irqfd_routing");
    return "unused";
  },
  kvm_irqfd: (at) => at.irqfd(),
  kvm_irqfd_ret: (at) => at.returned(KIND.irqfd_assigned),
  irqfd_shutdown: (at) => {
    const vm = at.vm();
    if (vm === null || !at.require(FIELD.gsi)) return at.lacking("kvm and gsi");
    const event = at.event(KIND.irqfd_shut_down);
    event.vm = vm.id;
    event.gsi = at.number(FIELD.gsi);
    return "event";
  },

  // --- VMs and vCPUs ------------------------------------------------------------------------
  vm_init: (at) => at.createVm(true),
  avic_vm_init_ret: (at) => at.createVm(false),
  vm_destroy: (at) => at.destroyVm(),
  avic_vm_destroy: (at) => {
    at.vm();
    return "unused";
  },
  avic_init_vcpu_ret: (at) => at.createVcpu(),
  svm_vcpu_free: (at) => at.vcpuEvent(KIND.vcpu_destroyed),
  svm_vcpu_load: (at) => at.load(KIND.vcpu_loaded, "svm_vcpu_load"),
  svm_vcpu_put: (at) => at.put(KIND.vcpu_put, "svm_vcpu_put"),
  avic_vcpu_load: (at) => at.load(KIND.avic_vcpu_loaded, "avic_vcpu_load"),
  avic_vcpu_load_ret: (at) => {
    at.task.stack.leave("avic_vcpu_load");
    return "unused";
  },
  avic_vcpu_put: (at) => at.put(KIND.avic_vcpu_put, "avic_vcpu_put"),
  avic_vcpu_put_ret: (at) => {
    at.task.stack.leave("avic_vcpu_put");
    return "unused";
  },
  avic_blocking: (at) => at.toggle(KIND.vcpu_blocking, "avic_vcpu_blocking"),
  avic_unblocking: (at) => at.toggle(KIND.vcpu_unblocking, "avic_vcpu_unblocking"),
  avic_refresh: (at) =>
    at.toggle(
      KIND.avic_refreshed,
      at.number(FIELD.apicv_active) === 0 ? "refresh_inhibit" : "refresh_uninhibit",
    ),
  apicv_inhibit: (at) => at.requestInhibit(),

  // --- tracepoints -----------------------------------------------------------------------------
  kvm_apicv_inhibit_changed: (at) => at.inhibitChanged(),
  kvm_pi_irte_update: (at) => at.piDecided(),
  kvm_msi_set_irq: (at) => at.msi(),
  kvm_avic_ga_log: (at) => at.gaLog(),
  kvm_vcpu_wakeup: (at) => at.woken(),
  kvm_inj_virq: (at) => at.injected(),
  kvm_apic_accept_irq: (at) => at.accepted(),
  kvm_apicv_accept_irq: (at) => at.accepted(),
  vector_config: (at) => {
    if (!at.require(FIELD.irq, FIELD.vector)) return at.lacking("irq and vector");
    const event = at.event(KIND.host_vector_assigned);
    at.irq(event, FIELD.irq);
    event.a = at.number(FIELD.vector);
    event.b = at.number(FIELD.cpu);
    event.c = at.number(FIELD.apicdest);
    return "event";
  },
  irq_handler_entry: (at) => {
    if (!at.require(FIELD.irq)) return at.lacking("irq");
    at.irq(at.event(KIND.host_irq_handled), FIELD.irq);
    return "event";
  },
  sched_switch: (at) => at.schedSwitch(),
  tracing_mark_write: () => "unused",
};

/** Recognised and of no use for the state: counted by name, not stored. */
export const UNUSED: readonly string[] = [
  ..."irte_cmpxchg irte_flush irq_set_vcpu_affinity irq_set_vcpu_affinity_ret iommu_activate".split(" "),
  ..."iommu_update_ga iommu_deactivate ir_set_affinity ir_alloc_ret ir_free ga_log_poll ga_log_notify".split(" "),
  ..."avic_init_vcpu svm_vcpu_create vcpu_create vcpu_destroy __avic_vcpu_load __avic_vcpu_put".split(" "),
  ..."avic_update_affinity avic_ring_doorbell svm_ir_list_del kvm_pi_update kvm_pi_update_ret".split(" "),
  ..."route_changed_ret irq_routing_update irqfd_update irqfd_deactivate irqfd_inject irqfd_wakeup".split(" "),
  ..."byp_register_producer byp_unregister_producer byp_register_consumer byp_unregister_consumer".split(" "),
  ..."single_vcpu single_vcpu_ret vcpu_halt vcpu_block vcpu_block_ret vcpu_wake_up vcpu_wake_up_ret".split(" "),
  ..."vcpu_kick sched_in sched_out vcpu_load vcpu_put start_assignment end_assignment".split(" "),
  ..."vcpu_update_apicv recalc_apic_map vfio_set_vector vfio_set_vector_ret vfio_msi_disable".split(" "),
  ..."vfio_set_irqs vfio_msihandler".split(" "),
  // Tracepoints that are often on in the same recording.
  ..."kvm_set_irq kvm_ioapic_set_irq kvm_pic_set_irq kvm_ack_irq kvm_userspace_exit kvm_entry kvm_exit".split(" "),
  ..."kvm_avic_doorbell kvm_avic_incomplete_ipi kvm_avic_unaccelerated_access kvm_avic_kick_vcpu_slowpath".split(" "),
  ..."kvm_apic kvm_apic_ipi kvm_eoi kvm_halt_poll_ns kvm_hv_synic_set_msr kvm_inj_exception kvm_msr".split(" "),
  ..."kvm_page_fault kvm_pio kvm_mmio kvm_cpuid kvm_hypercall kvm_fpu kvm_emulate_insn".split(" "),
  ..."vector_activate vector_deactivate vector_update vector_clear vector_setup vector_teardown".split(" "),
  ..."vector_alloc vector_alloc_managed vector_reserve vector_reserve_managed vector_free_moved".split(" "),
  ..."sched_wakeup sched_wakeup_new sched_waking sched_migrate_task irq_handler_exit print bprint".split(" "),
  ..."attach_device_to_domain detach_device_from_domain add_device_to_group remove_device_from_group".split(" "),
  ..."map unmap io_page_fault".split(" "),
];
