// The import of traces of several sizes: does its memory stay flat, does its speed.

import { statSync } from "node:fs";
import { runImport } from "./import.js";
import { type Inputs } from "./inputs.js";
import { CAN_TIME_CHILDREN, quantile } from "./measure.js";
import { goal, rate, type Section } from "./report.js";

const PEAK_MB_MAX = 300;

export function benchMemory(
  inputs: Inputs,
  sizes: readonly number[],
  repetitions: number,
): Section {
  const title = "Import by size";
  if (!CAN_TIME_CHILDREN)
    return { title, note: "Skipped: no /usr/bin/time.", header: [], rows: [] };
  const measured = sizes.map((lines) => {
    const file = inputs.file(lines);
    // The large ones once: they take long, and "Import" has the others.
    const runs = Array.from({ length: lines >= 1e6 ? 1 : repetitions }, () =>
      runImport(inputs.folder, file),
    );
    const of = (key: "cpu" | "wall" | "peakMB"): number =>
      quantile(
        runs.map((run) => run[key]),
        0.5,
      );
    const bytes = statSync(`${inputs.folder}/scratch.db`).size;
    return { lines, cpu: of("cpu"), wall: of("wall"), peakMB: of("peakMB"), bytes };
  });
  const peaks = measured.map(({ peakMB }) => peakMB);
  return {
    title,
    note: "The same trace repeated more and more often; median of the runs, from 10^6 lines on one run.",
    header: ["lines", "CPU s", "wall s", "lines per CPU s", "peak MB", "timeline MB"],
    rows: measured.map(({ lines, cpu, wall, peakMB, bytes }) => [
      String(lines),
      cpu.toFixed(2),
      wall.toFixed(2),
      rate(lines / cpu),
      peakMB.toFixed(0),
      (bytes / 1e6).toFixed(1),
    ]),
    goals: [
      goal(
        `peak memory of an import, ${sizes.at(-1) ?? 0} lines`,
        { atMost: PEAK_MB_MAX, unit: " MB" },
        Math.max(...peaks),
      ),
      goal(
        `peak memory, ${sizes.at(-1) ?? 0} lines beside ${sizes[0] ?? 0}`,
        { atMost: 1.3, unit: "x" },
        (peaks.at(-1) ?? NaN) / (peaks[0] ?? NaN),
      ),
    ],
  };
}
