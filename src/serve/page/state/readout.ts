// Times in the zone that the reader chose.

import { computed } from "@preact/signals";
import { plainTime, readout, readTime, timeUnit, type Clock } from "../pure/clock.js";
import { clock, facts } from "./data.js";
import { a } from "./moments.js";
import { url } from "./url.js";

/** What times count from: 0, or A. */
const origin = computed(() => (url.value.zone === "a" ? (a.value?.time ?? 0n) : 0n));

/** A time as people read it, without its unit. */
export function timeText(time: bigint | string, digits = 6): string {
  return signed(BigInt(time), (value) => readout(value, clock.value, digits));
}

/** A time as it is copied: no spaces. */
export function copyTime(time: bigint | string): string {
  return signed(BigInt(time), (value) => plainTime(value, clock.value));
}

/** The unit of times: `s` or `ticks`. */
export const timeUnitText = computed(() => timeUnit(clock.value));

/** The name of the zone: `trace clock, s`. */
export const zoneText = computed(
  () => `${url.value.zone === "a" ? "since A" : "trace clock"}, ${timeUnitText.value}`,
);

/** What a reader typed as a time; null = it is none. */
export function typedTime(text: string): bigint | null {
  const sign = /^[+−-]/.exec(text.trim());
  const time = readTime(text.trim().replace(/^[+−-]/, ""), clock.peek());
  if (time === null) return null;
  return sign?.[0] === "−" || sign?.[0] === "-" ? origin.peek() - time : origin.peek() + time;
}

function signed(time: bigint, text: (value: bigint) => string): string {
  const from = origin.value;
  if (url.value.zone !== "a") return text(time);
  const value = time - from;
  return value < 0n ? `−${text(-value)}` : `+${text(value)}`;
}

/** Where a copied value comes from: `15.749621 s (@913, 6.17-x-uaf-crash.txt.gz line 2636)`. */
export function source(time: bigint | string, seq: number, line: number | null): string {
  const where = line === null ? "" : ` line ${line}`;
  return `${copyTime(time)} ${timeUnitText.value} (@${seq}, ${facts.value?.file ?? ""}${where})`;
}

/** The clock as it is now, for code that is no component. */
export function clockNow(): Clock {
  return clock.peek();
}
