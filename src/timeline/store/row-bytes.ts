// Rows as bytes that depend on their values alone: what the chain hashes (chain.ts). Everything is
// little-endian. Events have a layout of their own, because an import makes millions of them.

import { stored, type StoredEvent } from "../../domain/events/stored-event.js";
import { endianness } from "node:os";
import { stampToInteger } from "../../base/stamp.js";
import { TWO_32 } from "../../base/words.js";
import { type TwinEvent } from "../../domain/events/event.js";

/** The columns of `event` in the order in which they are hashed. */
export const EVENT_COLUMNS =
  "seq recording_id line time_ns cpu task kind vm vcpu segment devid irte_index gsi host_irq " +
  "cause cause_seq lo hi a b c d";

/** Those that can hold 64 bits; the others hold what a number holds exactly. */
export const WIDE_COLUMNS: ReadonlySet<string> = new Set(["time_ns", "lo", "hi"]);

const IS_WIDE: readonly boolean[] = EVENT_COLUMNS.split(" ").map((name) => WIDE_COLUMNS.has(name));
const COLUMN_COUNT = IS_WIDE.length;
/** 32-bit words of an event: which columns have a value, then two for each. */
const EVENT_WORDS = 1 + 2 * COLUMN_COUNT;
const WORD_BYTES = 4;
/** In the place of the first word: a column holds what is no integer. No import writes that. */
const FOREIGN = -1;

/** What a value of another table is, as its first byte says. */
export const TAG = { null: 0, integer: 1, real: 2, text: 3, blob: 4 } as const;
/** Bytes of a value of another table, without those that follow a text or blob. */
export const VALUE_BYTES = 9;
const IS_BIG_ENDIAN = endianness() === "BE";

/** What better-sqlite3 reads with `safeIntegers`: a bigint is an INTEGER, a number a REAL. */
export type Stored = bigint | number | string | Buffer | null;

/** Makes the bytes of one batch of events after another. */
export class EventBytes {
  private words = new Int32Array(0);

  /** The rows that these events will be; the bytes are good until the next batch. */
  of(events: readonly TwinEvent[], recording: number): Uint8Array {
    const words = this.room(events.length);
    let at = 0;
    for (const event of events) {
      putEvent(words, at, stored(event), recording);
      at += EVENT_WORDS;
    }
    return bytesOf(words, at);
  }

  /** The rows that are stored; the same bytes. */
  ofRows(rows: readonly (readonly Stored[])[]): Uint8Array {
    const words = this.room(rows.length);
    let at = 0;
    for (const row of rows) {
      putRow(words, at, row);
      at += EVENT_WORDS;
    }
    return bytesOf(words, at);
  }

  /**
   * The same `rows` by their columns, in order: safe integers, or null. A wide column is two, its upper and its lower
   * halves, both signed.
   */
  ofColumns(rows: number, columns: readonly (readonly (number | null)[])[]): Uint8Array {
    const words = this.room(rows);
    const length = rows * EVENT_WORDS;
    words.fill(0, 0, length);
    let next = 0;
    for (let i = 0; i < COLUMN_COUNT; i++) {
      const values = columns[next++] ?? [];
      if (IS_WIDE[i] === true) putHalvesOf(words, i, values, columns[next++] ?? []);
      else putColumn(words, i, values);
    }
    return bytesOf(words, length);
  }

  private room(events: number): Int32Array {
    const length = events * EVENT_WORDS;
    if (this.words.length < length) this.words = new Int32Array(length);
    return this.words;
  }
}

function bytesOf(words: Int32Array, count: number): Uint8Array {
  const bytes = Buffer.from(words.buffer, 0, count * WORD_BYTES);
  return IS_BIG_ENDIAN ? bytes.swap32() : bytes;
}

