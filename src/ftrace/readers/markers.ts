// What users write to trace_marker: entries of ftrace itself (kernel/trace/trace.c: tracing_mark_write).

import { PROBE } from "../../domain/amd/probes/probes.js";
import { printedText } from "../text/raw-words.js";
import { type Interpreter, type Outcome, type Readers } from "../interpret/interpreter.js";

/** `trace-cmd report` prints the name of the function before the text. */
const BY_FUNCTION = /^tracing_mark_write: /;

/** Readers of markers. */
export const MARKER_READERS: Readers = {
  [PROBE.tracing_mark_write]: (at) => marker(at, at.line.text()),
  [PROBE.print]: (at) => marker(at, printedText(at.line.text()).replace(BY_FUNCTION, "")),
};

function marker(at: Interpreter, text: string): Outcome {
  at.marker(text);
  return "event";
}
