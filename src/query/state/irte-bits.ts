// The 128 bits of an IRTE at a moment, field by field: what a bit diagram shows.

import { type DifferingField } from "../../domain/amd/irte/differing-fields.js";
import type Database from "better-sqlite3";
import { type Steps } from "../../base/steps.js";
import { highOf, lowOf } from "../../base/words.js";
import { type IrteName, type Seq } from "../../domain/values/ids.js";
import { type BitPiece } from "../../domain/values/bit-fields.js";
import { ALL_BITS, NO_BITS, type IrteBits, type Predicted } from "../../domain/values/bits.js";
import { platformOf } from "../../platforms/registry.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { type AtIrte } from "../document/document.js";
import { type Moment } from "../subject/when.js";
import { at } from "./at.js";

/** Neighbouring bits of an entry that are one field, or a part of one. */
export interface BitsOfField {
  /** The kernel's name of the field; `reserved` = bits that are no field. */
  readonly field: DifferingField;
  /** The highest bit, 0 to 127: 127 to 64 are `hi`. */
  readonly high: number;
  /** The lowest bit. */
  readonly low: number;
  /** What the number counts; null = it is a name or a code. */
  readonly unit: string | null;
  /** What the field says. */
  readonly meaning: string;
  /** The value of the whole field; null = not known. */
  readonly value: string | null;
  /** The bits of it that the last write changed, 0 to 127. */
  readonly flipped: readonly number[];
}

/** The bits of an IRTE at a moment. */
export interface IrteBitsDocument {
  /** Its name. */
  readonly irte: IrteName;
  /** The low 64 bits, `0x` and 16 digits; null = not all are known. */
  readonly lo: string | null;
  /** The high 64 bits, in the same form. */
  readonly hi: string | null;
  /** The event of the last write; null = none is known. */
  readonly since_seq: Seq | null;
  /** The fields, the highest bits first; none where the platform tells no layout. */
  readonly bits: readonly BitsOfField[];
}

/** The bits at a moment. Throws ERR_NAME where nothing in the recording has the IRTE. */
export function* irteBits(
  sqlite: Database.Database,
  recording: Recording,
  { seq }: Pick<Moment, "seq">,
  irte: IrteName,
): Steps<IrteBitsDocument> {
  function* entryAt(moment: number): Steps<AtIrte | undefined> {
    return (yield* at(sqlite, recording, { seq: moment }, { irte })).irtes[0];
  }
  const now = yield* entryAt(Math.max(seq, recording.firstSeq));
  yield;
  const since = now?.since_seq ?? null;
  const isFirst = since === null || since <= recording.firstSeq;
  const before = isFirst ? undefined : yield* entryAt(since - 1);
  const entry = knownBits(now);
  const flips = flippedBits(knownBits(before), entry);
  const fields = platformOf(recording).layoutOf?.(entry) ?? [];
  const bits = fields
    .flatMap(({ pieces, ...field }) =>
      pieces.map((piece) => {
        const [high, low] = placeOf(piece);
        // A platform's fields are those of its layout.
        const name = field.field as DifferingField;
        return {
          ...field,
          field: name,
          high,
          low,
          flipped: flips.filter((bit) => bit >= low && bit <= high),
        };
      }),
    )
    .sort((a, b) => b.high - a.high);
  return {
    irte: now?.irte ?? irte,
    lo: now?.lo ?? null,
    hi: now?.hi ?? null,
    since_seq: since,
    bits,
  };
}

/** What is known of an entry's bits. */
function knownBits(entry: AtIrte | undefined): Predicted {
  if (entry?.lo != null && entry.hi !== null)
    return { bits: bitsOf(entry.lo, entry.hi), known: ALL_BITS };
  if (entry?.bits === undefined || entry.known === undefined)
    return { bits: NO_BITS, known: NO_BITS };
  return {
    bits: bitsOf(entry.bits.lo, entry.bits.hi),
    known: bitsOf(entry.known.lo, entry.known.hi),
  };
}

function bitsOf(lo: string, hi: string): IrteBits {
  const [low, high] = [BigInt(lo), BigInt(hi)];
  return { loH: highOf(low), loL: lowOf(low), hiH: highOf(high), hiL: lowOf(high) };
}

/** Of each word the place of its lowest bit. */
const LOWEST = { loL: 0, loH: 32, hiL: 64, hiH: 96 } as const;

function placeOf({ word, shift, width }: BitPiece): readonly [high: number, low: number] {
  const low = LOWEST[word] + shift;
  return [low + width - 1, low];
}

/** The bits that are known before and after, and differ. */
function flippedBits(before: Predicted, after: Predicted): readonly number[] {
  const flips: number[] = [];
  for (const [word, lowest] of Object.entries(LOWEST) as [keyof IrteBits, number][]) {
    const known = before.known[word] & after.known[word];
    const differs = (before.bits[word] ^ after.bits[word]) & known;
    for (let bit = 0; bit < 32; bit++) if ((differs >>> bit) & 1) flips.push(lowest + bit);
  }
  return flips;
}
