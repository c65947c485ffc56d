// The ticks of a counter clock as nanoseconds.

import { TwinError } from "../../base/errors.js";
import { stampOf } from "../../base/stamp.js";
import { type Stamp } from "../../domain/values/ids.js";

/**
 * A stamp in ticks as one in nanoseconds, by a clock of `hz` ticks a second. Throws ERR_USAGE where the
 * result has more than 63 bits.
 */
export function toNanoseconds(stamp: Stamp, hz: number): Stamp {
  const ticks = BigInt(stamp.billions) * 1_000_000_000n + BigInt(stamp.rest);
  const ns = (ticks * 1_000_000_000n) / BigInt(hz);
  if (ns >= 1n << 63n) {
    throw new TwinError(
      "ERR_USAGE",
      `\`clockHz: ${hz}\` makes ${ticks} ticks more nanoseconds than 63 bits hold: is it ticks per second?`,
    );
  }
  return stampOf(ns);
}
