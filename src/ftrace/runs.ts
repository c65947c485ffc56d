// Finds the runs of a file whose lines are not in the order of time: parts that are in order by themselves. Within
// the lines of one CPU the order of the file is that of time, because ftrace has one ring for each CPU. So runs can
// be merged by their stamps wherever no CPU steps back from one run to the next.

import { isBefore } from "../base/stamp.js";
import { type Stamp } from "../domain/values/ids.js";
import { BYTE } from "./text/bytes.js";
import { EntryCount } from "./order/entries.js";
import { FTRACE_LAYOUT } from "./layout.js";
import { HEAD_BYTES } from "./order/head-line.js";
import { LineFront } from "./text/line-front.js";
import { type TextLayout } from "./text/layout.js";
import { type Line } from "./text/line.js";
import { type Run, type RunFinder } from "../source/line-order.js";
import { type LinePrefix } from "../source/sniffed.js";
import { LINE_BYTES_MAX } from "../source/lines.js";
import { isFarBefore, CpuBlocks } from "./order/order-watch.js";

/** More runs than a host has CPUs are no per-CPU files. */
const RUNS_MAX = 2048;

/** Why a run may begin at a line that is stamped before the line above it. */
type Reason = "header" | "far" | "block" | "late";

interface Candidate {
  readonly reason: Reason;
  readonly byte: number;
  readonly line: number;
  /** The stamp of the line above. */
  readonly above: Stamp;
}

/** Where a CPU's last line stands: its stamp, and how many candidates are above it. */
interface LastOfCpu extends Stamp {
  readonly candidates: number;
}

/** Takes the bytes of a file, and finds its runs. */
export class FtraceRuns implements RunFinder {
  private readonly scanned: Line;
  private readonly layout: TextLayout;
  private readonly front: LineFront;
  private readonly runsMax: number;
  private readonly blocks = new CpuBlocks();
  private readonly lasts = new Map<number, LastOfCpu>();
  private readonly candidates: Candidate[] = [];
  /** Candidates that a CPU steps back over: above which candidate it stood, and below which it stands. */
  private crossed: (readonly [from: number, to: number])[] = [];
  private carry: Buffer | null = null;
  private offset = 0;
  private line = 0;
  /** The first header or marker line since the last event's line. */
  private pending: { readonly byte: number; readonly line: number; isHeader: boolean } | null =
    null;
  private above: Stamp | null = null;
  private aboveThat: Stamp | null = null;
  private cpuAbove = -1;
  private isFresh = false;
  private readonly entries = new EntryCount();
  private present = 0;

  /** `prefix`: the text in front of each line; null = none. */
  constructor(prefix: LinePrefix | null = null, layout = FTRACE_LAYOUT) {
    this.layout = layout;
    this.scanned = layout.newLine();
    this.front = new LineFront(prefix, layout);
    this.runsMax = layout.runsMax ?? RUNS_MAX;
  }

  /** Takes the next bytes of the file. The chunk is not kept. */
  feed(chunk: Buffer): void {
    let start = 0;
    for (let at = chunk.indexOf(BYTE.newline); at >= 0; at = chunk.indexOf(BYTE.newline, start)) {
      const { carry } = this;
      this.carry = null;
      if (carry === null) this.next(chunk, start, at, at + 1 - start);
      else {
        const whole = Buffer.concat([carry, chunk.subarray(start, at)]);
        this.next(whole, 0, whole.length, whole.length + 1);
      }
      start = at + 1;
    }
    if (start === chunk.length) return;
    const rest = chunk.subarray(start);
    this.carry = this.carry === null ? Buffer.from(rest) : Buffer.concat([this.carry, rest]);
    // What is too long to be a line only has to keep its place.
    if (this.carry.length > LINE_BYTES_MAX) this.dropCarry();
  }

