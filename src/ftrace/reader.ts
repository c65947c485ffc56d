// A stream of bytes in, batches of events out, and an account of every line.

import { toNanoseconds } from "./text/counter-clock.js";
import { type RulesId } from "../domain/amd/releases.js";
import { type TwinEvent, type CallReturn } from "../domain/events/event.js";
import { Interpreter, type Outcome, type Reader } from "./interpret/interpreter.js";
import { hashOf } from "./text/bytes.js";
import { type Line } from "./text/line.js";
import { VOCABULARY } from "./vocabulary.js";
import { type FirstIds } from "./interpret/world.js";

/** Longer lines are rejected: no event of the kernel's comes near (a page is 4 KiB). */
export const LINE_BYTES_MAX = 65_536;
/** A batch is this many events or rejected lines, if nothing else is asked for. */
export const BATCH_ROWS = 4096;
/** This much of a rejected line is kept. */
const REJECTED_TEXT_BYTES = 1024;
/** Distinct event names that are counted one by one; the rest are counted together. */
const NAMES_MAX = 4096;

const HASH = 0x23;
/** CPUs below this are found by index: more than a host has (NR_CPUS is at most 8192). */
const NEAR_CPUS = 8192;
/** Names by hash: a quarter full at most. */
const NAME_SLOTS = 16_384;
const SLOT_MASK = NAME_SLOTS - 1;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

export interface RejectedLine {
  readonly line: number;
  readonly reason: string;
  readonly text: string;
}

/** A span in which events were lost. Half-open: from_seq is the last event that is sure. */
export interface Gap {
  readonly kind: "start" | "lost" | "overwritten";
  readonly cpu: number | null;
  readonly line: number | null;
  readonly lost: number | null;
  readonly from_seq: number | null;
  readonly to_seq: number;
  readonly from: { readonly billions: number; readonly rest: number } | null;
  readonly to: { readonly billions: number; readonly rest: number };
}

/** How the lines of a recording add up: total = the sum of the other five. */
export interface LineCounts {
  total: number;
  header: number;
  events: number;
  unused: number;
  rejected: number;
  gaps: number;
}

/** One event name of the trace. */
export interface NameCount {
  readonly name: string;
  /** Is it in the vocabulary, or in the list of the known-but-unused. */
  readonly known: boolean;
  /** Lines that became events, and lines that did not. */
  events: number;
  unused: number;
}

interface NameEntry extends NameCount {
  readonly bytes: Uint8Array;
  readonly reader: Reader | null;
}

/** What is handed over at once: everything that was read since the batch before. */
export interface ReadBatch {
  /** In order of seq; how many is decided by the lines alone, never by the chunks of input. */
  readonly events: readonly TwinEvent[];
  /** Calls that returned; their entries are events of this batch, or of an earlier one. */
  readonly returns: readonly CallReturn[];
  readonly rejected: readonly RejectedLine[];
  readonly gaps: readonly Gap[];
}

/** Where a CPU's last line stood in time and among the events. */
class LastLine {
  billions = 0;
  rest = 0;
  /** The last event before or at it. */
  seq = 0;

  set({ billions, rest }: Line, seq: number): void {
    this.billions = billions;
    this.rest = rest;
    this.seq = seq;
  }
}

/** How a trace is read. */
export interface ReadOptions {
  /** Whose functions call whom, and how a GA tag is read; null = not known. */
  readonly rules: RulesId | null;
  /** The seq and the row numbers that the reader begins with. */
  readonly first: FirstIds & { readonly seq: number };
  /** Must the stamps be those of a counter clock (true) or seconds (false)? null = as the first line's. */
  readonly isCounter: boolean | null;
  /** Ticks per second: stamps of a counter clock become nanoseconds. Default: they stay ticks. */
  readonly clockHz?: number | undefined;
  /**
   * Events and rejected lines of a batch. Default: BATCH_ROWS. What the reader hands out does not depend on
   * it, but an import that goes on must cut the batches of the import that died.
   */
  readonly batchRows?: number | undefined;
}

/** Reads ftrace's text: bytes in, batches of events out, and an account of every line. */
export class FtraceReader {
  readonly counts: LineCounts = { total: 0, header: 0, events: 0, unused: 0, rejected: 0, gaps: 0 };
  /** Lines whose time is before that of the line above, and the first of them. */
  timeAnomalies = 0;
  firstTimeAnomaly: number | null = null;
  readonly interpreter: Interpreter;
  /** Every name that is known or was seen, by hash: open addressing. */
  private readonly names: (NameEntry | undefined)[] = new Array<undefined>(NAME_SLOTS).fill(
    undefined,
  );
  private namesCount = 0;
  private isCounter: boolean | null;
  private readonly clockHz: number | undefined;
  private readonly batchRows: number;
  private readonly onBatch: (batch: ReadBatch) => void;
  private events: TwinEvent[] = [];
  private rejected: RejectedLine[] = [];
  private gaps: Gap[] = [];
  private carry: Buffer | null = null;
  /** Inside a line that is too long: nothing of it is kept but its beginning. */
  private overlong: Buffer | null = null;
  /** The last line of each CPU; damaged text can name CPUs that no host has. */
  private readonly lastOfNear: (LastLine | undefined)[] = new Array<undefined>(NEAR_CPUS).fill(
    undefined,
  );
  private readonly lastOfFar = new Map<number, LastLine>();
  private pendingLoss: { cpu: number; count: number | null; line: number } | null = null;
  private billions = 0;
  private rest = 0;
  /** The time stamp of the first line; null while there is none. */
  firstStamp: { billions: number; rest: number } | null = null;

