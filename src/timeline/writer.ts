// Writes one batch of one recording in one transaction: its events, who is who, gaps, rejected
// lines, intervals, and now and then a checkpoint. The statements are compiled once, by Kysely.

import type Database from "better-sqlite3";
import { int64, stampToInteger } from "../base/u64.js";
import { type TwinEvent } from "../domain/event.js";
import {
  irteOfKey,
  type IrteState,
  type RouteState,
  type VcpuState,
  type TwinState,
} from "../domain/state.js";
import { type ReadBatch } from "../ftrace/reader.js";
import { type World } from "../ftrace/world.js";
import {
  type IntervalChanges,
  type IntervalRecorder,
  type LinkState,
} from "../projections/intervals.js";
import { encodeState, entityCount } from "./checkpoint.js";
import { q } from "./sql.js";
import { type Tables } from "./tables.js";

/** Rows of one INSERT: from 64 on more rows make it no faster (ARCHITECTURE.md has the figures). */
const ROWS_PER_INSERT = 64;
/** A checkpoint at least every so many events, and not before the state was outgrown so many times. */
const CHECKPOINT_EVENTS = 4096;
const CHECKPOINT_EVENTS_PER_ENTITY = 16;

type Value = number | bigint | string | null;

/** A prepared INSERT of one row and of many. */
class Inserter {
  private readonly one: Database.Statement<Value[]>;
  private readonly many: Database.Statement<Value[]>;
  private readonly width: number;
  private values: Value[] = [];

  constructor(
    sqlite: Database.Database,
    table: keyof Tables,
    columns: readonly string[],
    onConflict = "",
  ) {
    this.width = columns.length;
    this.one = sqlite.prepare(insertSql(table, columns, 1) + onConflict);
    this.many = sqlite.prepare(insertSql(table, columns, ROWS_PER_INSERT) + onConflict);
  }

  /** Queues a row; full statements run at once. */
  add(...row: Value[]): void {
    const { values } = this;
    for (const value of row) values.push(value);
    if (values.length === this.width * ROWS_PER_INSERT) {
      this.many.run(...values);
      this.values = [];
    }
  }

  /** Runs what is queued. */
  flush(): void {
    for (let at = 0; at < this.values.length; at += this.width) {
      this.one.run(...this.values.slice(at, at + this.width));
    }
    this.values = [];
  }
}

function insertSql(table: keyof Tables, columns: readonly string[], rows: number): string {
  const row = Object.fromEntries(columns.map((column) => [column, null]));
  return q
    .insertInto(table)
    .values(new Array(rows).fill(row) as never)
    .compile().sql;
}

const EVENT_COLUMNS = (
  "seq recording_id line time_ns cpu task kind vm vcpu segment devid irte_index gsi host_irq " +
  "cause cause_seq lo hi a b c d"
).split(" ");
const INTERVAL_COLUMNS = "from_seq to_seq from_ns to_ns recording_id".split(" ");
const RUN_STATES = { running: 1, out: 2, blocking: 3, freed: 4 } as const;

export class BatchWriter {
  private readonly recording: number;
  private readonly inserters: Record<
    | "event"
    | "task"
    | "vm"
    | "vcpu"
    | "cpu"
    | "gap"
    | "rejected"
    | "irte"
    | "vcpus"
    | "route"
    | "link",
    Inserter
  >;
  private readonly closers: Record<"irte" | "vcpu" | "route" | "link", Database.Statement<Value[]>>;
  private readonly checkpoint: Database.Statement<Value[]>;
  private lastCheckpoint: number;

  constructor(sqlite: Database.Database, recording: number, firstSeq: number) {
    this.recording = recording;
    this.lastCheckpoint = firstSeq - 1;
    const inserter = (table: keyof Tables, columns: string, conflict = ""): Inserter =>
      new Inserter(sqlite, table, columns.split(" "), conflict);
    const interval = (table: keyof Tables, columns: string): Inserter =>
      new Inserter(sqlite, table, [...columns.split(" "), ...INTERVAL_COLUMNS]);
    this.inserters = {
      event: new Inserter(sqlite, "event", EVENT_COLUMNS),
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
      gap: inserter("gap", "recording_id kind cpu line lost from_seq to_seq from_ns to_ns"),
      rejected: inserter("rejected_line", "recording_id line reason text"),
      irte: interval("irte_interval", "devid irte_index segment lo hi cause cause_seq"),
      vcpus: interval("vcpu_interval", "vcpu run_state pcpu avic_active is_running ga_log_intr"),
      link: interval("link_interval", "vcpu devid irte_index segment gsi"),
      route: interval(
        "route_interval",
        "vm gsi type address data dest vector delivery_mode postable",
      ),
    };
    const closer = (table: string, where: string): Database.Statement<Value[]> =>
      sqlite.prepare(`UPDATE ${table} SET to_seq = ?, to_ns = ? WHERE from_seq = ? AND ${where}`);
    this.closers = {
      irte: closer("irte_interval", "devid = ? AND irte_index = ? AND segment = ?"),
      vcpu: closer("vcpu_interval", "vcpu = ?"),
      route: closer("route_interval", "vm = ? AND gsi = ?"),
      link: closer("link_interval", "devid = ? AND irte_index = ? AND segment = ?"),
    };
    this.checkpoint = sqlite.prepare(
      "INSERT INTO checkpoint (seq, recording_id, state) VALUES (?, ?, ?)",
    );
  }

