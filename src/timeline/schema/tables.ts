// The database as Kysely sees it: one interface per table of migrations/. Columns and units are
// described there; a test holds the two equal. What is derived from the events stands in derived-tables.ts.

import { type Generated } from "kysely";
import { type FormatName } from "../../source/sniffed.js";
import {
  type AuditTable,
  type CheckpointTable,
  type FindingTable,
  type FrameTable,
  type Int64,
  type IrteIntervalTable,
  type IrtePredictedIntervalTable,
  type LinkIntervalTable,
  type PredictionTable,
  type RouteIntervalTable,
  type VcpuIntervalTable,
  type WriteVerdictTable,
} from "./derived-tables.js";
import {
  type DroppedRecordingTable,
  type DroppedRemainderTable,
  type RecordingPartTable,
} from "./kept-tables.js";

/** One imported trace: one boot of one host. */
export interface RecordingTable {
  id: number;
  state: "importing" | "complete";
  file: string;
  sha256: string | null;
  format: FormatName;
  kernel: string | null;
  rules: string | null;
  rules_from: string;
  clock_unit: "ns" | "ticks";
  clock_hz: number | null;
  overwritten: number;
  first_seq: number;
  last_seq: number | null;
  first_ns: Int64 | null;
  last_ns: Int64 | null;
  lines_total: Generated<number>;
  lines_header: Generated<number>;
  lines_events: Generated<number>;
  lines_unused: Generated<number>;
  lines_rejected: Generated<number>;
  lines_gaps: Generated<number>;
  time_anomalies: Generated<number>;
  first_time_anomaly: number | null;
  first_task: number;
  first_vm: number;
  first_vcpu: number;
  batches: Generated<number>;
  importer: string | null;
  chained: Generated<number>;
  supersedes: number | null;
  log_version: Generated<number>;
  platform: Generated<string>;
  sorted: Generated<number>;
  left_out: number | null;
  sees_exchanges: Generated<number>;
  rules_allowed: string | null;
  beat: Generated<number>;
  path: string | null;
  counted: number | null;
}

/** One event name of a recording: how many of its lines became events, and how many did not. */
export interface RecordingNameTable {
  recording_id: number;
  name: string;
  known: number;
  events: number;
  unused: number;
}

/** One task of a recording, by name and pid. */
export interface TaskTable {
  id: number;
  recording_id: number;
  comm: string;
  pid: number;
}

/** One VM of a recording: one life of a struct kvm's address. */
export interface VmTable {
  id: number;
  recording_id: number;
  kvm: string | null;
  vm_id: number | null;
  vm_id_by: string | null;
  vm_id_seq: number | null;
  name: string | null;
  vmm_pid: number | null;
}

/** One vCPU of a VM. */
export interface VcpuTable {
  id: number;
  recording_id: number;
  vm: number;
  vcpu_id: number;
  vcpu_idx: number | null;
  vcpu_idx_by: string | null;
  vcpu_idx_seq: number | null;
}

/** One host CPU whose APIC ID a line shows. */
export interface HostCpuTable {
  recording_id: number;
  cpu: number;
  apic_id: number;
}

/** One return of a call: the event of the call's entry, and the line of the return. */
export interface CallReturnTable {
  seq: number;
  recording_id: number;
  line: number;
  after_seq: number | null;
}

/** One event: one fact of one line. */
export interface EventTable {
  seq: number;
  recording_id: number;
  line: number;
  time_ns: Int64;
  cpu: number;
  task: number | null;
  kind: number;
  vm: number | null;
  vcpu: number | null;
  segment: number | null;
  devid: number | null;
  irte_index: number | null;
  gsi: number | null;
  host_irq: number | null;
  cause: number | null;
  cause_seq: number | null;
  lo: Int64 | null;
  hi: Int64 | null;
  a: number | null;
  b: number | null;
  c: number | null;
  d: number | null;
}

/** One span of which events are missing. */
export interface GapTable {
  id: Generated<number>;
  recording_id: number;
  kind: "start" | "lost" | "overwritten";
  cpu: number | null;
  line: number | null;
  lost: number | null;
  from_seq: number | null;
  to_seq: number;
  from_ns: Int64 | null;
  to_ns: Int64;
}

