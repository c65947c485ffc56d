// Format strings of the kernel: `vcpu %u, rip 0x%lx`. Source: lib/vsprintf.c.

import { cut, type Value } from "./operators.js";

/** A place in a format string where a value stands. */
export interface Conversion {
  /** The text in front of it. */
  readonly before: string;
  /** Flags and width, such as `#08`. */
  readonly flags: string;
  /** At most so many characters of a text, at least so many digits of a number; null = it is not said. */
  readonly precision: number | null;
  /** Bits of the number; 0 = it is no number. */
  readonly bits: number;
  /** `d`, `u`, `x`, `X`, `o`, `c`, `s` or `p`. */
  readonly letter: string;
}

/** A format string taken apart. */
export interface FormatString {
  /** Its conversions, in order. */
  readonly conversions: readonly Conversion[];
  /** The text behind the last one. */
  readonly after: string;
}

const CONVERSION =
  /%(?:%|([-+ #0]*\d*)(?:\.(\d+))?(hh|h|ll|l|L|z|j|t|q)?([diuxXocsp])([A-Za-z0-9]*))/g;
/** What may follow `%p` and belongs to it (Documentation/core-api/printk-formats.rst). */
const POINTER_WORDS = /^(?:[sS]R?b?|[fF]|B|K|x|I[46]\w*|M\w*|U\w*|d|D|h\w*|[a-z])?/;
/** No text is padded to more. */
const WIDTH_MAX = 256;

/** Takes a format string apart. */
export function formatStringOf(text: string): FormatString {
  const conversions: Conversion[] = [];
  let before = "";
  let at = 0;
  for (const match of text.matchAll(CONVERSION)) {
    const [whole, flags = "", precision, length = "", letter, rest = ""] = match;
    before += text.slice(at, match.index);
    at = match.index + whole.length;
    if (letter === undefined) {
      before += "%";
      continue;
    }
    // Only a pointer has letters behind it; those of others are text.
    at -= rest.length - (letter === "p" ? (POINTER_WORDS.exec(rest)?.[0] ?? "").length : 0);
    const isText = letter === "s" || letter === "p";
    conversions.push({
      before,
      flags,
      precision: precision === undefined ? null : Number(precision),
      bits: isText ? 0 : bitsOf(length),
      letter: letter === "i" ? "d" : letter,
    });
    before = "";
  }
  return { conversions, after: before + text.slice(at) };
}

function bitsOf(length: string): number {
  if (length === "hh") return 8;
  if (length === "h") return 16;
  return length === "" ? 32 : 64;
}

/** A value as a conversion prints it. What is not known is `?`. */
export function printed(conversion: Conversion, value: Value): string {
  const { flags, bits } = conversion;
  const text = textOf(conversion, value);
  if (flags === "") return text;
  const [, signs = "", digits = ""] = /^([-+ #0]*)(\d*)$/.exec(flags) ?? [];
  const width = Math.min(Number(digits), WIDTH_MAX);
  if (signs.includes("-")) return text.padEnd(width);
  if (!signs.includes("0") || bits === 0) return text.padStart(width);
  const front = /^(?:-|0[xX])/.exec(text)?.[0] ?? "";
  return front + text.slice(front.length).padStart(width - front.length, "0");
}

function textOf({ flags, precision, bits, letter }: Conversion, value: Value): string {
  if (value === null) return "?";
  if (typeof value === "string") return precision === null ? value : value.slice(0, precision);
  if (letter === "p") return hex(value, 64).padStart(16, "0");
  if (letter === "c") return String.fromCharCode(Number(BigInt.asUintN(8, value)));
  if (letter === "s") return "?";
  if (letter === "d") return String(cut(value, bits, true));
  const digits = unsignedText(letter, cut(value, bits, false)).padStart(precision ?? 0, "0");
  return flags.includes("#") && letter !== "u" && digits !== "0"
    ? `0${letter === "o" ? "" : letter}${digits}`
    : digits;
}

function unsignedText(letter: string, value: Value): string {
  const number = typeof value === "bigint" ? value : 0n;
  if (letter === "u") return number.toString();
  if (letter === "o") return number.toString(8);
  const digits = number.toString(16);
  return letter === "X" ? digits.toUpperCase() : digits;
}

function hex(value: bigint, bits: number): string {
  return BigInt.asUintN(bits, value).toString(16);
}
