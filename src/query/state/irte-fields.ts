// The fields of an IRTE in the document of `at`: of bits that are all known, or of which some are.

import { hex64 } from "../../base/words.js";
import {
  destinationOf,
  gaRootPtrOf,
  irteMode,
  isGuestMode,
  type IrteBits,
} from "../../domain/amd/irte.js";
import { type Predicted } from "../../domain/amd/iommu-driver.js";
import { isPosted, partialMode } from "../../domain/amd/known-bits.js";
import { type AtIrte } from "./document.js";

type Fields = Pick<
  AtIrte,
  | "lo"
  | "hi"
  | "mode"
  | "valid"
  | "vector"
  | "is_run"
  | "ga_log_intr"
  | "destination"
  | "ga_tag"
  | "ga_root_ptr"
  | "bits"
  | "known"
>;

/** What a document says of an entry, and where that comes from. */
export interface ToldIrte {
  /** The bits, if the GA tag in them can be read; null = it cannot. */
  readonly tagged: IrteBits | null;
  readonly fields: Fields;
  readonly origin: Pick<AtIrte, "source" | "since_seq" | "since_ns" | "cause" | "shadow">;
}

/** The fields of an observed entry; all null if its bits are not known. */
export function observedFields(bits: IrteBits | null): Fields {
  if (bits === null) {
    return {
      lo: null,
      hi: null,
      mode: "unknown",
      valid: null,
      vector: null,
      is_run: null,
      ga_log_intr: null,
      destination: null,
      ga_tag: null,
      ga_root_ptr: null,
    };
  }
  const posted = isGuestMode(bits);
  return {
    lo: hex64(bits.loH, bits.loL),
    hi: hex64(bits.hiH, bits.hiL),
    mode: irteMode(bits),
    valid: (bits.loL & 1) !== 0,
    vector: bits.hiL & 0xff,
    is_run: posted && (bits.loL & 0x40) !== 0,
    ga_log_intr: posted && (bits.loL & 0x04) !== 0,
    destination: destinationOf(bits),
    ga_tag: bits.loH >>> 0,
    ga_root_ptr: `0x${gaRootPtrOf(bits).toString(16)}`,
  };
}

/** The fields of a predicted entry: null if one of the bits of a field is not known. */
export function partialFields(state: Predicted): Fields {
  const { bits, known } = state;
  const posted = isPosted(state);
  const has = (word: keyof IrteBits, mask: number): boolean => (known[word] & mask) === mask;
  const when = <Value>(isKnown: boolean, value: Value): Value | null => (isKnown ? value : null);
  const flag = (mask: number): boolean | null =>
    posted === true ? when(has("loL", mask), (bits.loL & mask) !== 0) : posted;
  const lo = hex64(bits.loH, bits.loL);
  const hi = hex64(bits.hiH, bits.hiL);
  return {
    lo: when(has("loH", -1) && has("loL", -1), lo),
    hi: when(has("hiH", -1) && has("hiL", -1), hi),
    mode: partialMode(state),
    valid: when(has("loL", 1), (bits.loL & 1) !== 0),
    vector: when(has("hiL", 0xff), bits.hiL & 0xff),
    is_run: flag(0x40),
    ga_log_intr: flag(0x04),
    destination: when(
      has("loL", 0xffff_ff00 | 0) && has("hiH", 0xff00_0000 | 0),
      destinationOf(bits),
    ),
    ga_tag: when(has("loH", -1), bits.loH >>> 0),
    ga_root_ptr: when(
      has("hiH", 0xf_ffff) && has("hiL", 0xffff_f000 | 0),
      `0x${gaRootPtrOf(bits).toString(16)}`,
    ),
    bits: { lo, hi },
    known: { lo: hex64(known.loH, known.loL), hi: hex64(known.hiH, known.hiL) },
  };
}