function putEvent(words: Int32Array, at: number, e: StoredEvent, recording: number): void {
  const { words: halves } = e;
  const time = stampToInteger(e.billions, e.rest);
  // Bit i of the first word: column i has a value. seq to time_ns and kind always have.
  let present = 0b1001111;
  put(words, at + 1, e.seq);
  put(words, at + 3, recording);
  put(words, at + 5, e.line);
  if (typeof time === "number") put(words, at + 7, time);
  else putBigint(words, at + 7, time);
  present |= put(words, at + 9, e.cpu) << 4;
  present |= put(words, at + 11, e.task) << 5;
  put(words, at + 13, e.kind);
  present |= put(words, at + 15, e.vm) << 7;
  present |= put(words, at + 17, e.vcpu) << 8;
  present |= put(words, at + 19, e.segment) << 9;
  present |= put(words, at + 21, e.devid) << 10;
  present |= put(words, at + 23, e.irte_index) << 11;
  present |= put(words, at + 25, e.gsi) << 12;
  present |= put(words, at + 27, e.host_irq) << 13;
  present |= put(words, at + 29, e.cause) << 14;
  present |= put(words, at + 31, e.cause_seq) << 15;
  present |= putHalves(words, at + 33, halves > 0, e.loH, e.loL) << 16;
  present |= putHalves(words, at + 35, halves > 1, e.hiH, e.hiL) << 17;
  present |= put(words, at + 37, e.a) << 18;
  present |= put(words, at + 39, e.b) << 19;
  present |= put(words, at + 41, e.c) << 20;
  present |= put(words, at + 43, e.d) << 21;
  words[at] = present;
}

/** A safe integer, low half first, or zeros for NULL. Is there a value? */
function put(words: Int32Array, at: number, value: number | null): number {
  if (value === null) {
    words[at] = 0;
    words[at + 1] = 0;
    return 0;
  }
  const low = value | 0;
  words[at] = low;
  words[at + 1] = low === value ? low >> 31 : Math.floor(value / TWO_32);
  return 1;
}

function putHalves(
  words: Int32Array,
  at: number,
  isThere: boolean,
  high: number,
  low: number,
): number {
  words[at] = isThere ? low : 0;
  words[at + 1] = isThere ? high : 0;
  return isThere ? 1 : 0;
}

function putBigint(words: Int32Array, at: number, value: bigint): void {
  words[at] = Number(value & 0xffffffffn);
  words[at + 1] = Number(value >> 32n);
}

function putRow(words: Int32Array, at: number, row: readonly Stored[]): void {
  let present = 0;
  row.forEach((value, i) => {
    if (typeof value === "bigint") {
      putBigint(words, at + 1 + 2 * i, value);
      present |= 1 << i;
    } else {
      put(words, at + 1 + 2 * i, null);
      if (value !== null) present = FOREIGN;
    }
  });
  words[at] = present;
}

/** Puts column `i` of all rows into their words, which are 0. */
function putColumn(words: Int32Array, i: number, values: readonly (number | null)[]): void {
  let at = 0;
  for (const value of values) {
    if (value !== null) setPresent(words, at, put(words, at + 1 + 2 * i, value) << i);
    at += EVENT_WORDS;
  }
}

function putHalvesOf(
  words: Int32Array,
  i: number,
  highs: readonly (number | null)[],
  lows: readonly (number | null)[],
): void {
  let at = 0;
  highs.forEach((high, row) => {
    const place = at + 1 + 2 * i;
    setPresent(words, at, putHalves(words, place, high !== null, high ?? 0, lows[row] ?? 0) << i);
    at += EVENT_WORDS;
  });
}

function setPresent(words: Int32Array, at: number, bit: number): void {
  words[at] = (words[at] ?? 0) | bit;
}

/**
 * One value of another table: a tag, and eight bytes. `isText`: the blob is the bytes of a text.
 * Texts and blobs have their length there, and follow.
 */
export function bytesOfValue(value: Stored, isText = false): Buffer {
  const head = Buffer.alloc(VALUE_BYTES);
  if (value === null) return head;
  if (typeof value === "bigint") {
    head[0] = TAG.integer;
    head.writeBigInt64LE(value, 1);
    return head;
  }
  if (typeof value === "number") {
    head[0] = TAG.real;
    head.writeDoubleLE(value, 1);
    return head;
  }
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  head[0] = typeof value === "string" || isText ? TAG.text : TAG.blob;
  head.writeBigInt64LE(BigInt(bytes.length), 1);
  return Buffer.concat([head, bytes]);
}
