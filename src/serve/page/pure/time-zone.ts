// Time zones by their IANA names: by how much their clocks differ from UTC.

const MINUTE = 60_000_000_000n;
const QUARTER_MS = 900_000;

const formats = new Map<string, Intl.DateTimeFormat | null>();
/** Differences by zone and quarter of an hour: clocks are changed at none between. */
const shifts = new Map<string, bigint>();

/** Is it a zone that the browser knows? */
export function isTimeZone(name: string): boolean {
  return /^[A-Za-z][\w+-]*(?:\/[\w+-]+){0,2}$/.test(name) && formatOf(name) !== null;
}

/** The zone of the browser; null = it is UTC, or not told. */
export function ownTimeZone(): string | null {
  const name = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return name !== "UTC" && isTimeZone(name) ? name : null;
}

/** By how many nanoseconds the clocks of a zone are ahead of UTC. `nanos`: since 1970. */
export function shiftOf(zone: string, nanos: bigint): bigint {
  if (zone === "UTC") return 0n;
  const quarter = Math.floor(Number(nanos / 1_000_000n) / QUARTER_MS);
  const key = `${zone} ${quarter}`;
  const known = shifts.get(key);
  if (known !== undefined) return known;
  const shift = read(zone, quarter * QUARTER_MS);
  shifts.set(key, shift);
  return shift;
}

function read(zone: string, millis: number): bigint {
  const parts = formatOf(zone)?.formatToParts(millis) ?? [];
  const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign, hours, minutes] = /^GMT([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
  if (hours === undefined || minutes === undefined) return 0n;
  const shift = (BigInt(hours) * 60n + BigInt(minutes)) * MINUTE;
  return sign === "-" ? -shift : shift;
}

function formatOf(zone: string): Intl.DateTimeFormat | null {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  let made: Intl.DateTimeFormat | null = null;
  try {
    made = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" });
  } catch {
    // The browser knows no such zone.
  }
  formats.set(zone, made);
  return made;
}
