// The ticks of a ruler: round times at a readable distance.

import { unitsPerSecond, type Clock } from "./clock.js";
import { type Span } from "./url-state.js";

/** A tick of a ruler. */
export interface Tick {
  /** Its time in clock units. */
  readonly time: bigint;
  /** Its text: seconds, or ticks with their power of ten. */
  readonly text: string;
}

const STEPS = [1, 2, 5] as const;

/** How far ticks are apart, and what they count from. */
export interface RulerOptions {
  /** At most one tick in so many pixels. Absent = 92. */
  readonly distance?: number;
  /** Times count from here; those before it are negative. Absent = 0. */
  readonly origin?: bigint;
}

/** Pixels from an edge to another. */
export type Extent = readonly [from: number, to: number];

/** Can a text of so many pixels stand around a place: whole within the ruler, and under nothing that is taken? */
export function isFree(
  x: number,
  textWidth: number,
  width: number,
  taken: readonly Extent[],
): boolean {
  const [from, to] = [x - textWidth / 2, x + textWidth / 2];
  if (from < 0 || to > width) return false;
  return taken.every(([first, last]) => to < first || from > last);
}

/** About how wide the text of a tick is, in the ruler's font; thin spaces are narrow. */
export function tickWidth(text: string): number {
  const thin = text.split("\u2009").length - 1;
  return (text.length - thin) * 7 + thin * 3;
}

/** Ticks of a span at round times on a ruler of `width` pixels. */
export function ruler(
  view: Span,
  width: number,
  clock: Clock,
  { distance = 92, origin = 0n }: RulerOptions = {},
): readonly Tick[] {
  const rate = unitsPerSecond(clock);
  const unit = rate === null ? 1 : rate / 1e9;
  const least = (Number(view.length) / unit / Math.max(1, width)) * distance;
  const step = roundStep(least);
  const scale = BigInt(Math.round(unit * 1e6));
  const toUnits = (fine: bigint): bigint => origin + (fine * scale) / 1_000_000n;
  const first = ((view.start - origin) * 1_000_000n) / scale / step;
  const ticks: Tick[] = [];
  for (let n = first; ; n++) {
    const time = toUnits(n * step);
    if (time > view.start + view.length) return ticks;
    if (time >= view.start) ticks.push({ time, text: tickText(n * step, step, rate !== null) });
  }
}

/** The next of 1, 2, 5, 10, 20, ... that is at least as long. */
function roundStep(least: number): bigint {
  let power = 1;
  while (power * 10 < least) power *= 10;
  const step = STEPS.find((each) => each * power >= least) ?? 10;
  return BigInt(Math.max(1, step * power));
}

function tickText(amount: bigint, step: bigint, isNanos: boolean): string {
  if (amount < 0n) return `−${tickText(-amount, step, isNanos)}`;
  if (!isNanos) return String(amount).replace(/\B(?=(\d{3})+$)/g, "\u2009");
  const digits = Math.max(0, 9 - (String(step).length - 1));
  const whole = amount / 1_000_000_000n;
  if (digits === 0) return `${whole} s`;
  const fraction = String(amount % 1_000_000_000n).padStart(9, "0");
  return `${whole}.${fraction.slice(0, Math.max(2, digits)).replace(/(\d{3})(?=\d)/g, "$1\u2009")}`;
}
