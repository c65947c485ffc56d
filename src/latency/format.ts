// Recordings in ftrace's latency layout as formats: dumps of the ring in a kernel's log, and `trace-cmd report -l`.

import { textFormat, type VocabularyOf } from "../ftrace/text-format.js";
import { Line } from "../ftrace/text/line.js";
import { type TextLayout } from "../ftrace/text/layout.js";
import { NEWLINE } from "../source/lines.js";
import { type SourceFormat } from "../source/format.js";
import { DUMP_HEAD, DUMP_LAYOUT, REPORT_LAYOUT } from "./layout.js";

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
  return DUMP_HEAD.test(text) || (!/^# [\w-]+ latency trace v/m.test(text) && RELATIVE.test(text));
}

/** `vmm-4410      0d..1. 500123us : event` */
const RELATIVE = /-\d+ +\d+[^\s\d]\S{2,11} +\d+us.: /;

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
