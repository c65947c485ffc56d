// The wall clock of a recording: its header tells both clocks at its start.

import { type RecordedCapture } from "../../../index.js";
import { nanosOf, wallTime, type Clock } from "./clock.js";
import { shiftOf } from "./time-zone.js";

const BILLION = 1_000_000_000n;
const DAY = 86_400n * BILLION;

/** How the trace clock becomes the wall clock. The header's two clocks are read one after the other, so it is good to some milliseconds. */
export interface Wall {
  /** The trace clock, with the rate that is needed. */
  readonly clock: Clock;
  /** Nanoseconds since 1970 at clock time 0. */
  readonly offset: bigint;
  /** The zone in which times are told: `UTC`, or an IANA name such as `Europe/Berlin`. */
  readonly zone: string;
}

/** What the header says of the clocks, as `info --json` has it. */
export type HeaderClocks = Pick<
  RecordedCapture,
  "clock" | "tsc_khz" | "start_wall" | "start_trace"
>;

/**
 * From what the header says; null = it does not tell it. `clock`: that of the recording, as the reader has it. `zone`: in
 * which times are told.
 */
export function wallOf(header: HeaderClocks, clock: Clock, zone = "UTC"): Wall | null {
  const wall = nanosOfSeconds(header.start_wall);
  const trace = header.start_trace;
  if (wall === null || trace === null || !NUMBER.test(trace)) return null;
  // The kernel prints seconds with a point where its clock counts nanoseconds, and else the counter.
  const isSeconds = trace.includes(".");
  if (isSeconds !== (clock.unit === "ns")) return null;
  const khz = /^\d{1,9}$/.exec(header.tsc_khz ?? "")?.[0];
  const isTsc = header.clock === "x86-tsc" && khz !== undefined;
  const hz = clock.hz ?? (isTsc ? Number(khz) * 1000 : null);
  if (clock.unit === "ticks" && hz === null) return null;
  const rated = { unit: clock.unit, hz };
  const at = isSeconds ? nanosOfSeconds(trace) : nanosOf(BigInt(trace), rated);
  return at === null ? null : { clock: rated, offset: wall - at, zone };
}

const NUMBER = /^\d+(?:\.\d+)?$/;

function nanosOfSeconds(text: string | null): bigint | null {
  if (text === null || !NUMBER.test(text)) return null;
  const [whole = "0", fraction = ""] = text.split(".");
  return BigInt(whole) * BILLION + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
}

/** A moment by the wall clock of the zone: `12:04:31.749621`. */
export function wallText(time: bigint, { clock, offset, zone }: Wall): string {
  const nanos = nanosOf(time, clock) + offset;
  return wallTime(time, clock, offset + shiftOf(zone, nanos));
}

/** The day of a moment in the zone: `2025-11-26`. */
export function wallDay(time: bigint, { clock, offset, zone }: Wall): string {
  const millis = Number((nanosOf(time, clock) + offset) / 1_000_000n);
  // The locale is the one that writes a date with its year first.
  return new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(millis);
}

/** The first moment not before `start` at which the wall clock shows a text such as `12:04:31.7`; null = it is none. */
export function readWall(
  text: string,
  start: bigint,
  { clock, offset, zone }: Wall,
): bigint | null {
  const [, hour, minute, second = "0", fraction = ""] =
    /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?$/.exec(text.replace(/\s/g, "")) ?? [];
  if (hour === undefined || minute === undefined) return null;
  const seconds = BigInt(hour) * 3600n + BigInt(minute) * 60n + BigInt(second);
  const ofDay = seconds * BILLION + BigInt(fraction.padEnd(9, "0"));
  if (ofDay >= DAY) return null;
  const began = nanosOf(start, clock) + offset;
  const shift = shiftOf(zone, began);
  const begin = began + shift;
  const today = begin - (begin % DAY) + ofDay;
  const wanted = today < begin ? today + DAY : today;
  // The clocks may be changed between.
  const nanos = wanted - shiftOf(zone, wanted - shift) - offset;
  return clock.hz === null
    ? nanos
    : (nanos * BigInt(Math.round(clock.hz)) + BILLION / 2n) / BILLION;
}
