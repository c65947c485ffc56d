// Fields of a 128-bit table entry: from a table of words, shifts and widths to functions that read and write
// them. The tables are the platforms'; nothing else shifts or masks.

import { ALL_BITS, NO_BITS, type IrteBits, type Predicted } from "./bits.js";

/** Neighbouring bits of one 32-bit word. */
export interface BitPiece {
  /** The word. */
  readonly word: keyof IrteBits;
  /** The lowest bit, 0 to 31. */
  readonly shift: number;
  /** Bits, 1 to 32. */
  readonly width: number;
  /** 1 for each bit, as if it began at bit 0. */
  readonly lowMask: number;
  /** How many values it can have. */
  readonly values: number;
}

/** A field of at most 53 bits. */
export interface BitField {
  /** Where its bits stand, the lowest first. */
  readonly pieces: readonly BitPiece[];
  /** The field's value, unsigned. */
  readonly read: (bits: IrteBits) => number;
  /** Is any bit of the field set? */
  readonly isSet: (bits: IrteBits) => boolean;
  /** 1 for each bit of the field. */
  readonly mask: IrteBits;
}

/** `loL[7:4]` is bits 7 to 4 of the word loL; a field of several pieces names the lowest first. */
export function bitField(text: string): BitField {
  const pieces = text.split(" ").map(pieceOf);
  return { pieces, read: readerOf(pieces), isSet: testOf(pieces), mask: maskOf(pieces) };
}

function pieceOf(text: string): BitPiece {
  const [, word = "", high = "", low = high] =
    /^(loH|loL|hiH|hiL)\[(\d+)(?::(\d+))?\]$/.exec(text) ?? [];
  const width = Number(high) - Number(low) + 1;
  if (word === "" || width < 1) throw new RangeError(`${text} names no bits of a word`);
  const lowMask = width === 32 ? -1 : (1 << width) - 1;
  return { word: word as keyof IrteBits, shift: Number(low), width, lowMask, values: 2 ** width };
}

type Read = (bits: IrteBits) => number;

/** One function for each word: the engine then knows which property is read. */
function pieceReader({ word, shift, lowMask: mask }: BitPiece): Read {
  switch (word) {
    case "loH":
      return ({ loH }) => ((loH >>> shift) & mask) >>> 0;
    case "loL":
      return ({ loL }) => ((loL >>> shift) & mask) >>> 0;
    case "hiH":
      return ({ hiH }) => ((hiH >>> shift) & mask) >>> 0;
    case "hiL":
      return ({ hiL }) => ((hiL >>> shift) & mask) >>> 0;
  }
}

function readerOf([low, high, ...more]: readonly BitPiece[]): Read {
  if (low === undefined || more.length > 0) throw new RangeError("a field has one or two pieces");
  const readLow = pieceReader(low);
  if (high === undefined) return readLow;
  const readHigh = pieceReader(high);
  const { values } = low;
  return (bits) => readHigh(bits) * values + readLow(bits);
}

function testOf(pieces: readonly BitPiece[]): (bits: IrteBits) => boolean {
  const read = readerOf(pieces);
  return (bits) => read(bits) !== 0;
}

function maskOf(pieces: readonly BitPiece[]): IrteBits {
  const mask = { ...NO_BITS };
  for (const { word, shift, lowMask } of pieces) mask[word] |= lowMask << shift;
  return mask;
}

/** The bits that any of the fields has. */
export function maskOfAll(fields: readonly BitField[]): IrteBits {
  const mask = { ...NO_BITS };
  for (const field of fields) {
    mask.loH |= field.mask.loH;
    mask.loL |= field.mask.loL;
    mask.hiH |= field.mask.hiH;
    mask.hiL |= field.mask.hiL;
  }
  return mask;
}

/** The bits that `mask` does not have. */
export function inverted({ loH, loL, hiH, hiL }: IrteBits): IrteBits {
  return { loH: ~loH, loL: ~loL, hiH: ~hiH, hiL: ~hiL };
}

/** Does `known` have every bit of the field? */
export function hasField(known: IrteBits, { mask }: BitField): boolean {
  return (
    (known.loL & mask.loL) === mask.loL &&
    (known.loH & mask.loH) === mask.loH &&
    (known.hiL & mask.hiL) === mask.hiL &&
    (known.hiH & mask.hiH) === mask.hiH
  );
}

/** An entry under construction: field by field, each known or not. */
export class EntryDraft {
  /** The bits; one that is not known is 0. */
  readonly bits: { -readonly [Word in keyof IrteBits]: number };
  /** 1 = the bit is known. */
  readonly known: { -readonly [Word in keyof IrteBits]: number };

  /** Begins with bits that are all known. */
  constructor({ loH, loL, hiH, hiL }: IrteBits) {
    this.bits = { loH, loL, hiH, hiL };
    this.known = { ...ALL_BITS };
  }

  /** Sets a field; null = its value is not known. A value that is too wide is cut. */
  set({ pieces, mask }: BitField, value: number | null): this {
    const { bits, known } = this;
    let rest = value ?? 0;
    for (const { word, shift, lowMask, values } of pieces) {
      bits[word] = (bits[word] & ~mask[word]) | ((rest & lowMask) << shift);
      known[word] = value === null ? known[word] & ~mask[word] : known[word] | mask[word];
      rest = Math.floor(rest / values);
    }
    return this;
  }

  /** The same for a field of one bit. */
  setFlag(field: BitField, flag: boolean | null): this {
    return this.set(field, flag === null ? null : flag ? 1 : 0);
  }

  /** What it is so far. The draft must not be used any more. */
  done(): Predicted {
    return this;
  }
}
