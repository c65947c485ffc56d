// The stamps of a file that is joined, put into the clock of the first one.

import { TwinError } from "../../base/errors.js";
import { stampOf, stampToBigint } from "../../base/stamp.js";
import { type Stamp } from "../../domain/values/ids.js";
import { type LineScanner } from "../../source/line-order.js";
import { stampIn, type JoinPart } from "./join-part.js";

/** The digits behind the point of a second in nanoseconds. */
const NS_DIGITS = 9;
const OFFSET = /^([+-]?)(\d{1,19})(?:\.(\d{1,9}))?(ns|s)?$/;
/** No clock runs longer: its stamps have 63 bits. */
const OFFSET_MAX = 2n ** 63n - 1n;

/**
 * Reads a difference of clocks: seconds, or with `ns` nanoseconds, which are ticks of a counter clock. Throws ERR_USAGE for
 * anything else, and for seconds of a counter clock.
 */
export function offsetOf(text: string, unit: "ns" | "ticks" | null): bigint {
  const [, sign, whole = "", fraction = "", suffix = "s"] = OFFSET.exec(text) ?? [];
  const isSeconds = suffix === "s";
  if (whole === "" || (!isSeconds && fraction !== ""))
    throw new TwinError(
      "ERR_USAGE",
      `\`offset: ${text}\` is no difference of clocks: write seconds (-12.5) or nanoseconds (-12500000000ns)`,
    );
  if (isSeconds && unit === "ticks")
    throw new TwinError(
      "ERR_USAGE",
      `\`offset: ${text}\` is in seconds, and the stamps count ticks: write ticks (500ns)`,
    );
  const size = isSeconds ? BigInt(whole + fraction.padEnd(NS_DIGITS, "0")) : BigInt(whole);
  if (size > OFFSET_MAX)
    throw new TwinError(
      "ERR_USAGE",
      `\`offset: ${text}\` is longer than any clock runs: 2^63 - 1 ns`,
    );
  return sign === "-" ? -size : size;
}

/** A stamp that is so much earlier; null = none is. */
function earlier(stamp: Stamp, by: bigint): Stamp | null {
  const moved = stampToBigint(stamp) - by;
  return moved < 0n ? null : stampOf(moved);
}

/** The text of a stamp, so much earlier, with as many digits; null = it would need more of them, or would be negative. */
function earlierText(text: string, by: bigint): string | null {
  const [whole = "", fraction = null] = text.split(".");
  const digits = fraction?.length ?? NS_DIGITS;
  const unit = 10n ** BigInt(NS_DIGITS - digits);
  if (by % unit !== 0n) return null;
  const moved = BigInt(whole + (fraction ?? "")) - by / unit;
  if (moved < 0n) return null;
  if (fraction === null) return String(moved);
  const padded = String(moved).padStart(digits + 1, "0");
  return `${padded.slice(0, -digits)}.${padded.slice(-digits)}`;
}

/** A line of a part, with the clock of the first file, and its time; null = it is no event's. */
export interface TimedLine {
  /** The line. */
  readonly line: string;
  /** Its time. */
  readonly stamp: Stamp | null;
}

/** A line of a part as the first file's clock would have stamped it. Throws ERR_JOIN where it cannot be told. */
export function timed(part: JoinPart, scanner: LineScanner, line: string): TimedLine {
  const stamp = stampIn(scanner, line);
  const { ahead, path } = part;
  if (ahead === 0n) return { line, stamp };
  if (stamp === null && line.endsWith("\n")) return { line, stamp };
  const text = stamp === null ? null : earlierText(scanner.stampText, ahead);
  const moved = stamp === null ? null : earlier(stamp, ahead);
  if (text !== null && moved !== null)
    return { line: restamped(line, scanner.stampText, text), stamp: moved };
  throw new TwinError(
    "ERR_JOIN",
    stamp === null
      ? `${path} ends within a line, and its stamps have to be changed: cut it at the end of a line`
      : `the stamp ${scanner.stampText} of ${path} cannot be ${ahead} ns (or ticks) earlier: it has too few digits, or the clock of the first file had not begun; name another file first`,
  );
}

/** The stamp is right-aligned, as the kernel prints it. */
function restamped(line: string, from: string, to: string): string {
  const at = line.indexOf(`${from}:`);
  const spaces = /^ */.exec(line.slice(0, at).split("").reverse().join(""))?.[0].length ?? 0;
  const missing = from.length - to.length;
  const front = line.slice(0, missing < 0 ? at - Math.min(-missing, Math.max(0, spaces - 1)) : at);
  return front + " ".repeat(Math.max(0, missing)) + to + line.slice(at + from.length);
}

/** The part with the clock of the first file, which it is so much ahead of. */
export function withClock(part: JoinPart, ahead: bigint): JoinPart {
  if (ahead === 0n) return part;
  const shifted = { ...part, ahead };
  const scanner = part.newScanner();
  const { line, stamp } = timed(shifted, scanner, part.firstLine);
  const last = earlier(part.last, ahead);
  return { ...shifted, firstLine: line, first: stamp ?? part.first, last: last ?? part.last };
}
