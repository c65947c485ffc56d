// What a file is, judged from its first bytes: format, clock, kernel release, rules profile.

import { TwinError } from "../base/errors.js";
import { PROBE } from "../domain/amd/probes/probes.js";
import { refuseBinary, refuseEncoded, refuseText, refuseWrapped } from "../source/other-formats.js";
import { type SniffOptions, type Sniffed } from "../source/sniffed.js";
import { chooseRules } from "./choose-rules.js";
import { refuseFolded, refuseQuoted } from "./folded.js";
import { FTRACE_LAYOUT } from "./layout.js";
import { platformShownBy } from "./platform-evidence.js";
import { ReleaseEvidence } from "./release-evidence.js";
import { utf8 } from "./text/bytes.js";
import { type TextLayout } from "./text/layout.js";
import { type Line } from "./text/line.js";
import { afterBom, prefixIn, unwrappedLines, withoutPrefix } from "./text/prefix.js";

/** The header is at the beginning, or not at all; a note may stand above it. */
const HEADER_BYTES = 4096;
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

/** A line of the exchange inside of an IRTE write; perf puts the name of a group before it. */
const EXCHANGE = new RegExp(`[ :]${PROBE.irte_cmpxchg}: `);

/** So much of a line is quoted in a message. */
const QUOTED_BYTES = 60;
/** Enough lines to tell whether most of them stand in quotes. */
const QUOTED_HEAD_BYTES = 262_144;

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
  layout = FTRACE_LAYOUT,
): Sniffed {
  if (head.length === 0)
    throw new TwinError(
      "ERR_INPUT_EMPTY",
      "the input is empty: an ftrace text recording has at least a header",
    );
  refuseBinary(head);
  const prefix = prefixIn(head, layout);
  const plain = prefix === null ? head.subarray(afterBom(head, 0)) : withoutPrefix(head, prefix);
  const lines = unwrappedLines(plain, layout);
  const text = lines.toString("latin1");
  refuseLatency(text);
  refuseEncoded(text);
  if (layout.unwrap === undefined)
    refuseQuoted(head.subarray(0, QUOTED_HEAD_BYTES).toString("latin1"));
  refuseFolded(lines, layout);
  if (layout.name === "ftrace dump") refuseWrapped(head.toString("latin1"));
  const first = firstLine(lines, layout, plain);
  const release = options.kernel ?? layout.releaseIn(text) ?? RELEASE.exec(text)?.[1] ?? null;
  return {
    format: layout.name,
    kernel: release,
    ...chooseRules({
      ...options,
      release,
      shownOf: (platforms) => platformShownBy(lines, platforms, layout),
      allowed: () => (evidence ?? evidenceIn(lines, layout)).allowed,
    }),
    clockUnit: first?.isCounter === true ? "ticks" : "ns",
    clockHz: first?.isCounter === true ? tscHz(text) : null,
    hasLines: first !== null,
    seesExchanges: EXCHANGE.test(text),
    hasHeader: layout.wholeHeader?.test(text.slice(0, headerBytes(text))) === true,
    prefix,
    overwritten: overwrittenEvents(text),
  };
}

function evidenceIn(head: Buffer, layout: TextLayout): ReleaseEvidence {
  const evidence = new ReleaseEvidence(null, layout);
  evidence.feed(head);
  return evidence;
}

function refuseLatency(text: string): void {
  if (/^# [\w-]+ latency trace v/m.test(text.slice(0, 65_536))) {
    throw new TwinError(
      "ERR_FORMAT_LATENCY",
      "this is ftrace's latency format, whose times are relative: record with `echo 0 > options/latency-format`",
    );
  }
}

/** The first line that is an event's; null where there are only header lines. `plain`: the lines as they stand. */
function firstLine(head: Buffer, layout: TextLayout, plain: Buffer): Line | null {
  const line = layout.newLine();
  let number = 0;
  let others = 0;
  let named: string | null = null;
  let start = 0;
  while (start < head.length) {
    const newline = head.indexOf(10, start);
    const end = newline < 0 ? head.length : newline;
    number++;
    if (!layout.isHeadLine(head, start, end)) {
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
  if (others > 0) refuseText(plain, others);
  return null;
}

/** The beginning of a line, up to the pid, as a string in quotes. */
function textBeforeName({ buffer, commEnd }: Line, start: number): string {
  return JSON.stringify(utf8(buffer, start, Math.min(commEnd, start + QUOTED_BYTES)));
}

/** "# entries-in-buffer/entries-written: IN/WRITTEN": what was written and is no longer there. */
function overwrittenEvents(text: string): number {
  const match = /^# entries-in-buffer\/entries-written: (\d+)\/(\d+)/m.exec(text);
  return match === null ? 0 : Math.max(0, Number(match[2]) - Number(match[1]));
}
