// The `key=value` pairs of a probe's payload: `(symbol+off/size) vcpu=0xff.. kvm=0xff.. id=0`.
// Values as kernel/trace/trace_probe.c prints them: u and s types in decimal, x types as 0x and
// lower-case digits without leading zeros, `(fault)` where the fetch failed.

import { FIELD_NAMES, type FieldName } from "../../domain/amd/probes/probes.js";
import { BYTE, hashOf, nextHash } from "./bytes.js";

/** The place of a field in the arrays of `Fields`. */
export const FIELD: Readonly<Record<FieldName, number>> = Object.fromEntries(
  FIELD_NAMES.map((name, i) => [name, i]),
) as Record<FieldName, number>;

const HEX_DIGITS_MAX = 16;
const DECIMAL_DIGITS_MAX = 20;
const TWO_32 = 0x1_0000_0000;

/** By byte: what it is worth as a hexadecimal digit; -1 = it is none. */
const HEX_DIGITS: Int8Array = new Int8Array(256).map((_, byte) => {
  const digit = parseInt(String.fromCharCode(byte), 16);
  return Number.isNaN(digit) ? -1 : digit;
});

/** Key hash to field: open addressing, half empty at least. */
const SLOT_BITS = 8;
const SLOT_MASK = (1 << SLOT_BITS) - 1;
const SLOTS: readonly number[] = buildSlots();

/** A value was there but could not be read (`(fault)`): known to be present, unknown in value. */
const FAULT = 2;

/**
 * The fields of the line read last. Numbers are exact up to 2^53; `high` and `low` hold all 64 bits.
 * One object is reused for every line.
 */
export class Fields {
  private stamp = 0;
  private readonly seen = new Int32Array(FIELD_NAMES.length);
  private readonly state = new Uint8Array(FIELD_NAMES.length);
  private readonly numbers = new Float64Array(FIELD_NAMES.length);
  private readonly highs = new Int32Array(FIELD_NAMES.length);
  private readonly lows = new Int32Array(FIELD_NAMES.length);
  /** A key that is known had a value that is neither a number nor `(fault)`. */
  malformed = false;

  /** Reads all pairs in [start, end). */
  read(buffer: Uint8Array, start: number, end: number): void {
    this.begin();
    let at = start;
    // The probe's address, `(symbol+0x0/0x90 [module])`: skipped.
    if (buffer[at] === BYTE.openParen) {
      while (at < end && buffer[at] !== BYTE.closeParen) at++;
      at++;
    }
    while (at < end) {
      if (buffer[at] === BYTE.space) at++;
      else at = this.readPair(buffer, at, end);
    }
  }

  /** Begins a payload whose fields are put here one by one. */
  begin(): void {
    this.stamp++;
    this.malformed = false;
  }

  /** Puts the value of a field, as two halves of a word, here. */
  put(field: number, high: number, low: number, isSigned: boolean): void {
    this.seen[field] = this.stamp;
    this.state[field] = 1;
    this.highs[field] = high;
    this.lows[field] = low;
    this.numbers[field] = (isSigned ? high : high >>> 0) * TWO_32 + (low >>> 0);
  }

  /** The field is there, and its value could not be fetched. */
  putFault(field: number): void {
    this.seen[field] = this.stamp;
    this.state[field] = FAULT;
  }

  /** The field is there, and its value is neither a number nor `(fault)`. */
  putMalformed(field: number): void {
    this.putFault(field);
    this.malformed = true;
  }

  /** Does the line have the field? */
  has(field: number): boolean {
    return this.seen[field] === this.stamp && this.state[field] !== FAULT;
  }

  /** The field's value, or null where the line has none that is readable. */
  number(field: number): number | null {
    const value = this.numbers[field] ?? 0;
    return this.has(field) && Number.isSafeInteger(value) ? value : null;
  }

  /** Bits 63:32 of the field's value, as a signed integer. */
  high(field: number): number {
    return this.highs[field] ?? 0;
  }

  /** Bits 31:0 of the field's value, as a signed integer. */
  low(field: number): number {
    return this.lows[field] ?? 0;
  }

