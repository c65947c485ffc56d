// An event's format, ready to read its records.

import { type NameEntry } from "../ftrace/names.js";
import { type Fields } from "../ftrace/text/fields.js";
import { type SchedSwitch } from "../ftrace/text/sched-switch.js";
import { PROBE } from "../domain/amd/probes/probes.js";
import { boundFields } from "./print/bound-fields.js";
import { eventFormatOf, type EventFormat, type FormatField } from "./print/event-format.js";
import { type PrintFormat, printFormatOf, textOfRecord, valueOfKey } from "./print/print-format.js";
import { type RecordBytes, textOf } from "./print/record.js";
import { addressAt } from "./stream/frames.js";

/** What stands at addresses of the kernel, by their lower bits. */
export type SymbolTable = ReadonlyMap<number, string>;

const PROBE_ADDRESS = /^\([0-9a-f]+(?: <- [0-9a-f]+)?\)/;

/** Reads the records of one event. */
export class RecordFormat {
  /** The name of the event. */
  readonly name: string;
  /** Is it the entry that a user's text makes, or the kernel's trace_puts()? */
  readonly isPrint: boolean;
  /** Where the flags of a record stand; null = it has none. */
  readonly flags: number | null;
  /** Where the pid of a record stands; null = it has none. */
  readonly pid: number | null;
  /** Its entry in the table of a reader's names, once it was looked up. */
  entry: NameEntry | null = null;
  /** Of an entry that a user's text makes: where its code stands, the lower word, as in the last record. */
  lastWriter = 0;
  private readonly event: EventFormat;
  private readonly symbols: SymbolTable;
  private print: PrintFormat | null | undefined = undefined;
  private bound: ReturnType<typeof boundFields> | null = null;

  private constructor(event: EventFormat, symbols: SymbolTable) {
    this.event = event;
    this.symbols = symbols;
    this.name = event.name;
    this.isPrint = event.name === PROBE.print && event.fields.has("buf");
    this.flags = event.fields.get("common_flags")?.offset ?? null;
    this.pid = event.fields.get("common_pid")?.offset ?? null;
  }

  /** The format of a file `format`; null = the text is none. */
  static of(text: string, symbols: SymbolTable): RecordFormat | null {
    const event = eventFormatOf(text);
    return event === null ? null : new RecordFormat(event, symbols);
  }

  /** Puts what the event prints as `key=value` where the readers look for it. */
  readFields(fields: Fields, record: RecordBytes): void {
    fields.begin();
    this.bound ??= this.printing === null ? [] : boundFields(this.printing);
    for (const bind of this.bound) bind(fields, record);
  }

  /** The payload as the kernel prints it behind the event's name. */
  text(record: RecordBytes): string {
    if (this.isPrint) return this.printedText(record);
    const { printing } = this;
    if (printing === null) return "";
    const text = textOfRecord(printing, record);
    return this.event.fields.has("__probe_ip") || this.event.fields.has("__probe_func")
      ? text.replace(PROBE_ADDRESS, (addresses) => this.place(record) ?? addresses)
      : text;
  }

  /** The lower word of where the code stands that took a user's text; 0 = it is not known. */
  writerOf({ view, start, length }: RecordBytes): number {
    const field = this.event.fields.get("ip");
    return field === undefined || field.offset + 4 > length
      ? 0
      : view.getInt32(start + field.offset, true);
  }

  /** What a record of sched_switch says; null = its fields are others than those that are known. */
  schedSwitch(record: RecordBytes): SchedSwitch | null {
    const prev = this.pidIn("prev_pid", record);
    const next = this.pidIn("next_pid", record);
    if (prev === null || next === null || this.printing === null) return null;
    const prev_state = valueOfKey(this.printing, "prev_state", record);
    return { prev_pid: prev, prev_state, next_pid: next };
  }

  /** Under which name the kernel prints the record: a user's text has that of the function which took it. */
  printedName(record: RecordBytes): string {
    if (!this.isPrint) return this.name;
    return functionOf(this.symbolAt("ip", record)) ?? this.name;
  }

  private get printing(): PrintFormat | null {
    return (this.print ??= printFormatOf(this.event));
  }

  private printedText(record: RecordBytes): string {
    const buf = this.event.fields.get("buf");
    return buf === undefined ? "" : (textOf(record, buf) ?? "").replace(/\n$/, "");
  }

  /** Where a probe is, as the kernel prints it. */
  private place(record: RecordBytes): string | null {
    const probe = this.symbolAt("__probe_ip", record);
    if (probe !== null) return `(${probe})`;
    const caller = this.symbolAt("__probe_ret_ip", record);
    const called = functionOf(this.symbolAt("__probe_func", record));
    return caller === null || called === null ? null : `(${caller} <- ${called})`;
  }

  private pidIn(name: string, { view, start, length }: RecordBytes): number | null {
    const field = this.event.fields.get(name);
    if (field?.size !== 4 || field.offset + 4 > length) return null;
    return view.getInt32(start + field.offset, true);
  }

  private symbolAt(name: string, { view, start, length }: RecordBytes): string | null {
    const field: FormatField | undefined = this.event.fields.get(name);
    if (field?.size !== 8 || field.offset + 8 > length) return null;
    return this.symbols.get(addressAt(view, start + field.offset)) ?? null;
  }
}

function functionOf(symbol: string | null): string | null {
  return symbol === null ? null : symbol.replace(/\+0x.*$/, "");
}