  /**
   * The file has ended. Its runs, in the order of the file: one, if it is in the order of time or has no runs;
   * null = a CPU steps back, so the file holds more than one trace, or one whose order cannot be told.
   */
  end(): readonly Run[] | null {
    const size = this.offset + (this.carry?.length ?? 0);
    const isBlocked = this.blocks.areWhole;
    const accepted = this.candidates.filter(({ reason }) => reason !== "block" || isBlocked);
    const isCrossed = this.crossed.some(([from, to]) =>
      this.candidates.slice(from, to).some((each) => accepted.includes(each)),
    );
    if (isCrossed || accepted.length > this.runsMax) return null;
    const begins = [{ byte: 0, line: 1 }, ...accepted];
    return begins.map(({ byte, line }, i) => ({
      start: byte,
      end: begins[i + 1]?.byte ?? size,
      line,
    }));
  }

  /** How many entries the file lacks; 0 = some, null = none that is known of. */
  get leftOut(): number | null {
    const known = this.entries.leftOut(this.present);
    return this.front.hasSkipped ? (known ?? 0) : known;
  }

  private dropCarry(): void {
    this.offset += this.carry?.length ?? 0;
    this.carry = null;
  }

  private next(line: Buffer, from: number, to: number, bytes: number): void {
    this.line++;
    this.front.enter(line, from, to);
    const { buffer, start, end, sort } = this.front;
    if (sort === "own") this.ownLine(buffer, start, end);
    this.offset += bytes;
  }

  private ownLine(buffer: Buffer, start: number, end: number): void {
    if (this.layout.isHeadLine(buffer, start, end)) this.head(buffer, start, end);
    else {
      if (this.scanned.scan(buffer, start, end)) {
        this.front.noteEvent();
        this.event(this.scanned);
      }
      if (this.layout.besideName(buffer, start, end, this.scanned) === null) this.present++;
    }
  }

  private head(buffer: Buffer, start: number, end: number): void {
    const text = buffer.toString("latin1", start, Math.min(end, start + HEAD_BYTES));
    this.pending ??= { byte: this.offset, line: this.line, isHeader: false };
    if (this.layout.isHeader(buffer, start, end)) {
      this.pending.isHeader = true;
      this.entries.header(text, this.present);
    } else {
      const marker = this.layout.lossMarker(text, this.line);
      if (marker !== null) this.entries.marker(marker.count);
    }
  }

  private event({ billions, rest, cpu }: Line): void {
    const stamp = { billions, rest };
    this.blocks.note(cpu);
    this.reconsider(stamp);
    const reason = this.reasonAt(stamp, cpu);
    if (reason !== null && this.above !== null && this.candidates.length <= 2 * this.runsMax) {
      const { byte, line } = this.pending ?? { byte: this.offset, line: this.line };
      this.candidates.push({ reason, byte, line, above: this.above });
      this.isFresh = reason === "far";
    }
    this.noteCpu(cpu, stamp);
    this.cpuAbove = cpu;
    this.pending = null;
    this.aboveThat = this.above;
    this.above = stamp;
  }

  /** If the time goes on after one line as before it, that line's stamp was damaged: nothing begins with it. */
  private reconsider(stamp: Stamp): void {
    const last = this.candidates.at(-1);
    if (this.isFresh && last !== undefined && !isBefore(stamp, last.above)) {
      this.candidates.pop();
      const { length } = this.candidates;
      this.crossed = this.crossed.filter(([, to]) => to <= length);
    }
    this.isFresh = false;
  }

  private reasonAt(stamp: Stamp, cpu: number): Reason | null {
    const { above, aboveThat } = this;
    if (above === null || !isBefore(stamp, above)) return null;
    // Who reads the buffers of CPUs in turn is late by as long as a buffer waited.
    if (this.layout.runsMax !== undefined && cpu !== this.cpuAbove) return "late";
    if (this.pending?.isHeader === true) return "header";
    if (this.blocks.areWhole) return "block";
    // If the line above is the only one that is too late, it is its stamp that was damaged.
    const isOrderly = aboveThat === null || !isBefore(stamp, aboveThat);
    if (isFarBefore(stamp, above)) return isOrderly ? null : "far";
    return "late";
  }

  private noteCpu(cpu: number, stamp: Stamp): void {
    const candidates = this.candidates.length;
    const last = this.lasts.get(cpu);
    if (last !== undefined && last.candidates !== candidates && isBefore(stamp, last))
      this.crossed.push([last.candidates, candidates]);
    this.lasts.set(cpu, { ...stamp, candidates });
  }
}
