// The clock of a recording: which one it is, where it stands, and whether it runs backwards.

import { type Stamp } from "../domain/values/ids.js";
import { type ClockAccount, type ClockOptions } from "../source/reader.js";
import { toNanoseconds } from "./text/counter-clock.js";
import { type Line } from "./text/line.js";

/** Follows the time stamps of the lines. */
export class Clock implements ClockAccount {
  /** Lines whose time is before that of the line above. */
  anomalies = 0;
  /** The number of the first of them; null = none. */
  firstAnomaly: number | null = null;
  /** The time stamp of the first line; null while there is none. */
  first: Stamp | null = null;
  /** The last line is stamped before the line above it. */
  stepsBack = false;
  private isCounter: boolean | null;
  private readonly clockHz: number | undefined;
  private billions = 0;
  private rest = 0;

  /** `isCounter`: stamps are ticks; `clockHz`: they are converted to nanoseconds by it. */
  constructor({ isCounter, clockHz }: ClockOptions) {
    this.isCounter = isCounter;
    this.clockHz = clockHz;
  }

  /** The time stamp of the last line; 0 while there is none. */
  get last(): Stamp {
    return { billions: this.billions, rest: this.rest };
  }

  /** Takes a line's time stamp, and makes it nanoseconds where that is asked for. Why not, or null. */
  accept(line: Line, lineNumber: number): string | null {
    if (this.isCounter !== null && line.isCounter !== this.isCounter) return otherClock(line);
    this.isCounter ??= line.isCounter;
    if (!fitsInt64(line)) return "the time stamp is beyond 63 bits";
    if (this.clockHz !== undefined) Object.assign(line, toNanoseconds(line, this.clockHz));
    this.follow(line, lineNumber);
    return null;
  }

  private follow({ billions, rest }: Line, lineNumber: number): void {
    this.first ??= { billions, rest };
    this.stepsBack = billions < this.billions || (billions === this.billions && rest < this.rest);
    if (this.stepsBack) {
      this.anomalies++;
      this.firstAnomaly ??= lineNumber;
    }
    this.billions = billions;
    this.rest = rest;
  }
}

function otherClock({ isCounter }: Line): string {
  const has = isCounter ? "no decimal point" : "a decimal point";
  return `the time stamp has ${has}, unlike the first line's: another clock`;
}

/** SQLite's integers end at 2^63 - 1. */
function fitsInt64({ billions, rest }: Stamp): boolean {
  return billions < 9_223_372_036 || (billions === 9_223_372_036 && rest <= 854_775_807);
}
