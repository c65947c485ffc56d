// What `perf script` prints, as a format of recordings.

import { textFormat, type VocabularyOf } from "../ftrace/text-format.js";
import { Line } from "../ftrace/text/line.js";
import { NEWLINE } from "../source/lines.js";
import { type SourceFormat } from "../source/format.js";
import { PERF_LAYOUT } from "./layout.js";
import { PerfLine } from "./line.js";

/** The format. It takes an input for its own whose first event's line is perf's. */
export function perfFormat(vocabularyOf: VocabularyOf): SourceFormat {
  return textFormat(PERF_LAYOUT, beginsAsPerf, vocabularyOf);
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
    start = end + 1;
  }
  return false;
}
