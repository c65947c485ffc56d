// What users write into a trace: entries of ftrace itself.

import { FILE } from "./files.js";
import { type ProbeRow } from "./row.js";

const MARKER = {
  type: "tracepoint",
  function: "tracing_mark_write",
  file: FILE.traceEntries,
  system: "ftrace",
  text: "%s",
  events: ["marker"],
  shows: "A text that a user wrote to trace_marker.",
  level: null,
} as const satisfies Omit<ProbeRow, "name">;

/** Texts that users wrote to trace_marker, as ftrace and as `trace-cmd report` name them. */
export const MARKER_PROBES = [
  { name: "tracing_mark_write", ...MARKER },
  { name: "print", ...MARKER },
] as const;
