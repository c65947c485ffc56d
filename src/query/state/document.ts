// The documents of `at --json`: stable names and shapes, see README.

/** A value that is not known. */
export interface Unknown {
  readonly path: string;
  readonly reason: string;
}

export interface AtIrte {
  readonly irte: string;
  readonly devid: number;
  readonly index: number;
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
  readonly vcpu: string | null;
  readonly host_irq: number | null;
  readonly gsi: number | null;
  /** The driver's copy, only where it differs from the table. */
  readonly shadow?: { readonly lo: string; readonly hi: string };
  /** predicted: the recording shows no IRTE write, and the rules say what it was. */
  readonly source: "observed" | "predicted";
  /** Only of a predicted entry: the bits, and which of them are known (1); one that is not is 0 in bits. */
  readonly bits?: { readonly lo: string; readonly hi: string };
  readonly known?: { readonly lo: string; readonly hi: string };
  readonly since_seq: number;
  readonly since_ns: string;
  readonly cause: string | null;
}

export interface AtVcpu {
  readonly vcpu: string;
  readonly vm_id: number | null;
  readonly vcpu_id: number;
  readonly vcpu_idx: number | null;
  readonly run_state: "running" | "out" | "blocking" | "freed" | "unknown";
  /** The CPU it is loaded on; null where it is on none. */
  readonly pcpu: number | null;
  readonly avic_active: boolean | null;
  readonly is_running: boolean | null;
  readonly ga_log_intr: boolean | null;
  readonly ir_list: readonly string[] | null;
  readonly source: "observed";
}

export interface AtIrqfd {
  readonly gsi: number;
  readonly vm_id: number | null;
  readonly host_irq: number | null;
  readonly irte: string | null;
  /** The vCPU whose ir_list holds the IRTE. */
  readonly vcpu: string | null;
  readonly route: "msi" | "irqchip" | "none" | "other" | null;
  readonly fd: number | null;
  readonly state: "assigned" | "deassigned" | null;
}

export interface AtVm {
  readonly vm: string;
  readonly vm_id: number | null;
  readonly destroyed: boolean;
  readonly inhibits: readonly string[] | null;
}

export interface AtDocument {
  readonly recording_id: number;
  readonly seq: number;
  readonly time_ns: string;
  readonly clock_unit: "ns" | "ticks";
  readonly irtes: readonly AtIrte[];
  readonly vcpus: readonly AtVcpu[];
  readonly irqfds: readonly AtIrqfd[];
  readonly vms: readonly AtVm[];
  readonly unknown: readonly Unknown[];
  /** Does the answer depend on a gap. */
  readonly inconclusive: boolean;
}

/** What to show: by IRTE name, vCPU name, vm_id. Absent = all. */
export interface AtFilter {
  readonly irte?: string | undefined;
  readonly vcpu?: string | undefined;
  readonly vm_id?: number | undefined;
}
