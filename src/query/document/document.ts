// The documents of `at --json`: stable names and shapes, see README.

import { type VcpuBasis, type VmIdBasis } from "../../source/rows.js";
import { type IrteName, type Seq, type TimeText, type VcpuName } from "../../domain/values/ids.js";
import { type Cause } from "../../domain/events/causes.js";
import { type Fate } from "../../domain/platform/fate.js";

/** A value that is not known, and why. */
export interface Unknown {
  /** Where it stands in the document, such as `irtes[0].host_irq`. */
  readonly path: string;
  /** Why it is not known, in a few words for people: it can have names, events and times in it. */
  readonly reason: string;
}

/** An IRTE at a moment; null = the value is unknown, or there is none (see `unknown` of the document). */
export interface AtIrte {
  /** `SSSS:BB:DD.F/INDEX`. */
  readonly irte: IrteName;
  /** Bus, device and function as the IOMMU has them: `bus << 8 | device << 3 | function`. */
  readonly devid: number;
  /** The index of the entry in the device's table. */
  readonly index: number;
  /** The low 64 bits of struct irte_ga (drivers/iommu/amd/amd_iommu_types.h): `0x` and 16 hexadecimal digits. */
  readonly lo: string | null;
  /** The high 64 bits, in the same form. */
  readonly hi: string | null;
  /**
   * posted: guest_mode is set. remapped: it is not. allocated: irte_ga_set_allocated() has marked it, and no interrupt
   * uses it yet. free: it is all zero. unknown: its bits are not known.
   */
  readonly mode: "posted" | "remapped" | "allocated" | "free" | "unknown";
  /** RemapEn: the IOMMU takes the entry. */
  readonly valid: boolean | null;
  /** The vector, 0 to 255: the guest's if the entry is posted, else the host's. */
  readonly vector: number | null;
  /** IsRun: the vCPU is running, so the IOMMU rings its CPU's doorbell. false of an entry that is not posted. */
  readonly is_run: boolean | null;
  /** GALogIntr: an interrupt for a vCPU that is not running is logged and raises one. false of
   * an entry that is not posted. */
  readonly ga_log_intr: boolean | null;
  /**
   * The 32-bit APIC ID of the CPU that gets the interrupt, or whose doorbell is rung; of a remapped entry in logical
   * mode a set of CPUs.
   */
  readonly destination: number | null;
  /** The 32-bit GA tag, which names VM and vCPU (decodeGaTag()). 0 of an entry that is not posted. */
  readonly ga_tag: number | null;
  /** Address of the vAPIC backing page >> 12, as `0x` and hexadecimal digits. `0x0` of an entry that is not
   * posted. */
  readonly ga_root_ptr: string | null;
  /** Only of a posted entry; null otherwise. */
  readonly vm_id: number | null;
  /** The VM's own name; null = the recording's header gives none. */
  readonly vm_name: string | null;
  /** The vCPU that the entry posts to, as `vmN/vcpuM`. */
  readonly vcpu: VcpuName | null;
  /**
   * What the vCPU's name rests on: the tag holds it (`ga_tag`); the tag holds its vcpu_idx, which its creation showed
   * (`creation`), the entries that are posted to its page (`backing page`) or a dump of the host (`anchor`). null = there is no name.
   */
  readonly vcpu_by: VcpuBasis | null;
  /** The Linux IRQ number. */
  readonly host_irq: number | null;
  /** The guest's interrupt whose irqfd the host IRQ is connected to. */
  readonly gsi: number | null;
  /** What would become of an interrupt that arrives now; `unknown` has its reason in the document's `unknown`. */
  readonly fate: Fate;
  /** The platform's own word for the way of the interrupt; null = not known. */
  readonly path: string | null;
  /** Is a kernel function at work there, so that the old or the new bits may count? null = not known. */
  readonly in_flight: boolean | null;
  /** The driver's copy, only where it differs from the table. */
  readonly shadow?: {
    /** The low 64 bits: `0x` and 16 hexadecimal digits. */
    readonly lo: string;
    /** The high 64 bits, in the same form. */
    readonly hi: string;
  };
  /**
   * predicted: the recording shows no IRTE write, and the rules say what it was. anchor: a dump of the table shows it,
   * and no write since.
   */
  readonly source: "observed" | "predicted" | "anchor";
  /** Only of a predicted entry: the bits, and which of them are known (1); one that is not is 0 in bits. */
  readonly bits?: {
    /** Bits 63 to 0: `0x` and 16 hexadecimal digits. */
    readonly lo: string;
    /** Bits 127 to 64: `0x` and 16 hexadecimal digits. */
    readonly hi: string;
  };
  /** Which of `bits` are known: a mask in which 1 is known. Only of a predicted entry. */
  readonly known?: {
    /** Bits 63 to 0: `0x` and 16 hexadecimal digits. */
    readonly lo: string;
    /** Bits 127 to 64: `0x` and 16 hexadecimal digits. */
    readonly hi: string;
  };
  /** The event since which it is so, and its time. */
  readonly since_seq: Seq;
  /** The time of that event, in the recording's clock unit. */
  readonly since_ns: TimeText;
  /** Why it was written, such as `vcpu load`. */
  readonly cause: Cause | null;
}

