// Writes batches of one recording: their events, who is who, gaps, rejected lines, intervals, and now
// and then a checkpoint. Rows are queued as they come, and stored by `write` in the transaction of
// the caller.

import { stored, type StoredEvent } from "../../domain/events/stored-event.js";
import type Database from "better-sqlite3";
import { stampToInteger } from "../../base/stamp.js";
import { irteOfKey, type Since } from "../../domain/ids.js";
import { type IrteState, type RouteState, type VcpuState } from "../../domain/fold/state.js";
import { type ReadBatch } from "../../ftrace/read-batch.js";
import { type World } from "../../ftrace/interpret/world.js";
import { type FrameRow } from "../../projections/frames.js";
import {
  type Interval,
  type IntervalChanges,
  type IntervalRecorder,
  type LinkState,
} from "../../projections/intervals.js";
import { EVENT_COLUMNS } from "./row-bytes.js";
import { encodeCheckpoint } from "./checkpoint.js";
import { type Derived } from "../derive/recorders.js";
import { encodeSections } from "./frame-blob.js";
import { Inserter, type RowSink, type Value } from "./row-inserter.js";
import { INTERVAL_COLUMNS, type CopiedTable, type Scratch } from "./page-file.js";
import { type Tables } from "../schema/tables.js";

const RUN_STATES = { running: 1, out: 2, blocking: 3, freed: 4 } as const;

type Span = Pick<Interval<unknown>, "from" | "to">;

/** The end of an interval that is stored already. */
interface Closing {
  readonly table: CopiedTable;
  readonly values: readonly Value[];
}

export class BatchWriter {
  private readonly recording: number;
  private readonly scratch: Scratch | null;
  private readonly inserters: Record<
    "task" | "vm" | "vcpu" | "cpu" | "returned" | "gap" | "rejected" | "checkpoint" | "frame",
    Inserter
  >;
  /** Where events and intervals go without a scratch file. */
  private readonly slow: readonly Inserter[];
  private readonly event: RowSink;
  private readonly intervals: Readonly<Record<CopiedTable, RowSink>>;
  private readonly closers: Readonly<Record<CopiedTable, Database.Statement<Value[]>>>;
  private closings: Closing[] = [];

  /** `scratch`: the fast way in; null = prepared INSERTs. */
  constructor(sqlite: Database.Database, recording: number, scratch: Scratch | null = null) {
    this.recording = recording;
    this.scratch = scratch;
    const inserter = (table: keyof Tables, columns: string, conflict = ""): Inserter =>
      new Inserter(sqlite, table, columns.split(" "), conflict);
    this.inserters = {
      task: inserter("task", "id recording_id comm pid"),
      vm: inserter(
        "vm",
        "id recording_id kvm vm_id",
        " ON CONFLICT (id) DO UPDATE SET vm_id = excluded.vm_id",
      ),
      vcpu: inserter(
        "vcpu",
        "id recording_id vm vcpu_id vcpu_idx",
        " ON CONFLICT (id) DO UPDATE SET vcpu_idx = excluded.vcpu_idx",
      ),
      cpu: inserter("host_cpu", "recording_id cpu apic_id"),
      returned: inserter("call_return", "seq recording_id line"),
      gap: inserter("gap", "recording_id kind cpu line lost from_seq to_seq from_ns to_ns"),
      rejected: inserter("rejected_line", "recording_id line reason text"),
      frame: inserter("frame", "first_seq last_seq recording_id whole_seq entities state changes"),
      checkpoint: inserter("checkpoint", "seq recording_id state whole_seq"),
    };
    const slow: Inserter[] = [];
    const slowly = (table: keyof Tables, columns: string): RowSink => {
      const made = inserter(table, columns);
      slow.push(made);
      return made;
    };
    const interval = (table: CopiedTable): RowSink =>
      scratch?.copied[table] ?? slowly(table, INTERVAL_COLUMNS[table]);
    this.event = scratch?.event ?? slowly("event", EVENT_COLUMNS);
    this.intervals = {
      irte_interval: interval("irte_interval"),
      vcpu_interval: interval("vcpu_interval"),
      route_interval: interval("route_interval"),
      link_interval: interval("link_interval"),
    };
    this.slow = slow;
    const closer = (table: CopiedTable, where: string): Database.Statement<Value[]> =>
      sqlite.prepare(`UPDATE ${table} SET to_seq = ?, to_ns = ? WHERE from_seq = ? AND ${where}`);
    this.closers = {
      irte_interval: closer("irte_interval", "devid = ? AND irte_index = ? AND segment = ?"),
      vcpu_interval: closer("vcpu_interval", "vcpu = ?"),
      route_interval: closer("route_interval", "vm = ? AND gsi = ?"),
      link_interval: closer("link_interval", "devid = ? AND irte_index = ? AND segment = ?"),
    };
  }

