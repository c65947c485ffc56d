// What `log` is narrowed by: names become row numbers first, so that events are picked by integer
// columns of the base table.

import { type AnyText } from "../../domain/values/ids.js";
import type Database from "better-sqlite3";
import { TwinError } from "../../base/errors.js";
import { didYouMean } from "../../base/suggest.js";
import { CAUSES, causeCode, type Cause } from "../../domain/events/causes.js";
import { EVENT_KINDS, KIND, type EventKindName } from "../../domain/events/kinds.js";
import { runsOf, type Run, type SubjectsAsked } from "./event-runs.js";
import { LINK, linkEvents } from "./links.js";
import { FATES, type Fate } from "../../domain/platform/fate.js";
import { INTERRUPT_VERDICTS, type InterruptVerdict } from "../../domain/platform/interrupt.js";
import { irteName, parseBdfName, parseIrqfdName } from "../../domain/values/names.js";
import { type BlockColumn } from "../../projections/event-blocks.js";
import { type Recording } from "../../timeline/read/recordings.js";
import {
  LIST_ALL,
  OF_IRTE,
  VCPU_ROWS,
  VM_ROWS,
  irteOf,
  malformed,
  noSuch,
  vcpuOf,
} from "../subject/named.js";

/** Which events are wanted: those that meet every condition that is given. */
export interface LogFilter {
  /** One IRTE, as `SSSS:BB:DD.F/INDEX`. Absent = all events. */
  readonly irte?: string | undefined;
  /** All IRTEs of one device, as `SSSS:BB:DD.F`. Absent = all events. */
  readonly device?: string | undefined;
  /** One vCPU, as `vmN/vcpuM`. Absent = all events. */
  readonly vcpu?: string | undefined;
  /** A VM's avic vm_id. Absent = all events. */
  readonly vm_id?: number | undefined;
  /** What happened to the irqfds on a GSI of a VM, as `vmN/gsiG`. Absent = all events. */
  readonly irqfd?: string | undefined;
  /** A guest's interrupt. Absent = all events. */
  readonly gsi?: number | undefined;
  /** A Linux IRQ number. Absent = all events. */
  readonly host_irq?: number | undefined;
  /** COMM, PID or COMM-PID of the acting task. Absent = all events. */
  readonly task?: string | undefined;
  /**
   * A name of EVENT_KINDS, or LINK: the events at which an IRTE joined or left a vCPU's ir_list. Absent = all kinds.
   */
  readonly kind?: EventKindName | typeof LINK | AnyText | undefined;
  /**
   * The events from which on an IRTE's interrupts have this fate: of the IRTE that is named, of those that post to the VM or
   * vCPU, or where the event is one of it. Absent = all events.
   */
  readonly fate?: Fate | AnyText | undefined;
  /**
   * The events that first show an interrupt with this verdict (INTERRUPT_VERDICTS): of the IRTE that is named, for the VM or
   * vCPU, or where the event is one of it. Absent = all events.
   */
  readonly verdict?: InterruptVerdict | AnyText | undefined;
  /** Markers whose text has this in it. Absent = all events. */
  readonly marker?: string | undefined;
  /** A name of CAUSES. Absent = all events. */
  readonly cause?: Cause | AnyText | undefined;
  /** The first seq that counts. Absent = the first one of the recording. */
  readonly from?: number | undefined;
  /** The last seq that counts. Absent = the last one of the recording. */
  readonly to?: number | undefined;
  /** At most so many events, 0 or more. Absent = all. */
  readonly limit?: number | undefined;
  /** true: oldest first. Absent = false: newest first. */
  readonly reverse?: boolean | undefined;
}

/** SQL conditions on columns of `event AS e`, all to be met, and the values of their parameters in order. */
export interface Conditions {
  /** The conditions. The first one is the range of `seq`. */
  readonly sql: readonly string[];
  /** The values of their parameters in order, without the two of the range. */
  readonly values: readonly (number | string)[];
  /** The events that may meet them, oldest first: the values of the range. */
  readonly runs: readonly Run[];
}

