// What many probes fetch.

/** A vCPU that is the function's parameter `vcpu`. */
export const VCPU = ["vcpu=vcpu:x64", "kvm=vcpu->kvm:x64", "id=vcpu->vcpu_id:s32"] as const;

/** The avic vm_id of a VM that is the function's parameter `kvm`. */
export const VM_ID = "vm_id=kvm in kvm_svm.kvm->avic_vm_id:u32";

/** A VM that is the function's parameter `kvm`. */
export const VM = ["kvm=kvm:x64", VM_ID] as const;

/** A vCPU's physical ID entry: a member since Linux 6.17, behind a pointer before. */
export const ENTRY = "entry=vcpu in vcpu_svm.vcpu->avic_physical_id_entry:x64";
/** The same before Linux 6.17. */
export const ENTRY_BEHIND_POINTER = "entry=vcpu in vcpu_svm.vcpu->avic_physical_id_cache->*:x64";

/** Is AVIC active for the vCPU? */
export const APICV_ACTIVE = "apicv_active=vcpu->arch.apic->apicv_active:u8";

/**
 * An entry of the remapping table, by the driver's data of a host IRQ, parameter `irq_data` or
 * `data`.
 */
export const IRTE_OF_IRQ_DATA = [
  "irq=irq_data|data->irq:u32",
  "ir_data=irq_data|data->chip_data:x64",
  "devid=irq_data|data->chip_data as amd_ir_data->irq_2_irte.devid:x16",
  "index=irq_data|data->chip_data as amd_ir_data->irq_2_irte.index:u16",
] as const;

/** An entry of the remapping table, by the driver's data, parameter `data`. */
export const IRTE_OF_DATA = [
  "ir_data=data:x64",
  "devid=data as amd_ir_data->irq_2_irte.devid:x16",
  "index=data as amd_ir_data->irq_2_irte.index:u16",
] as const;

/** An irqfd by its consumer of the bypass, parameter `cons` or `consumer`. */
export const IRQFD_OF_CONSUMER = [
  "cons=cons|consumer:x64",
  "gsi=cons|consumer in kvm_kernel_irqfd.consumer->gsi:s32",
  "kvm=cons|consumer in kvm_kernel_irqfd.consumer->kvm:x64",
] as const;

/** What a function returns that returns an error number. */
export const RET = "ret=$retval:s32";
