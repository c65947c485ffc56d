// Rows of the views that tell of a recording as a whole: what it is, what it lost, whom it shows, what is wrong in it.

import { type PlatformId } from "../../platforms/platform-ids.js";
import { type FormatName, type RulesFrom } from "../../source/sniffed.js";
import { type VmIdBasis } from "../../source/rows.js";
import { type IrteName, type Seq } from "../../domain/values/ids.js";
import { type Severity } from "../../domain/platform/invariant.js";
import { type RuleId } from "../../domain/amd/rules/transitions.js";
import { type Difference, type RulesId } from "../../domain/amd/releases/releases.js";
import { type BugId } from "../../domain/amd/invariants/known-bugs.js";
import { type InvariantId } from "../../domain/amd/invariants/invariants.js";
import { type Int64 } from "./row-values.js";

/** A row of `v_finding`: a finding of the last check. */
export interface VFinding {
  /** The recording it belongs to. */
  readonly recording_id: number;
  /** F1, F2 and so on in the order of the events. */
  readonly id: string;
  /** Contradiction (about the recording), mismatch, unexpected, missing or invariant (about the kernel). */
  readonly kind: "contradiction" | "mismatch" | "unexpected" | "missing" | "invariant";
  /** The transition rule, T1 to T11; NULL = none. */
  readonly rule: RuleId | null;
  /** The invariant, I1 to I26; NULL = none. */
  readonly invariant: InvariantId | null;
  /** Safety, performance or consistency. */
  readonly severity: Severity;
  /** The event at which it shows. */
  readonly seq: Seq;
  /** Its time by the recording's clock; ticks where clock_unit says so (ns or ticks). */
  readonly time_ns: Int64;
  /** Name of the IRTE, SSSS:BB:DD.F/INDEX. */
  readonly irte: IrteName | null;
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
  readonly cause_seq: Seq | null;
  /** Seq of the events that prove it, as a JSON array. */
  readonly evidence: string | null;
  /** The finding in one sentence. */
  readonly title: string;
  /** The known bug that it is, such as B6 (`irqtwin rules --bugs`); NULL = none. */
  readonly bug: BugId | null;
  /** How often it was seen, or writes that it stands for (times). */
  readonly times: number | null;
  /** Name of the IRTE that the rules demand a write of there; NULL = none. */
  readonly instead_of: IrteName | null;
  /** Judged by other rules than the recording's, the difference that it shows; NULL = none. */
  readonly difference: Difference | null;
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
  /** What vm_id rests on: line (a line shows it), backing page (the entries posted to its vCPUs have it), or anchor (a dump of the host has it); NULL = there is none, or an older version stored it. */
  readonly vm_id_by: VmIdBasis | null;
  /** The event that proved a learned vm_id; NULL = not learned. */
  readonly vm_id_seq: Seq | null;
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
  readonly kind: "start" | "lost" | "overwritten";
  /** The CPU whose events were lost; NULL = all. */
  readonly cpu: number | null;
  /** How many; NULL = unknown (events). */
  readonly lost: number | null;
  /** The last event before it; NULL = none. */
  readonly from_seq: Seq | null;
  /** The first event after it. */
  readonly to_seq: Seq | null;
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
  /** Importing, complete or dropped. */
  readonly state: "importing" | "complete" | "dropped";
  /** Name of the trace file. */
  readonly file: string;
  /** SHA-256 of the file as given; NULL = being read, or a part of a file. */
  readonly sha256: string | null;
  /** Format of the file: ftrace, ftrace dump, trace-cmd report -l, perf script, bpftrace or trace.dat. */
  readonly format: FormatName;
  /** Uname -r of the recorded host; NULL = the trace does not say. */
  readonly kernel: string | null;
  /** Rules profile, such as 6.17; NULL = unknown, or several are allowed. */
  readonly rules: RulesId | null;
  /** Option, kernel release, nearest release, probe format or unknown: what chose the profile. */
  readonly rules_from: RulesFrom | null;
  /** The profiles by which it may be judged, with `, ` between them; empty = its release has none. */
  readonly rules_allowed: string | null;
  /** Ns or ticks: what every time of the recording counts. */
  readonly clock_unit: "ns" | "ticks";
  /** Of a counter clock converted to ns; NULL = not converted (ticks/s). */
  readonly clock_hz: number | null;
  /** Its first event. */
  readonly first_seq: Seq;
  /** Its last event; NULL = it has none. */
  readonly last_seq: Seq | null;
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
  readonly platform: PlatformId;
  /** 1 = returns of calls are payload of events; 2 = they stand in call_return; 3 = with their place; 4 = with what names rest on, and the lines of the header. */
  readonly log_version: number | null;
  /** 1 = the lines were put in the order of their stamps (0 or 1). */
  readonly sorted: 0 | 1 | null;
  /** Of the trace, not in the file; 0 = some; NULL = none that is known of (entries). */
  readonly left_out: number | null;
  /** The recording that corrects it; NULL = none: it is current. */
  readonly superseded_by: number | null;
  /** The profile by which its lines are read; NULL = none, or several that differ. */
  readonly rules_read: RulesId | null;
  /** When it was dropped, in UTC, such as 2026-01-31T12:00:00.000Z; NULL = never. */
  readonly dropped_at: string | null;
  /** Why it was dropped; NULL = it is not. */
  readonly dropped_why: string | null;
}