  /** Forgets what the world changed: it was written, or it stands in the database already. */
  static taken(world: World): void {
    world.changed.tasks.length = 0;
    world.changed.vms.clear();
    world.changed.vcpus.clear();
    world.changed.cpus.length = 0;
  }

  /** Queues a batch. */
  add(batch: ReadBatch): void {
    const { inserters, recording } = this;
    for (const event of batch.events) this.addEvent(stored(event));
    for (const { seq, line } of batch.returns) inserters.returned.add(seq, recording, line);
    for (const { line, reason, text } of batch.rejected)
      inserters.rejected.add(recording, line, reason, text);
    for (const gap of batch.gaps) {
      inserters.gap.add(
        recording,
        gap.kind,
        gap.cpu,
        gap.line,
        gap.lost,
        gap.from_seq,
        gap.to_seq,
        gap.from === null ? null : stampToInteger(gap.from.billions, gap.from.rest),
        stampToInteger(gap.to.billions, gap.to.rest),
      );
    }
  }

  /** Queues new intervals, and the ends of those that are stored. */
  addIntervals(intervals: ReturnType<IntervalRecorder["take"]>): void {
    this.addIrtes(intervals.irtes);
    this.addVcpus(intervals.vcpus);
    this.addRoutes(intervals.routes);
    this.addLinks(intervals.links);
  }

  /** Queues what was due after a batch. */
  addDerived({ checkpoint, frame }: ReturnType<Derived["batchEnd"]>): void {
    if (checkpoint !== null) {
      const { seq, whole_seq } = checkpoint;
      this.inserters.checkpoint.add(seq, this.recording, encodeCheckpoint(checkpoint), whole_seq);
    }
    this.addFrame(frame);
  }

  /** Stores the frame of the last events, if there is one; the caller holds the transaction. */
  writeLast(frame: FrameRow | null): void {
    this.addFrame(frame);
    this.inserters.frame.flush();
  }

  private addFrame(frame: FrameRow | null): void {
    if (frame === null) return;
    const { first_seq, last_seq, whole_seq, entities, state, changes } = frame;
    const blobs = [entities, state, changes].map(encodeSections);
    this.inserters.frame.add(first_seq, last_seq, this.recording, whole_seq, ...blobs);
  }

  /** Ends the queue, before the transaction in which `write` stores it. */
  seal(): void {
    this.scratch?.seal();
  }

  /** Stores what is queued, and who is new in the world; the caller holds the transaction. */
  write(world: World | null): void {
    if (world !== null) this.addWorld(world);
    for (const inserter of Object.values(this.inserters)) inserter.flush();
    for (const inserter of this.slow) inserter.flush();
    this.scratch?.copy();
    for (const { table, values } of this.closings) this.closers[table].run(...values);
    this.closings = [];
  }

  private addWorld({ changed }: World): void {
    const { inserters, recording } = this;
    for (const { id, comm, pid } of changed.tasks) inserters.task.add(id, recording, comm, pid);
    for (const { id, kvm, vm_id } of changed.vms) inserters.vm.add(id, recording, kvm, vm_id);
    for (const row of changed.vcpus)
      inserters.vcpu.add(row.id, recording, row.vm, row.vcpu_id, row.vcpu_idx);
    for (const { cpu, apic_id } of changed.cpus) inserters.cpu.add(recording, cpu, apic_id);
  }

