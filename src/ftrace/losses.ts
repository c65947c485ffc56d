// Spans in which events were lost. A marker stands before the first line after the loss, so a gap reaches from
// the last line of its CPU, or from the beginning, to the line that follows the marker, of whatever CPU.

import { type TwinEvent } from "../domain/events/event.js";
import { type Seq, type Stamp } from "../domain/values/ids.js";
import { type LossMarker, type TextMarker } from "./text/layout.js";
import { type Gap } from "../source/read-batch.js";
import { type Line } from "./text/line.js";

/** CPUs below this are found by index: more than a host has (NR_CPUS is at most 8192). */
const NEAR_CPUS = 8192;

/** Where a CPU's last line stood in time, and the last event before or at it. */
class LastLine {
  billions = 0;
  rest = 0;
  seq: Seq = 0;

  set({ billions, rest }: Line, seq: Seq): void {
    this.billions = billions;
    this.rest = rest;
    this.seq = seq;
  }
}

/** The marker that a text is (kernel/trace/trace.c: print_trace_line; `trace-cmd report` says DROPPED), or null. */
export function lossMarker(text: string, line: number): LossMarker | null {
  const match = /^CPU:(\d{1,10}) \[(?:LOST (?:(\d+) )?EVENTS|(?:(\d+) )?EVENTS DROPPED)\]/.exec(
    text,
  );
  if (match === null) return null;
  // A count that no kernel can have lost is damage; that events were lost is certain all the same.
  const count = Number(match[2] ?? match[3] ?? NaN);
  const known = Number.isSafeInteger(count) ? count : null;
  return { kind: "lost", cpu: Number(match[1]), count: known, line };
}

/**
 * The marker in front of a CPU's first line (kernel/trace/trace.c: test_cpu_buff_start), or null. It is printed
 * only where the ring buffer was overwritten: what the CPU did before is not in the recording.
 */
export function startMarker(text: string, line: number): LossMarker | null {
  const match = /^##### CPU (\d{1,10}) buffer started ####/.exec(text);
  if (match === null) return null;
  return { kind: "overwritten", cpu: Number(match[1]), count: null, line };
}

/** The last line of each CPU. Damaged text can name CPUs that no host has. */
export class LastLines {
  private readonly near = new Array<LastLine | undefined>(NEAR_CPUS).fill(undefined);
  private readonly far = new Map<number, LastLine>();
  private counted = 0;

  /** A line was read; `seq`: the last event so far. */
  note(line: Line, seq: Seq): void {
    const { cpu } = line;
    const known = this.of(cpu);
    if (known !== undefined) {
      known.set(line, seq);
      return;
    }
    const made = new LastLine();
    made.set(line, seq);
    this.counted++;
    if (cpu < NEAR_CPUS) this.near[cpu] = made;
    else this.far.set(cpu, made);
  }

  /** The CPUs of the lines so far; CPU 0 where there was none. */
  get cpus(): readonly number[] {
    const near = this.near.flatMap((last, cpu) => (last === undefined ? [] : [cpu]));
    const cpus = [...near, ...this.far.keys()];
    return cpus.length === 0 ? [0] : cpus;
  }

  /** How many CPUs have printed lines. */
  get count(): number {
    return this.counted;
  }

  /** Was no line of the CPU read so far? */
  isNew(cpu: number): boolean {
    return this.of(cpu) === undefined;
  }

  /** The gap of a marker, which ends at the event that stands for it. */
  gapOf({ kind, cpu, count, line }: LossMarker, to_seq: Seq, to: Stamp): Gap {
    const last = this.of(cpu);
    return {
      kind,
      cpu,
      line,
      lost: count,
      from_seq: last?.seq ?? null,
      to_seq,
      from: last === undefined ? null : { billions: last.billions, rest: last.rest },
      to,
    };
  }

  private of(cpu: number): LastLine | undefined {
    return cpu < NEAR_CPUS ? this.near[cpu] : this.far.get(cpu);
  }
}

/** Keeps the markers of a recording until the line comes after which their gaps end. */
export class Losses {
  /** The gaps so far; whoever takes them puts an empty list here. */
  gaps: Gap[] = [];
  /** The ring buffer was overwritten, as the header says. */
  readonly isOverwritten: boolean;
  private readonly lines = new LastLines();
  private readonly lost: (marker: LossMarker) => TwinEvent | null;
  private pending: TextMarker | null = null;
  /** How many CPUs the host has, as the header says; null = it does not. */
  private cpus: number | null = null;

  /**
   * `isOverwritten`: the ring buffer was, as the header says. `lost` makes the event that stands for a marker; null =
   * nothing came before that lost events could have changed.
   */
  constructor(isOverwritten: boolean, lost: (marker: LossMarker) => TwinEvent | null) {
    this.isOverwritten = isOverwritten;
    this.lost = lost;
  }

  /** Takes a header line: `#P:4` says how many CPUs there are (kernel/trace/trace.c: print_event_info). */
  header(text: string): void {
    const cpus = /#P:(\d{1,5})\b/.exec(text)?.[1];
    if (cpus !== undefined) this.cpus = Number(cpus);
  }

  /** Is the first line of some CPU still to come, of which older lines were overwritten? */
  get isBeforeFirst(): boolean {
    return this.isOverwritten && !(this.cpus !== null && this.lines.count >= this.cpus);
  }

  /** Does a marker wait for the line that follows it? */
  get isPending(): boolean {
    return this.pending !== null;
  }

  /** A marker was read. */
  await(marker: TextMarker): void {
    this.end();
    this.pending = marker;
  }

  /** A line with an event is about to be read. A CPU's first line may lack its marker. */
  before({ cpu }: Line, line: number): void {
    const { pending } = this;
    this.end();
    if (!this.isOverwritten || !this.lines.isNew(cpu)) return;
    if (pending?.kind === "overwritten" && pending.cpu === cpu) return;
    this.lose({ kind: "overwritten", cpu, count: null, line });
  }

  /** The line was read; `seq`: the last event so far. */
  note(line: Line, seq: Seq): void {
    this.lines.note(line, seq);
  }

  /** No line follows the last marker. */
  end(): void {
    const { pending } = this;
    this.pending = null;
    if (pending === null) return;
    const { cpu, count } = pending;
    if (cpu !== null) this.lose({ ...pending, cpu });
    else this.loseOfAny(pending, count);
  }

  /** A CPU lost events behind its last line, as the counts at the end of the recording say. */
  atEnd(marker: LossMarker): void {
    this.lose(marker);
  }

  /** Events of some CPU were lost: of each that there is, some may be missing. */
  private loseOfAny(marker: TextMarker, count: number | null): void {
    const { cpus } = this.lines;
    const own = cpus.length === 1 ? count : null;
    for (const cpu of cpus) this.lose({ ...marker, cpu, count: own });
  }

  private lose(marker: LossMarker): void {
    if (marker.kind === "overwritten" && !this.lines.isNew(marker.cpu)) return;
    const event = this.lost(marker);
    if (event === null) return;
    const { seq, billions, rest } = event;
    this.gaps.push(this.lines.gapOf(marker, seq, { billions, rest }));
  }
}
