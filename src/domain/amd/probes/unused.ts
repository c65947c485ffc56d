// Names that recordings often have and that say nothing for the state: their lines are counted by name and
// not stored. A row here has no more than the name, what kind it is, and what the release of a recording can
// be told by.

import { ENTRY, IRTE_OF_DATA, IRTE_OF_IRQ_DATA, RET, VCPU } from "./fields.js";
import { FILE } from "./files.js";
import { isBefore, isSince } from "./printed-by.js";
import { unused } from "./unused-row.js";

/** Not there before the series came with Linux 6.17, so a line of it tells so. */
const SINCE_SERIES = { format: "", holds: isSince } as const;

/** Probes of the IOMMU driver and of AVIC whose lines are not used. */
export const UNUSED_PROBES = [
  unused(
    ["irte_flush", "entry", "iommu_flush_irt_and_complete"],
    [{ fields: ["devid=%devid:x16"] }],
    FILE.iommu,
    {
      symbols: [
        ["6.1", null],
        ["6.12", "iommu_flush_irt_and_complete"],
      ],
    },
  ),
  unused(
    ["irq_set_vcpu_affinity", "entry", "irq_set_vcpu_affinity"],
    [{ fields: ["irq=irq:u32", "info=vcpu_info:x64"] }],
    "kernel/irq/manage.c",
  ),
  unused(
    ["irq_set_vcpu_affinity_ret", "return", "irq_set_vcpu_affinity"],
    [{ fields: [RET] }],
    "kernel/irq/manage.c",
  ),
  unused(
    ["iommu_activate", "entry", "amd_iommu_activate_guest_mode"],
    [
      {
        fields: [
          ...IRTE_OF_DATA,
          "ga_tag=data as amd_ir_data->ga_tag:x32",
          "ga_vector=data as amd_ir_data->ga_vector:x32",
          "ga_root_ptr=data as amd_ir_data->ga_root_ptr:x64",
          "cpu=cpu:s32",
          "ga_log_intr=ga_log_intr:u8",
        ],
      },
      {
        fields: [
          ...IRTE_OF_DATA,
          "ga_tag=data as amd_ir_data->ga_tag:x32",
          "ga_vector=data as amd_ir_data->ga_vector:x32",
          "ga_root_ptr=data as amd_ir_data->ga_root_ptr:x64",
        ],
      },
    ],
    FILE.iommu,
  ),
  unused(
    ["iommu_update_ga", "entry", "amd_iommu_update_ga"],
    [
      { fields: [...IRTE_OF_DATA, "cpu=cpu:s32", "ga_log_intr=ga_log_intr:u8"] },
      { fields: [...IRTE_OF_DATA, "cpu=cpu:s32", "is_run=is_run:u8"] },
    ],
    FILE.iommu,
  ),
  unused(
    ["iommu_deactivate", "entry", "amd_iommu_deactivate_guest_mode"],
    [
      {
        fields: [
          ...IRTE_OF_DATA,
          "ga_tag=data as amd_ir_data->ga_tag:x32",
          "ga_vector=data as amd_ir_data->ga_vector:x32",
          "ga_root_ptr=data as amd_ir_data->ga_root_ptr:x64",
        ],
      },
    ],
    FILE.iommu,
  ),
  unused(
    ["ir_set_affinity", "entry", "amd_ir_set_affinity"],
    [{ fields: [...IRTE_OF_IRQ_DATA] }],
    FILE.iommu,
  ),
  unused(["ir_alloc_ret", "return", "irq_remapping_alloc"], [{ fields: [RET] }], FILE.iommu),
  unused(
    ["ir_free", "entry", "irq_remapping_free"],
    [{ fields: ["virq=virq:u32", "nr=nr_irqs:u32"] }],
    FILE.iommu,
  ),
  unused(["ga_log_poll", "entry", "iommu_poll_ga_log"], [{ fields: [] }], FILE.iommu, {
    symbols: [
      ["6.1", null],
      ["6.12", "iommu_poll_ga_log"],
    ],
  }),
  unused(["svm_vcpu_create", "entry", "svm_vcpu_create"], [{ fields: [...VCPU] }], FILE.svm),
  unused(["vcpu_create", "entry", "kvm_arch_vcpu_create"], [{ fields: [...VCPU] }], FILE.x86),
  unused(
    ["vcpu_destroy", "entry", "kvm_arch_vcpu_destroy"],
    [{ fields: [...VCPU, "vm_id=vcpu->kvm in kvm_svm.kvm->avic_vm_id:u32"] }],
    FILE.x86,
  ),
  unused(
    ["__avic_vcpu_load", "entry", "__avic_vcpu_load"],
    [{ fields: [...VCPU, "cpu=cpu:s32", "action=action:u32", ENTRY] }],
    FILE.avic,
    {
      symbols: [
        ["6.1", null],
        ["6.17", "__avic_vcpu_load"],
      ],
      tells: [SINCE_SERIES],
    },
  ),
  unused(
    ["__avic_vcpu_put", "entry", "__avic_vcpu_put"],
    [{ fields: [...VCPU, "action=action:u32", ENTRY] }],
    FILE.avic,
    {
      symbols: [
        ["6.1", null],
        ["6.17", "__avic_vcpu_put"],
      ],
      tells: [SINCE_SERIES],
    },
  ),
  unused(
    ["avic_update_affinity", "entry", "avic_update_iommu_vcpu_affinity"],
    [{ fields: [...VCPU, "cpu=cpu:s32", "action=action:u32"] }],
    FILE.avic,
    {
      symbols: [
        ["6.1", null],
        ["6.17", "avic_update_iommu_vcpu_affinity"],
      ],
      tells: [SINCE_SERIES],
    },
  ),
  unused(["avic_ring_doorbell", "entry", "avic_ring_doorbell"], [{ fields: [...VCPU] }], FILE.avic),
  unused(
    ["svm_ir_list_del", "entry", "svm_ir_list_del"],
    [{ fields: ["vcpu=&svm->vcpu:x64", "kvm=svm->vcpu.kvm:x64", "id=svm->vcpu.vcpu_id:s32"] }],
    FILE.avic,
    {
      symbols: [["6.17", null]],
      tells: [{ format: "", holds: isBefore }],
    },
  ),
  unused(
    ["kvm_pi_update", "entry", "kvm_pi_update_irte"],
    [
      {
        fields: [
          "irqfd=irqfd:x64",
          "gsi=irqfd->gsi:s32",
          "kvm=irqfd->kvm:x64",
          "entry=entry:x64",
          "e_type=entry->type:u32",
          "e_addr=entry->msi.address_lo:x32",
          "e_data=entry->msi.data:x32",
          "prev_vcpu=irqfd->irq_bypass_vcpu:x64",
        ],
      },
    ],
    FILE.irq,
    {
      symbols: [
        ["6.1", null],
        ["6.17", "kvm_pi_update_irte"],
      ],
      tells: [SINCE_SERIES],
      level: "standard",
    },
  ),
  unused(["kvm_pi_update_ret", "return", "kvm_pi_update_irte"], [{ fields: [RET] }], FILE.irq, {
    symbols: [
      ["6.1", null],
      ["6.17", "kvm_pi_update_irte"],
    ],
  }),
] as const;
