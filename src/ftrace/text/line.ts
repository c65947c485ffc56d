// One line of ftrace's `trace` or `trace_pipe`, up to the event's name.
// Source: kernel/trace/trace_output.c, trace_print_context(), Linux 6.12 to 7.3:
//   "%16s-%-7d " comm-pid, "(%7d) " tgid with option record-tgid, "[%03d] " cpu, flags of four or
//   five characters with option irq-info, then " sec.usec", " sec.nsec" or " ticks", ": ".

const LF_DASH = 0x2d;
const SPACE = 0x20;
const ZERO = 0x30;
const COLON = 0x3a;
const DOT = 0x2e;
const OPEN_PAREN = 0x28;
const CLOSE_PAREN = 0x29;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** A comm is at most 15 bytes, right-justified to 16 columns: the dash stands here. */
const DASH_COLUMN = 16;

/** A pid, and a CPU, is a 32-bit number: 10 digits. */
const PID_DIGITS_MAX = 11;
const TGID_COLUMNS_MAX = 16;

/** A pid is padded to seven columns and a space; then `[000] ..... `. */
const USUAL_PID_BYTES = 12;
const USUAL_HEAD_BYTES = 32;

/** Longest stamp read: 2^64 has 20 digits. */
const DIGITS_MAX = 20;

/**
 * A line taken apart in place: offsets into the buffer, valid until the next `scan`. One object is
 * reused for every line, because allocating one per line costs as much as the parsing.
 */
export class Line {
  buffer: Uint8Array = new Uint8Array(0);
  end = 0;
  commStart = 0;
  commEnd = 0;
  pid = 0;
  cpu = 0;
  /** Printed from interrupt context ('h', 'H', 'z' or 'Z' in the third flag). */
  inInterrupt = false;
  billions = 0;
  rest = 0;
  /** The stamp has no decimal point: a counter clock, ticks. */
  isCounter = false;
  nameStart = 0;
  nameEnd = 0;
  nameHash = 0;
  /** First byte of the payload. */
  body = 0;

  /** Reads the line at [start, end). False where it is not an ftrace line. */
  scan(buffer: Uint8Array, start: number, end: number): boolean {
    this.buffer = buffer;
    this.end = end;
    this.commStart = start;
    const dash = start + DASH_COLUMN;
    if (dash < end && buffer[dash] === LF_DASH) {
      if (this.scanUsual(buffer, dash, end) || this.scanFrom(dash)) return true;
    }
    return this.scanUnaligned(start);
  }

  /**
   * The layout that nearly every line has, in one pass: no tgid, three digits of CPU, five flags.
   * False, with fields half set, where the line differs: `scanFrom` reads everything.
   */
  private scanUsual(buffer: Uint8Array, dash: number, end: number): boolean {
    // With this many bytes all that is looked at before the stamp is inside the line.
    if (dash + USUAL_HEAD_BYTES > end) return false;
    const bracket = this.scanUsualPid(buffer, dash);
    if (bracket < 0 || !this.scanUsualCpu(buffer, bracket)) return false;
    const flags = bracket + 6;
    if (!isFlags(buffer, flags)) return false;
    const context = (buffer[flags + 2] ?? 0) | 0x20;
    this.inInterrupt = context === 0x68 || context === 0x7a;
    this.commEnd = dash;
    let at = flags + 6;
    while (at < end && buffer[at] === SPACE) at++;
    at = this.scanUsualStamp(buffer, at, end);
    return at >= 0 && this.scanUsualName(buffer, at, end);
  }

  /** Up to seven digits, padded; the offset of the CPU's bracket, or -1. */
  private scanUsualPid(buffer: Uint8Array, dash: number): number {
    let at = dash + 1;
    let pid = 0;
    let byte = buffer[at] ?? 0;
    for (; isDigit(byte); byte = buffer[++at] ?? 0) pid = pid * 10 + byte - ZERO;
    if (at === dash + 1 || at > dash + 8) return -1;
    while (byte === SPACE && at < dash + USUAL_PID_BYTES) byte = buffer[++at] ?? 0;
    this.pid = pid;
    return byte === OPEN_BRACKET ? at : -1;
  }