/** A view about interrupts: whose events are wanted, by what. */
interface InterruptView {
  readonly view: "v_fate" | "v_interrupt";
  /** Its column of the event. */
  readonly seq: string;
  /** The condition on its row. */
  readonly is: string;
}

/** Are rows of such a view asked for? What narrows the question is about them then. */
function isOfInterrupts({ fate, verdict }: LogFilter): boolean {
  return fate !== undefined || verdict !== undefined;
}

/**
 * The conditions of a filter, with row numbers for names. Throws ERR_NAME for a text that is no name, and for a
 * name that nothing in the recording has.
 */
export function conditionsOf(
  sqlite: Database.Database,
  recording: Recording,
  filter: LogFilter,
): Conditions {
  const conditions = new ConditionBuilder(sqlite, recording);
  const isLink = filter.kind === LINK;
  if (isLink) conditions.links(filter);
  conditions.entryOrFate(filter, isLink);
  if (filter.device !== undefined) conditions.device(filter.device);
  const isOfRows = isOfInterrupts(filter);
  if (filter.vcpu !== undefined && !isLink && !isOfRows) conditions.vcpu(filter.vcpu);
  if (filter.vm_id !== undefined && !isOfRows) conditions.vm(filter.vm_id);
  if (filter.irqfd !== undefined) conditions.irqfd(filter.irqfd);
  if (filter.task !== undefined) conditions.task(filter.task);
  if (filter.gsi !== undefined) conditions.number("gsi", filter.gsi);
  if (filter.host_irq !== undefined) conditions.number("host_irq", filter.host_irq);
  if (filter.marker !== undefined) conditions.marker(filter.marker);
  if (filter.kind !== undefined && !isLink) conditions.oneOf("kind", [kindCode(filter.kind)]);
  if (filter.cause !== undefined) conditions.oneOf("cause", [codeOfCause(filter.cause)]);
  const { sql, values } = conditions;
  return { sql, values, runs: conditions.runs(filter.from, filter.to) };
}

class ConditionBuilder {
  readonly sql = ["e.seq BETWEEN ? AND ?"];
  readonly values: (number | string)[] = [];
  private readonly asked: SubjectsAsked[] = [];
  private readonly sqlite: Database.Database;
  private readonly recording: Recording;

  constructor(sqlite: Database.Database, recording: Recording) {
    this.sqlite = sqlite;
    this.recording = recording;
  }

  require(sql: string, ...values: (number | string)[]): void {
    this.sql.push(sql);
    this.values.push(...values);
  }

  /** What of a range of events can meet the conditions. */
  runs(from: number | undefined, to: number | undefined): readonly Run[] {
    const { sqlite, recording, asked } = this;
    const { firstSeq, lastSeq } = recording;
    const range = {
      from: Math.max(from ?? firstSeq, firstSeq),
      to: Math.min(to ?? Number.MAX_SAFE_INTEGER, lastSeq ?? 0),
    };
    return runsOf(sqlite, recording, range, asked);
  }

  irte(text: string): void {
    const { devid, index, segment } = this.entry(text);
    this.require(OF_IRTE.replace(/devid|irte_index|segment/g, "e.$&"), devid, index, segment);
  }

  private entry(text: string): ReturnType<typeof irteOf> {
    const entry = irteOf(text);
    const values = [entry.devid, entry.index, entry.segment];
    if (!this.isSeen(OF_IRTE, values)) throw this.unknown(`IRTE ${text}`, LIST_ALL);
    return entry;
  }

  entryOrFate(filter: LogFilter, isLink: boolean): void {
    const { irte, fate, verdict } = filter;
    if (verdict !== undefined) this.verdict(verdict, filter);
    if (fate !== undefined) this.fate(fate, filter);
    if (!isOfInterrupts(filter) && irte !== undefined && !isLink) this.irte(irte);
  }

