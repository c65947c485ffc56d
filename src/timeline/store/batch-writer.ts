// Writes batches of one recording: their events, who is who, gaps, rejected lines, intervals, and now
// and then a checkpoint and a frame. Rows are queued as they come, and stored by `writeQueued` in the
// transaction of the caller.

import { type ReadBatch, type Gap } from "../../source/read-batch.js";
import { type HeaderLine } from "../../source/header/header-line.js";
import { stored } from "../../domain/events/stored-event.js";
import { stampToInteger } from "../../base/stamp.js";
import { type ChangedRows } from "../../source/rows.js";
import { type FrameRow } from "../../projections/frames.js";
import { irteOfKey } from "../../domain/values/ids.js";
import { type DrainedFates } from "../../projections/fate-decisions.js";
import { type ShownInterrupt } from "../../projections/interrupt-cases.js";
import { type ChangedIntervals } from "../../projections/intervals.js";
import { type DueProjections } from "./projection-recorder.js";
import { type Tables } from "../schema/tables.js";
import { checkpointHash, encodeCheckpoint } from "./checkpoint.js";
import { putEventRow, putReturnRow } from "./event-row.js";
import { encodeCases, fateChangeId } from "./fate-rows.js";
import { encodeSections } from "./frame-blob.js";
import { IntervalWriter } from "./interval-writer.js";
import { COPIED_COLUMNS, type CopiedTable, type PageFile } from "./page-file.js";
import { TEXT_UNITS_MAX } from "./record-writer.js";
import { EVENT_COLUMNS } from "./row-bytes.js";
import { RowInserter, putIntegers, type RowSink } from "./row-inserter.js";
import { type Writes } from "./writes.js";

/** The tables that are written by prepared INSERTs, of markers those with long texts, and their columns. */
const COLUMNS = {
  task: "id recording_id comm pid",
  vm: "id recording_id kvm vm_id vm_id_by vm_id_seq name vmm_pid",
  vcpu: "id recording_id vm vcpu_id vcpu_idx vcpu_idx_by vcpu_idx_seq",
  host_cpu: "recording_id cpu apic_id",
  gap: "recording_id kind cpu line lost from_seq to_seq from_ns to_ns",
  marker: "seq recording_id text",
  rejected_line: "recording_id line reason text",
  header_line: "recording_id line key value problem",
  header_word: "recording_id line name value",
  checkpoint: "seq recording_id state whole_seq sha256",
  fate_state: "fate_change cases recording_id",
  frame: "first_seq last_seq recording_id whole_seq entities state changes",
} as const;

/** All but the key of these rows may be learned after the row was stored. */
const LEARNED_LATER: Partial<Record<keyof typeof COLUMNS, string>> = {
  task: onConflict("id", "comm"),
  vm: onConflict("id", "vm_id vm_id_by vm_id_seq name vmm_pid"),
  vcpu: onConflict("id", "vcpu_idx vcpu_idx_by vcpu_idx_seq"),
  host_cpu: onConflict("recording_id, cpu", "apic_id"),
};

/** The row is there already: these columns of it take their new values. */
function onConflict(key: string, columns: string): string {
  const sets = columns.split(" ").map((column) => `${column} = excluded.${column}`);
  return ` ON CONFLICT (${key}) DO UPDATE SET ${sets.join(", ")}`;
}

const NO_IRTE = { segment: null, devid: null, index: null } as const;

/** Queues and stores all that one recording's batches give. */
export class BatchWriter {
  private readonly writes: Writes;
  private readonly recording: number;
  private readonly pages: PageFile | null;
  private readonly inserters: Readonly<Record<keyof typeof COLUMNS, RowInserter>>;
  /** Where events and intervals go without a page file. */
  private readonly slow: RowInserter[] = [];
  private readonly event: RowSink;
  private readonly returned: RowSink;
  private readonly marker: RowSink;
  private readonly fate: RowSink;
  /** Takes rows of `fate_case`. */
  readonly fateCase: RowSink;
  private readonly interrupt: RowSink;
  private readonly intervals: IntervalWriter;

