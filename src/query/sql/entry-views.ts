// Rows of the views that tell how entries and the vCPUs that they post to changed.

import { type RuleId } from "../../domain/amd/rules/transitions.js";
import { type VcpuBasis } from "../../source/rows.js";
import { type IrteName, type Seq } from "../../domain/values/ids.js";
import { type RunState } from "../../domain/fold/state.js";
import { type EventKindName } from "../../domain/events/kinds.js";
import { type Cause } from "../../domain/events/causes.js";
import { type IrteMode } from "../../domain/amd/irte/irte.js";
import { type IrteField } from "../state/changes.js";
import { type Int64, type RowSource } from "./row-values.js";

/** A row of `v_irte`: an interval in which an IRTE kept its bits. */
export interface VIrte {
  /** Name of the IRTE, SSSS:BB:DD.F/INDEX. */
  readonly irte: IrteName;
  /** PCI requester ID: bus 15:8, device 7:3, function 2:0. */
  readonly devid: number;
  /** Index in the device's interrupt remapping table. */
  readonly irte_index: number;
  /** First event of the interval, inclusive. */
  readonly from_seq: Seq;
  /** First event after the interval, exclusive; NULL = still so. */
  readonly to_seq: Seq | null;
  /** Begin, inclusive (ns or ticks). */
  readonly from_ns: Int64;
  /** End, exclusive; NULL = still so (ns or ticks). */
  readonly to_ns: Int64 | null;
  /** Low 64 bits, signed; printf('%016x', lo) shows them; NULL = unknown (bits). */
  readonly lo: Int64 | null;
  /** High 64 bits, signed; NULL = unknown (bits). */
  readonly hi: Int64 | null;
  /** Posted, remapped, allocated, free or unknown. */
  readonly mode: IrteMode | "unknown" | null;
  /** The IOMMU uses the entry; NULL = unknown (0 or 1). */
  readonly valid: 0 | 1 | null;
  /** Guest vector if posted, else host vector; NULL = unknown. */
  readonly vector: number | null;
  /** APIC ID of the target CPU; not used while posted and not running. */
  readonly destination: number | null;
  /** Posted: the target runs; 0 where it is not posted; NULL = unknown (0 or 1). */
  readonly is_run: 0 | 1 | null;
  /** Posted: log while not running; 0 where it is not posted; NULL = unknown (0 or 1). */
  readonly ga_log_intr: 0 | 1 | null;
  /** GA tag: VM and vCPU for the GA log. */
  readonly ga_tag: number | null;
  /** Page frame of the vAPIC backing page (4 KiB pages). */
  readonly ga_root_ptr: number | null;
  /** Of the VM that the GA tag names; NULL = not posted, or unknown. */
  readonly vm_id: number | null;
  /** Of the vCPU that the GA tag names; NULL = not posted, or unknown. */
  readonly vcpu_id: number | null;
  /** Why it was written, such as vcpu load; NULL = not known. */
  readonly cause: Cause | null;
  /** The event that brought it about; NULL = none known. */
  readonly cause_seq: Seq | null;
  /** Observed, or predicted by the rules. */
  readonly source: RowSource;
  /** The recording it belongs to. */
  readonly recording_id: number;
  /** It ends where events were lost (0 or 1). */
  readonly overlaps_gap: 0 | 1 | null;
  /** Kind of the event that began it: irte_exchanged (the exchange itself), irte_written or another; NULL = predicted. */
  readonly witness: EventKindName | null;
  /** What vcpu_id rests on: ga_tag (the tag holds it), or the tag's vcpu_idx as its creation shows it (creation) or the entries posted to the vCPU's backing page (backing page) or a dump of the host (anchor). */
  readonly vcpu_by: VcpuBasis | null;
  /** The VM's own name, as the header of the recording gives it; NULL = not told. */
  readonly vm_name: string | null;
}

