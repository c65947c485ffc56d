// What the caller says of the clock, and the clock does not allow.

import { TwinError } from "../../base/errors.js";
import { type Sniffed } from "../../source/sniffed.js";
import { type Anchor } from "./anchor.js";

/** What the caller says of the clock. */
interface Clocked {
  readonly clockHz?: number | undefined;
  readonly anchor: Anchor | null;
}

/** Throws ERR_WHEN if the moment of a dump is in seconds, and the clock knows none. */
export function refuseSeconds({ anchor, clockHz }: Clocked, clockUnit: Sniffed["clockUnit"]): void {
  if (clockUnit === "ns" || clockHz !== undefined || anchor?.isInSeconds !== true) return;
  throw new TwinError(
    "ERR_WHEN",
    "`anchor.at` is in seconds, and this trace has a counter clock: write its ticks (such as 123456ns)",
  );
}

/** Throws ERR_USAGE if a frequency is given for a clock of seconds, or what is given is no frequency. */
export function refuseClock({ clockHz }: Clocked, clockUnit: Sniffed["clockUnit"]): void {
  if (clockHz !== undefined && !(Number.isSafeInteger(clockHz) && clockHz > 0))
    throw new TwinError("ERR_USAGE", `\`clockHz: ${clockHz}\` is no whole number of ticks from 1`);
  if (clockHz === undefined || clockUnit === "ticks") return;
  throw new TwinError(
    "ERR_USAGE",
    "`clockHz` is for counter clocks: this trace's times have a decimal point and are seconds",
  );
}
