// Intervals on their way into their tables: new ones as rows, and the ends of those that are stored already.

import { stampToInteger } from "../../base/stamp.js";
import { RUN_STATES } from "../../domain/fold/frame-layout.js";
import { irteOfKey } from "../../domain/values/ids.js";
import { type IrteState, type RouteState, type VcpuState } from "../../domain/fold/state.js";
import {
  type ChangedIntervals,
  type Interval,
  type IntervalChanges,
  type LinkState,
} from "../../projections/intervals.js";
import { type IntervalTable } from "./page-file.js";
import { type RowSink } from "./row-inserter.js";
import { type Value, type Writes } from "./writes.js";

type Span = Pick<Interval<unknown>, "from" | "to">;

/** The end of an interval that is stored already. */
interface StoredEnd {
  readonly table: IntervalTable;
  readonly values: readonly Value[];
}

/** The columns that name an interval's entity, beside from_seq. */
const ENTITY_COLUMNS: Readonly<Record<IntervalTable, string>> = {
  irte_interval: "devid = ? AND irte_index = ? AND segment = ?",
  vcpu_interval: "vcpu = ?",
  route_interval: "vm = ? AND gsi = ?",
  link_interval: "devid = ? AND irte_index = ? AND segment = ?",
};

/** The statements that end an interval: its end, from_seq and its entity. */
const ENDERS: Readonly<Record<IntervalTable, string>> = {
  irte_interval: enderOf("irte_interval"),
  vcpu_interval: enderOf("vcpu_interval"),
  route_interval: enderOf("route_interval"),
  link_interval: enderOf("link_interval"),
};

function enderOf(table: IntervalTable): string {
  return `UPDATE ${table} SET to_seq = ?, to_ns = ? WHERE from_seq = ? AND ${ENTITY_COLUMNS[table]}`;
}

/** Writes the intervals of one recording. */
export class IntervalWriter {
  private readonly recording: number;
  private readonly rows: Readonly<Record<IntervalTable, RowSink>>;
  private readonly writes: Writes;
  private ends: StoredEnd[] = [];

  /** `rows`: where new intervals go, by table; their columns are those of COPIED_COLUMNS. */
  constructor(writes: Writes, recording: number, rows: Readonly<Record<IntervalTable, RowSink>>) {
    this.writes = writes;
    this.recording = recording;
    this.rows = rows;
  }

  /** Hands new intervals over to their tables, and queues the ends of those that are stored already. */
  queue({ irtes, vcpus, routes, links }: ChangedIntervals): void {
    this.queueIrtes(irtes);
    this.queueVcpus(vcpus);
    this.queueRoutes(routes);
    this.queueLinks(links);
  }

  /** Stores the queued ends. The new intervals must be stored, and the caller holds the transaction. */
  writeEnds(): void {
    for (const { table, values } of this.ends) this.writes.run(ENDERS[table], values);
    this.ends = [];
  }

  private queueIrtes({ opened, closed }: IntervalChanges<IrteState>): void {
    const row = this.rows.irte_interval;
    for (const interval of opened) {
      const { segment, devid, index, bits, cause, cause_seq } = interval.value;
      row.beginRow();
      row.integer(devid);
      row.integer(index);
      row.integer(segment);
      this.putSpan(row, interval);
      if (bits === null) {
        row.integer(null);
        row.integer(null);
      } else {
        row.word(bits.loH, bits.loL);
        row.word(bits.hiH, bits.hiL);
      }
      row.integer(cause);
      row.integer(cause_seq);
      row.integer(interval.witness);
      row.endRow();
    }
    for (const interval of closed) {
      const { segment, devid, index } = interval.value;
      this.queueEnd("irte_interval", interval, [devid, index, segment]);
    }
  }

  private queueVcpus({ opened, closed }: IntervalChanges<VcpuState>): void {
    const row = this.rows.vcpu_interval;
    for (const interval of opened) {
      const { vcpu, run_state, pcpu, avic_active, is_running, ga_log_intr } = interval.value;
      row.beginRow();
      row.integer(vcpu);
      this.putSpan(row, interval);
      row.integer(run_state === null ? null : RUN_STATES.indexOf(run_state));
      row.integer(pcpu);
      row.integer(flag(avic_active));
      row.integer(flag(is_running));
      row.integer(flag(ga_log_intr));
      row.endRow();
    }
    for (const interval of closed) this.queueEnd("vcpu_interval", interval, [interval.value.vcpu]);
  }

  private queueRoutes({ opened, closed }: IntervalChanges<RouteState>): void {
    const row = this.rows.route_interval;
    for (const interval of opened) {
      const route = interval.value;
      row.beginRow();
      row.integer(route.vm);
      row.integer(route.gsi);
      this.putSpan(row, interval);
      row.integer(route.type);
      row.integer(route.address);
      row.integer(route.data);
      row.integer(route.dest);
      row.integer(route.vector);
      row.integer(route.delivery_mode);
      row.integer(flag(route.postable));
      row.endRow();
    }
    for (const interval of closed)
      this.queueEnd("route_interval", interval, [interval.value.vm, interval.value.gsi]);
  }

  private queueLinks({ opened, closed }: IntervalChanges<LinkState>): void {
    const row = this.rows.link_interval;
    for (const interval of opened) {
      const { key, vcpu, gsi } = interval.value;
      const { segment, devid, index } = irteOfKey(key);
      row.beginRow();
      row.integer(vcpu);
      row.integer(devid);
      row.integer(index);
      row.integer(segment);
      row.integer(gsi);
      this.putSpan(row, interval);
      row.endRow();
    }
    for (const interval of closed) {
      const { segment, devid, index } = irteOfKey(interval.value.key);
      this.queueEnd("link_interval", interval, [devid, index, segment]);
    }
  }

  /** Hands over the columns from_seq, to_seq, from_ns, to_ns and recording_id. */
  private putSpan(row: RowSink, { from, to }: Span): void {
    row.integer(from.seq);
    row.integer(to === null ? null : to.seq);
    row.stamp(from.billions, from.rest);
    if (to === null) row.integer(null);
    else row.stamp(to.billions, to.rest);
    row.integer(this.recording);
  }

  private queueEnd(table: IntervalTable, span: Span, entity: readonly number[]): void {
    this.ends.push({ table, values: [...endOf(span), ...entity] });
  }
}

/** The values of to_seq, to_ns and from_seq. */
function endOf({ from, to }: Span): Value[] {
  return to === null
    ? [null, null, from.seq]
    : [to.seq, stampToInteger(to.billions, to.rest), from.seq];
}

function flag(value: boolean | null): number | null {
  return value === null ? null : value ? 1 : 0;
}