  /** `[000] ` */
  private scanUsualCpu(buffer: Uint8Array, bracket: number): boolean {
    const hundreds = buffer[bracket + 1] ?? 0;
    const tens = buffer[bracket + 2] ?? 0;
    const ones = buffer[bracket + 3] ?? 0;
    this.cpu = hundreds * 100 + tens * 10 + ones - 111 * ZERO;
    const isNumber = isDigit(hundreds) && isDigit(tens) && isDigit(ones);
    return isNumber && buffer[bracket + 4] === CLOSE_BRACKET && buffer[bracket + 5] === SPACE;
  }

  /** Up to seven digits of seconds with six or nine decimals, or ticks; the name's offset, or -1. */
  private scanUsualStamp(buffer: Uint8Array, start: number, end: number): number {
    let point = start;
    let seconds = 0;
    for (let byte; point < end && isDigit((byte = buffer[point] ?? 0)); point++)
      seconds = seconds * 10 + byte - ZERO;
    if (buffer[point] !== DOT) return this.scanUsualTicks(buffer, start, point);
    let at = point + 1;
    let rest = 0;
    for (let byte; at < end && isDigit((byte = buffer[at] ?? 0)); at++)
      rest = rest * 10 + byte - ZERO;
    const decimals = at - point - 1;
    if (point === start || point > start + 7 || (decimals !== 6 && decimals !== 9)) return -1;
    this.isCounter = false;
    this.billions = seconds;
    this.rest = decimals === 6 ? rest * 1000 : rest;
    return isColonSpace(buffer, at, end) ? at + 2 : -1;
  }

  /** 10 to 17 digits of ticks: the last nine are the rest. */
  private scanUsualTicks(buffer: Uint8Array, start: number, end: number): number {
    if (end - start < 10 || end - start > 17 || !isColonSpace(buffer, end, this.end)) return -1;
    let at = start;
    let billions = 0;
    for (; at < end - 9; at++) billions = billions * 10 + (buffer[at] ?? 0) - ZERO;
    let rest = 0;
    for (; at < end; at++) rest = rest * 10 + (buffer[at] ?? 0) - ZERO;
    this.isCounter = true;
    this.billions = billions;
    this.rest = rest;
    return end + 2;
  }

