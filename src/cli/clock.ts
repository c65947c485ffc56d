// Times as text: as the trace prints them, so that they can be searched there.

import { formatTime, type RecordingFacts } from "../index.js";

type Unit = RecordingFacts["clock_unit"];

/** A time of a document, in its clock's unit. */
export function timeText(clock_unit: Unit, time: string): string {
  return formatTime({ clock_unit }, time);
}

/** The same, with its unit: `14.398618 s`, or `43995104702 ticks`. */
export function timeWithUnit(clock_unit: Unit, time: string): string {
  return `${timeText(clock_unit, time)} ${clock_unit === "ticks" ? "ticks" : "s"}`;
}