  /** Forgets what the world changed: it was written, or it stands in the database already. */
  static taken(world: World): void {
    world.changed.tasks.length = 0;
    world.changed.vms.clear();
    world.changed.vcpus.clear();
    world.changed.cpus.length = 0;
  }

  /** Writes the batch; the caller holds the transaction. */
  write(batch: ReadBatch, world: World, intervals: ReturnType<IntervalRecorder["take"]>): void {
    const { inserters, recording } = this;
    for (const { id, comm, pid } of world.changed.tasks)
      inserters.task.add(id, recording, comm, pid);
    for (const { id, kvm, vm_id } of world.changed.vms) inserters.vm.add(id, recording, kvm, vm_id);
    for (const row of world.changed.vcpus)
      inserters.vcpu.add(row.id, recording, row.vm, row.vcpu_id, row.vcpu_idx);
    for (const { cpu, apic_id } of world.changed.cpus) inserters.cpu.add(recording, cpu, apic_id);
    for (const event of batch.events) this.addEvent(event);
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
    this.writeIntervals(intervals);
  }

  /** Writes the projections of a batch, and flushes what is queued. */
  writeIntervals(intervals: ReturnType<IntervalRecorder["take"]>): void {
    this.addIrtes(intervals.irtes);
    this.addVcpus(intervals.vcpus);
    this.addRoutes(intervals.routes);
    this.addLinks(intervals.links);
    for (const inserter of Object.values(this.inserters)) inserter.flush();
  }

  /** Is a checkpoint due after this event? Decided by the events alone, the same on every run. */
  isCheckpointDue(seq: number, state: TwinState): boolean {
    const spacing = Math.max(CHECKPOINT_EVENTS, CHECKPOINT_EVENTS_PER_ENTITY * entityCount(state));
    if (seq - this.lastCheckpoint < spacing) return false;
    this.lastCheckpoint = seq;
    return true;
  }

  writeCheckpoint(seq: number, state: TwinState): void {
    this.checkpoint.run(seq, this.recording, encodeState(state));
  }

  private addEvent(e: TwinEvent): void {
    this.inserters.event.add(
      e.seq,
      this.recording,
      e.line,
      stampToInteger(e.billions, e.rest),
      e.cpu,
      e.task,
      e.kind,
      e.vm,
      e.vcpu,
      e.segment,
      e.devid,
      e.irte_index,
      e.gsi,
      e.host_irq,
      e.cause,
      e.cause_seq,
      e.words > 0 ? int64(e.loH, e.loL) : null,
      e.words > 1 ? int64(e.hiH, e.hiL) : null,
      e.a,
      e.b,
      e.c,
      e.d,
    );
  }

  private addIrtes({ opened, closed }: IntervalChanges<IrteState>): void {
    for (const interval of opened) {
      const { segment, devid, index, bits, cause, cause_seq } = interval.value;
      this.inserters.irte.add(
        devid,
        index,
        segment,
        bits === null ? null : int64(bits.loH, bits.loL),
        bits === null ? null : int64(bits.hiH, bits.hiL),
        cause,
        cause_seq,
        ...this.span(interval),
      );
    }
    for (const interval of closed) {
      const { segment, devid, index } = interval.value;
      this.closers.irte.run(...end(interval), devid, index, segment);
    }
  }

  private addVcpus({ opened, closed }: IntervalChanges<VcpuState>): void {
    for (const interval of opened) {
      const { vcpu, run_state, pcpu, avic_active, is_running, ga_log_intr } = interval.value;
      this.inserters.vcpus.add(
        vcpu,
        run_state === null ? null : RUN_STATES[run_state],
        pcpu ?? null,
        flag(avic_active),
        flag(is_running),
        flag(ga_log_intr),
        ...this.span(interval),
      );
    }
    for (const interval of closed) this.closers.vcpu.run(...end(interval), interval.value.vcpu);
  }

  private addRoutes({ opened, closed }: IntervalChanges<RouteState>): void {
    for (const interval of opened) {
      const { vm, gsi, type, address, data, dest, vector, delivery_mode, postable } =
        interval.value;
      this.inserters.route.add(
        vm,
        gsi,
        type,
        address,
        data,
        dest,
        vector,
        delivery_mode,
        flag(postable),
        ...this.span(interval),
      );
    }
    for (const interval of closed) {
      this.closers.route.run(...end(interval), interval.value.vm, interval.value.gsi);
    }
  }

  private addLinks({ opened, closed }: IntervalChanges<LinkState>): void {
    for (const interval of opened) {
      const { key, vcpu, gsi } = interval.value;
      const { segment, devid, index } = irteOfKey(key);
      this.inserters.link.add(vcpu, devid, index, segment, gsi, ...this.span(interval));
    }
    for (const interval of closed) {
      const { segment, devid, index } = irteOfKey(interval.value.key);
      this.closers.link.run(...end(interval), devid, index, segment);
    }
  }

  private span({ from, to }: { from: IrteState["since"]; to: IrteState["since"] | null }): Value[] {
    return [
      from.seq,
      to?.seq ?? null,
      stampToInteger(from.billions, from.rest),
      to === null ? null : stampToInteger(to.billions, to.rest),
      this.recording,
    ];
  }
}

function end({ from, to }: { from: IrteState["since"]; to: IrteState["since"] | null }): Value[] {
  return to === null
    ? [null, null, from.seq]
    : [to.seq, stampToInteger(to.billions, to.rest), from.seq];
}

function flag(value: boolean | null): number | null {
  return value === null ? null : value ? 1 : 0;
}
