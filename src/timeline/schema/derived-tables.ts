// The tables of what is derived from the events and can be made again: intervals, checkpoints, frames, predictions, and
// what the last check found.

import { type Generated } from "kysely";

/** SQLite's 64-bit integers: a number where exact, else a bigint. */
export type Int64 = number | bigint;

interface IntervalTable {
  from_seq: number;
  to_seq: number | null;
  from_ns: Int64;
  to_ns: Int64 | null;
  /** Up to where the value is known: where the first span of lost events in it begins; null = up to its end. */
  known_to_seq: number | null;
  recording_id: number;
}

/** An interval in which an observed IRTE kept its bits. */
export interface IrteIntervalTable extends IntervalTable {
  devid: number;
  irte_index: number;
  segment: number;
  lo: Int64 | null;
  hi: Int64 | null;
  cause: number | null;
  cause_seq: number | null;
  witness: number | null;
}

/** An interval of one vCPU's state. */
export interface VcpuIntervalTable extends IntervalTable {
  vcpu: number;
  run_state: number | null;
  pcpu: number | null;
  avic_active: number | null;
  is_running: number | null;
  ga_log_intr: number | null;
}

/** An interval of one GSI's route. */
export interface RouteIntervalTable extends IntervalTable {
  vm: number;
  gsi: number;
  type: number | null;
  address: number | null;
  data: number | null;
  dest: number | null;
  vector: number | null;
  delivery_mode: number | null;
  postable: number | null;
}

/** An interval in which an IRTE was on a vCPU's ir_list. */
export interface LinkIntervalTable extends IntervalTable {
  vcpu: number;
  devid: number;
  irte_index: number;
  segment: number;
  gsi: number | null;
}

/** A recording whose IRTEs are predicted, and by which rules. */
export interface PredictionTable {
  recording_id: number;
  rules: string;
}

/** An interval in which the same bits of a predicted IRTE were known. */
export interface IrtePredictedIntervalTable extends IntervalTable {
  devid: number;
  irte_index: number;
  segment: number;
  lo: Int64;
  hi: Int64;
  lo_known: Int64;
  hi_known: Int64;
  known_bits: number;
  mode: string;
  cause: number | null;
  cause_seq: number | null;
}

/** What the last `check` of a recording counted. */
export interface AuditTable {
  recording_id: number;
  rules: string;
  observed: number;
  explained: number;
  mismatched: number;
  unexpected: number;
  missing: number;
  unknown: number;
  undefined: number;
  sealed: string | null;
  report: string | null;
  report_sealed: string | null;
}

/** What the last `check` decided of one IRTE write. */
export interface WriteVerdictTable {
  seq: number;
  recording_id: number;
  rule: string | null;
  verdict: string;
}

/** One finding of the last `check`. */
export interface FindingTable {
  recording_id: number;
  id: string;
  kind: "contradiction" | "mismatch" | "unexpected" | "missing" | "invariant";
  rule: string | null;
  invariant: string | null;
  severity: string;
  seq: number;
  devid: number | null;
  irte_index: number | null;
  segment: number | null;
  vcpu: number | null;
  fields: string;
  expected_lo: Int64 | null;
  expected_hi: Int64 | null;
  observed_lo: Int64 | null;
  observed_hi: Int64 | null;
  cause_seq: number | null;
  evidence: string;
  title: string;
  bug: string | null;
  times: Generated<number>;
  instead_of: string | null;
  difference: string | null;
}

/** A folded state, or what changed in it since the checkpoint before. */
export interface CheckpointTable {
  seq: number;
  recording_id: number;
  state: string;
  whole_seq: number | null;
  sha256: string | null;
}

/** The values of all open intervals before an event, and their changes by the events after it. */
export interface FrameTable {
  first_seq: number;
  last_seq: number;
  recording_id: number;
  whole_seq: number;
  entities: Buffer;
  state: Buffer;
  changes: Buffer;
}
