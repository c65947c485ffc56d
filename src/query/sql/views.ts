// The stable views as types, for programs that build their SQL with Kysely. A test holds them equal to what
// `irqtwin schema` says.

import { type Kysely } from "kysely";
import { q } from "../../timeline/store/sql.js";

/** A 64-bit integer: a number where that is exact, else decimal text. */
export type Int64 = number | string;

/** A row of `v_event`: an event. */
export interface VEvent {
  /** The event; dense and per timeline. */
  readonly seq: number;
  /** Its time by the recording's clock; ticks where clock_unit says so (ns or ticks). */
  readonly time_ns: Int64;
  /** The host CPU it happened on. */
  readonly cpu: number;
  /** Name of the acting task; NULL = the trace does not say. */
  readonly comm: string | null;
  /** Pid of the acting task; NULL = the trace does not say. */
  readonly pid: number | null;
  /** What happened; event_kind describes each. */
  readonly kind: string;
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
  readonly cause_seq: number | null;
  /** Why it was written, such as vcpu load; NULL = not known. */
  readonly cause: string | null;
  /** Observed, or predicted by the rules. */
  readonly source: string;
  /** The recording it belongs to. */
  readonly recording_id: number;
  /** Its line in the trace file, from 1; -N = line N of the dump of import --anchor (line). */
  readonly line: number;
  /** The kind's own fields as a JSON object; 64-bit words as hexadecimal text. */
  readonly payload: string;
  /** The VM's own name, as the header of the recording gives it; NULL = not told. */
  readonly vm_name: string | null;
  /** Name of the IRTE, SSSS:BB:DD.F/INDEX. */
  readonly irte: string | null;
  /** Name of the vCPU, vmN/vcpuM; NULL = none, or its VM's avic vm_id is not known. */
  readonly vcpu: string | null;
  /** Of a marker: what the user wrote to trace_marker; NULL = another kind. */
  readonly text: string | null;
}

/** A row of `v_irte`: an interval in which an IRTE kept its bits. */
export interface VIrte {
  /** Name of the IRTE, SSSS:BB:DD.F/INDEX. */
  readonly irte: string;
  /** PCI requester ID: bus 15:8, device 7:3, function 2:0. */
  readonly devid: number;
  /** Index in the device's interrupt remapping table. */
  readonly irte_index: number;
  /** First event of the interval, inclusive. */
  readonly from_seq: number;
  /** First event after the interval, exclusive; NULL = still so. */
  readonly to_seq: number | null;
  /** Begin, inclusive (ns or ticks). */
  readonly from_ns: Int64;
  /** End, exclusive; NULL = still so (ns or ticks). */
  readonly to_ns: Int64 | null;
  /** Low 64 bits, signed; printf('%016x', lo) shows them; NULL = unknown (bits). */
  readonly lo: Int64 | null;
  /** High 64 bits, signed; NULL = unknown (bits). */
  readonly hi: Int64 | null;
  /** Posted, remapped, allocated, free or unknown. */
  readonly mode: string | null;
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
  readonly cause: string | null;
  /** The event that brought it about; NULL = none known. */
  readonly cause_seq: number | null;
  /** Observed, or predicted by the rules. */
  readonly source: string;
  /** The recording it belongs to. */
  readonly recording_id: number;
  /** It ends where events were lost (0 or 1). */
  readonly overlaps_gap: 0 | 1 | null;
  /** Kind of the event that began it: irte_exchanged (the exchange itself), irte_written or another; NULL = predicted. */
  readonly witness: string | null;
  /** What vcpu_id rests on: ga_tag (the tag holds it), or the tag's vcpu_idx as its creation shows it (creation) or the entries posted to the vCPU's backing page (backing page). */
  readonly vcpu_by: string | null;
  /** The VM's own name, as the header of the recording gives it; NULL = not told. */
  readonly vm_name: string | null;
}