  private readPair(buffer: Uint8Array, start: number, end: number): number {
    let at = start;
    let hash = 0;
    let byte = 0;
    while (at < end && (byte = buffer[at] ?? 0) !== BYTE.equals && byte !== BYTE.space) {
      hash = nextHash(hash, byte);
      at++;
    }
    if (byte !== BYTE.equals || at >= end) return at;
    const field = fieldOf(hash, buffer, start, at);
    return field < 0 ? skipWord(buffer, at + 1, end) : this.readValue(field, buffer, at + 1, end);
  }

  private readValue(field: number, buffer: Uint8Array, start: number, end: number): number {
    this.seen[field] = this.stamp;
    this.state[field] = 1;
    const first = buffer[start] ?? BYTE.space;
    if (first === BYTE.openParen) {
      this.state[field] = FAULT;
      return skipWord(buffer, start, end);
    }
    const isHex = first === 0x30 && buffer[start + 1] === BYTE.lowerX && start + 1 < end;
    const at = isHex
      ? this.readHex(field, buffer, start + 2, end)
      : this.readDecimal(field, buffer, start, end);
    const next = at < end ? buffer[at] : BYTE.space;
    if (at < 0 || (next !== BYTE.space && next !== BYTE.comma)) {
      this.malformed = true;
      this.state[field] = FAULT;
      return skipWord(buffer, start, end);
    }
    return next === BYTE.comma ? at + 1 : at;
  }

  private readHex(field: number, buffer: Uint8Array, start: number, end: number): number {
    let high = 0;
    let low = 0;
    let at = start;
    for (; at < end; at++) {
      const digit = HEX_DIGITS[buffer[at] ?? 0] ?? -1;
      if (digit < 0) break;
      high = (high << 4) | (low >>> 28);
      low = (low << 4) | digit;
    }
    if (at === start || at - start > HEX_DIGITS_MAX) return -1;
    this.highs[field] = high;
    this.lows[field] = low;
    this.numbers[field] = (high >>> 0) * TWO_32 + (low >>> 0);
    return at;
  }

  private readDecimal(field: number, buffer: Uint8Array, start: number, end: number): number {
    const negative = buffer[start] === BYTE.dash;
    const digits = negative ? start + 1 : start;
    let value = 0;
    let at = digits;
    for (; at < end; at++) {
      const digit = (buffer[at] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at === digits || at - digits > DECIMAL_DIGITS_MAX) return -1;
    this.numbers[field] = negative ? -value : value;
    if (at - digits > 15) {
      const exact = BigInt(Buffer.from(buffer.subarray(digits, at)).toString("latin1"));
      if (exact >> (negative ? 63n : 64n) !== 0n && !(negative && exact === 1n << 63n)) return -1;
      const word = BigInt.asUintN(64, negative ? -exact : exact);
      this.highs[field] = Number(word >> 32n) | 0;
      this.lows[field] = Number(word & 0xffffffffn) | 0;
      return at;
    }
    const signed = negative ? -value : value;
    this.highs[field] = Math.floor(signed / TWO_32) | 0;
    this.lows[field] = signed | 0;
    return at;
  }
}

function skipWord(buffer: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && buffer[at] !== BYTE.space) at++;
  return at;
}

function isName(buffer: Uint8Array, start: number, end: number, name: string): boolean {
  if (end - start !== name.length) return false;
  for (let i = 0; i < name.length; i++) {
    if (buffer[start + i] !== name.charCodeAt(i)) return false;
  }
  return true;
}

function fieldOf(hash: number, buffer: Uint8Array, start: number, end: number): number {
  for (let slot = hash & SLOT_MASK; ; slot = (slot + 1) & SLOT_MASK) {
    const field = SLOTS[slot] ?? -1;
    if (field < 0 || isName(buffer, start, end, FIELD_NAMES[field] ?? "")) return field;
  }
}

function buildSlots(): number[] {
  const slots = new Array<number>(1 << SLOT_BITS).fill(-1);
  FIELD_NAMES.forEach((name, field) => {
    let slot = hashOf(name) & SLOT_MASK;
    while (slots[slot] !== -1) slot = (slot + 1) & SLOT_MASK;
    slots[slot] = field;
  });
  return slots;
}