  /** `pages`: the fast way for events and intervals; null = prepared INSERTs. */
  constructor(writes: Writes, recording: number, pages: PageFile | null = null) {
    this.writes = writes;
    this.recording = recording;
    this.pages = pages;
    this.inserters = insertersOf(writes);
    const slowly = (table: keyof Tables, columns: string): RowSink => {
      const inserter = new RowInserter(writes, table, columns.split(" "));
      this.slow.push(inserter);
      return inserter;
    };
    const sink = (table: CopiedTable): RowSink =>
      pages?.copied[table] ?? slowly(table, COPIED_COLUMNS[table]);
    this.returned = sink("call_return");
    this.marker = sink("marker");
    this.fate = sink("fate_change");
    this.fateCase = sink("fate_case");
    this.interrupt = sink("interrupt");
    this.event = pages?.event ?? slowly("event", EVENT_COLUMNS);
    this.intervals = new IntervalWriter(writes, recording, {
      irte_interval: sink("irte_interval"),
      vcpu_interval: sink("vcpu_interval"),
      route_interval: sink("route_interval"),
      link_interval: sink("link_interval"),
    });
  }

  /** Queues a batch. */
  queueBatch({ events, returns, texts, rejected, gaps, headers }: ReadBatch): void {
    const { inserters, recording } = this;
    for (const event of events) putEventRow(this.event, recording, stored(event));
    for (const each of returns) putReturnRow(this.returned, recording, each);
    for (const { seq, text } of texts) this.queueMarker(seq, text);
    for (const { line, reason, text } of rejected)
      inserters.rejected_line.queue(recording, line, reason, text);
    for (const gap of gaps) this.queueGap(gap);
    for (const header of headers) this.queueHeader(header);
  }

  /** Queues new intervals, and the ends of those that are stored already. */
  queueIntervals(changed: ChangedIntervals): void {
    this.intervals.queue(changed);
  }

  /** Queues changes of fates, and what all of them are after some of them. */
  queueFates({ changes, snapshots }: DrainedFates): void {
    const { fate, recording } = this;
    const { seqs, cases } = changes;
    let nth = 0;
    for (let i = 0; i < seqs.length; i++) {
      nth = seqs[i] === seqs[i - 1] ? nth + 1 : 0;
      putIntegers(fate, [fateChangeId(seqs[i] ?? 0, nth), cases[i] ?? 0, recording]);
    }
    for (const snapshot of snapshots) {
      const id = fateChangeId(snapshot.seq, snapshot.nth);
      this.inserters.fate_state.queue(id, encodeCases(snapshot.cases), recording);
    }
  }

  /** Queues interrupts. */
  queueInterrupts(interrupts: readonly ShownInterrupt[]): void {
    const { interrupt: row, recording } = this;
    for (const { seq, key, vcpu, got, accepted, woken, running, case: of } of interrupts) {
      const { segment, devid, index } = key === null ? NO_IRTE : irteOfKey(key);
      const irte = [segment, devid, index];
      putIntegers(row, [seq, recording, of, ...irte, vcpu, got, accepted, woken, running]);
    }
  }

  /** Queues the checkpoint and the frame that are due after a batch. */
  queueDue({ checkpoint, frame }: DueProjections): void {
    if (checkpoint !== null) {
      const { seq, whole_seq } = checkpoint;
      const { recording } = this;
      const state = encodeCheckpoint(checkpoint);
      const sha256 = checkpointHash({ seq, recording_id: recording, state, whole_seq });
      this.inserters.checkpoint.queue(seq, recording, state, whole_seq, sha256);
    }
    this.queueFrame(frame);
  }

  /** Completes the queue. Call it before the transaction in which `writeQueued` stores it. */
  finishQueue(): void {
    this.pages?.finishPages();
  }

