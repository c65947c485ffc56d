// One line of ftrace's `trace` or `trace_pipe`, up to the event's name.
// Source: kernel/trace/trace_output.c, trace_print_context(), Linux 6.12 to 7.3:
//   "%16s-%-7d " comm-pid, "(%7d) " tgid with option record-tgid, "[%03d] " cpu, flags of four or
//   five characters with option irq-info, then " sec.usec", " sec.nsec" or " ticks", ": ".

const LF_DASH = 0x2d;
const SPACE = 0x20;
const ZERO = 0x30;
const NINE = 0x39;
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
   * The layout that nearly every line has, in one pass without calls: no tgid, three digits of CPU,
   * five flags or none. False, with fields half set, where the line differs: `scanFrom` reads
   * everything.
   */
  private scanUsual(buffer: Uint8Array, dash: number, end: number): boolean {
    // Beyond this every byte that is looked at is inside the line.
    if (dash + USUAL_HEAD_BYTES > end) return false;
    let at = dash + 1;
    let pid = 0;
    let byte = buffer[at] ?? 0;
    for (; byte >= ZERO && byte <= NINE; byte = buffer[++at] ?? 0) pid = pid * 10 + byte - ZERO;
    if (at === dash + 1 || at > dash + 8) return false;
    while (byte === SPACE && at < dash + USUAL_PID_BYTES) byte = buffer[++at] ?? 0;
    if (byte !== OPEN_BRACKET || buffer[at + 4] !== CLOSE_BRACKET || buffer[at + 5] !== SPACE)
      return false;
    const hundreds = (buffer[at + 1] ?? 0) - ZERO;
    const tens = (buffer[at + 2] ?? 0) - ZERO;
    const ones = (buffer[at + 3] ?? 0) - ZERO;
    if (!isDecimal(hundreds) || !isDecimal(tens) || !isDecimal(ones)) return false;
    const context = (buffer[at + 8] ?? 0) | 0x20;
    const flags = at + 6;
    if (buffer[flags] === SPACE || buffer[flags + 5] !== SPACE || !isFlags(buffer, flags))
      return false;
    this.commEnd = dash;
    this.pid = pid;
    this.cpu = hundreds * 100 + tens * 10 + ones;
    this.inInterrupt = context === 0x68 || context === 0x7a;
    at = flags + 6;
    while (at < end && buffer[at] === SPACE) at++;
    at = this.scanUsualStamp(buffer, at, end);
    return at >= 0 && this.scanUsualName(buffer, at, end);
  }

  /** Seconds with six or nine decimals, or up to 17 ticks; the offset of the name, or -1. */
  private scanUsualStamp(buffer: Uint8Array, start: number, end: number): number {
    let at = start;
    // The digits before the last nine, and the last nine: each is exact in 32 bits.
    let high = 0;
    let low = 0;
    let byte = 0;
    const point = start + 8;
    for (; at < end && at < point; at++) {
      byte = buffer[at] ?? 0;
      if (byte < ZERO || byte > NINE) break;
      high = high * 10 + byte - ZERO;
    }
    if (at === start || at === point) return this.scanLongTicks(buffer, start, end);
    if (byte !== DOT) return -1;
    const digits = ++at;
    for (; at < end; at++) {
      byte = buffer[at] ?? 0;
      if (byte < ZERO || byte > NINE) break;
      low = low * 10 + byte - ZERO;
    }
    if (byte !== COLON || buffer[at + 1] !== SPACE) return -1;
    if (at - digits === 6) low *= 1000;
    else if (at - digits !== 9) return -1;
    this.isCounter = false;
    this.billions = high;
    this.rest = low;
    return at + 2;
  }

  /** 10 to 17 digits of ticks: the last nine are the rest. */
  private scanLongTicks(buffer: Uint8Array, start: number, end: number): number {
    let last = start;
    while (last < end && isDecimal((buffer[last] ?? 0) - ZERO)) last++;
    if (last - start < 10 || last - start > 17) return -1;
    if (buffer[last] !== COLON || buffer[last + 1] !== SPACE) return -1;
    let at = start;
    let billions = 0;
    for (; at < last - 9; at++) billions = billions * 10 + (buffer[at] ?? 0) - ZERO;
    let rest = 0;
    for (; at < last; at++) rest = rest * 10 + (buffer[at] ?? 0) - ZERO;
    this.isCounter = true;
    this.billions = billions;
    this.rest = rest;
    return last + 2;
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
    if (at === start || at + 2 >= end || byte !== COLON || buffer[at + 1] !== SPACE) return false;
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

function isDecimal(digit: number): boolean {
  return digit >= 0 && digit <= 9;
}

/** Five characters that are no spaces, the first no digit. */
function isFlags(buffer: Uint8Array, at: number): boolean {
  if (isDigit(buffer[at] ?? 0)) return false;
  for (let i = 1; i < 5; i++) if (buffer[at + i] === SPACE) return false;
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
