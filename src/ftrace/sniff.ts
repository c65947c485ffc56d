// What a file is, judged from its first bytes: format, clock, kernel release, rules profile.

import { type Platform } from "../domain/platform/platform.js";
import { TwinError } from "../base/errors.js";
import { AMD } from "../domain/amd/platform.js";
import { PROBE, PROBES } from "../domain/amd/probes/probes.js";
import { type RulesId, RULES_IDS, RULES } from "../domain/amd/releases/releases.js";
import { utf8 } from "./text/bytes.js";
import { Line } from "./text/line.js";
import { afterBom, prefixOf, withoutPrefix, type Prefix } from "./text/prefix.js";

/** This much of a file is looked at before the first event is made. */
export const SNIFF_BYTES = 4 * 1024 * 1024;

/** What is known of a recording before it is read. */
export interface Sniffed {
  readonly format: "ftrace";
  /** uname -r of the recorded host; null where the trace does not say. */
  readonly kernel: string | null;
  /** Id of the platform whose tables it shows. */
  readonly platform: string;
  /** The rules that it follows; null where nothing tells. */
  readonly rules: string | null;
  /** Where `rules` comes from. */
  readonly rulesFrom: "option" | "kernel release" | "probe format" | "unknown";
  /** `ticks`: stamps have no decimal point (x86-tsc, counter, uptime). */
  readonly clockUnit: "ns" | "ticks";
  /** Does ftrace's header stand at its beginning? */
  readonly hasHeader: boolean;
  /** The text in front of each line that is none of ftrace's; null = none. */
  readonly prefix: Prefix | null;
  /** Events that the ring buffer overwrote before the trace was read, from the header. */
  readonly overwritten: number;
}

/** What the user says of the recording; it goes before what the recording says. */
export interface SniffOptions {
  /** uname -r of the recorded host. */
  readonly kernel?: string | undefined;
  /** The rules to read it by, whatever its release. */
  readonly rules?: string | undefined;
  /** The platforms that it may be of. Default: AMD alone. */
  readonly platforms?: readonly Platform[] | undefined;
}

/** The header is at the beginning, or not at all; a note may stand above it. */
const HEADER_BYTES = 4096;
/** So much of a line is quoted in a message. */
const QUOTED_BYTES = 60;

/** trace-cmd's trace.dat begins with 0x17 0x08 0x44 "tracing". */
const TRACE_DAT_MAGIC = "\u0017\bDtracing";

/** A workload or a user notes the release: "boot_state 6.17.13-amd64", "Linux version 6.17.13". */
const RELEASE = new RegExp(
  `(?:${PROBE.tracing_mark_write}|${PROBE.print}|0): ` +
    String.raw`.{0,200}?\b(?:boot_\w+|kernel|release|uname(?: -r)?|Linux version)[ =:]+(\d+\.\d+\S*)`,
);

/** The profiles that a format of the probe table tells, newest first. */
const TOLD: readonly RulesId[] = RULES_IDS.filter((rules) => formatsOf(rules).length > 0)
  .reverse()
  .sort((a, b) => Number(isPrintedByOlder(a)) - Number(isPrintedByOlder(b)));

/** The formats that tell each profile, as one regular expression. */
const FORMAT_EVIDENCE = TOLD.map((rules) => {
  return [new RegExp(` (?:${formatsOf(rules).join("|")})`, "m"), rules] as const;
});

function formatsOf(rules: RulesId): readonly string[] {
  return PROBES.flatMap(({ name, tells }) =>
    tells.filter((each) => each.rules === rules).map(({ format }) => `${name}: ${format}`),
  );
}

/** Kernels before the series print what tells 6.16, too; so they are asked first what they alone print. */
function isPrintedByOlder(rules: RulesId): boolean {
  return RULES[rules].series === "before" && RULES_IDS.indexOf(rules) > 0;
}

/** Judges a file by its first bytes. Throws ERR_INPUT_EMPTY, ERR_FORMAT_UNKNOWN, ERR_FORMAT_LATENCY or ERR_KERNEL_UNKNOWN. */
export function sniff(head: Buffer, options: SniffOptions = {}): Sniffed {
  if (head.length === 0)
    throw new TwinError(
      "ERR_INPUT_EMPTY",
      "the input is empty: an ftrace text recording has at least a header",
    );
  const prefix = prefixOf(head);
  const lines = prefix === null ? head.subarray(afterBom(head, 0)) : withoutPrefix(head, prefix);
  const text = lines.toString("latin1");
  refuseOtherFormats(text);
  const first = firstLine(lines);
  const kernel = options.kernel ?? RELEASE.exec(text)?.[1] ?? null;
  return {
    format: "ftrace",
    kernel,
    ...rulesFor(kernel, options, text),
    clockUnit: first?.isCounter === true ? "ticks" : "ns",
    hasHeader: /^# tracer: /m.test(text.slice(0, HEADER_BYTES)),
    prefix,
    overwritten: overwrittenEvents(text),
  };
}