  /** Stores what is queued, and who is new or better known (null = no one). The caller holds the transaction. */
  writeQueued(changed: ChangedRows | null): void {
    if (changed !== null) this.queueChanged(changed);
    for (const inserter of Object.values(this.inserters)) inserter.flush();
    for (const inserter of this.slow) inserter.flush();
    this.pages?.copy(this.writes);
    this.intervals.writeEnds();
  }

  /** Stores the frame of the last events, if there is one. The caller holds the transaction. */
  writeLastFrame(frame: FrameRow | null): void {
    this.queueFrame(frame);
    this.inserters.frame.flush();
  }

  private queueFrame(frame: FrameRow | null): void {
    if (frame === null) return;
    const { first_seq, last_seq, whole_seq, entities, state, changes } = frame;
    const blobs = [entities, state, changes].map(encodeSections);
    this.inserters.frame.queue(first_seq, last_seq, this.recording, whole_seq, ...blobs);
  }

  private queueMarker(seq: number, text: string): void {
    const { marker: row, inserters, recording } = this;
    if (text.length > TEXT_UNITS_MAX) {
      inserters.marker.queue(seq, recording, text);
      return;
    }
    row.beginRow();
    row.integer(seq);
    row.integer(recording);
    row.text(text);
    row.endRow();
  }

  private queueGap({ kind, cpu, line, lost, from_seq, to_seq, from, to }: Gap): void {
    const from_ns = from === null ? null : stampToInteger(from.billions, from.rest);
    const to_ns = stampToInteger(to.billions, to.rest);
    const span = [from_seq, to_seq, from_ns, to_ns];
    this.inserters.gap.queue(this.recording, kind, cpu, line, lost, ...span);
  }

  private queueHeader({ line, key, value, words, problem }: HeaderLine): void {
    const { inserters, recording } = this;
    inserters.header_line.queue(recording, line, key, value, problem);
    for (const [name, word] of words) inserters.header_word.queue(recording, line, name, word);
  }

  private queueChanged(changed: ChangedRows): void {
    const { inserters, recording } = this;
    for (const { id, comm, pid } of changed.tasks) inserters.task.queue(id, recording, comm, pid);
    for (const vm of changed.vms) {
      const own = [vm.name, vm.vmm_pid];
      inserters.vm.queue(vm.id, recording, vm.kvm, vm.vm_id, vm.vm_id_by, vm.vm_id_seq, ...own);
    }
    for (const vcpu of changed.vcpus) {
      const idx = [vcpu.vcpu_idx, vcpu.vcpu_idx_by, vcpu.vcpu_idx_seq];
      inserters.vcpu.queue(vcpu.id, recording, vcpu.vm, vcpu.vcpu_id, ...idx);
    }
    for (const { cpu, apic_id } of changed.cpus) inserters.host_cpu.queue(recording, cpu, apic_id);
  }
}

/** What has changed counts as stored: it was written, or an earlier run of the import wrote it. */
export function clearChanges(changed: ChangedRows): void {
  changed.tasks.length = 0;
  changed.vms.clear();
  changed.vcpus.clear();
  changed.cpus.length = 0;
}

function insertersOf(writes: Writes): Readonly<Record<keyof typeof COLUMNS, RowInserter>> {
  const inserter = (table: keyof typeof COLUMNS): RowInserter =>
    new RowInserter(writes, table, COLUMNS[table].split(" "), LEARNED_LATER[table]);
  return {
    task: inserter("task"),
    vm: inserter("vm"),
    vcpu: inserter("vcpu"),
    host_cpu: inserter("host_cpu"),
    gap: inserter("gap"),
    header_line: inserter("header_line"),
    header_word: inserter("header_word"),
    marker: inserter("marker"),
    rejected_line: inserter("rejected_line"),
    checkpoint: inserter("checkpoint"),
    fate_state: inserter("fate_state"),
    frame: inserter("frame"),
  };
}
