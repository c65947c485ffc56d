// Counter clocks: ticks to nanoseconds, where the user says how many ticks a second has.

import { TwinError } from "../../base/errors.js";
import { stampOf, stampToBigint, ticksToNanoseconds, type Stamp } from "../../base/stamp.js";
import { type ReadBatch } from "../../ftrace/reader.js";

/**
 * A time stamp of ticks as one of nanoseconds, rounded down. Throws ERR_USAGE if that is more than 63 bits
 * hold.
 */
export function toNanoseconds(stamp: Stamp, hz: number): Stamp {
  const ticks = stampToBigint(stamp);
  const ns = ticksToNanoseconds(ticks, hz);
  if (ns >= 1n << 63n) {
    throw new TwinError(
      "ERR_USAGE",
      `--clock-hz ${hz} makes ${ticks} ticks more nanoseconds than 63 bits hold: is it ticks per second?`,
    );
  }
  return stampOf(ns);
}

/** Changes the time stamps of a batch from ticks to nanoseconds, in place. Throws ERR_USAGE. */
export function convertClock({ events, gaps }: ReadBatch, hz: number): void {
  const convert = (stamp: Stamp): void => {
    Object.assign(stamp, toNanoseconds(stamp, hz));
  };
  for (const event of events) convert(event);
  for (const { from, to } of gaps) {
    if (from !== null) convert(from);
    convert(to);
  }
}