  constructor(options: ReadOptions, onBatch: (batch: ReadBatch) => void) {
    this.interpreter = new Interpreter(options.rules, options.first);
    this.isCounter = options.isCounter;
    this.clockHz = options.clockHz;
    this.batchRows = options.batchRows ?? BATCH_ROWS;
    this.onBatch = onBatch;
    for (const [name, reader] of VOCABULARY) this.addName(name, true, reader);
  }

  /** The time stamp of the last line. */
  get lastStamp(): { billions: number; rest: number } {
    return { billions: this.billions, rest: this.rest };
  }

  /** Every name that stood in the trace, by name. */
  nameCounts(): readonly NameCount[] {
    return this.names
      .filter((entry) => entry !== undefined)
      .filter(({ events, unused }) => events + unused > 0)
      .map(({ name, known, events, unused }) => ({ name, known, events, unused }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Takes the next bytes of the file; whole lines are read, the rest waits. The chunk is not kept. */
  feed(chunk: Buffer): void {
    let start = 0;
    if (this.overlong !== null) {
      const newline = chunk.indexOf(NEWLINE);
      if (newline < 0) return;
      this.endOverlong();
      start = newline + 1;
    }
    if (this.carry !== null) {
      // Only the line that the chunk's border cuts is copied together.
      const newline = chunk.indexOf(NEWLINE, start);
      const cut = newline < 0 ? chunk.length : newline + 1;
      const whole = Buffer.concat([this.carry, chunk.subarray(start, cut)]);
      this.carry = null;
      if (newline < 0) {
        this.keep(whole);
        return;
      }
      this.readLine(whole, 0, whole.length - 1);
      start = cut;
    }
    start = this.readLines(chunk, start);
    if (start < chunk.length) this.keep(chunk.subarray(start));
  }

  /** Reads all whole lines from `start` on; where the rest begins. */
  private readLines(buffer: Buffer, from: number): number {
    let start = from;
    for (;;) {
      const newline = buffer.indexOf(NEWLINE, start);
      if (newline < 0) return start;
      this.readLine(buffer, start, newline);
      start = newline + 1;
    }
  }

  /** The file has ended. A last line without a newline was cut, so its last value cannot be trusted. */
  end(): void {
    if (this.overlong !== null) this.endOverlong();
    if (this.carry !== null) {
      this.counts.total++;
      this.reject(this.carry, 0, this.carry.length, "the line has no end: the trace is cut here");
      this.carry = null;
    }
    if (this.pendingLoss !== null) this.lose(this.pendingLoss);
    this.flush();
  }

  private keep(rest: Buffer): void {
    if (rest.length > LINE_BYTES_MAX + 1)
      this.overlong = Buffer.from(rest.subarray(0, REJECTED_TEXT_BYTES));
    else this.carry = Buffer.from(rest);
  }

  private endOverlong(): void {
    const head = this.overlong;
    this.overlong = null;
    if (head === null) return;
    this.counts.total++;
    this.reject(head, 0, head.length, `the line is longer than ${LINE_BYTES_MAX} bytes`);
  }

  private readLine(buffer: Buffer, start: number, newline: number): void {
    const { counts } = this;
    counts.total++;
    const end = newline > start && buffer[newline - 1] === RETURN ? newline - 1 : newline;
    if (end - start > LINE_BYTES_MAX) {
      this.reject(buffer, start, end, `the line is longer than ${LINE_BYTES_MAX} bytes`);
    } else if (buffer[start] === HASH || end === start) counts.header++;
    else if (this.interpreter.line.scan(buffer, start, end)) this.readEventLine(buffer, start, end);
    else this.readOtherLine(buffer, start, end);
  }

  private readEventLine(buffer: Buffer, start: number, end: number): void {
    const { interpreter, counts } = this;
    const { line } = interpreter;
    if (this.isCounter !== null && line.isCounter !== this.isCounter) {
      const has = line.isCounter ? "no decimal point" : "a decimal point";
      this.reject(
        buffer,
        start,
        end,
        `the time stamp has ${has}, unlike the first line's: another clock`,
      );
      return;
    }
    this.isCounter ??= line.isCounter;
    if (!fitsInt64(line)) {
      this.reject(buffer, start, end, "the time stamp is beyond 63 bits");
      return;
    }
    if (this.clockHz !== undefined) Object.assign(line, toNanoseconds(line, this.clockHz));
    this.followClock(line);
    if (this.pendingLoss !== null) this.lose(this.pendingLoss);
    const entry = this.entryOf(line);
    const outcome: Outcome =
      entry.reader === null ? "unused" : interpreter.interpret(entry.reader, counts.total);
    if (outcome === "event") {
      counts.events++;
      entry.events++;
      if (interpreter.lastMade !== null) this.events.push(interpreter.lastMade);
    } else if (outcome === "unused") {
      counts.unused++;
      entry.unused++;
    } else this.reject(buffer, start, end, outcome.rejected);
    this.lastOf(line.cpu).set(line, interpreter.nextSeq - 1);
    if (this.events.length + this.rejected.length >= this.batchRows) this.flush();
  }

  private lastOf(cpu: number): LastLine {
    const near = cpu < NEAR_CPUS ? this.lastOfNear[cpu] : this.lastOfFar.get(cpu);
    if (near !== undefined) return near;
    const made = new LastLine();
    if (cpu < NEAR_CPUS) this.lastOfNear[cpu] = made;
    else this.lastOfFar.set(cpu, made);
    return made;
  }

  private followClock({ billions, rest }: Line): void {
    this.firstStamp ??= { billions, rest };
    if (billions < this.billions || (billions === this.billions && rest < this.rest)) {
      this.timeAnomalies++;
      this.firstTimeAnomaly ??= this.counts.total;
    }
    this.billions = billions;
    this.rest = rest;
  }

  /** Loss markers, and the stack traces that ftrace prints below an event. */
  private readOtherLine(buffer: Buffer, start: number, end: number): void {
    const text = buffer.toString("latin1", start, Math.min(end, start + 80));
    const loss = /^CPU:(\d{1,10}) \[LOST (?:(\d{1,15}) )?EVENTS\]/.exec(text);
    if (loss !== null) {
      if (this.pendingLoss !== null) this.lose(this.pendingLoss);
      this.counts.gaps++;
      const count = loss[2] === undefined ? null : Number(loss[2]);
      this.pendingLoss = { cpu: Number(loss[1]), count, line: this.counts.total };
    } else if (text.startsWith(" => ")) {
      this.counts.unused++;
      this.addName("(stack trace)", true, null).unused++;
    } else this.reject(buffer, start, end, "not an ftrace line");
  }

  /** The marker stands before the first line after the loss: the gap ends there. */
  private lose(loss: { cpu: number; count: number | null; line: number }): void {
    this.pendingLoss = null;
    const to = this.lastStamp;
    const last = loss.cpu < NEAR_CPUS ? this.lastOfNear[loss.cpu] : this.lastOfFar.get(loss.cpu);
    this.interpreter.world.lose();
    const event = this.interpreter.lost(loss.cpu, loss.count, to, loss.line);
    this.events.push(event);
    this.gaps.push({
      kind: "lost",
      cpu: loss.cpu,
      line: loss.line,
      lost: loss.count,
      from_seq: last?.seq ?? null,
      to_seq: event.seq,
      from: last === undefined ? null : { billions: last.billions, rest: last.rest },
      to,
    });
  }

  private reject(buffer: Buffer, start: number, end: number, reason: string): void {
    this.counts.rejected++;
    const text = buffer.toString("utf8", start, Math.min(end, start + REJECTED_TEXT_BYTES));
    this.rejected.push({ line: this.counts.total, reason, text });
    if (this.events.length + this.rejected.length >= this.batchRows) this.flush();
  }

  private flush(): void {
    const { events, rejected, gaps } = this;
    const { returns } = this.interpreter;
    if (events.length + rejected.length + gaps.length + returns.length === 0) return;
    this.events = [];
    this.rejected = [];
    this.gaps = [];
    this.interpreter.returns = [];
    this.onBatch({ events, returns, rejected, gaps });
  }

  private entryOf(line: Line): NameEntry {
    const { buffer, nameStart, nameEnd, nameHash } = line;
    for (let slot = nameHash & SLOT_MASK; ; slot = (slot + 1) & SLOT_MASK) {
      const entry = this.names[slot];
      if (entry === undefined) break;
      if (sameName(entry.bytes, buffer, nameStart, nameEnd)) return entry;
    }
    return this.addName(this.namesCount < NAMES_MAX ? line.name() : "(other names)", false, null);
  }

  private addName(name: string, known: boolean, reader: Reader | null): NameEntry {
    let slot = hashOf(name) & SLOT_MASK;
    for (let entry = this.names[slot]; entry !== undefined; entry = this.names[slot]) {
      if (entry.name === name) return entry;
      slot = (slot + 1) & SLOT_MASK;
    }
    const entry = { name, known, events: 0, unused: 0, bytes: Buffer.from(name, "latin1"), reader };
    this.names[slot] = entry;
    this.namesCount++;
    return entry;
  }
}

/** SQLite's integers end at 2^63 - 1. */
function fitsInt64({ billions, rest }: Line): boolean {
  return billions < 9_223_372_036 || (billions === 9_223_372_036 && rest <= 854_775_807);
}

function sameName(bytes: Uint8Array, buffer: Uint8Array, start: number, end: number): boolean {
  if (end - start !== bytes.length) return false;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== buffer[start + i]) return false;
  }
  return true;
}
