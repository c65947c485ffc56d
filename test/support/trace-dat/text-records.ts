// The lines of an ftrace text, taken apart for those who make a binary recording of them.

/** A line with an event. */
export interface TextRecord {
  readonly comm: string;
  readonly pid: number;
  readonly cpu: number;
  /** The bits of common_flags. */
  readonly flags: number;
  readonly preempt: number;
  /** Nanoseconds, or ticks. */
  readonly time: bigint;
  readonly name: string;
  readonly payload: string;
  /** Events that the CPU lost before it; null = none. */
  readonly lost: number | "unknown" | null;
}

const LINE = /^ *(.{1,16}?)-(\d+) +\[(\d+)\] (?:(\S{4,5}) +| +)(\d+)(?:\.(\d{6,9}))?: (\w+): (.*)$/;
const LOST = /^CPU:(\d+) \[LOST (?:(\d+) )?EVENTS\]$/;

const IRQS_OFF = 0x01;
const CONTEXT: Readonly<Record<string, number>> = { h: 0x08, s: 0x10, H: 0x18, z: 0x40, Z: 0x48 };

/** The events of a text, in the order of its lines. */
export function textRecords(text: string): TextRecord[] {
  const lost = new Map<number, number | "unknown">();
  const records: TextRecord[] = [];
  let last = -1n;
  for (const line of text.split("\n")) {
    const [, of, count] = LOST.exec(line) ?? [];
    if (of !== undefined) lost.set(Number(of), count === undefined ? "unknown" : Number(count));
    const record = recordIn(line, last);
    if (record === null) continue;
    records.push({ ...record, lost: lost.get(record.cpu) ?? null });
    lost.delete(record.cpu);
    last = record.time;
  }
  return records;
}

function recordIn(line: string, last: bigint): Omit<TextRecord, "lost"> | null {
  const match = LINE.exec(line);
  if (match === null) return null;
  const [, comm = "", pid, cpu, flags = "", whole = "", fraction, name = "", payload = ""] = match;
  const printed = timeOf(whole, fraction);
  return {
    comm,
    pid: Number(pid),
    cpu: Number(cpu),
    flags: (flags.startsWith("d") ? IRQS_OFF : 0) | (CONTEXT[flags[2] ?? "."] ?? 0),
    preempt: parseInt(flags[3] ?? "0", 16) || 0,
    // Lines of one microsecond stand in their order: binary records have nanoseconds.
    time: printed > last ? printed : last + 1n,
    name,
    payload,
  };
}

function timeOf(whole: string, fraction: string | undefined): bigint {
  if (fraction === undefined) return BigInt(whole);
  return BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
}
