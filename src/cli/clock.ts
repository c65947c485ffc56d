// Times as text: as the trace prints them, so that they can be searched there.

import { formatTime, type Recording } from "../index.js";

type Unit = Recording["clockUnit"];

/** A time of a document, in its clock's unit. */
export function timeText(clockUnit: Unit, time: string): string {
  return formatTime({ clockUnit }, time);
}

/** The same, with its unit: `14.398618 s`, or `43995104702 ticks`. */
export function timeWithUnit(clockUnit: Unit, time: string): string {
  return `${timeText(clockUnit, time)} ${clockUnit === "ticks" ? "ticks" : "s"}`;
}
