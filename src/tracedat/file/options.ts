// The options of a file: what trace-cmd notes of the host and of the recording, as numbered values.
// Source: Documentation/trace-cmd/trace-cmd.dat.v6.5.txt and v7.5.txt of trace-cmd.

import { Damage } from "./damage.js";
import { Words } from "./words.js";

/** The numbers of options that are read; sections of version 7 have the same numbers. */
export const OPTION = {
  done: 0,
  date: 1,
  cpustat: 2,
  buffer: 3,
  traceclock: 4,
  uname: 5,
  offset: 7,
  cpucount: 8,
  timeShift: 12,
  tsc2nsec: 14,
  headerInfo: 16,
  ftraceEvents: 17,
  eventFormats: 18,
  kallsyms: 19,
  cmdlines: 21,
} as const;

/** An option is no larger: the list of a host's CPUs is the largest. */
const OPTION_BYTES_MAX = 4 * 1024 * 1024;

/** An option as it stands in the file. */
export interface RawOption {
  /** Its number. */
  readonly id: number;
  /** Its value. */
  readonly bytes: Buffer;
  /** Where the value stands. */
  readonly offset: number;
}

/** How ticks of the TSC become nanoseconds (mul_u64_u32_shr): (ticks * mult) >> shift. */
export interface Tsc2Nsec {
  /** The factor. */
  readonly mult: number;
  /** The shift. */
  readonly shift: number;
}

/** What the options say. */
export interface Options {
  /** `uname -r` of the host; null = it is not said. */
  release: string | null;
  /** The clock of the ring, such as `mono`; null = it is not said. */
  clock: string | null;
  /** What is added to each time stamp, in nanoseconds. */
  offset: bigint;
  /** How ticks become nanoseconds; null = they do not. */
  tsc2nsec: Tsc2Nsec | null;
  /** The texts of `per_cpu/cpuN/stats`. */
  readonly stats: string[];
  /** How many CPUs there are; null = it is not said. */
  cpus: number | null;
  /** Options that say where trace data stands. */
  readonly buffers: RawOption[];
  /** By the number of a section: where it stands. */
  readonly sections: Map<number, number>;
}

/** Options of which none was read so far. */
export function noOptions(): Options {
  return {
    release: null,
    clock: null,
    offset: 0n,
    tsc2nsec: null,
    stats: [],
    cpus: null,
    buffers: [],
    sections: new Map(),
  };
}

/** Reads the next option. In version 6 the last one has a number and nothing else. */
export function nextOption(words: Words, version: number): RawOption {
  const id = words.u16("the number of an option");
  if (id === OPTION.done && version < 7)
    return { id, bytes: Buffer.alloc(0), offset: words.offset };
  const size = words.u32(`the size of option ${id}`);
  const { offset } = words;
  if (size > OPTION_BYTES_MAX) throw new Damage(offset, `option ${id} has ${size} bytes`);
  return { id, bytes: words.take(size, `option ${id}`), offset };
}

/** Takes what an option says. */
export function takeOption(options: Options, option: RawOption): void {
  const { id, bytes, offset } = option;
  switch (id) {
    case OPTION.date:
      options.offset += numberIn(option) * 1000n;
      return;
    case OPTION.offset:
      options.offset += numberIn(option);
      return;
    case OPTION.cpustat:
      options.stats.push(textOf(bytes));
      return;
    case OPTION.buffer:
      options.buffers.push(option);
      return;
    case OPTION.traceclock:
      options.clock = clockIn(textOf(bytes)) ?? options.clock;
      return;
    case OPTION.uname:
      options.release = releaseIn(textOf(bytes));
      return;
    case OPTION.cpucount:
      if (bytes.length === 4) options.cpus = bytes.readUInt32LE();
      return;
    case OPTION.tsc2nsec:
      options.tsc2nsec = tsc2nsecOf(option);
      return;
    default:
      if (id >= OPTION.headerInfo && bytes.length === 8)
        options.sections.set(id, new Words(bytes, offset).size(`the place of section ${id}`));
  }
}

/**
 * The release in `Linux HOST RELEASE MACHINE` (trace-cmd, tracecmd/trace-record.c, add_uname()), and nothing of the host's
 * name, which may begin with digits too.
 */
function releaseIn(uname: string): string | null {
  return /^\S+ .* (\d+\.\d+\S*) \S+$/.exec(uname.trim())?.[1] ?? null;
}

/** The clock that the file `trace_clock` marks: `local global [mono] boot`. */
export function clockIn(text: string): string | null {
  return /\[([^\]\s]{1,40})\]/.exec(text)?.[1] ?? null;
}

function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString("latin1", 0, end < 0 ? bytes.length : end);
}

/** A number as strtoll() reads it: decimal, or hexadecimal with 0x. */
function numberIn({ id, bytes, offset }: RawOption): bigint {
  const [, sign = "", digits] = /^\s*([+-]?)(0x[0-9a-f]{1,16}|\d{1,19})/i.exec(textOf(bytes)) ?? [];
  if (digits === undefined) throw new Damage(offset, `option ${id} is no number`);
  return sign === "-" ? -BigInt(digits) : BigInt(digits);
}

function tsc2nsecOf({ id, bytes, offset }: RawOption): Tsc2Nsec | null {
  const words = new Words(bytes, offset);
  const mult = words.u32("the factor of the clock");
  const shift = words.u32("the shift of the clock");
  if (shift > 63) throw new Damage(offset, `option ${id} shifts a time stamp by ${shift} bits`);
  return mult === 0 ? null : { mult, shift };
}