/** A row of `v_irte_change`: one changed field of one IRTE write. */
export interface VIrteChange {
  /** The event; dense and per timeline. */
  readonly seq: number;
  /** Its time by the recording's clock; ticks where clock_unit says so (ns or ticks). */
  readonly time_ns: Int64;
  /** Name of the IRTE, SSSS:BB:DD.F/INDEX. */
  readonly irte: string;
  /** Mode, valid, is_run, ga_log_intr, destination, vector, ga_tag, ga_root_ptr. */
  readonly field: string;
  /** The value before; NULL = unknown, or not applicable. */
  readonly old: number | string | null;
  /** The value after; NULL = unknown, or not applicable. */
  readonly new: number | string | null;
  /** Why it was written, such as vcpu load; NULL = not known. */
  readonly cause: string | null;
  /** The event that brought it about; NULL = none known. */
  readonly cause_seq: number | null;
  /** Name of the acting task; NULL = the trace does not say. */
  readonly comm: string | null;
  /** Pid of the acting task; NULL = the trace does not say. */
  readonly pid: number | null;
  /** The host CPU it happened on. */
  readonly cpu: number;
  /** Rule of the last check that explains it, T1 to T11; NULL = none, or not checked. */
  readonly rule: string | null;
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
  readonly from_seq: number;
  /** First event after the interval, exclusive; NULL = still so. */
  readonly to_seq: number | null;
  /** Begin, inclusive (ns or ticks). */
  readonly from_ns: Int64;
  /** End, exclusive; NULL = still so (ns or ticks). */
  readonly to_ns: Int64 | null;
  /** Running, out, blocking, freed or unknown. */
  readonly run_state: string | null;
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
  /** What vcpu_idx rests on: creation, or backing page; NULL = there is none, or an older version stored it. */
  readonly vcpu_idx_by: string | null;
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
  readonly irte: string;
  /** First event of the interval, inclusive. */
  readonly from_seq: number;
  /** First event after the interval, exclusive; NULL = still so. */
  readonly to_seq: number | null;
  /** Begin, inclusive (ns or ticks). */
  readonly from_ns: Int64;
  /** End, exclusive; NULL = still so (ns or ticks). */
  readonly to_ns: Int64 | null;
  /** Cause of the event that added it; NULL = not known. */
  readonly added_by: string | null;
  /** Cause of the event that removed it; NULL = still there, or not known. */
  readonly removed_by: string | null;
  /** Observed, or predicted by the rules. */
  readonly source: string;
  /** The recording it belongs to. */
  readonly recording_id: number;
  /** The VM's own name, as the header of the recording gives it; NULL = not told. */
  readonly vm_name: string | null;
  /** PCI requester ID: bus 15:8, device 7:3, function 2:0. */
  readonly devid: number;
  /** Index in the device's interrupt remapping table. */
  readonly irte_index: number;
}

/** A row of `v_fate`: an interval in which the fate of an IRTE's interrupts stayed the same. */
export interface VFate {
  /** Name of the IRTE, SSSS:BB:DD.F/INDEX. */
  readonly irte: string;
  /** What would happen to an interrupt that arrives now: direct, wake-up, pending, host handler, no handler, misdirected, blocked, lost wake-up, freed memory or unknown. */
  readonly fate: string;
  /** The platform's word for its way: refused, remapped, doorbell, GA log or vAPIC page only; NULL = not known. */
  readonly path: string | null;
  /** A kernel function is at work on the entry or its vCPU: the IOMMU may use the bits before or after its write (0 or 1). */
  readonly in_flight: 0 | 1;
  /** Why; of an unknown fate, what is not known. */
  readonly reason: string;
  /** First event of the interval, inclusive. */
  readonly from_seq: number;
  /** First event after the interval, exclusive; NULL = still so. */
  readonly to_seq: number | null;
  /** Begin, inclusive (ns or ticks). */
  readonly from_ns: Int64;
  /** End, exclusive; NULL = still so (ns or ticks). */
  readonly to_ns: Int64 | null;
  /** Avic vm_id of the VM that the entry posts to; NULL = none, or not known. */
  readonly vm_id: number | null;
  /** Vcpu_id of the vCPU that the entry posts to; NULL = none, or not known. */
  readonly vcpu_id: number | null;
  /** Observed, or predicted by the rules. */
  readonly source: string;
  /** The recording it belongs to. */
  readonly recording_id: number;
}

