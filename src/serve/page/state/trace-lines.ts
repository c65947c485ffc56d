// A line of the trace with those around it.

import { signal } from "@preact/signals";
import { type TraceLines } from "../../../index.js";
import { ask, pathOf } from "../data/client.js";
import { latest } from "./latest.js";
import { dialog } from "./places.js";

/** The line that is shown; null = none was asked for. */
export const shownLine = signal<number | null>(null);

/** The line with those around it. */
export const traceLines = latest(
  ({ id, line }: { readonly id: number; readonly line: number }, abort) =>
    ask<TraceLines>(pathOf(id, "lines", { line }), abort),
);

/** Shows a line of the trace. */
export function showLine(line: number): void {
  shownLine.value = line;
  dialog.value = "line";
}
