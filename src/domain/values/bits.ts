// The bits of a table entry, and entries of which only some bits are known. Knows nothing of what the bits
// mean: that is the platform's.

/**
 * The 128 bits of an entry as four 32-bit integers (signed, as JS bit operators leave them): `loH:loL` holds
 * bits 63:0, `hiH:hiL` bits 127:64.
 */
export interface IrteBits {
  /** lo[63:32]. */
  readonly loH: number;
  /** lo[31:0]. */
  readonly loL: number;
  /** hi[63:32]. */
  readonly hiH: number;
  /** hi[31:0]. */
  readonly hiL: number;
}

/** The four words of an entry by name. */
export const WORDS = ["loH", "loL", "hiH", "hiL"] as const satisfies readonly (keyof IrteBits)[];

/** No bit is set. */
export const NO_BITS: IrteBits = { loH: 0, loL: 0, hiH: 0, hiL: 0 };

/** Every bit is set. */
export const ALL_BITS: IrteBits = { loH: -1, loL: -1, hiH: -1, hiL: -1 };

/** Are all 128 bits the same? */
export function sameBits(a: IrteBits, b: IrteBits): boolean {
  return a.loL === b.loL && a.loH === b.loH && a.hiL === b.hiL && a.hiH === b.hiH;
}

/** An entry whose words are what `word` says of each. */
export function mapWords(word: (name: keyof IrteBits) => number): IrteBits {
  return { loH: word("loH"), loL: word("loL"), hiH: word("hiH"), hiL: word("hiL") };
}

/**
 * An entry as far as it can be predicted: its bits, and which of them are known (1 = known). A bit that is
 * not known may be 0 or 1 in `bits`.
 */
export interface Predicted {
  /** The bits; one that is not known is 0. */
  readonly bits: IrteBits;
  /** 1 = the bit is known. */
  readonly known: IrteBits;
}

/** No bit is known. */
export const UNKNOWN_BITS: Predicted = { bits: NO_BITS, known: NO_BITS };

/** Every bit is known. */
export function exactly(bits: IrteBits): Predicted {
  return { bits, known: ALL_BITS };
}

/** Do the bits that are known agree with the bits that were seen? */
export function agrees({ bits, known }: Predicted, seen: IrteBits): boolean {
  return (
    ((bits.loL ^ seen.loL) & known.loL) === 0 &&
    ((bits.loH ^ seen.loH) & known.loH) === 0 &&
    ((bits.hiL ^ seen.hiL) & known.hiL) === 0 &&
    ((bits.hiH ^ seen.hiH) & known.hiH) === 0
  );
}

/** Are all 128 bits known? */
export function isComplete({ known }: Predicted): boolean {
  return (known.loL & known.loH & known.hiL & known.hiH) === -1;
}

/**
 * What both say: the entry is one of the two, and it is not known which. Bits that are not known are 0 in the
 * result, so that two equal results compare equal.
 */
export function either(a: Predicted, b: Predicted): Predicted {
  const word = (name: keyof IrteBits): number =>
    a.known[name] & b.known[name] & ~(a.bits[name] ^ b.bits[name]);
  return masked(a, mapWords(word));
}

/** The entry without the bits that `mask` does not have; those are 0 in the result. */
export function masked({ bits, known }: Predicted, mask: IrteBits): Predicted {
  const left = mapWords((name) => known[name] & mask[name]);
  return { bits: mapWords((name) => bits[name] & left[name]), known: left };
}

/** Do both say the same, with the unknown bits 0? */
export function samePartial(a: Predicted, b: Predicted): boolean {
  return sameBits(a.bits, b.bits) && sameBits(a.known, b.known);
}

/** How many of the 128 bits are known. */
export function knownBits({ known }: Predicted): number {
  return WORDS.reduce((sum, name) => sum + ones(known[name]), 0);
}

function ones(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}
