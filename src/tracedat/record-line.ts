// A record in the place of a line: whoever reads events asks both for the same.

import { type Fields } from "../ftrace/text/fields.js";
import { type SchedSwitch } from "../ftrace/text/sched-switch.js";
import { Line } from "../ftrace/text/line.js";
import { type RecordBytes } from "./print/record.js";
import { type RecordFormat } from "./record-format.js";
import { CPU_MASK, RECORD_HEAD_BYTES } from "./stream/frames.js";

const HARDIRQ = 0x08;
const NMI = 0x40;
const CPU_BITS = 30;
const TWO_32 = 0x1_0000_0000;

/** The name where none is known, as ftrace prints it. */
const NAMELESS = Buffer.from("<...>");

/** A record with its task, CPU and time. One object is reused for every record. */
export class RecordLine extends Line implements RecordBytes {
  /** The formats that are known, by the number of the event. */
  readonly formats: (RecordFormat | undefined)[] = [];
  /** The names of tasks, by pid. */
  readonly comms = new Map<number, Buffer>();
  /** Where the record stands. */
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Where its data begins. */
  start = 0;
  /** How many bytes it has. */
  length = 0;
  /** How it is read. */
  format: RecordFormat | null = null;
  /** The bytes that the record is in; `buffer` is that of the task's name. */
  bytes: Buffer = this.buffer;

  /** Takes the record of a frame. False = no format is known for it, or it is cut. */
  take(bytes: Buffer, view: DataView, start: number, end: number): boolean {
    const word = view.getUint32(start, true);
    this.cpu = word & CPU_MASK;
    this.billions = view.getUint32(start + 4, true) + (word >>> CPU_BITS) * TWO_32;
    this.rest = view.getUint32(start + 8, true);
    this.view = view;
    this.bytes = bytes;
    this.start = start + RECORD_HEAD_BYTES;
    this.length = end - this.start;
    const format = this.formats[view.getUint16(this.start, true)] ?? null;
    this.format = format;
    return format !== null && this.takeHead(format);
  }

  /** Puts what the event prints as `key=value` where the readers look for it. */
  override readFields(fields: Fields): void {
    this.format?.readFields(fields, this);
  }

  /** What a record of sched_switch says. */
  override schedSwitch(): SchedSwitch | null {
    return this.format?.schedSwitch(this) ?? null;
  }

  /** The payload as the kernel prints it. */
  override text(): string {
    return this.format?.text(this) ?? "";
  }

  /** The event's name, as the kernel prints it. */
  override name(): string {
    return this.format?.printedName(this) ?? "";
  }

  private takeHead({ flags, pid }: RecordFormat): boolean {
    const { view, start, length } = this;
    if (flags === null || pid === null || flags >= length || pid + 4 > length) return false;
    const bits = view.getUint8(start + flags);
    // A probe that the kernel set as a breakpoint counts as an NMI, and runs in the context of the task.
    const isHard = (bits & HARDIRQ) !== 0;
    this.inInterrupt = (bits & NMI) !== 0 ? !isHard : isHard;
    this.hasFlags = true;
    this.pid = view.getInt32(start + pid, true);
    const comm = this.comms.get(this.pid) ?? NAMELESS;
    this.buffer = comm;
    this.commStart = 0;
    this.commEnd = comm.length;
    this.body = this.end = comm.length;
    return true;
  }
}
