// Where the kernel has what the probes are on.

/** Files of Linux that several rows of the table name; where releases differ, the newest. */
export const FILE = {
  vectorTrace: "arch/x86/include/asm/trace/irq_vectors.h",
  irq: "arch/x86/kvm/irq.c",
  avic: "arch/x86/kvm/svm/avic.c",
  svm: "arch/x86/kvm/svm/svm.c",
  x86Trace: "arch/x86/kvm/trace.h",
  x86: "arch/x86/kvm/x86.c",
  iommu: "drivers/iommu/amd/iommu.c",
  vfio: "drivers/vfio/pci/vfio_pci_intrs.c",
  traceEntries: "kernel/trace/trace_entries.h",
  irqTrace: "include/trace/events/irq.h",
  kvmTrace: "include/trace/events/kvm.h",
  schedTrace: "include/trace/events/sched.h",
  eventfd: "virt/kvm/eventfd.c",
  irqchip: "virt/kvm/irqchip.c",
  kvmMain: "virt/kvm/kvm_main.c",
  bypass: "virt/lib/irqbypass.c",
} as const;