/** A row of `v_interrupt`: an interrupt that the recording shows. */
export interface VInterrupt {
  /** Seq of the event that shows it first. */
  readonly id: number;
  /** Its time by the recording's clock; ticks where clock_unit says so (ns or ticks). */
  readonly time_ns: Int64;
  /** Name of the IRTE that raised it; NULL = none, or several can have. */
  readonly irte: string | null;
  /** Avic vm_id of the VM that should get it; NULL = not known. */
  readonly vm_id: number | null;
  /** Vcpu_id of the vCPU that should get it; NULL = not known. */
  readonly vcpu_id: number | null;
  /** Name of the vCPU that got it, or was told of it; NULL = none, or not known. */
  readonly vcpu_got: string | null;
  /** The fate that it had: wake-up, pending, host handler, software, misdirected, freed memory or unknown. */
  readonly fate: string;
  /** The way that it took: GA log, remapped (the host handled it) or injection (KVM injected it); NULL = not known. */
  readonly path: string | null;
  /** Delivered, delayed, lost, misdirected or unknown. */
  readonly verdict: string;
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
  readonly from_seq: number;
  /** First event after the interval, exclusive; NULL = still so. */
  readonly to_seq: number | null;
  /** Begin, inclusive (ns or ticks). */
  readonly from_ns: Int64;
  /** End, exclusive; NULL = still so (ns or ticks). */
  readonly to_ns: Int64 | null;
  /** None, irqchip, msi, s390_adapter, hv_sint, xen_evtchn or unknown. */
  readonly type: string | null;
  /** Address of its MSI; NULL = not shown. */
  readonly address: number | null;
  /** Data of its MSI; NULL = not shown. */
  readonly data: number | null;
  /** APIC ID that the MSI names; NULL = unknown. */
  readonly dest: number | null;
  /** Guest vector; NULL = unknown. */
  readonly vector: number | null;
  /** Fixed, LowPrio, SMI, Res3, NMI, INIT, SIPI, ExtINT; NULL = unknown. */
  readonly delivery_mode: string | null;
  /** Names one vCPU with a mode that can be posted; NULL = unknown (0 or 1). */
  readonly postable: 0 | 1 | null;
  /** The recording it belongs to. */
  readonly recording_id: number;
  /** The VM's own name, as the header of the recording gives it; NULL = not told. */
  readonly vm_name: string | null;
}

/** A row of `v_finding`: a finding of the last check. */
export interface VFinding {
  /** The recording it belongs to. */
  readonly recording_id: number;
  /** F1, F2 and so on in the order of the events. */
  readonly id: string;
  /** Contradiction (about the recording), mismatch, unexpected, missing or invariant (about the kernel). */
  readonly kind: string;
  /** The transition rule, T1 to T11; NULL = none. */
  readonly rule: string | null;
  /** The invariant, I1 to I25; NULL = none. */
  readonly invariant: string | null;
  /** Safety, performance or consistency. */
  readonly severity: string;
  /** The event at which it shows. */
  readonly seq: number;
  /** Its time by the recording's clock; ticks where clock_unit says so (ns or ticks). */
  readonly time_ns: Int64;
  /** Name of the IRTE, SSSS:BB:DD.F/INDEX. */
  readonly irte: string | null;
  /** Avic vm_id of the VM; NULL = none, or never shown. */
  readonly vm_id: number | null;
  /** KVM's vcpu_id; NULL = none, or not known. */
  readonly vcpu_id: number | null;
  /** Names of the IRTE fields that differ, comma-separated; empty = none. */
  readonly fields: string | null;
  /** What the rules demand; NULL = not a matter of bits (bits). */
  readonly expected_lo: Int64 | null;
  /** What the rules demand (bits). */
  readonly expected_hi: Int64 | null;
  /** What was written; NULL = nothing was (bits). */
  readonly observed_lo: Int64 | null;
  /** What was written (bits). */
  readonly observed_hi: Int64 | null;
  /** The event that brought it about; NULL = none known. */
  readonly cause_seq: number | null;
  /** Seq of the events that prove it, as a JSON array. */
  readonly evidence: string | null;
  /** The finding in one sentence. */
  readonly title: string;
  /** The known bug that it is, such as B6 (`irqtwin rules --bugs`); NULL = none. */
  readonly bug: string | null;
  /** How often it was seen, or writes that it stands for (times). */
  readonly times: number | null;
  /** Name of the IRTE that the rules demand a write of there; NULL = none. */
  readonly instead_of: string | null;
  /** Judged by other rules than the recording's, the difference that it shows; NULL = none. */
  readonly difference: string | null;
  /** Of that event in the trace file (line). */
  readonly line: number;
  /** The VM's own name, as the header of the recording gives it; NULL = not told. */
  readonly vm_name: string | null;
}

/** A row of `v_vm`: a VM: a struct kvm from its creation to its end. */
export interface VVm {
  /** The recording it belongs to. */
  readonly recording_id: number;
  /** Avic vm_id of the VM; NULL = none, or never shown. */
  readonly vm_id: number | null;
  /** Its own name, as the header of the recording gives it; NULL = not told. */
  readonly name: string | null;
  /** The process of its monitor; NULL = not told. */
  readonly vmm_pid: number | null;
  /** Address of the struct kvm, hexadecimal; NULL = not shown. */
  readonly kvm: string | null;
  /** What vm_id rests on: line (a line shows it), or backing page (the entries posted to its vCPUs have it); NULL = there is none, or an older version stored it. */
  readonly vm_id_by: string | null;
  /** The event that proved a learned vm_id; NULL = not learned. */
  readonly vm_id_seq: number | null;
  /** Row of vm. */
  readonly vm: number | null;
}

