// One line of `perf script`, up to the event's name.
// Source: tools/perf/builtin-script.c, perf_sample__fprintf_start() and process_event(), perf 6.1:
//   "%16s " comm, or "%s " above a call chain; "%7d " tid, or "%7d/%-7d " pid/tid; "[%03d] " cpu; with field misc
//   letters; "%5lu.%06lu: " time, with --ns nine decimals; with field period a number; "GROUP:NAME: ".

import { BYTE, isDigit, nextHash } from "../ftrace/text/bytes.js";
import { COMM_BYTES_MAX, Line } from "../ftrace/text/line.js";

/** A pid, and a CPU, is a 32-bit number: 10 digits. */
const NUMBER_DIGITS_MAX = 10;
const SECONDS_DIGITS_MAX = 10;
const SLASH = 0x2f;
const POWER_OF_TEN = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

const PERF_RECORD = "PERF_RECORD_";

/**
 * A line of `perf script`, taken apart in place. perf prints no flags (`hasFlags` stays false), so it is not known
 * whether an interrupt printed the line.
 */
export class PerfLine extends Line {
  /** After a scan that failed: perf does not know the task, which had ended, and prints -1. */
  isTaskUnknown = false;

  /** Reads the line at [start, end). False, with fields half set, where it is no event's line of `perf script`. */
  override scan(buffer: Buffer, start: number, end: number): boolean {
    this.buffer = buffer;
    this.end = end;
    this.commStart = start;
    this.isNameTooLong = false;
    this.isTaskUnknown = false;
    this.inInterrupt = false;
    this.isCounter = false;
    // A task's name may have a bracket too: the first one that the rest of a line follows is the CPU's.
    for (let at = start + 1; at < end; at++)
      if (buffer[at] === BYTE.openBracket && buffer[at - 1] === BYTE.space && this.scanAt(at))
        return this.hasName();
    return false;
  }

  /** The task's name; where perf knows none, it prints the tid instead, and this is what ftrace prints then. */
  override comm(): string {
    const comm = super.comm();
    return comm === `:${this.pid}` ? "<...>" : comm;
  }

  private scanAt(bracket: number): boolean {
    if (!this.scanTask(bracket)) return false;
    const cpuEnd = this.digits(bracket + 1, NUMBER_DIGITS_MAX);
    if (cpuEnd < 0 || this.buffer[cpuEnd] !== BYTE.closeBracket) return false;
    this.cpu = this.decimal(bracket + 1, cpuEnd);
    const stamp = this.afterSpaces(this.afterMisc(this.afterSpaces(cpuEnd + 1)));
    return this.scanStamp(stamp);
  }

  /** `comm tid` or `comm pid/tid` before the CPU's bracket. */
  private scanTask(bracket: number): boolean {
    const tidEnd = this.beforeSpaces(bracket);
    const tid = this.digitsBefore(tidEnd);
    this.isTaskUnknown = tid < tidEnd && this.buffer[tid - 1] === BYTE.dash;
    if (tid === tidEnd || tidEnd - tid > NUMBER_DIGITS_MAX) return false;
    this.pid = this.decimal(tid, tidEnd);
    const isPair = this.buffer[tid - 1] === SLASH;
    const number = isPair ? this.digitsBefore(tid - 1) : tid;
    if (isPair && number === tid - 1) return false;
    this.commEnd = this.beforeSpaces(number);
    return this.commEnd < number && this.commEnd > this.commStart;
  }

  /** Letters of field misc (perf_sample__fprintf_start: `K`, `U`, `M` and others), if there are any. */
  private afterMisc(start: number): number {
    let at = start;
    while (at < this.end && isLetter(this.buffer[at] ?? 0)) at++;
    return at;
  }

  private scanStamp(start: number): boolean {
    const { buffer } = this;
    const point = this.digits(start, SECONDS_DIGITS_MAX);
    if (point < 0 || buffer[point] !== BYTE.dot) return false;
    const at = this.digits(point + 1, 9);
    if (at < 0 || buffer[at] !== BYTE.colon || buffer[at + 1] !== BYTE.space) return false;
    this.billions = this.decimal(start, point);
    this.rest = this.decimal(point + 1, at) * (POWER_OF_TEN[9 - (at - point - 1)] ?? 1);
    return this.scanName(this.afterPeriod(this.afterSpaces(at + 1)));
  }

  /** A number of field period, if there is one. */
  private afterPeriod(start: number): number {
    const at = this.digits(start, 20);
    return at >= 0 && this.buffer[at] === BYTE.space ? this.afterSpaces(at) : start;
  }

  /** `GROUP:NAME: `, whose name alone counts, or `NAME: ` of an event that is no tracepoint. */
  private scanName(start: number): boolean {
    const colon = this.wordEnd(start);
    if (colon === start || !this.isColon(colon) || this.isRecord(start)) return false;
    const end = this.wordEnd(colon + 1);
    if (end > colon + 1) return this.isColon(end) && this.setName(colon + 1, end);
    return this.setName(start, colon);
  }

  private setName(start: number, end: number): boolean {
    let hash = 0;
    for (let at = start; at < end; at++) hash = nextHash(hash, this.buffer[at] ?? 0);
    this.nameStart = start;
    this.nameEnd = end;
    this.nameHash = hash;
    this.body = this.afterSpaces(end + 1);
    return true;
  }

  /** Does the name of a record of perf's own begin here, which is no event of the kernel? */
  private isRecord(start: number): boolean {
    return this.buffer.toString("latin1", start, start + PERF_RECORD.length) === PERF_RECORD;
  }

  private isColon(at: number): boolean {
    return at < this.end && this.buffer[at] === BYTE.colon;
  }

  /** A name has at most 15 bytes. Anything longer has text before it that is none of perf's. */
  private hasName(): boolean {
    const start = this.afterSpaces(this.commStart);
    this.isNameTooLong = this.commEnd - start > COMM_BYTES_MAX;
    return !this.isNameTooLong;
  }

  private wordEnd(start: number): number {
    const { buffer, end } = this;
    let at = start;
    while (at < end && buffer[at] !== BYTE.colon && buffer[at] !== BYTE.space) at++;
    return at;
  }

  private afterSpaces(start: number): number {
    let at = start;
    while (at < this.end && this.buffer[at] === BYTE.space) at++;
    return at;
  }

  private beforeSpaces(end: number): number {
    let at = end;
    while (at > this.commStart && this.buffer[at - 1] === BYTE.space) at--;
    return at;
  }

  private digitsBefore(end: number): number {
    let at = end;
    while (at > this.commStart && isDigit(this.buffer[at - 1] ?? 0)) at--;
    return at;
  }

  /** The offset after one to `most` digits; -1 where there are none, or more. */
  private digits(start: number, most: number): number {
    let at = start;
    while (at < this.end && isDigit(this.buffer[at] ?? 0)) at++;
    return at === start || at - start > most ? -1 : at;
  }

  private decimal(start: number, end: number): number {
    let value = 0;
    for (let at = start; at < end; at++) value = value * 10 + (this.buffer[at] ?? 0) - BYTE.zero;
    return value;
  }
}

function isLetter(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}