  private addEvent(e: StoredEvent): void {
    const { event: row } = this;
    row.begin(e.seq);
    row.integer(this.recording);
    row.integer(e.line);
    row.stamp(e.billions, e.rest);
    row.integer(e.cpu);
    row.integer(e.task);
    row.integer(e.kind);
    row.integer(e.vm);
    row.integer(e.vcpu);
    row.integer(e.segment);
    row.integer(e.devid);
    row.integer(e.irte_index);
    row.integer(e.gsi);
    row.integer(e.host_irq);
    row.integer(e.cause);
    row.integer(e.cause_seq);
    if (e.words > 0) row.word(e.loH, e.loL);
    else row.integer(null);
    if (e.words > 1) row.word(e.hiH, e.hiL);
    else row.integer(null);
    row.integer(e.a);
    row.integer(e.b);
    row.integer(e.c);
    row.integer(e.d);
    row.end();
  }

  private addIrtes({ opened, closed }: IntervalChanges<IrteState>): void {
    const row = this.intervals.irte_interval;
    for (const interval of opened) {
      const { segment, devid, index, bits, cause, cause_seq } = interval.value;
      row.begin();
      row.integer(devid);
      row.integer(index);
      row.integer(segment);
      this.addSpan(row, interval);
      if (bits === null) {
        row.integer(null);
        row.integer(null);
      } else {
        row.word(bits.loH, bits.loL);
        row.word(bits.hiH, bits.hiL);
      }
      row.integer(cause);
      row.integer(cause_seq);
      row.end();
    }
    for (const interval of closed) {
      const { segment, devid, index } = interval.value;
      this.close("irte_interval", interval, [devid, index, segment]);
    }
  }

  private addVcpus({ opened, closed }: IntervalChanges<VcpuState>): void {
    const row = this.intervals.vcpu_interval;
    for (const interval of opened) {
      const { vcpu, run_state, pcpu, avic_active, is_running, ga_log_intr } = interval.value;
      row.begin();
      row.integer(vcpu);
      this.addSpan(row, interval);
      row.integer(run_state === null ? null : RUN_STATES[run_state]);
      row.integer(pcpu);
      row.integer(flag(avic_active));
      row.integer(flag(is_running));
      row.integer(flag(ga_log_intr));
      row.end();
    }
    for (const interval of closed) this.close("vcpu_interval", interval, [interval.value.vcpu]);
  }

  private addRoutes({ opened, closed }: IntervalChanges<RouteState>): void {
    const row = this.intervals.route_interval;
    for (const interval of opened) {
      const route = interval.value;
      row.begin();
      row.integer(route.vm);
      row.integer(route.gsi);
      this.addSpan(row, interval);
      row.integer(route.type);
      row.integer(route.address);
      row.integer(route.data);
      row.integer(route.dest);
      row.integer(route.vector);
      row.integer(route.delivery_mode);
      row.integer(flag(route.postable));
      row.end();
    }
    for (const interval of closed)
      this.close("route_interval", interval, [interval.value.vm, interval.value.gsi]);
  }

  private addLinks({ opened, closed }: IntervalChanges<LinkState>): void {
    const row = this.intervals.link_interval;
    for (const interval of opened) {
      const { key, vcpu, gsi } = interval.value;
      const { segment, devid, index } = irteOfKey(key);
      row.begin();
      row.integer(vcpu);
      row.integer(devid);
      row.integer(index);
      row.integer(segment);
      row.integer(gsi);
      this.addSpan(row, interval);
      row.end();
    }
    for (const interval of closed) {
      const { segment, devid, index } = irteOfKey(interval.value.key);
      this.close("link_interval", interval, [devid, index, segment]);
    }
  }

  /** The columns from_seq, to_seq, from_ns, to_ns and recording_id. */
  private addSpan(row: RowSink, { from, to }: Span): void {
    row.integer(from.seq);
    row.integer(to === null ? null : to.seq);
    row.stamp(from.billions, from.rest);
    if (to === null) row.integer(null);
    else row.stamp(to.billions, to.rest);
    row.integer(this.recording);
  }

  private close(table: CopiedTable, span: Span, entity: readonly number[]): void {
    this.closings.push({ table, values: [...end(span), ...entity] });
  }
}

function end({ from, to }: { readonly from: Since; readonly to: Since | null }): Value[] {
  return to === null
    ? [null, null, from.seq]
    : [to.seq, stampToInteger(to.billions, to.rest), from.seq];
}

function flag(value: boolean | null): number | null {
  return value === null ? null : value ? 1 : 0;
}
