// The facts of a dump of a host's state, but for the bits of entries. null = not known.

import { type IrteRef } from "../../domain/values/names.js";
import { type Word } from "./fact-fields.js";

/** A fact about the host, but for the bits of an entry. null = not known. */
export type HostFact =
  | {
      /** Which CPU has which APIC ID. */
      readonly kind: "cpu";
      /** The number of the CPU. */
      readonly cpu: number;
      /** Its APIC ID. */
      readonly apic: number;
    }
  | {
      /** Where an entry stands, and which host IRQ has it. */
      readonly kind: "irte";
      /** The entry. */
      readonly irte: IrteRef;
      /** The address at which it stands. */
      readonly address: Word | null;
      /** Linux IRQ number. */
      readonly host_irq: number | null;
    }
  | VmFact
  | VcpuFact
  | IrqfdFact
  | RouteFact;

/** What every fact about a VM has. */
export interface OfVm {
  /** The number of the fact in the document, from 1: the line in which the script prints it. */
  readonly place: number;
  /** The address of struct kvm. */
  readonly vm: Word;
}

/** A VM. */
export interface VmFact extends OfVm {
  /** Tells it from other facts. */
  readonly kind: "vm";
  /** kvm_svm->avic_vm_id; 0 and null = not known. */
  readonly vm_id: number | null;
  /** kvm->arch.apicv_inhibit_reasons. */
  readonly inhibits: number | null;
  /** Its own name. */
  readonly name: string | null;
  /** The process of its monitor. */
  readonly vmm_pid: number | null;
}

/** A vCPU. */
export interface VcpuFact extends OfVm {
  /** Tells it from other facts. */
  readonly kind: "vcpu";
  /** KVM's vcpu_id. */
  readonly vcpu_id: number;
  /** Its place in the order of creation. */
  readonly vcpu_idx: number | null;
  /** Its physical ID entry. */
  readonly entry: Word | null;
  /** Is AVIC active on it (1, 0)? */
  readonly apicv_active: number | null;
  /** Does it wait in a halt (1, 0)? */
  readonly blocking: number | null;
  /** The CPU on which it is loaded; -1 = none. */
  readonly cpu: number | null;
  /** The thread that has it loaded, by its pid. */
  readonly thread: number | null;
  /** The entries of its ir_list, the newest first. */
  readonly ir_list: readonly IrteRef[] | null;
}

/** An irqfd. */
export interface IrqfdFact extends OfVm {
  /** Tells it from other facts. */
  readonly kind: "irqfd";
  /** The guest's interrupt. */
  readonly gsi: number;
  /** The host IRQ that is connected to it; -1 = none. */
  readonly host_irq: number | null;
}

/** The route of an irqfd. */
export interface RouteFact extends OfVm {
  /** Tells it from other facts. */
  readonly kind: "route";
  /** The guest's interrupt. */
  readonly gsi: number;
  /** enum KVM_IRQ_ROUTING_*; 0 = it has no route. */
  readonly type: number | null;
  /** The address of the MSI. */
  readonly address: Word | null;
  /** The data of the MSI. */
  readonly data: number | null;
}
