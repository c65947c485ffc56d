// The stable views as types, for programs that build their SQL with Kysely. A test holds them equal to what
// `irqtwin schema` says.

import { type Kysely } from "kysely";
import { type IrteName, type Seq, type VcpuName } from "../../domain/values/ids.js";
import { type Fate } from "../../domain/platform/fate.js";
import { type InterruptVerdict } from "../../domain/platform/interrupt.js";
import { type EventKindName } from "../../domain/events/kinds.js";
import { type Cause } from "../../domain/events/causes.js";
import { q } from "../../timeline/store/sql.js";
import { type VIrte, type VIrteChange, type VLink, type VVcpu } from "./entry-views.js";
import {
  type VFinding,
  type VGap,
  type VHeader,
  type VRecording,
  type VVm,
} from "./recording-views.js";
import { type Int64, type RowSource } from "./row-values.js";

/** A row of `v_event`: an event. */
export interface VEvent {
  /** The event; dense and per timeline. */
  readonly seq: Seq;
  /** Its time by the recording's clock; ticks where clock_unit says so (ns or ticks). */
  readonly time_ns: Int64;
  /** The host CPU it happened on. */
  readonly cpu: number;
  /** Name of the acting task; NULL = the trace does not say. */
  readonly comm: string | null;
  /** Pid of the acting task; NULL = the trace does not say. */
  readonly pid: number | null;
  /** What happened; event_kind describes each. */
  readonly kind: EventKindName;
  /** Avic vm_id of the VM; NULL = none, or never shown. */
  readonly vm_id: number | null;
  /** KVM's vcpu_id; NULL = none, or not known. */
  readonly vcpu_id: number | null;
  /** PCI requester ID: bus 15:8, device 7:3, function 2:0. */
  readonly devid: number | null;
  /** Index in the device's interrupt remapping table. */
  readonly irte_index: number | null;
  /** The GSI; NULL = none, or not known. */
  readonly gsi: number | null;
  /** Linux IRQ number on the host. */
  readonly host_irq: number | null;
  /** The event that brought it about; NULL = none known. */
  readonly cause_seq: Seq | null;
  /** Why it was written, such as vcpu load; NULL = not known. */
  readonly cause: Cause | null;
  /** Observed, or predicted by the rules. */
  readonly source: RowSource;
  /** The recording it belongs to. */
  readonly recording_id: number;
  /** Its line in the trace file, from 1; -N = line N of the dump of import --anchor (line). */
  readonly line: number;
  /** The kind's own fields as a JSON object; 64-bit words as hexadecimal text. */
  readonly payload: string;
  /** The VM's own name, as the header of the recording gives it; NULL = not told. */
  readonly vm_name: string | null;
  /** Name of the IRTE, SSSS:BB:DD.F/INDEX. */
  readonly irte: IrteName | null;
  /** Name of the vCPU, vmN/vcpuM; NULL = none, or its VM's avic vm_id is not known. */
  readonly vcpu: VcpuName | null;
  /** Of a marker: what the user wrote to trace_marker; NULL = another kind. */
  readonly text: string | null;
}

/** A row of `v_fate`: an interval in which the fate of an IRTE's interrupts stayed the same. */
export interface VFate {
  /** Name of the IRTE, SSSS:BB:DD.F/INDEX. */
  readonly irte: IrteName;
  /** What would happen to an interrupt that arrives now: direct, wake-up, pending, host handler, no handler, misdirected, blocked, lost wake-up, freed memory or unknown. */
  readonly fate: Fate;
  /** The platform's word for its way: refused, remapped, doorbell, GA log or vAPIC page only; NULL = not known. */
  readonly path: string | null;
  /** A kernel function is at work on the entry or its vCPU: the IOMMU may use the bits before or after its write (0 or 1); NULL = not known. */
  readonly in_flight: 0 | 1 | null;
  /** Why; of an unknown fate, what is not known. */
  readonly reason: string;
  /** First event of the interval, inclusive. */
  readonly from_seq: Seq;
  /** First event after the interval, exclusive; NULL = still so. */
  readonly to_seq: Seq | null;
  /** Begin, inclusive (ns or ticks). */
  readonly from_ns: Int64;
  /** End, exclusive; NULL = still so (ns or ticks). */
  readonly to_ns: Int64 | null;
  /** Avic vm_id of the VM that the entry posts to; NULL = none, or not known. */
  readonly vm_id: number | null;
  /** Vcpu_id of the vCPU that the entry posts to; NULL = none, or not known. */
  readonly vcpu_id: number | null;
  /** Observed, or predicted by the rules. */
  readonly source: RowSource;
  /** The recording it belongs to. */
  readonly recording_id: number;
}

