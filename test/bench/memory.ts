// The import of traces of several sizes: does its memory stay flat, does its speed.

import { statSync } from "node:fs";
import { runImport } from "./import.js";
import { LINES, type Inputs } from "./inputs.js";
import { CAN_TIME_CHILDREN, onAllCores, quantile } from "./measure.js";
import { goal, rate, type Section } from "./report.js";

const PEAK_MB_MAX = 200;

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
    // The largest once: it takes long.
    const runs = Array.from({ length: lines > 1e6 ? 1 : repetitions }, () =>
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
  const free = runImport(inputs.folder, inputs.file(LINES), onAllCores());
  return {
    title,
    note: `The same trace repeated more and more often; median of the runs, above 10^6 lines one run. On all cores ${LINES} lines take ${free.wall.toFixed(2)} s of wall time and ${free.cpu.toFixed(2)} CPU seconds: V8 compiles and collects beside the program.`,
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
      ...measured.map(({ lines, peakMB }) =>
        goal(
          `peak memory of an import, ${lines} lines`,
          { atMost: PEAK_MB_MAX, unit: " MB" },
          peakMB,
        ),
      ),
      ...measured.slice(2).map(({ lines, cpu }, i) => {
        const fewer = measured[i + 1] ?? { lines: NaN, cpu: NaN };
        return goal(
          `CPU per line, ${lines} lines beside ${fewer.lines}`,
          { atMost: 1.15, unit: "x" },
          cpu / lines / (fewer.cpu / fewer.lines),
        );
      }),
      goal(
        `wall time beside CPU time, ${LINES} lines on all cores`,
        { atMost: 0.65, unit: "x" },
        free.wall / free.cpu,
      ),
    ],
  };
}