function refuseOtherFormats(text: string): void {
  if (text.startsWith(TRACE_DAT_MAGIC)) {
    throw new TwinError(
      "ERR_FORMAT_UNKNOWN",
      "this is trace-cmd's binary trace.dat: irqtwin reads text, so copy the kernel's own `trace` file instead",
    );
  }
  if (/^# [\w-]+ latency trace v/m.test(text.slice(0, 65_536))) {
    throw new TwinError(
      "ERR_FORMAT_LATENCY",
      "this is ftrace's latency format, whose times are relative: record with `echo 0 > options/latency-format`",
    );
  }
  if (text.slice(0, 65_536).includes("\0")) {
    throw new TwinError(
      "ERR_FORMAT_UNKNOWN",
      "the input is binary: irqtwin reads the text of ftrace's `trace` or `trace_pipe`",
    );
  }
}

/** The first line that is an event's; null where there are only header lines. */
function firstLine(head: Buffer): Line | null {
  const line = new Line();
  let number = 0;
  let others = 0;
  let named: string | null = null;
  let start = 0;
  while (start < head.length) {
    const newline = head.indexOf(10, start);
    const end = newline < 0 ? head.length : newline;
    const isHeader =
      head[start] === 0x23 || end === start || head.toString("latin1", start, start + 4) === "CPU:";
    number++;
    if (!isHeader) {
      if (line.scan(head, start, end)) return line;
      if (line.isNameTooLong) named ??= `line ${number}, ${textBeforeName(line, start)}`;
      others++;
    }
    start = end + 1;
  }
  if (named !== null) {
    throw new TwinError(
      "ERR_FORMAT_UNKNOWN",
      `${named}, has text before the task's name, and not all lines have text of that form: ` +
        "ftrace prints a name of at most 15 bytes in 16 columns, so copy the trace again, or remove the text",
    );
  }
  if (others > 0) {
    throw new TwinError(
      "ERR_FORMAT_UNKNOWN",
      `none of ${others} lines looks like ftrace's \`comm-pid [cpu] flags time: event: ...\``,
    );
  }
  return null;
}

/** The beginning of a line, up to the pid, as a string in quotes. */
function textBeforeName({ buffer, commEnd }: Line, start: number): string {
  return JSON.stringify(utf8(buffer, start, Math.min(commEnd, start + QUOTED_BYTES)));
}

function rulesFor(
  kernel: string | null,
  options: SniffOptions,
  text: string,
): Pick<Sniffed, "platform" | "rules" | "rulesFrom"> {
  const { rules: named, platforms = [AMD] } = options;
  if (named !== undefined) {
    const platform = platforms.find(({ profiles }) => profiles.includes(named)) ?? AMD;
    return { platform: platform.id, rules: named, rulesFrom: "option" };
  }
  if (kernel !== null) return { ...profileOf(kernel, platforms), rulesFrom: "kernel release" };
  const [, rules] = FORMAT_EVIDENCE.find(([pattern]) => pattern.test(text)) ?? [];
  return rules === undefined
    ? { platform: AMD.id, rules: null, rulesFrom: "unknown" }
    : { platform: AMD.id, rules, rulesFrom: "probe format" };
}

/** The first platform that has a profile for the release. Throws ERR_KERNEL_UNKNOWN. */
function profileOf(
  kernel: string,
  platforms: readonly Platform[],
): Pick<Sniffed, "platform" | "rules"> {
  for (const platform of platforms) {
    const rules = platform.profileOf(kernel);
    if (rules !== null) return { platform: platform.id, rules };
  }
  const known = platforms.flatMap(({ profiles }) => profiles);
  throw new TwinError(
    "ERR_KERNEL_UNKNOWN",
    `kernel ${kernel} has no rules profile; known are ${known.join(", ")}: name the one that it behaves like with --rules`,
  );
}

/** "# entries-in-buffer/entries-written: IN/WRITTEN": what was written and is no longer there. */
function overwrittenEvents(text: string): number {
  const match = /^# entries-in-buffer\/entries-written: (\d+)\/(\d+)/m.exec(text);
  return match === null ? 0 : Math.max(0, Number(match[2]) - Number(match[1]));
}
