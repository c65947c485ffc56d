// What a file is, judged from its first bytes: format, clock, kernel release, rules profile.

import { TwinError } from "../base/errors.js";
import { PROBE } from "../domain/amd/probes/probes.js";
import { type SniffOptions, type Sniffed } from "../source/sniffed.js";
import { chooseRules } from "./choose-rules.js";
import { type ReleaseEvidence } from "./release-evidence.js";
import { utf8 } from "./text/bytes.js";
import { Line } from "./text/line.js";
import { afterBom, prefixOf, withoutPrefix } from "./text/prefix.js";

/** The header is at the beginning, or not at all; a note may stand above it. */
const HEADER_BYTES = 4096;
/** The capture script's header says it. */
const HEADER_RELEASE = /^# irqtwin kernel: (\d+\.\d+\S*) *$/m;

const HEADER_TSC = /^# irqtwin clock: x86-tsc *$/m;
const HEADER_TSC_KHZ = /^# irqtwin tsc_khz: ([1-9]\d{3,8}) *$/m;

/** The frequency of the TSC, if the capture script's header says that it is the clock of the trace. */
function tscHz(text: string): number | null {
  const [, khz] = HEADER_TSC_KHZ.exec(text) ?? [];
  return khz === undefined || !HEADER_TSC.test(text) ? null : Number(khz) * 1000;
}

/** How far the header reaches at most: the comments of a capture script stand above it. */
function headerBytes(text: string): number {
  const [comments = ""] = /^(?:#[^\n]*\n)*/.exec(text) ?? [];
  return comments.length + HEADER_BYTES;
}

/** So much of a line is quoted in a message. */
const QUOTED_BYTES = 60;

/** trace-cmd's trace.dat begins with 0x17 0x08 0x44 "tracing". */
const TRACE_DAT_MAGIC = "\u0017\bDtracing";

/** A workload or a user notes the release: "boot_state 6.17.13-amd64", "Linux version 6.17.13". */
const RELEASE = new RegExp(
  `(?:${PROBE.tracing_mark_write}|${PROBE.print}|0): ` +
    String.raw`.{0,200}?\b(?:boot_\w+|kernel|release|uname(?: -r)?|Linux version)[ =:]+(\d+\.\d+\S*)`,
);

/**
 * Judges a file by its first bytes; `evidence`: what all of its lines tell of its release, where that was asked. Throws ERR_INPUT_EMPTY, ERR_FORMAT_UNKNOWN, ERR_FORMAT_LATENCY, ERR_KERNEL_UNKNOWN if what the user names is no release, or ERR_USAGE if
 * the rules that the user names are those of another platform.
 */
export function sniff(
  head: Buffer,
  options: SniffOptions = {},
  evidence?: ReleaseEvidence,
): Sniffed {
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
  const release =
    options.kernel ?? HEADER_RELEASE.exec(text)?.[1] ?? RELEASE.exec(text)?.[1] ?? null;
  return {
    format: "ftrace",
    kernel: release,
    ...chooseRules({ ...options, release, head: lines, evidence }),
    clockUnit: first?.isCounter === true ? "ticks" : "ns",
    clockHz: first?.isCounter === true ? tscHz(text) : null,
    hasLines: first !== null,
    seesExchanges: text.includes(` ${PROBE.irte_cmpxchg}: `),
    hasHeader: /^# tracer: /m.test(text.slice(0, headerBytes(text))),
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
  if (others > 0) refuseAsOther(head, others);
  return null;
}

/** The beginning of a line, up to the pid, as a string in quotes. */
function textBeforeName({ buffer, commEnd }: Line, start: number): string {
  return JSON.stringify(utf8(buffer, start, Math.min(commEnd, start + QUOTED_BYTES)));
}

/** No line is an event's: the file is refused by its name, if it is one that is known. */
function refuseAsOther(head: Buffer, lines: number): never {
  const text = head.toString("latin1", 0, NAMED_WITHIN);
  const named = OTHER_TEXTS.find(({ pattern }) => pattern.test(text));
  throw new TwinError(
    named?.code ?? "ERR_FORMAT_UNKNOWN",
    named?.says ??
      `none of ${lines} lines looks like ftrace's \`comm-pid [cpu] flags time: event: ...\``,
  );
}

/** This much of a file is asked for what it is. */
const NAMED_WITHIN = 65_536;

/** Texts that hold the same events in another program's format. */
const OTHER_TEXTS = [
  {
    // [  700.100200]    vmm-4410      0d..1. 500123us : event: ...
    pattern: /^(?:<\d+>)?\[ *\d+\.\d+\].{0,80} \d+us[ !+#*@$]*: |^.{0,40}Dumping ftrace buffer:/m,
    code: "ERR_FORMAT_LATENCY",
    says: "this is the kernel's log with a dump of the ring (ftrace_dump), whose times are relative: copy `trace` or read `trace_pipe` instead",
  },
  {
    // vmm  4410 [000]   500.000010:        kvm:event: ...
    pattern: /^ *\S.{0,30}? +\d+(?:\/\d+)? +\[\d{3,}\] +\d+\.\d+: +(?:\d+ +)?\w+:\w+: /m,
    code: "ERR_FORMAT_UNKNOWN",
    says: "this is the output of perf script: irqtwin reads ftrace's own `trace` or `trace_pipe`, so record with ftrace",
  },
] as const;

/** "# entries-in-buffer/entries-written: IN/WRITTEN": what was written and is no longer there. */
function overwrittenEvents(text: string): number {
  const match = /^# entries-in-buffer\/entries-written: (\d+)\/(\d+)/m.exec(text);
  return match === null ? 0 : Math.max(0, Number(match[2]) - Number(match[1]));
}
