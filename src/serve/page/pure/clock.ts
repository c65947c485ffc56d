// Times as people read them. A recording counts nanoseconds, or ticks of a counter whose rate may be unknown.

/** The clock of a recording. */
export interface Clock {
  /** What the recording counts. */
  readonly unit: "ns" | "ticks";
  /** Ticks a second of a counter; null = not known, or nanoseconds. */
  readonly hz: number | null;
}

const THIN = "\u2009";
const BILLION = 1_000_000_000n;

/** Units a second; null = the clock's rate is not known. */
export function unitsPerSecond(clock: Clock): number | null {
  return clock.unit === "ns" ? 1e9 : clock.hz;
}

/** A time in a readout: `15.749 621` seconds, or ticks in groups of three. */
export function readout(time: bigint, clock: Clock, digits = 6): string {
  return grouped(plainTime(time, clock, digits));
}

/** A time in a copy: `15.749621`, or the ticks, without spaces. */
export function plainTime(time: bigint, clock: Clock, digits = 6): string {
  if (unitsPerSecond(clock) === null) return String(time);
  const nanos = nanosOf(time, clock);
  const sign = nanos < 0n ? "-" : "";
  const whole = nanos < 0n ? -nanos : nanos;
  const fraction = String(whole % BILLION).padStart(9, "0");
  const cut = fraction.slice(0, digits);
  return `${sign}${whole / BILLION}${digits > 0 ? `.${cut}` : ""}`;
}

/** The unit of a readout: `s` or `ticks`. */
export function timeUnit(clock: Clock): string {
  return unitsPerSecond(clock) === null ? "ticks" : "s";
}

/** A time of the clock in nanoseconds; where the rate is not known, the ticks. */
export function nanosOf(time: bigint, clock: Clock): bigint {
  if (clock.unit === "ns" || clock.hz === null) return time;
  return (time * BILLION) / BigInt(Math.round(clock.hz));
}

/** A text that someone typed as a time: seconds where the clock has them, or whole units; null = neither. */
export function readTime(text: string, clock: Clock): bigint | null {
  const plain = text.replace(/\s/g, "");
  const units = /^(\d+)(?:ns|ticks)$/.exec(plain)?.[1];
  if (units !== undefined) return BigInt(units);
  const rate = unitsPerSecond(clock);
  if (rate === null) return /^\d+$/.test(plain) ? BigInt(plain) : null;
  const [, whole, fraction = ""] = /^(\d+)(?:\.(\d{1,9}))?s?$/.exec(plain) ?? [];
  if (whole === undefined) return null;
  const nanos = BigInt(whole) * BILLION + BigInt(fraction.padEnd(9, "0"));
  return clock.unit === "ns" ? nanos : (nanos * BigInt(Math.round(rate)) + BILLION / 2n) / BILLION;
}

/** A length of time in words of at most four digits: `257 ms`, `58.4 µs`, `1.24 M ticks`. */
export function duration(units: bigint | number, clock: Clock): string {
  const rate = unitsPerSecond(clock);
  const amount = Number(units);
  const size = Math.abs(amount);
  const sign = amount < 0 ? "−" : "";
  if (rate === null) return `${sign}${scaled(size, TICKS)}`;
  return `${sign}${scaled((size / rate) * 1e9, TIMES)}`;
}

/** The same with all its digits down to a microsecond: `257.223 ms`. */
export function exactDuration(units: bigint, clock: Clock): string {
  const rate = unitsPerSecond(clock);
  if (rate === null) return `${grouped(String(units))} ticks`;
  const micros = Number(nanosOf(units, clock)) / 1e3;
  const size = Math.abs(micros);
  if (size < 1e3) return `${micros.toFixed(3)} µs`;
  return size < 1e6 ? `${(micros / 1e3).toFixed(3)} ms` : `${(micros / 1e6).toFixed(6)} s`;
}

type Scale = readonly (readonly [from: number, unit: string])[];

const TIMES: Scale = [
  [1e9, "s"],
  [1e6, "ms"],
  [1e3, "µs"],
  [1, "ns"],
];

const TICKS: Scale = [
  [1e9, "G ticks"],
  [1e6, "M ticks"],
  [1e3, "k ticks"],
  [1, "ticks"],
];

function scaled(amount: number, scale: Scale): string {
  const [from, unit] = scale.find(([least]) => amount >= least) ?? [1, scale.at(-1)?.[1] ?? ""];
  return `${threeDigits(amount / from)} ${unit}`;
}

function threeDigits(value: number): string {
  if (Number.isInteger(value)) return String(value);
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Whole numbers with a thin space between groups of three. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, THIN);
}

/** Groups the digits of a time, those behind the point from the left. */
function grouped(text: string): string {
  const [whole = "", fraction] = text.split(".");
  const front = whole.replace(/\B(?=(\d{3})+$)/g, THIN);
  if (fraction === undefined) return front;
  return `${front}.${fraction.replace(/(\d{3})(?=\d)/g, `$1${THIN}`)}`;
}

/** Wall-clock time of a moment: UTC, `12:04:31.749621`. The anchor gives the wall clock in ns at clock time 0. */
export function wallTime(time: bigint, clock: Clock, offset: bigint): string {
  const nanos = nanosOf(time, clock) + offset;
  const seconds = nanos / BILLION;
  const part = (value: bigint): string => String(value).padStart(2, "0");
  const micros = String((nanos % BILLION) / 1000n).padStart(6, "0");
  return `${part((seconds / 3600n) % 24n)}:${part((seconds / 60n) % 60n)}:${part(seconds % 60n)}.${micros}`;
}
