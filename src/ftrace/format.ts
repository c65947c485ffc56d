// ftrace's own text as a format of recordings: the kernel's `trace` and `trace_pipe`, and what trace-cmd prints of them.

import { type SourceFormat } from "../source/format.js";
import { FTRACE_LAYOUT } from "./layout.js";
import { textFormat, type VocabularyOf } from "./text-format.js";

/** The format. It takes every input for its own, and refuses by its name what is none. */
export function ftraceFormat(vocabularyOf: VocabularyOf): SourceFormat {
  return textFormat(FTRACE_LAYOUT, () => true, vocabularyOf);
}
