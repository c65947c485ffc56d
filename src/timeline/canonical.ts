// Rows as bytes that depend on their values alone: what the chain hashes (chain.ts). A value is a tag
// and eight bytes, little-endian; text and blobs follow with their bytes.

import { type TwinEvent } from "../domain/event.js";

/** The columns of `event` in the order in which they are hashed. */
export const EVENT_COLUMNS =
  "seq recording_id line time_ns cpu task kind vm vcpu segment devid irte_index gsi host_irq " +
  "cause cause_seq lo hi a b c d";

const TAG = { null: 0, integer: 1, real: 2, text: 3, blob: 4 } as const;
const VALUE_BYTES = 9;
const EVENT_BYTES = VALUE_BYTES * EVENT_COLUMNS.split(" ").length;
const TWO_32 = 0x1_0000_0000;
const TEN_9 = 1_000_000_000;
/** Times below this many billions are exact as a JS number (2^53 / 10^9). */
const EXACT_BILLIONS = 9_007_199;

/** What better-sqlite3 reads with `safeIntegers`: a bigint is an INTEGER, a number a REAL. */
export type Stored = bigint | number | string | Buffer | null;

/** Writes values one after the other into a buffer of zeros. */
class Cursor {
  private readonly view: DataView;
  private at = 0;

  constructor(bytes: Buffer) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** A safe integer or NULL. */
  integer(value: number | null): void {
    if (value === null) this.at += VALUE_BYTES;
    else if ((value | 0) === value) this.word(value >> 31, value);
    else this.word(Math.floor(value / TWO_32), value);
  }

  /** A 64-bit integer from two 32-bit halves. */
  word(high: number, low: number): void {
    const { view, at } = this;
    view.setUint8(at, TAG.integer);
    view.setInt32(at + 1, low, true);
    view.setInt32(at + 5, high, true);
    this.at = at + VALUE_BYTES;
  }

  stamp(billions: number, rest: number): void {
    if (billions < EXACT_BILLIONS) {
      this.integer(billions * TEN_9 + rest);
      return;
    }
    const value = BigInt(billions) * 1_000_000_000n + BigInt(rest);
    this.word(Number(value >> 32n), Number(value & 0xffffffffn));
  }
}

/** The events of a batch, as their rows will be stored. */
export function bytesOfEvents(events: readonly TwinEvent[], recording: number): Buffer {
  const bytes = Buffer.alloc(EVENT_BYTES * events.length);
  const cursor = new Cursor(bytes);
  for (const event of events) putEvent(cursor, event, recording);
  return bytes;
}

function putEvent(cursor: Cursor, e: TwinEvent, recording: number): void {
  cursor.integer(e.seq);
  cursor.integer(recording);
  cursor.integer(e.line);
  cursor.stamp(e.billions, e.rest);
  cursor.integer(e.cpu);
  cursor.integer(e.task);
  cursor.integer(e.kind);
  cursor.integer(e.vm);
  cursor.integer(e.vcpu);
  cursor.integer(e.segment);
  cursor.integer(e.devid);
  cursor.integer(e.irte_index);
  cursor.integer(e.gsi);
  cursor.integer(e.host_irq);
  cursor.integer(e.cause);
  cursor.integer(e.cause_seq);
  if (e.words > 0) cursor.word(e.loH, e.loL);
  else cursor.integer(null);
  if (e.words > 1) cursor.word(e.hiH, e.hiL);
  else cursor.integer(null);
  cursor.integer(e.a);
  cursor.integer(e.b);
  cursor.integer(e.c);
  cursor.integer(e.d);
}

/** One value as SQLite gives it back. `isText`: the blob is the bytes of a text. */
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

/** The rows of `event`, read with `safeIntegers`; the same bytes as `bytesOfEvents` made of them. */
export function bytesOfRows(rows: readonly (readonly Stored[])[]): Buffer {
  const bytes = Buffer.alloc(EVENT_BYTES * rows.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  for (const row of rows) {
    for (const value of row) {
      if (typeof value === "bigint") {
        view.setUint8(at, TAG.integer);
        view.setBigInt64(at + 1, value, true);
      } else if (value !== null) {
        // No column of an event is anything else: whatever stands there is another history.
        return Buffer.concat(rows.flat().map((each) => bytesOfValue(each)));
      }
      at += VALUE_BYTES;
    }
  }
  return bytes;
}
