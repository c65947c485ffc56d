// Recordings in which events were lost: the marks that the kernel writes between lines of a real one.

import { textOf } from "./cut-up.js";
import { shippedLines } from "./shipped.js";

/** Lines of the trace before which the marks stand, and how many events each CPU lost; null = it does not say. */
const MARKS: readonly (readonly [line: number, cpu: number, lost: number | null])[] = [
  [1500, 0, 3000],
  [1510, 2, 3020],
  [3000, 0, 6000],
  // Two CPUs lost events between the same lines.
  [3001, 2, 6004],
  [3001, 1, 6],
  [5000, 2, null],
];

/** The recording of a use after free with losses before its first event, between others, and behind the last one. */
export function traceWithLosses(): string {
  const lines = shippedLines("6.17-x-uaf-crash");
  const first = lines.findIndex((line) => !line.startsWith("#"));
  const marks = [...MARKS, [first, 3, 11] as const, [lines.length, 1, 9] as const];
  const marked = [...lines, ""].flatMap((line, at) => [
    ...marks.filter(([place]) => place === at).map(([, cpu, lost]) => markOf(cpu, lost)),
    ...(line === "" ? [] : [line]),
  ]);
  return textOf(marked);
}

function markOf(cpu: number, lost: number | null): string {
  return `CPU:${cpu} [LOST ${lost === null ? "" : `${lost} `}EVENTS]`;
}