/** A vCPU at a moment; null = the value is unknown (see `unknown` of the document). */
export interface AtVcpu {
  /** `vmN/vcpuM`. */
  readonly vcpu: VcpuName;
  /** The avic vm_id of its VM. */
  readonly vm_id: number | null;
  /** What the vm_id rests on: `line`, `backing page` or `anchor`; null = it is not known. */
  readonly vm_id_by: VmIdBasis | null;
  /** The VM's own name; null = the recording's header gives none. */
  readonly vm_name: string | null;
  /** KVM's vcpu_id, on x86 its APIC ID. */
  readonly vcpu_id: number;
  /** KVM's vcpu_idx: its place among the vCPUs of the VM, from 0. */
  readonly vcpu_idx: number | null;
  /** running: on a CPU. out: off it, and not waiting. blocking: waiting in a halt. freed: gone. */
  readonly run_state: "running" | "out" | "blocking" | "freed" | "unknown";
  /** The host CPU that it is loaded on; null = it is on none, or that is not known. */
  readonly pcpu: number | null;
  /** AVIC is on for it: no inhibit holds. */
  readonly avic_active: boolean | null;
  /** IsRunning of KVM's copy of the physical APIC ID entry. */
  readonly is_running: boolean | null;
  /** AVIC_PHYSICAL_ID_ENTRY_GA_LOG_INTR of KVM's copy of the entry. */
  readonly ga_log_intr: boolean | null;
  /** The IRTEs on its ir_list, by name, the newest first. */
  readonly ir_list: readonly IrteName[] | null;
  /** Where the values come from: always events of the recording. */
  readonly source: "observed";
}

/** An irqfd at a moment; null = the value is unknown, or there is none. */
export interface AtIrqfd {
  /** The guest's interrupt. */
  readonly gsi: number;
  /** The avic vm_id of its VM. */
  readonly vm_id: number | null;
  /** The VM's own name; null = the recording's header gives none. */
  readonly vm_name: string | null;
  /** The Linux IRQ number of the producer that is connected to it. */
  readonly host_irq: number | null;
  /** The IRTE of that IRQ, as `SSSS:BB:DD.F/INDEX`. */
  readonly irte: IrteName | null;
  /** The vCPU whose ir_list holds the IRTE. */
  readonly vcpu: VcpuName | null;
  /** The type of the GSI's route (KVM_IRQ_ROUTING_*). */
  readonly route: "msi" | "irqchip" | "none" | "other" | null;
  /** The eventfd's number in the process that assigned it; null = it was assigned before the recording. */
  readonly fd: number | null;
  /** Is it assigned (KVM_IRQFD), or has it been deassigned? */
  readonly state: "assigned" | "deassigned" | null;
}

/** A VM at a moment; null = the value is unknown. */
export interface AtVm {
  /** `vmN`; where its avic vm_id is not known, a text that says so. */
  readonly vm: string;
  /** The avic vm_id (kvm_svm->avic_vm_id), which is in the GA tag. */
  readonly vm_id: number | null;
  /** What the vm_id rests on: `line`, `backing page` or `anchor`; null = it is not known. */
  readonly vm_id_by: VmIdBasis | null;
  /** Its own name; null = the recording's header gives none. */
  readonly name: string | null;
  /** The process of its monitor; null = the recording's header does not tell. */
  readonly vmm_pid: number | null;
  /** It has been destroyed. */
  readonly destroyed: boolean | null;
  /** The kernel's names of the AVIC inhibits that hold; empty = none. */
  readonly inhibits: readonly string[] | null;
  /** Only where no line says that they are this VM's, and what the task did says so. */
  readonly source?: "inferred";
}

/** The state of a recording at a moment: the document of `at --json`. */
export interface AtDocument {
  /** The number of the recording. */
  readonly recording_id: number;
  /** The last event that counts. */
  readonly seq: Seq;
  /** The moment, in the recording's clock unit. */
  readonly time_ns: TimeText;
  /** What `time_ns` and `since_ns` count: nanoseconds, or ticks of a counter clock. */
  readonly clock_unit: "ns" | "ticks";
  /** By segment, device and index. */
  readonly irtes: readonly AtIrte[];
  /** By VM and vcpu_id. */
  readonly vcpus: readonly AtVcpu[];
  /** By VM and GSI. */
  readonly irqfds: readonly AtIrqfd[];
  /** By avic vm_id. */
  readonly vms: readonly AtVm[];
  /** Every value that is null because it is not known, with the reason. */
  readonly unknown: readonly Unknown[];
  /** Does the answer depend on events that were lost? */
  readonly inconclusive: boolean;
}

/** What a document is narrowed to: an IRTE's name, a vCPU's name, a VM's avic vm_id. All absent = everything. */
export interface AtFilter {
  /** An IRTE, as `SSSS:BB:DD.F/INDEX` or `BB:DD.F/INDEX`. Absent = all. */
  readonly irte?: string | undefined;
  /** A vCPU, as `vmN/vcpuM`. Absent = all. */
  readonly vcpu?: string | undefined;
  /** A VM's avic vm_id: the VM with its vCPUs, irqfds and IRTEs. Absent = all. */
  readonly vm_id?: number | undefined;
}
