// The transition rules by name, as findings and reports show them. vcpu-rules, routing-rules and
// host-rules are what they do.

import { type Transition } from "../../platform/platform.js";

const AVIC = "arch/x86/kvm/svm/avic.c";
const IOMMU = "drivers/iommu/amd/iommu.c";

const ROWS = [
  ["T1", "route set to a vCPU: the IRTE is posted to it", `avic_pi_update_irte(), ${AVIC}`],
  [
    "T2",
    "route set to a vCPU whose AVIC is inhibited: the IRTE is remapped",
    `avic_pi_update_irte(), ${AVIC}`,
  ],
  [
    "T3",
    "route gone or not postable, or producer removed: the IRTE is remapped",
    `avic_pi_update_irte(), ${AVIC}`,
  ],
  [
    "T4",
    "vCPU loaded: IsRun and the CPU of each IRTE on its list",
    `avic_vcpu_load(), ${AVIC}; amd_iommu_update_ga(), ${IOMMU}`,
  ],
  [
    "T5",
    "vCPU put: IsRun off in each IRTE on its list",
    `avic_vcpu_put(), ${AVIC}; amd_iommu_update_ga(), ${IOMMU}`,
  ],
  [
    "T6",
    "vCPU blocks: IsRun off in each IRTE on its list",
    `avic_vcpu_blocking(), ${AVIC}; amd_iommu_update_ga(), ${IOMMU}`,
  ],
  [
    "T7",
    "vCPU unblocks: IsRun and the CPU of each IRTE on its list",
    `avic_vcpu_unblocking(), ${AVIC}; amd_iommu_update_ga(), ${IOMMU}`,
  ],
  [
    "T8",
    "AVIC inhibited: each IRTE on the vCPU's list is remapped",
    `avic_refresh_apicv_exec_ctrl(), ${AVIC}; amd_iommu_deactivate_guest_mode(), ${IOMMU}`,
  ],
  [
    "T9",
    "AVIC active again: each IRTE on the vCPU's list is posted",
    `avic_refresh_apicv_exec_ctrl(), ${AVIC}; amd_iommu_activate_guest_mode(), ${IOMMU}`,
  ],
  [
    "T10",
    "host affinity: vector and CPU of a remapped IRTE",
    `amd_ir_set_affinity(), irte_ga_set_affinity(), ${IOMMU}`,
  ],
  [
    "T11",
    "host IRQ activated or deactivated: the valid bit",
    `irq_remapping_activate(), irq_remapping_deactivate(), ${IOMMU}`,
  ],
] as const satisfies readonly (readonly [id: string, says: string, where: string])[];

/** The id of a transition rule. */
export type RuleId = (typeof ROWS)[number][0];

/** The rules, T1 to T11. */
export const TRANSITIONS: readonly (Transition & { readonly id: RuleId })[] = ROWS.map(
  ([id, says, where]) => ({
    id,
    says,
    where,
  }),
);
