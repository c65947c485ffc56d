// The JSON of bpftrace as a format of recordings.

import { textFormat, type VocabularyOf } from "../ftrace/text-format.js";
import { type SourceFormat } from "../source/format.js";
import { BPFTRACE_LAYOUT } from "./layout.js";

/** A line of JSON as bpftrace prints it, near the beginning. */
const JSON_LINE = /^\{"type": ?"\w+", ?"data": ?/m;
const BEGIN_BYTES = 65_536;

/** The format. It takes an input for its own that begins with lines of bpftrace's JSON. */
export function bpftraceFormat(vocabularyOf: VocabularyOf): SourceFormat {
  return textFormat(
    BPFTRACE_LAYOUT,
    (head) => JSON_LINE.test(head.toString("latin1", 0, BEGIN_BYTES)),
    vocabularyOf,
  );
}