/** One line `# irqtwin KEY: VALUE`, as it stands in the file. */
export interface HeaderLineTable {
  recording_id: number;
  line: number;
  key: string;
  value: string;
  problem: string | null;
}

/** One pair WORD=VALUE of such a line. */
export interface HeaderWordTable {
  recording_id: number;
  line: number;
  name: string;
  value: string;
}

/** One line that should have become an event and could not be read. */
export interface RejectedLineTable {
  recording_id: number;
  line: number;
  reason: string;
  text: string;
}

/** The text that a user wrote to trace_marker. */
export interface MarkerTable {
  seq: number;
  recording_id: number;
  text: string;
}

/** One link of the hash chain. */
export interface ChainTable {
  recording_id: number;
  link: number;
  content: string;
  row_count: number;
  first_seq: number | null;
  last_seq: number | null;
  hash: string;
}

/** One kind of event, and what its payload columns mean. */
export interface EventKindTable {
  id: number;
  name: string;
  meaning: string;
  a: string | null;
  b: string | null;
  c: string | null;
  d: string | null;
  words: string;
}

/** An interrupt that the recording shows. */
export interface InterruptTable {
  id: number;
  recording_id: number;
  interrupt_case: number;
  segment: number | null;
  devid: number | null;
  irte_index: number | null;
  vcpu: number | null;
  got: number | null;
  accepted_seq: number | null;
  woken_seq: number | null;
  running_seq: number | null;
}

/** What is said of an interrupt. */
export interface InterruptCaseTable {
  recording_id: number;
  id: number;
  shown: string;
  fate: string;
  path: string | null;
  verdict: string;
  sure: number;
  reason: string;
}

/** From an event on, the fate of an entry's interrupts is another one. */
export interface FateChangeTable {
  id: number;
  fate_case: number;
  recording_id: number;
}

/** What decides the fate of one entry's interrupts, as often as it comes up. */
export interface FateCaseTable {
  recording_id: number;
  id: number;
  segment: number;
  devid: number;
  irte_index: number;
  vcpu: number | null;
  fate_facts: number;
}

/** What is known of an entry, its vCPU and its route, and the fate that follows. */
export interface FateFactsTable {
  recording_id: number;
  id: number;
  fate_verdict: number;
}

/** The cases of all entries after a change. */
export interface FateStateTable {
  fate_change: number;
  cases: Buffer;
  recording_id: number;
}

/** One fate with its path and its reason. */
export interface FateVerdictTable {
  recording_id: number;
  id: number;
  fate: string;
  path: string | null;
  in_flight: number;
  reason: string;
}

/** What is drawn of one subject over the time. */
export interface LanePackTable {
  recording_id: number;
  kind: string;
  subject: number;
  changes: number;
  last: number;
  numbers: Buffer;
}

/** Every table that the code reads or writes. */
export interface Tables {
  recording: RecordingTable;
  recording_name: RecordingNameTable;
  task: TaskTable;
  vm: VmTable;
  vcpu: VcpuTable;
  host_cpu: HostCpuTable;
  event: EventTable;
  call_return: CallReturnTable;
  marker: MarkerTable;
  event_kind: EventKindTable;
  gap: GapTable;
  rejected_line: RejectedLineTable;
  header_line: HeaderLineTable;
  header_word: HeaderWordTable;
  irte_interval: IrteIntervalTable;
  vcpu_interval: VcpuIntervalTable;
  route_interval: RouteIntervalTable;
  checkpoint: CheckpointTable;
  frame: FrameTable;
  link_interval: LinkIntervalTable;
  prediction: PredictionTable;
  irte_predicted_interval: IrtePredictedIntervalTable;
  audit: AuditTable;
  write_verdict: WriteVerdictTable;
  finding: FindingTable;
  chain: ChainTable;
  interrupt: InterruptTable;
  interrupt_case: InterruptCaseTable;
  fate_change: FateChangeTable;
  fate_case: FateCaseTable;
  fate_facts: FateFactsTable;
  fate_state: FateStateTable;
  fate_verdict: FateVerdictTable;
  lane_pack: LanePackTable;
  dropped_recording: DroppedRecordingTable;
  dropped_remainder: DroppedRemainderTable;
  recording_part: RecordingPartTable;
}