  verdict(text: string, filter: LogFilter): void {
    if (!Object.hasOwn(INTERRUPT_VERDICTS, text)) {
      const known = Object.keys(INTERRUPT_VERDICTS);
      const what = `${text} is no verdict about an interrupt${didYouMean(text, known)}`;
      throw new TwinError("ERR_NAME", `${what}: there are ${known.join(", ")}`);
    }
    this.interrupts({ view: "v_interrupt", seq: "id", is: "verdict = ?" }, text, filter);
  }

  fate(text: string, filter: LogFilter): void {
    if (!Object.hasOwn(FATES, text))
      throw new TwinError(
        "ERR_NAME",
        `${text} is no fate${didYouMean(text, Object.keys(FATES))}: there are ${Object.keys(FATES).join(", ")}`,
      );
    this.interrupts({ view: "v_fate", seq: "from_seq", is: "fate = ?" }, text, filter);
  }

  /**
   * The events of a view's rows. They need not name the entry, the VM or the vCPU that the row has: one may be of the GA
   * log, the next of the host.
   */
  private interrupts(
    { view, seq, is }: InterruptView,
    text: string,
    { irte, vm_id, vcpu }: LogFilter,
  ): void {
    const narrows = ["recording_id = ?", is];
    const values: (number | string)[] = [this.recording.id, text];
    const narrow = (sql: string, ...of: readonly (number | string)[]): void => {
      narrows.push(sql);
      values.push(...of);
    };
    const names = (column: "vm" | "vcpu", rows: readonly number[]): string =>
      `(SELECT own.${column} FROM event AS own WHERE own.seq = ${seq}) IN (${rows.join(", ")})`;
    if (irte !== undefined) {
      const { segment, devid, index } = this.entry(irte);
      narrow("irte = ?", irteName(segment, devid, index));
    }
    if (vm_id !== undefined) narrow(`(vm_id = ? OR ${names("vm", this.vms(vm_id))})`, vm_id);
    if (vcpu !== undefined) {
      const own = vcpuOf(vcpu);
      const row = "vm_id = ? AND vcpu_id = ?";
      narrow(`(${row} OR ${names("vcpu", this.vcpus(vcpu))})`, own.vm_id, own.vcpu_id);
    }
    this.require(`e.seq IN (SELECT ${seq} FROM ${view} WHERE ${narrows.join(" AND ")})`, ...values);
  }

  device(text: string): void {
    const device = parseBdfName(text);
    if (device === null)
      throw malformed(text, "a device", "SSSS:BB:DD.F without an index, such as 0000:00:08.0");
    const values = [device.devid, device.segment];
    if (!this.isSeen("devid = ? AND coalesce(segment, 0) = ?", values))
      throw this.unknown(`device ${text}`, "list their IRTEs with `irqtwin at end`");
    // The + keeps SQLite from the index, which is in the order of the IRTEs: it would have to read and
    // sort all of the device's events before the first.
    this.require("+e.devid = ? AND coalesce(e.segment, 0) = ?", ...values);
    this.asked.push({ column: "devid", subjects: [device.devid] });
  }

  vcpu(text: string): void {
    this.oneOf("vcpu", this.vcpus(text));
  }

  /** A vCPU and an IRTE are those of the link: its event need not name them. */
  links({ vcpu, irte }: LogFilter): void {
    const of = {
      vcpus: vcpu === undefined ? undefined : this.vcpus(vcpu),
      irte: irte === undefined ? undefined : this.entry(irte),
    };
    this.require(`e.seq IN (${linkEvents(this.recording, of)})`);
  }

  /** Rows of the vCPUs that had this name, one after the other. */
  private vcpus(text: string): number[] {
    const vcpu = vcpuOf(text);
    const rows = this.ids(VCPU_ROWS, this.recording.id, vcpu.vm_id, vcpu.vcpu_id);
    if (rows.length === 0) throw this.unknown(`vCPU ${text}`, LIST_ALL);
    return rows;
  }

  vm(vm_id: number): void {
    this.oneOf("vm", this.vms(vm_id));
  }

