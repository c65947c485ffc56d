// The fields of an IRTE in the document of `at`: of bits that are all known, or of which some are.

import { hex64 } from "../../base/words.js";
import { UNKNOWN_BITS, exactly, type IrteBits, type Predicted } from "../../domain/values/bits.js";
import { type EntryFields, type Platform } from "../../domain/platform/platform.js";
import { type AtIrte } from "../document/document.js";

type Fields = EntryFields & Pick<AtIrte, "lo" | "hi" | "bits" | "known">;

/** What a document says of an entry, and where that comes from. */
export interface ToldIrte {
  /** The bits, if the GA tag in them can be read; null = it cannot. */
  readonly tagged: IrteBits | null;
  /** The fields that the bits say. */
  readonly fields: Fields;
  /** Where they come from, and since when they are so. */
  readonly origin: Pick<AtIrte, "source" | "since_seq" | "since_ns" | "cause" | "shadow">;
}

/** The fields of an observed entry; null = not observed. */
export function observedFields(platform: Platform, bits: IrteBits | null): Fields {
  const words =
    bits === null
      ? { lo: null, hi: null }
      : { lo: hex64(bits.loH, bits.loL), hi: hex64(bits.hiH, bits.hiL) };
  return { ...words, ...platform.describe(bits === null ? UNKNOWN_BITS : exactly(bits)) };
}

/** The fields of a predicted entry whose bits are all known; the others null. */
export function predictedFields(platform: Platform, state: Predicted): Fields {
  const { bits, known } = state;
  const lo = hex64(bits.loH, bits.loL);
  const hi = hex64(bits.hiH, bits.hiL);
  const isKnown = (high: number, low: number): boolean => high === -1 && low === -1;
  return {
    lo: isKnown(known.loH, known.loL) ? lo : null,
    hi: isKnown(known.hiH, known.hiL) ? hi : null,
    ...platform.describe(state),
    bits: { lo, hi },
    known: { lo: hex64(known.loH, known.loL), hi: hex64(known.hiH, known.hiL) },
  };
}
