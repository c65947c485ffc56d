// ftrace text for tests: lines as trace_print_context() prints them, and a reader over whole texts.

import fc from "fast-check";
import { kindName, type EventKindName } from "../../src/domain/events/kinds.js";
import { type TwinEvent } from "../../src/domain/events/event.js";
import { FtraceReader } from "../../src/ftrace/reader.js";
import { type Gap, type RejectedLine } from "../../src/source/read-batch.js";

/** What a line says before its event's name. */
export interface LineParts {
  readonly comm: string;
  readonly pid: number;
  /** `null`: the tgid column is off; `"-------"`: on and unknown. */
  readonly tgid: number | "-------" | null;
  readonly cpu: number;
  /** Empty: option irq-info is off. */
  readonly flags: string;
  /** As it stands in the line, without padding. */
  readonly time: string;
  readonly name: string;
  readonly payload: string;
}

/** `%16s-%-7d `, `(%7d) ` or `(-------) `, `[%03d] `, flags, time, `: `, name, `: `, payload. */
export function kernelLine(parts: LineParts): string {
  const { comm, pid, tgid, cpu, flags, time, name, payload } = parts;
  const task = `${comm.padStart(16)}-${String(pid).padEnd(7)} `;
  const group =
    tgid === null ? "" : `(${typeof tgid === "number" ? String(tgid).padStart(7) : tgid}) `;
  const [whole = "", fraction] = time.split(".");
  // " %5lu.%06lu" for the clocks in nanoseconds, " %12llu" for the counters.
  const stamp = fraction === undefined ? time.padStart(12) : `${whole.padStart(5)}.${fraction}`;
  return `${task}${group}[${String(cpu).padStart(3, "0")}] ${flags} ${stamp}: ${name}: ${payload}`;
}

/** The text with as many entries in its header as it has lines of entries: no line is missed. */
export function recounted(text: string): string {
  const entries = text.split("\n").filter((line) => /^[^#]/.test(line) && !line.startsWith("CPU:"));
  const counted = `$1${entries.length}/${entries.length}`;
  return text.replace(/^(# entries-in-buffer\/entries-written: )\d+\/\d+/m, counted);
}

/** Characters of task names, the awkward ones among them. */
const commCharacter = fc.constantFrom(...Array.from("abcXYZ019 -/<>.:_[]()#="));

const digits = (length: number): fc.Arbitrary<string> =>
  fc.nat(10 ** length - 1).map((value) => String(value).padStart(length, "0"));

/** A stamp: microseconds, nanoseconds, or ticks up to 2^64-1. */
export const anyTime: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(fc.nat(), digits(6)).map((parts) => parts.join(".")),
  fc.tuple(fc.nat(), digits(9)).map((parts) => parts.join(".")),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
);

/** Any line that the kernel can print. */
export const anyLine: fc.Arbitrary<LineParts> = fc.record({
  // A comm is at most 15 bytes; the kernel prints it without its padding on the left.
  comm: fc
    .array(commCharacter, { minLength: 1, maxLength: 15 })
    .map((characters) => characters.join(""))
    .filter((comm) => comm === comm.trim()),
  pid: fc.integer({ min: 0, max: 4_194_304 }),
  tgid: fc.oneof(
    fc.constant(null),
    fc.constant("-------" as const),
    fc.integer({ min: 0, max: 4_194_304 }),
  ),
  cpu: fc.integer({ min: 0, max: 8191 }),
  flags: fc.constantFrom("", ".....", "d..2.", "dNh1.", "....", "d.h3", "D.Z.f", "bBs11"),
  time: anyTime,
  name: fc.constantFrom("irte_write", "kvm_entry", "x", "tracing_mark_write"),
  payload: fc.string({ unit: "grapheme-ascii", maxLength: 60 }),
});

/** A text read from its first to its last byte. */
export interface ReadText {
  readonly reader: FtraceReader;
  readonly events: readonly TwinEvent[];
  readonly rejected: readonly RejectedLine[];
  readonly gaps: readonly Gap[];
}

export interface ReadOptions {
  readonly rules?: string | null;
  readonly isCounter?: boolean | null;
  /** Where the text is cut into chunks. */
  readonly cuts?: readonly number[];
  /** The header counts overwritten events. */
  readonly isOverwritten?: boolean;
}

/** Reads a text, in one chunk or in several. */
export function readText(text: string | Buffer, options: ReadOptions = {}): ReadText {
  const { rules = "6.17", isCounter = null, cuts = [], isOverwritten } = options;
  const events: TwinEvent[] = [];
  const rejected: RejectedLine[] = [];
  const gaps: Gap[] = [];
  const reader = new FtraceReader(
    { rules, first: { seq: 1, task: 1, vm: 1, vcpu: 1 }, isCounter, isOverwritten },
    (batch) => {
      events.push(...batch.events);
      rejected.push(...batch.rejected);
      gaps.push(...batch.gaps);
    },
  );
  const bytes = Buffer.from(text);
  let from = 0;
  for (const cut of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
    reader.feed(bytes.subarray(from, cut));
    from = Math.max(from, cut);
  }
  reader.end();
  return { reader, events, rejected, gaps };
}

/** The only event of a kind. */
export function only(events: readonly TwinEvent[], kind: EventKindName): TwinEvent {
  const found = events.filter((event) => kindName(event.kind) === kind);
  const [event] = found;
  if (event === undefined || found.length > 1) {
    throw new Error(`${found.length} events are ${kind}, not one`);
  }
  return event;
}
