// What `perf script` prints, as a format of recordings.

import { textFormat, type VocabularyOf } from "../ftrace/text-format.js";
import { Line } from "../ftrace/text/line.js";
import { NEWLINE } from "../source/lines.js";
import { type SourceFormat } from "../source/format.js";
import { PERF_LAYOUT } from "./layout.js";
import { PerfLine } from "./line.js";
import { isUnusable, refuseUnusable } from "./unusable.js";

/** The format. It takes an input for its own whose first event's line is perf's. */
export function perfFormat(vocabularyOf: VocabularyOf): SourceFormat {
  const format = textFormat(PERF_LAYOUT, beginsAsPerf, vocabularyOf);
  return {
    ...format,
    sniff: (head, options, evidence) => {
      refuseUnusable(head);
      return format.sniff(head, options, evidence);
    },
  };
}

/** Is the first line that is an event's in either layout one of perf's? */
function beginsAsPerf(head: Buffer): boolean {
  const perf = new PerfLine();
  const ftrace = new Line();
  for (let start = 0; start < head.length;) {
    const newline = head.indexOf(NEWLINE, start);
    const end = newline < 0 ? head.length : newline;
    if (perf.scan(head, start, end) || perf.isNameTooLong) return true;
    if (ftrace.scan(head, start, end) || ftrace.isNameTooLong) return false;
    // A line of perf that lacks a field is perf's all the same: the format says what it lacks.
    if (isUnusable(head.toString("latin1", start, end))) return true;
    start = end + 1;
  }
  return false;
}
