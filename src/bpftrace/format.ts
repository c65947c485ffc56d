// The JSON of bpftrace as a format of recordings.

import { textFormat, type VocabularyOf } from "../ftrace/text-format.js";
import { type SourceFormat } from "../source/format.js";
import { beginsAsJson } from "./json-line.js";
import { BPFTRACE_LAYOUT } from "./layout.js";

/** The first message stands near the beginning. */
const BEGIN_BYTES = 65_536;

/** The format. It takes an input for its own whose first event's line is a message of bpftrace's JSON, whatever stands in front of all messages. */
export function bpftraceFormat(vocabularyOf: VocabularyOf): SourceFormat {
  return textFormat(
    BPFTRACE_LAYOUT,
    (head) => beginsAsJson(head.subarray(0, BEGIN_BYTES)),
    vocabularyOf,
  );
}
