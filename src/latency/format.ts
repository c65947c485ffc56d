// Recordings in ftrace's latency layout as formats: dumps of the ring in a kernel's log, and `trace-cmd report -l`.

import { textFormat, type VocabularyOf } from "../ftrace/text-format.js";
import { Line } from "../ftrace/text/line.js";
import { type TextLayout } from "../ftrace/text/layout.js";
import { NEWLINE } from "../source/lines.js";
import { type SourceFormat } from "../source/format.js";
import { DUMP_HEAD, DUMP_LAYOUT, logPrefixOf, REPORT_LAYOUT } from "./layout.js";

/** The format of a kernel's log with a dump of the ring. It takes an input that has an entry of one. */
export function dumpFormat(vocabularyOf: VocabularyOf): SourceFormat {
  return textFormat(DUMP_LAYOUT, (head) => begins(head, DUMP_LAYOUT) && isDump(head), vocabularyOf);
}

/** The format of `trace-cmd report -l`. It takes an input whose first event's line is in that layout. */
export function latencyReportFormat(vocabularyOf: VocabularyOf): SourceFormat {
  return textFormat(
    REPORT_LAYOUT,
    (head) => begins(head, REPORT_LAYOUT) && !isDump(head),
    vocabularyOf,
  );
}

/** Does a dump begin here, or does an entry have a time that only a dump has? */
function isDump(head: Buffer): boolean {
  const text = head.toString("latin1");
  if (DUMP_HEAD.test(text)) return true;
  if (/^# [\w-]+ latency trace v/m.test(text)) return false;
  return RELATIVE.test(text) || IN_LOG.test(text) || hasLogFront(head);
}

/** `vmm-4410      0d..1. 500123us : event` */
const RELATIVE = /-\d+ +\d+[^\s\d]\S{2,11} +\d+us.: /;

/**
 * Ticks of a counter clock look alike in a dump and in a report. What printk or who writes the log put in front of an entry,
 * also where it is quoted, is the mark of a dump; and so is the row of dashes below the entries.
 */
const IN_LOG =
  /(?:\[ *\d+\.\d{6}\](?:\[ *[TC]\d+\])?|kernel:) +\S.{0,7}-\d+ +\d+[^\s\d]\S{2,11} +\d+: |^(?:.{0,160}?[^-\n])?-{33}\s*$/m;

/** Has the first entry, whose time is in ticks, a text in front as logs have it? */
function hasLogFront(head: Buffer): boolean {
  return logPrefixOf(head) !== null;
}

/** Is the first line that is an event's, in this layout or as ftrace prints it, one of this layout? */
function begins(head: Buffer, layout: TextLayout): boolean {
  const own = layout.newLine();
  const ftrace = new Line();
  for (let start = 0, end = 0; start < head.length; start = end + 1) {
    const newline = head.indexOf(NEWLINE, start);
    end = newline < 0 ? head.length : newline;
    if (own.scan(head, start, end) || own.isNameTooLong) return true;
    if (ftrace.scan(head, start, end) || ftrace.isNameTooLong) return false;
  }
  return false;
}