/** A row of `v_header`: a line `# irqtwin KEY: VALUE` that the capture script wrote of the recording. */
export interface VHeader {
  /** The recording it belongs to. */
  readonly recording_id: number;
  /** Its line in the trace file, from 1; -N = line N of the dump of import --anchor (line). */
  readonly line: number;
  /** The word before the colon, such as kernel; empty = there is none. */
  readonly key: string | null;
  /** What stands behind the colon; control characters are written \xNN. */
  readonly value: string | null;
  /** Why the line could not be used; NULL = it could. */
  readonly problem: string | null;
}

/** A row of `v_gap`: a span in which events were lost: after from_seq, before to_seq. */
export interface VGap {
  /** The recording it belongs to. */
  readonly recording_id: number;
  /** Start (before the recording), lost (a marker), overwritten (ring buffer). */
  readonly kind: string;
  /** The CPU whose events were lost; NULL = all. */
  readonly cpu: number | null;
  /** How many; NULL = unknown (events). */
  readonly lost: number | null;
  /** The last event before it; NULL = none. */
  readonly from_seq: number | null;
  /** The first event after it. */
  readonly to_seq: number | null;
  /** Time of from_seq; NULL = none (ns or ticks). */
  readonly from_ns: Int64 | null;
  /** Time of to_seq (ns or ticks). */
  readonly to_ns: Int64 | null;
  /** Of the marker; NULL = there is none (line). */
  readonly line: number | null;
}

/** A row of `v_recording`: a recording. */
export interface VRecording {
  /** The recording it belongs to. */
  readonly recording_id: number;
  /** Importing, or complete. */
  readonly state: string;
  /** Name of the trace file. */
  readonly file: string;
  /** SHA-256 of the file as given; NULL = standard input, or being read. */
  readonly sha256: string | null;
  /** Ftrace. */
  readonly format: string;
  /** Uname -r of the recorded host; NULL = the trace does not say. */
  readonly kernel: string | null;
  /** Rules profile, such as 6.17; NULL = unknown, or several are allowed. */
  readonly rules: string | null;
  /** Option, kernel release, nearest release, probe format or unknown: what chose the profile. */
  readonly rules_from: string | null;
  /** The profiles by which it may be judged, with `, ` between them; empty = its release has none. */
  readonly rules_allowed: string | null;
  /** Ns or ticks: what every time of the recording counts. */
  readonly clock_unit: string;
  /** Of a counter clock converted to ns; NULL = not converted (ticks/s). */
  readonly clock_hz: number | null;
  /** Its first event. */
  readonly first_seq: number;
  /** Its last event; NULL = it has none. */
  readonly last_seq: number | null;
  /** Time of its first event; NULL = it has none (ns or ticks). */
  readonly first_ns: Int64 | null;
  /** Time of its last event; NULL = it has none (ns or ticks). */
  readonly last_ns: Int64 | null;
  /** All lines of the file (lines). */
  readonly lines_total: number | null;
  /** Headers and comments (lines). */
  readonly lines_header: number | null;
  /** Lines that became events (lines). */
  readonly lines_events: number | null;
  /** Known lines that carry no state (lines). */
  readonly lines_unused: number | null;
  /** Lines that should parse and do not (lines). */
  readonly lines_rejected: number | null;
  /** Markers of lost events (lines). */
  readonly lines_gaps: number | null;
  /** Overwritten in the ring buffer before it was read (events). */
  readonly overwritten: number | null;
  /** Lines stamped before the line above them (lines). */
  readonly time_anomalies: number | null;
  /** The first of them; NULL = none (line). */
  readonly first_time_anomaly: number | null;
  /** The recording that it corrects; NULL = none. */
  readonly supersedes: number | null;
  /** Whose interrupt remapping table it is: amd; arm64 or intel where it is only recognised. */
  readonly platform: string;
  /** 1 = returns of calls are payload of events; 2 = they stand in call_return; 3 = with their place; 4 = with what names rest on, and the lines of the header. */
  readonly log_version: number | null;
  /** 1 = the lines were put in the order of their stamps (0 or 1). */
  readonly sorted: 0 | 1 | null;
  /** Of the trace, not in the file; 0 = some; NULL = none that is known of (entries). */
  readonly left_out: number | null;
  /** The recording that corrects it; NULL = none: it is current. */
  readonly superseded_by: number | null;
  /** The profile by which its lines are read; NULL = none, or several that differ. */
  readonly rules_read: string | null;
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
 * `views.selectFrom("v_irte").select(["irte", "mode"])`.
 */
export const views: Kysely<Views> = q as unknown as Kysely<Views>;