  irqfd(text: string): void {
    const irqfd = parseIrqfdName(text);
    if (irqfd === null) throw malformed(text, "an irqfd", "vmN/gsiG, such as vm1/gsi24");
    const vms = this.vms(irqfd.vm_id);
    this.oneOf("vm", vms);
    this.oneOf("gsi", [irqfd.gsi]);
    const on = `vm IN (${vms.join(", ")}) AND gsi = ?`;
    const seen = this.ids(
      `SELECT 1 WHERE EXISTS (SELECT 1 FROM route_interval WHERE ${on})
         OR EXISTS (SELECT 1 FROM event WHERE ${on})`,
      irqfd.gsi,
      irqfd.gsi,
    );
    if (seen.length === 0) throw this.unknown(`irqfd ${text}`, "list them with `irqtwin at WHEN`");
  }

  /** Events that name this number. */
  number(column: "gsi" | "host_irq", value: number): void {
    if (!this.isSeen(`${column} = ?`, [value]))
      throw this.unknown(`${column === "gsi" ? "GSI" : "host IRQ"} ${value}`, LIST_ALL);
    this.oneOf(column, [value]);
  }

  /** Markers whose text has this in it. */
  marker(text: string): void {
    this.require(
      "e.kind = ? AND e.seq IN (SELECT seq FROM marker WHERE recording_id = ? AND instr(text, ?) > 0)",
      KIND.marker,
      this.recording.id,
      text,
    );
  }

  task(text: string): void {
    const rows = this.sqlite
      .prepare<unknown[], number>(
        `SELECT id FROM task
         WHERE recording_id = ? AND (comm = ? OR cast(pid AS text) = ? OR comm || '-' || pid = ?)`,
      )
      .pluck()
      .all(this.recording.id, text, text, text);
    if (rows.length === 0)
      throw this.unknown(`task ${text}`, "write its comm, its pid, or both as COMM-PID");
    this.oneOf("task", rows);
  }

  /** Rows of the VMs that had this avic vm_id, one after the other. */
  private vms(vm_id: number): number[] {
    const rows = this.ids(VM_ROWS, this.recording.id, vm_id);
    if (rows.length === 0) throw this.unknown(`VM vm${vm_id}`, LIST_ALL);
    return rows;
  }

  /** Events with one of these subjects in a column. */
  oneOf(column: BlockColumn, subjects: readonly number[]): void {
    this.require(`e.${column} IN (${subjects.map(() => "?").join(", ")})`, ...subjects);
    this.asked.push({ column, subjects });
  }

  /** Has any event of the recording this subject. */
  private isSeen(where: string, values: readonly number[]): boolean {
    const { firstSeq, lastSeq } = this.recording;
    const sql = `SELECT seq FROM event WHERE ${where} AND seq BETWEEN ? AND ? LIMIT 1`;
    return this.ids(sql, ...values, firstSeq, lastSeq ?? 0).length > 0;
  }

  private ids(sql: string, ...values: number[]): number[] {
    return this.sqlite
      .prepare<unknown[], number>(sql)
      .pluck()
      .all(...values);
  }

  private unknown(what: string, wayOut: string): TwinError {
    return noSuch(this.recording, what, wayOut);
  }
}

function kindCode(name: string): number {
  if (Object.hasOwn(EVENT_KINDS, name)) return KIND[name as keyof typeof EVENT_KINDS];
  throw new TwinError(
    "ERR_NAME",
    `${name} is not a kind of event${didYouMean(name, Object.keys(EVENT_KINDS))}: there are ${LINK}, ${Object.keys(EVENT_KINDS).join(", ")}`,
  );
}

function codeOfCause(name: string): number {
  const cause = CAUSES.find((each) => each === name);
  if (cause !== undefined) return causeCode(cause);
  throw new TwinError(
    "ERR_NAME",
    `${name} is not a cause${didYouMean(name, CAUSES)}: there are ${CAUSES.join(", ")}`,
  );
}
