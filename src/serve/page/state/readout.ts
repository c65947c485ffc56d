// Times in the zone that the reader chose.

import { computed } from "@preact/signals";
import { plainTime, readout, readTime, timeUnit } from "../pure/clock.js";
import { ruler, type Tick } from "../pure/ruler.js";
import { type Span } from "../pure/url-state.js";
import { readWall, wallText } from "../pure/wall.js";
import { clock, facts, limits } from "./data.js";
import { a } from "./moments.js";
import { url } from "./url.js";
import { wall } from "./wall.js";

/** What times count from: 0, or A. */
const origin = computed(() => (url.value.zone === "a" ? (a.value?.time ?? 0n) : 0n));

/** The wall clock, where it was chosen and the header has it. */
const shownWall = computed(() => (url.value.zone === "wall" ? wall.value : null));

/** A time as people read it, without its unit. */
export function timeText(time: bigint | string, digits = 6): string {
  const byWall = shownWall.value;
  if (byWall !== null) return wallText(BigInt(time), byWall);
  return signed(BigInt(time), (value) => readout(value, clock.value, digits));
}

/** A time as it is copied, by the trace clock or since A: no spaces. */
export function copyTime(time: bigint | string): string {
  return signed(BigInt(time), (value) => plainTime(value, clock.value));
}

/** The unit of times as people read them: `s`, `ticks`, `UTC` or `Europe/Berlin`. */
export const timeUnitText = computed(() => shownWall.value?.zone ?? timeUnit(clock.value));

/** The unit of times as they are copied: `s` or `ticks`. */
export const copyUnitText = computed(() => timeUnit(clock.value));

/** Ticks of a ruler in the zone that was chosen. */
export function rulerTicks(span: Span, width: number, distance: number): readonly Tick[] {
  const byWall = shownWall.value;
  if (byWall === null) return ruler(span, width, clock.value, { distance, origin: origin.value });
  const ticks = ruler(span, width, byWall.clock, { distance: Math.max(distance, WALL_WIDTH) });
  return ticks.map(({ time }) => ({ time, text: wallText(time, byWall) }));
}

/** Pixels between ticks that tell the wall clock. */
const WALL_WIDTH = 112;

/** The name of the zone: `trace clock, s`. */
export const zoneText = computed(
  () =>
    `${shownWall.value !== null ? "wall clock" : url.value.zone === "a" ? "since A" : "trace clock"}, ${timeUnitText.value}`,
);

/** What a reader typed as a time; null = it is none. */
export function typedTime(text: string): bigint | null {
  const byWall = shownWall.peek();
  const start = limits.peek()?.start ?? 0n;
  const told = byWall === null ? null : readWall(text, start, byWall);
  if (told !== null) return told;
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
  return `${copyTime(time)} ${copyUnitText.value} (@${seq}, ${facts.value?.file ?? ""}${where})`;
}