  private scanUsualName(buffer: Uint8Array, start: number, end: number): boolean {
    let at = start;
    let hash = 0;
    let byte = 0;
    for (; at < end; at++) {
      byte = buffer[at] ?? 0;
      if (byte === COLON || byte === SPACE) break;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    // A space follows the colon, and one only.
    if (at === start || at + 2 >= end || !isColonSpace(buffer, at, end)) return false;
    if (buffer[at + 2] === SPACE) return false;
    this.nameStart = start;
    this.nameEnd = at;
    this.nameHash = hash;
    this.body = at + 2;
    return true;
  }

  /** The comm without its padding. */
  comm(): string {
    let start = this.commStart;
    while (start < this.commEnd && this.buffer[start] === SPACE) start++;
    return utf8(this.buffer, start, this.commEnd);
  }

  /** The event's name. */
  name(): string {
    return latin1(this.buffer, this.nameStart, this.nameEnd);
  }

  /** The payload as text. */
  text(): string {
    return utf8(this.buffer, this.body, this.end);
  }

  /** Trimmed or re-aligned text: the pid follows the last dash before the CPU's bracket. */
  private scanUnaligned(start: number): boolean {
    const { buffer, end } = this;
    let dash = -1;
    for (let at = start + 1; at < end; at++) {
      if (buffer[at] === LF_DASH) dash = at;
      else if (buffer[at] === OPEN_BRACKET && dash >= 0) {
        if (this.scanFrom(dash)) return true;
        dash = -1;
      }
    }
    return false;
  }

  private scanFrom(dash: number): boolean {
    this.commEnd = dash;
    let at = this.number(dash + 1);
    if (at < 0 || at - dash > PID_DIGITS_MAX) return false;
    this.pid = this.value;
    at = this.skipSpaces(at);
    if (this.buffer[at] === OPEN_PAREN) {
      const limit = Math.min(this.end, at + TGID_COLUMNS_MAX);
      while (at < limit && this.buffer[at] !== CLOSE_PAREN) at++;
      at = this.skipSpaces(at + 1);
    }
    if (this.buffer[at] !== OPEN_BRACKET) return false;
    const cpu = at + 1;
    at = this.number(cpu);
    if (at < 0 || at - cpu >= PID_DIGITS_MAX || this.buffer[at] !== CLOSE_BRACKET) return false;
    this.cpu = this.value;
    at = this.scanFlags(this.skipSpaces(at + 1));
    return at >= 0 && this.scanStamp(at) && this.scanName();
  }

  private scanFlags(at: number): number {
    const first = this.buffer[at] ?? 0;
    this.inInterrupt = false;
    if (isDigit(first)) return at;
    let end = at;
    while (end < this.end && this.buffer[end] !== SPACE) end++;
    if (end - at < 3 || end - at > 6) return -1;
    const context = (this.buffer[at + 2] ?? 0) | 0x20;
    this.inInterrupt = context === 0x68 || context === 0x7a;
    return this.skipSpaces(end);
  }

  private scanStamp(start: number): boolean {
    const { buffer } = this;
    let at = this.number(start);
    if (at < 0 || at - start > DIGITS_MAX) return false;
    this.isCounter = buffer[at] !== DOT;
    if (this.isCounter) {
      this.splitTicks(start, at);
    } else {
      this.billions = this.value;
      const digits = at + 1;
      at = this.number(digits);
      if (at < 0 || at - digits > 9) return false;
      this.rest = this.value * (POWER_OF_TEN[9 - (at - digits)] ?? 1);
    }
    if (buffer[at] !== COLON) return false;
    this.nameStart = this.skipSpaces(at + 1);
    return true;
  }

  /** Up to 20 digits: the last nine are the rest, what is before them the billions. */
  private splitTicks(start: number, end: number): void {
    const cut = end - 9;
    this.billions = 0;
    if (cut > start) {
      this.number(start, cut);
      this.billions = this.value;
    }
    this.number(Math.max(cut, start), end);
    this.rest = this.value;
  }

  private scanName(): boolean {
    const { buffer, end } = this;
    let at = this.nameStart;
    let hash = 0;
    let byte = 0;
    while (at < end && (byte = buffer[at] ?? 0) !== COLON && byte !== SPACE) {
      hash = (Math.imul(hash, 31) + byte) | 0;
      at++;
    }
    if (at === this.nameStart) return false;
    this.nameEnd = at;
    this.nameHash = hash;
    // A tracer's own lines (`func <-caller`) have no colon; they have no event's name either.
    this.body = byte === COLON && at < end ? this.skipSpaces(at + 1) : at;
    return true;
  }

  private value = 0;

  /** Reads decimal digits into `value`; the offset after them, or -1 where there are none. */
  private number(start: number, end: number = this.end): number {
    const { buffer } = this;
    let value = 0;
    let at = start;
    for (let digit; at < end && (digit = (buffer[at] ?? 0) - 0x30) >= 0 && digit <= 9; at++) {
      value = value * 10 + digit;
    }
    this.value = value;
    return at === start ? -1 : at;
  }

  private skipSpaces(start: number): number {
    let at = start;
    while (at < this.end && this.buffer[at] === SPACE) at++;
    return at;
  }
}

/** The hash that `Line.nameHash` has for a name. */
export function hashOf(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) | 0;
  return hash;
}

const POWER_OF_TEN = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

function isColonSpace(buffer: Uint8Array, at: number, end: number): boolean {
  return at + 1 < end && buffer[at] === COLON && buffer[at + 1] === SPACE;
}

/** Five characters and a space: no spaces before it, the first no digit. */
function isFlags(buffer: Uint8Array, at: number): boolean {
  if (isDigit(buffer[at] ?? 0) || buffer[at + 5] !== SPACE) return false;
  for (let i = 0; i < 5; i++) if (buffer[at + i] === SPACE) return false;
  return true;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function latin1(buffer: Uint8Array, start: number, end: number): string {
  return Buffer.from(buffer.buffer, buffer.byteOffset + start, end - start).toString("latin1");
}

/** Bytes that are not UTF-8 become U+FFFD: a comm may hold anything. */
function utf8(buffer: Uint8Array, start: number, end: number): string {
  return Buffer.from(buffer.buffer, buffer.byteOffset + start, end - start).toString("utf8");
}
