// Probes of KVM's common code and of VFIO that say nothing for the state: their lines are counted by name and not
// stored.

import { APICV_ACTIVE, IRQFD_OF_CONSUMER, RET, VCPU, VM } from "./fields.js";
import { FILE } from "./files.js";
import { isOlder } from "./printed-by.js";
import { unused } from "./unused-row.js";

/** Probes of KVM's common code and of VFIO whose lines are not used. */
export const UNUSED_KVM_PROBES = [
  unused(
    ["route_changed_ret", "return", "kvm_arch_irqfd_route_changed"],
    [{ fields: ["changed=$retval:u8"] }],
    FILE.x86,
    {
      symbols: [["6.17", null]],
    },
  ),
  unused(
    ["irq_routing_update", "entry", "kvm_irq_routing_update"],
    [{ fields: [...VM] }],
    FILE.eventfd,
  ),
  unused(
    ["irqfd_update", "entry", "irqfd_update"],
    [{ fields: ["irqfd=irqfd:x64", "gsi=irqfd->gsi:s32", "kvm=irqfd->kvm:x64"] }],
    FILE.eventfd,
  ),
  unused(
    ["irqfd_deactivate", "entry", "irqfd_deactivate"],
    [{ fields: ["irqfd=irqfd:x64", "gsi=irqfd->gsi:s32", "kvm=irqfd->kvm:x64"] }],
    FILE.eventfd,
  ),
  unused(
    ["byp_register_producer", "entry", "irq_bypass_register_producer"],
    [
      { fields: ["prod=producer:x64", "irq=irq:s32"] },
      { fields: ["prod=producer:x64", "irq=producer->irq:s32"] },
    ],
    FILE.bypass,
  ),
  unused(
    ["byp_unregister_producer", "entry", "irq_bypass_unregister_producer"],
    [{ fields: ["prod=producer:x64", "irq=producer->irq:s32"] }],
    FILE.bypass,
  ),
  unused(
    ["byp_register_consumer", "entry", "irq_bypass_register_consumer"],
    [{ fields: [...IRQFD_OF_CONSUMER] }],
    FILE.bypass,
  ),
  unused(
    ["byp_unregister_consumer", "entry", "irq_bypass_unregister_consumer"],
    [{ fields: [...IRQFD_OF_CONSUMER] }],
    FILE.bypass,
  ),
  unused(
    ["single_vcpu", "entry", "kvm_intr_is_single_vcpu"],
    [
      {
        fields: [
          "kvm=kvm:x64",
          "vector=irq->vector:u32",
          "delivery_mode=irq->delivery_mode:x16",
          "dest_mode=irq->dest_mode:x16",
          "dest_id=irq->dest_id:u32",
        ],
      },
    ],
    FILE.irq,
  ),
  unused(
    ["single_vcpu_ret", "return", "kvm_intr_is_single_vcpu"],
    [{ fields: ["single=$retval:u8"] }],
    FILE.irq,
  ),
  unused(["vcpu_halt", "entry", "kvm_vcpu_halt"], [{ fields: [...VCPU] }], FILE.kvmMain),
  unused(["vcpu_block", "entry", "kvm_vcpu_block"], [{ fields: [...VCPU] }], FILE.kvmMain),
  unused(
    ["vcpu_block_ret", "return", "kvm_vcpu_block"],
    [
      { where: "returns take arguments", fields: ["id=vcpu->vcpu_id:s32", "ret=$retval:u8"] },
      { where: "returns take none", fields: ["ret=$retval:u8"] },
    ],
    FILE.kvmMain,
  ),
  unused(["vcpu_wake_up", "entry", "kvm_vcpu_wake_up"], [{ fields: [...VCPU] }], FILE.kvmMain),
  unused(
    ["vcpu_wake_up_ret", "return", "kvm_vcpu_wake_up"],
    [{ fields: ["ret=$retval:u8"] }],
    FILE.kvmMain,
  ),
  unused(["vcpu_kick", "entry", "__kvm_vcpu_kick"], [{ fields: [...VCPU] }], FILE.kvmMain, {
    symbols: [
      ["6.1", "kvm_vcpu_kick"],
      ["6.16", "__kvm_vcpu_kick"],
    ],
    tells: [
      { format: "\\(kvm_vcpu_kick\\+", holds: (rules) => isOlder(rules, "6.16") },
      { format: "\\(__kvm_vcpu_kick\\+", holds: (rules) => !isOlder(rules, "6.16") },
    ],
  }),
  unused(
    ["sched_in", "entry", "kvm_sched_in"],
    [
      {
        fields: [
          "vcpu_id=pn in kvm_vcpu.preempt_notifier->vcpu_id:s32",
          "kvm=pn in kvm_vcpu.preempt_notifier->kvm:x64",
          "cpu=cpu:s32",
        ],
      },
    ],
    FILE.kvmMain,
  ),
  unused(
    ["sched_out", "entry", "kvm_sched_out"],
    [
      {
        fields: [
          "vcpu_id=pn in kvm_vcpu.preempt_notifier->vcpu_id:s32",
          "kvm=pn in kvm_vcpu.preempt_notifier->kvm:x64",
        ],
      },
    ],
    FILE.kvmMain,
  ),
  unused(["vcpu_load", "entry", "vcpu_load"], [{ fields: [...VCPU] }], FILE.kvmMain),
  unused(["vcpu_put", "entry", "vcpu_put"], [{ fields: [...VCPU] }], FILE.kvmMain),
  unused(
    ["vcpu_update_apicv", "entry", "__kvm_vcpu_update_apicv"],
    [{ fields: [...VCPU, APICV_ACTIVE] }],
    FILE.x86,
    {
      symbols: [
        ["6.1", "kvm_vcpu_update_apicv"],
        ["6.12", "__kvm_vcpu_update_apicv"],
      ],
    },
  ),
  unused(
    ["recalc_apic_map", "entry", "kvm_recalculate_apic_map"],
    [{ fields: [...VM] }],
    "arch/x86/kvm/lapic.c",
  ),
  unused(
    ["vfio_set_vector", "entry", "vfio_msi_set_vector_signal"],
    [{ fields: ["vector=vector:u32", "fd=fd:s32", "msix=msix:u8"] }],
    FILE.vfio,
  ),
  unused(
    ["vfio_set_vector_ret", "return", "vfio_msi_set_vector_signal"],
    [{ fields: [RET] }],
    FILE.vfio,
  ),
  unused(
    ["vfio_msi_disable", "entry", "vfio_msi_disable"],
    [{ fields: ["msix=msix:u8"] }],
    FILE.vfio,
  ),
  unused(
    ["vfio_set_irqs", "entry", "vfio_pci_set_irqs_ioctl"],
    [{ fields: ["flags=flags:x32", "index=index:u32", "start=start:u32", "count=count:u32"] }],
    FILE.vfio,
  ),
  unused(["vfio_msihandler", "entry", "vfio_msihandler"], [{ fields: ["irq=irq:s32"] }], FILE.vfio),
] as const;