/** A row of `v_interrupt`: an interrupt that the recording shows. */
export interface VInterrupt {
  /** Seq of the event that shows it first. */
  readonly id: Seq;
  /** Its time by the recording's clock; ticks where clock_unit says so (ns or ticks). */
  readonly time_ns: Int64;
  /** Name of the IRTE that raised it; NULL = none, or several can have. */
  readonly irte: IrteName | null;
  /** Avic vm_id of the VM that should get it; NULL = not known. */
  readonly vm_id: number | null;
  /** Vcpu_id of the vCPU that should get it; NULL = not known. */
  readonly vcpu_id: number | null;
  /** Name of the vCPU that got it, or was told of it; NULL = none, or not known. */
  readonly vcpu_got: VcpuName | null;
  /** The fate that it had: wake-up, pending, host handler, software, misdirected, freed memory or unknown. */
  readonly fate: Fate;
  /** The way that it took: GA log, remapped (the host handled it) or injection (KVM injected it); NULL = not known. */
  readonly path: string | null;
  /** Delivered, delayed, lost, misdirected or unknown. */
  readonly verdict: InterruptVerdict;
  /** Nothing else that the recording shows explains what it is paired with (0 or 1). */
  readonly sure: 0 | 1;
  /** Why; of an unknown verdict, what is not known. */
  readonly reason: string;
  /** The host handled it, or a local APIC accepted it; NULL = the recording does not show it being raised (ns or ticks). */
  readonly raised_ns: Int64 | null;
  /** KVM was told of its entry in the GA log; NULL = there was none (ns or ticks). */
  readonly logged_ns: Int64 | null;
  /** Its vCPU was back from its halt (kvm_vcpu_wakeup); NULL = it did not wait in one, or not shown (ns or ticks). */
  readonly woken_ns: Int64 | null;
  /** From then on its vCPU was known to run, with all of these before; NULL = not known (ns or ticks). */
  readonly running_ns: Int64 | null;
  /** Seq of the events that it is told from, as a JSON array. */
  readonly evidence: string;
  /** The recording it belongs to. */
  readonly recording_id: number;
}

/** A row of `v_route`: an interval of one GSI's route as its irqfds show it. */
export interface VRoute {
  /** Avic vm_id of the VM; NULL = none, or never shown. */
  readonly vm_id: number | null;
  /** The GSI; NULL = none, or not known. */
  readonly gsi: number | null;
  /** First event of the interval, inclusive. */
  readonly from_seq: Seq;
  /** First event after the interval, exclusive; NULL = still so. */
  readonly to_seq: Seq | null;
  /** Begin, inclusive (ns or ticks). */
  readonly from_ns: Int64;
  /** End, exclusive; NULL = still so (ns or ticks). */
  readonly to_ns: Int64 | null;
  /** None, irqchip, msi, s390_adapter, hv_sint, xen_evtchn or unknown. */
  readonly type:
    "none" | "irqchip" | "msi" | "s390_adapter" | "hv_sint" | "xen_evtchn" | "unknown" | null;
  /** Address of its MSI; NULL = not shown. */
  readonly address: number | null;
  /** Data of its MSI; NULL = not shown. */
  readonly data: number | null;
  /** APIC ID that the MSI names; NULL = unknown. */
  readonly dest: number | null;
  /** Guest vector; NULL = unknown. */
  readonly vector: number | null;
  /** Fixed, LowPrio, SMI, Res3, NMI, INIT, SIPI, ExtINT; NULL = unknown. */
  readonly delivery_mode:
    "Fixed" | "LowPrio" | "SMI" | "Res3" | "NMI" | "INIT" | "SIPI" | "ExtINT" | null;
  /** Names one vCPU with a mode that can be posted; NULL = unknown (0 or 1). */
  readonly postable: 0 | 1 | null;
  /** The recording it belongs to. */
  readonly recording_id: number;
  /** The VM's own name, as the header of the recording gives it; NULL = not told. */
  readonly vm_name: string | null;
}

/** Every view by its name: `Kysely<Views>` knows their columns. */
export interface Views {
  /** an event. */
  readonly v_event: VEvent;
  /** an interval in which an IRTE kept its bits. */
  readonly v_irte: VIrte;
  /** one changed field of one IRTE write. */
  readonly v_irte_change: VIrteChange;
  /** an interval of one vCPU's state. */
  readonly v_vcpu: VVcpu;
  /** one stay of an IRTE on a vCPU's ir_list. */
  readonly v_link: VLink;
  /** What would become of interrupts, by IRTE and time. */
  readonly v_fate: VFate;
  /** The interrupts that the recordings show. */
  readonly v_interrupt: VInterrupt;
  /** an interval of one GSI's route as its irqfds show it. */
  readonly v_route: VRoute;
  /** a finding of the last check. */
  readonly v_finding: VFinding;
  /** a VM: a struct kvm from its creation to its end. */
  readonly v_vm: VVm;
  /** a line `# irqtwin KEY: VALUE` that the capture script wrote of the recording. */
  readonly v_header: VHeader;
  /** a span in which events were lost: after from_seq, before to_seq. */
  readonly v_gap: VGap;
  /** a recording. */
  readonly v_recording: VRecording;
}

/**
 * Kysely over the views. It runs nothing: `timeline.query()` runs what it builds, such as
 * `views.selectFrom("v_irte").select(["irte", "mode"])`. Its own `execute()` throws ERR_USAGE.
 */
export const views: Kysely<Views> = q as unknown as Kysely<Views>;