/** A row of `v_irte_change`: one changed field of one IRTE write. */
export interface VIrteChange {
  /** The event; dense and per timeline. */
  readonly seq: Seq;
  /** Its time by the recording's clock; ticks where clock_unit says so (ns or ticks). */
  readonly time_ns: Int64;
  /** Name of the IRTE, SSSS:BB:DD.F/INDEX. */
  readonly irte: IrteName;
  /** Mode, valid, is_run, ga_log_intr, destination, vector, ga_tag, ga_root_ptr. */
  readonly field: IrteField;
  /** The value before; NULL = unknown, or not applicable. */
  readonly old: number | string | null;
  /** The value after; NULL = unknown, or not applicable. */
  readonly new: number | string | null;
  /** Why it was written, such as vcpu load; NULL = not known. */
  readonly cause: Cause | null;
  /** The event that brought it about; NULL = none known. */
  readonly cause_seq: Seq | null;
  /** Name of the acting task; NULL = the trace does not say. */
  readonly comm: string | null;
  /** Pid of the acting task; NULL = the trace does not say. */
  readonly pid: number | null;
  /** The host CPU it happened on. */
  readonly cpu: number;
  /** Rule of the last check that explains it, T1 to T11; NULL = none, or not checked. */
  readonly rule: RuleId | null;
  /** The last check explained it; NULL = not decided, or not checked (0 or 1). */
  readonly allowed: 0 | 1 | null;
  /** The recording it belongs to. */
  readonly recording_id: number;
  /** PCI requester ID: bus 15:8, device 7:3, function 2:0. */
  readonly devid: number;
  /** Index in the device's interrupt remapping table. */
  readonly irte_index: number;
}

/** A row of `v_vcpu`: an interval of one vCPU's state. */
export interface VVcpu {
  /** Avic vm_id of the VM; NULL = none, or never shown. */
  readonly vm_id: number | null;
  /** KVM's vcpu_id; NULL = none, or not known. */
  readonly vcpu_id: number | null;
  /** First event of the interval, inclusive. */
  readonly from_seq: Seq;
  /** First event after the interval, exclusive; NULL = still so. */
  readonly to_seq: Seq | null;
  /** Begin, inclusive (ns or ticks). */
  readonly from_ns: Int64;
  /** End, exclusive; NULL = still so (ns or ticks). */
  readonly to_ns: Int64 | null;
  /** Running, out, blocking, freed or unknown. */
  readonly run_state: RunState | "unknown" | null;
  /** The host CPU it is loaded on; NULL = none, or unknown. */
  readonly pcpu: number | null;
  /** AVIC is active on the vCPU; NULL = unknown (0 or 1). */
  readonly avic_active: 0 | 1 | null;
  /** IsRunning of its physical ID entry; NULL = unknown (0 or 1). */
  readonly is_running: 0 | 1 | null;
  /** GALogIntr: the IOMMU logs what it cannot deliver; NULL = unknown (0 or 1). */
  readonly ga_log_intr: 0 | 1 | null;
  /** Place in the order of creation; NULL = the creation was not observed, and no entry proves it. */
  readonly vcpu_idx: number | null;
  /** The recording it belongs to. */
  readonly recording_id: number;
  /** What vcpu_idx rests on: creation, backing page, or anchor (a dump of the host); NULL = there is none, or an older version stored it. */
  readonly vcpu_idx_by: "creation" | "backing page" | "anchor" | null;
  /** The VM's own name, as the header of the recording gives it; NULL = not told. */
  readonly vm_name: string | null;
}

/** A row of `v_link`: one stay of an IRTE on a vCPU's ir_list. */
export interface VLink {
  /** Avic vm_id of the VM; NULL = none, or never shown. */
  readonly vm_id: number | null;
  /** KVM's vcpu_id; NULL = none, or not known. */
  readonly vcpu_id: number | null;
  /** VmN/gsiG; NULL = the GSI is not known. */
  readonly irqfd: string | null;
  /** The GSI; NULL = none, or not known. */
  readonly gsi: number | null;
  /** Name of the IRTE, SSSS:BB:DD.F/INDEX. */
  readonly irte: IrteName;
  /** First event of the interval, inclusive. */
  readonly from_seq: Seq;
  /** First event after the interval, exclusive; NULL = still so. */
  readonly to_seq: Seq | null;
  /** Begin, inclusive (ns or ticks). */
  readonly from_ns: Int64;
  /** End, exclusive; NULL = still so (ns or ticks). */
  readonly to_ns: Int64 | null;
  /** Cause of the event that added it; NULL = not known. */
  readonly added_by: Cause | null;
  /** Cause of the event that removed it; NULL = still there, or not known. */
  readonly removed_by: Cause | null;
  /** Observed, or predicted by the rules. */
  readonly source: RowSource;
  /** The recording it belongs to. */
  readonly recording_id: number;
  /** The VM's own name, as the header of the recording gives it; NULL = not told. */
  readonly vm_name: string | null;
  /** PCI requester ID: bus 15:8, device 7:3, function 2:0. */
  readonly devid: number;
  /** Index in the device's interrupt remapping table. */
  readonly irte_index: number;
}
