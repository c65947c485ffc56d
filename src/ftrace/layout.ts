// The layout of ftrace's own text.

import { NO_LINE } from "../source/lines.js";
import { isCall, isHeader, isHeadLine, isOfStack } from "./order/head-line.js";
import { lossMarker } from "./losses.js";
import { type TextLayout } from "./text/layout.js";
import { Line } from "./text/line.js";

/** The name under which the lines of stack traces are counted. */
export const STACK_TRACE = "(stack trace)";
/** The name under which the calls that the function tracer shows are counted. */
const FUNCTION_CALL = "(function call)";

/** Why a line is rejected that would be one but for what stands at its beginning. */
const TEXT_BEFORE_NAME =
  "text stands before the task's name, which has at most 15 bytes: ftrace did not write the line so";

const RELEASE = /^# irqtwin kernel: (\d+\.\d+\S*) *$/m;

/** The layout of `trace`, of `trace_pipe` and of `trace-cmd report`. */
export const FTRACE_LAYOUT: TextLayout = {
  name: "ftrace",
  newLine: () => new Line(),
  isHeader,
  isHeadLine,
  lossMarker,
  besideName: (buffer, start, end) => {
    if (isOfStack(buffer, start)) return STACK_TRACE;
    return isCall(buffer, start, end) ? FUNCTION_CALL : null;
  },
  whyNoLine: ({ isNameTooLong }) => (isNameTooLong ? TEXT_BEFORE_NAME : NO_LINE.ftrace),
  // The capture script's header says it.
  releaseIn: (text) => RELEASE.exec(text)?.[1] ?? null,
  wholeHeader: /^# tracer: /m,
};
