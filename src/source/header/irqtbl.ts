// The IOMMU's `irqtbl` of debugfs (drivers/iommu/amd/debugfs.c, Linux 6.17 and newer), as the capture script copies it
// line by line: a line `DeviceId SSSS:BB:DD.F`, then a line for each valid entry with its high word first. Entries that
// are not valid are left out there, so nothing is known of them. irqtbl-file.ts reads it as a file of its own.

import { stampOf } from "../../base/stamp.js";
import { parseBdfName, type DeviceRef } from "../../domain/values/names.js";
import { type IrteBits } from "../../domain/values/bits.js";
import { type Stamp } from "../../domain/values/ids.js";
import { type HostFact } from "./host-fact.js";
import { type HeaderLine } from "./header-line.js";

/** An entry that a dump of the table shows. */
export interface DumpedEntry extends DeviceRef {
  /** The index of the entry in the device's table. */
  readonly index: number;
  /** Its bits. */
  readonly bits: IrteBits;
  /** The Linux IRQ number that has it; absent or null = the dump does not tell. */
  readonly host_irq?: number | null;
  /** The line of the dump, in the file; of a dump that is a file of its own, the negative number of its line. */
  readonly line: number;
  /** The time of the dump by the trace clock, in billions and the rest; null = before all lines of the trace. */
  readonly at: Stamp | null;
}

/** A dump that is a file of its own, beside the trace. */
export interface TableDump {
  /** The entries, in the order of the file. */
  readonly entries: readonly DumpedEntry[];
  /** What it shows of the host besides; empty for a dump of the table alone. */
  readonly facts: readonly HostFact[];
  /** `start`: before all lines; `end`: behind them; else behind the lines up to this time. */
  readonly at: "start" | "end" | Stamp;
  /** The line by which the recording keeps it. */
  readonly header: HeaderLine;
}

/** An entry of 128 bits, the high word first. */
export const ENTRY = /^IRT\[(\d{1,4})\] ([0-9a-f]{8})([0-9a-f]{8}) ([0-9a-f]{8})([0-9a-f]{8}) *$/;
/** The device of the entries that follow. */
export const DEVICE = /^DeviceId ([0-9a-f:.]{7,12}) *$/;

/** Reads the lines of dumps, one after the other. `stampOfTicks`: a stamp of the trace's clock as the lines have it. */
export class IrqtblReader {
  private device: DeviceRef | null = null;
  private at: DumpedEntry["at"] = null;
  private isTimed = true;
  private readonly stampOfTicks: (ticks: Stamp) => Stamp;

  /** `stampOfTicks` makes a stamp as the lines have them. Absent = they have ticks. */
  constructor(stampOfTicks: (ticks: Stamp) => Stamp = (ticks) => ticks) {
    this.stampOfTicks = stampOfTicks;
  }

  /** Takes a line of the header; the entry that it shows, or why it shows none; null = it is no such line. */
  read(header: HeaderLine):
    | DumpedEntry
    | {
        /** Why the line shows no entry, in words. */
        readonly problem: string;
      }
    | null {
    if (header.key === "irqtbl_of") return this.begin(header);
    return header.key === "irqtbl" ? this.line(header) : null;
  }

  private begin({ words }: HeaderLine): null {
    const told = words.get("trace");
    const time = told === undefined ? null : timeOf(told, this.stampOfTicks);
    this.device = parseBdfName(words.get("device") ?? "");
    this.at = time;
    this.isTimed = told === undefined || time !== null;
    return null;
  }

  private line({ value, line }: HeaderLine): DumpedEntry | { readonly problem: string } | null {
    const [, name] = DEVICE.exec(value) ?? [];
    if (name !== undefined) {
      this.device = parseBdfName(name);
      return this.device === null ? { problem: "it names no device" } : null;
    }
    const [, index, hiH = "", hiL = "", loH = "", loL = ""] = ENTRY.exec(value) ?? [];
    if (index === undefined) return { problem: "it is not an entry of 128 bits, nor its device" };
    if (this.device === null) return { problem: "no line above it names its device" };
    if (!this.isTimed) return { problem: "the time of the dump cannot be read" };
    const bits = bitsOfWords([loH, loL, hiH, hiL]);
    return { ...this.device, index: Number(index), bits, line, at: this.at };
  }
}

/** The bits of four words of 8 hexadecimal digits: lo and hi, each with its high half first. */
export function bitsOfWords(texts: readonly [string, string, string, string]): IrteBits {
  const word = (text: string): number => parseInt(text, 16) | 0;
  return { loH: word(texts[0]), loL: word(texts[1]), hiH: word(texts[2]), hiL: word(texts[3]) };
}

/** `1234.567890` (seconds) or `123456789` (ticks) as a time stamp; null = neither. */
function timeOf(text: string, stampOfTicks: (ticks: Stamp) => Stamp): DumpedEntry["at"] {
  const [, whole = "", fraction] = /^(\d{1,18})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  if (whole === "") return null;
  if (fraction !== undefined)
    return { billions: Number(whole), rest: Number(fraction.padEnd(9, "0")) };
  const ticks = BigInt(whole);
  return stampOfTicks(stampOf(ticks));
}
