// The documents of `at --json`: stable names and shapes, see README.

import { type Fate } from "../../domain/platform/fate.js";

/** A value that is not known, and why. */
export interface Unknown {
  /** Where it stands in the document, such as `irtes[0].host_irq`. */
  readonly path: string;
  readonly reason: string;
}

/** An IRTE at a moment; null = the value is unknown, or there is none (see `unknown` of the document). */
export interface AtIrte {
  readonly irte: string;
  readonly devid: number;
  readonly index: number;
  /** The low and the high 64 bits: 0x and 16 hexadecimal digits. */
  readonly lo: string | null;
  readonly hi: string | null;
  readonly mode: "posted" | "remapped" | "allocated" | "free" | "unknown";
  readonly valid: boolean | null;
  readonly vector: number | null;
  readonly is_run: boolean | null;
  readonly ga_log_intr: boolean | null;
  readonly destination: number | null;
  readonly ga_tag: number | null;
  readonly ga_root_ptr: string | null;
  /** Only of a posted entry; null otherwise. */
  readonly vm_id: number | null;
  /** The VM's own name; null = the recording's header gives none. */
  readonly vm_name: string | null;
  readonly vcpu: string | null;
  /**
   * What the vCPU's name rests on: the tag holds it (`ga_tag`); the tag holds its vcpu_idx, which its creation showed
   * (`creation`) or the entries that are posted to its page (`backing page`). null = there is no name.
   */
  readonly vcpu_by: string | null;
  readonly host_irq: number | null;
  readonly gsi: number | null;
  /** What would become of an interrupt that arrives now; `unknown` has its reason in the document's `unknown`. */
  readonly fate: Fate;
  /** The platform's own word for the way of the interrupt; null = not known. */
  readonly path: string | null;
  /** Is a kernel function at work there, so that the old or the new bits may count? null = not known. */
  readonly in_flight: boolean | null;
  /** The driver's copy, only where it differs from the table. */
  readonly shadow?: { readonly lo: string; readonly hi: string };
  /**
   * predicted: the recording shows no IRTE write, and the rules say what it was. anchor: a dump of the table shows it,
   * and no write since.
   */
  readonly source: "observed" | "predicted" | "anchor";
  /** Only of a predicted entry: the bits, and which of them are known (1); one that is not is 0 in bits. */
  readonly bits?: { readonly lo: string; readonly hi: string };
  readonly known?: { readonly lo: string; readonly hi: string };
  /** The event since which it is so, and its time. */
  readonly since_seq: number;
  readonly since_ns: string;
  /** Why it was written, such as `vcpu load`. */
  readonly cause: string | null;
}

/** A vCPU at a moment; null = the value is unknown (see `unknown` of the document). */
export interface AtVcpu {
  readonly vcpu: string;
  readonly vm_id: number | null;
  /** What the vm_id rests on: `line` or `backing page`; null = it is not known. */
  readonly vm_id_by: string | null;
  /** The VM's own name; null = the recording's header gives none. */
  readonly vm_name: string | null;
  readonly vcpu_id: number;
  readonly vcpu_idx: number | null;
  readonly run_state: "running" | "out" | "blocking" | "freed" | "unknown";
  /** The host CPU that it is loaded on; null = it is on none, or that is not known. */
  readonly pcpu: number | null;
  readonly avic_active: boolean | null;
  readonly is_running: boolean | null;
  readonly ga_log_intr: boolean | null;
  readonly ir_list: readonly string[] | null;
  readonly source: "observed";
}

/** An irqfd at a moment; null = the value is unknown, or there is none. */
export interface AtIrqfd {
  readonly gsi: number;
  readonly vm_id: number | null;
  readonly vm_name: string | null;
  readonly host_irq: number | null;
  readonly irte: string | null;
  /** The vCPU whose ir_list holds the IRTE. */
  readonly vcpu: string | null;
  readonly route: "msi" | "irqchip" | "none" | "other" | null;
  readonly fd: number | null;
  readonly state: "assigned" | "deassigned" | null;
}

/** A VM at a moment; null = the value is unknown. */
export interface AtVm {
  readonly vm: string;
  readonly vm_id: number | null;
  /** What the vm_id rests on: `line` or `backing page`; null = it is not known. */
  readonly vm_id_by: string | null;
  /** Its own name, and the process of its monitor; null = the recording's header does not tell. */
  readonly name: string | null;
  readonly vmm_pid: number | null;
  readonly destroyed: boolean | null;
  readonly inhibits: readonly string[] | null;
  /** Only where no line says that they are this VM's, and what the task did says so. */
  readonly source?: "inferred";
}

/** The state of a recording at a moment: the document of `at --json`. */
export interface AtDocument {
  readonly recording_id: number;
  /** The last event that counts. */
  readonly seq: number;
  /** The moment, in the recording's clock unit. */
  readonly time_ns: string;
  readonly clock_unit: "ns" | "ticks";
  /** By segment, device and index. */
  readonly irtes: readonly AtIrte[];
  /** By VM and vcpu_id. */
  readonly vcpus: readonly AtVcpu[];
  /** By VM and GSI. */
  readonly irqfds: readonly AtIrqfd[];
  /** By avic vm_id. */
  readonly vms: readonly AtVm[];
  readonly unknown: readonly Unknown[];
  /** Does the answer depend on events that were lost? */
  readonly inconclusive: boolean;
}

/** What a document is narrowed to: an IRTE's name, a vCPU's name, a VM's avic vm_id. All absent = everything. */
export interface AtFilter {
  readonly irte?: string | undefined;
  readonly vcpu?: string | undefined;
  readonly vm_id?: number | undefined;
}
