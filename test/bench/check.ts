// `irqtwin check`, as a ratio to the import of the same file; and the start-up of `at`.

import { LINES, PROGRAM, type Inputs } from "./inputs.js";
import { CAN_TIME_CHILDREN, runChild, takeTurnsAsChildren, wallMs, quantile } from "./measure.js";
import { runImport } from "./import.js";
import { goal, rate, type Section } from "./report.js";
import { spawnSync } from "node:child_process";

export async function benchCheck(inputs: Inputs, repetitions: number): Promise<Section> {
  const title = "Check";
  if (!CAN_TIME_CHILDREN)
    return { title, note: "Skipped: no /usr/bin/time.", header: [], rows: [] };
  const { folder } = inputs;
  const file = inputs.file(LINES);
  const usages = await takeTurnsAsChildren(
    {
      "`irqtwin import`": () => runImport(folder, file),
      // Ends with 1 where it finds something, as a shell sees it.
      "`irqtwin check`, of what was just imported": () =>
        runChild(
          folder,
          "sh",
          "-c",
          '"$0" "$1" check --db scratch.db --json > check.json || [ $? = 1 ] || [ $? = 4 ]',
          process.execPath,
          PROGRAM,
        ),
    },
    repetitions,
  );
  const all = Object.values(usages);
  const base = all[0]?.timing.median ?? NaN;
  return {
    title,
    goals: [
      goal(
        "`irqtwin check`, beside the import",
        { atMost: 0.6, unit: "x its CPU" },
        (all[1]?.timing.median ?? NaN) / base,
      ),
    ],
    note: `The rules over every write of ${LINES} lines, the verdicts stored. Lines of the trace per CPU second.`,
    header: ["", "CPU s", "lowest to highest", "lines per CPU s", "times the import", "peak MB"],
    rows: all.map(({ timing, peakMB }) => [
      timing.name,
      timing.median.toFixed(2),
      `${timing.low.toFixed(2)} to ${timing.high.toFixed(2)}`,
      rate(LINES / timing.median),
      (timing.median / base).toFixed(2),
      peakMB.toFixed(0),
    ]),
  };
}

/** Wall time of `irqtwin at` from nothing to its answer, beside a Node that does nothing. */
export function benchStartUp(inputs: Inputs, lines: number, repetitions: number): Section {
  const { folder } = inputs;
  const timeline = inputs.timeline(lines);
  const middle = `@${Math.max(1, Math.round(lines / 4))}`;
  const run = (...words: readonly string[]): number =>
    wallMs(() => {
      const { status, stderr } = spawnSync(process.execPath, words, {
        cwd: folder,
        stdio: ["ignore", "ignore", "pipe"],
      });
      if (status !== 0) throw new Error(stderr.toString());
    });
  const words = [PROGRAM, "at", middle, "--db", timeline];
  const taken = Array.from({ length: repetitions }, () => ({
    node: run("--eval", "0"),
    help: run(PROGRAM, "--help"),
    at: run(...words),
    json: run(...words, "--json"),
  }));
  const median = (key: "node" | "help" | "at" | "json"): number =>
    quantile(
      taken.map((each) => each[key]),
      0.5,
    );
  const row = (name: string, key: "node" | "help" | "at" | "json"): string[] => [
    name,
    median(key).toFixed(0),
    (median(key) - median("node")).toFixed(0),
  ];
  return {
    title: "Start-up",
    note: `Wall milliseconds of whole processes, median of ${repetitions}; the timeline of ${lines} lines, ${middle}.`,
    header: ["", "wall ms", "more than Node"],
    rows: [
      row("a Node that does nothing", "node"),
      row("`irqtwin --help`", "help"),
      row("`irqtwin at`", "at"),
      row("`irqtwin at --json`", "json"),
    ],
    goals: [
      goal(
        "`irqtwin at`, beside an empty Node",
        { atMost: 1.8, unit: "x" },
        median("at") / median("node"),
      ),
    ],
  };
}
