// What each command costs when the recording is four times as long. A question whose answer is as short may cost little
// more; one that reads all of the history may cost four times as much.

import { readFileSync } from "node:fs";
import Database from "better-sqlite3";
import { COOKBOOK } from "../../src/index.js";
import { runImport } from "./import.js";
import { LINES, PROGRAM, type Inputs } from "./inputs.js";
import { CAN_TIME_CHILDREN, quantile, runChild } from "./measure.js";
import { goal, type Section } from "./report.js";

const TIMES = 4;
/**
 * At most so many times the CPU time, start-up included; of an answer that is as long as the state of its moment so many
 * times that of one line of it, without start-up.
 */
const GOALS = { all: 4.4, part: 1.3, lines: 1.3 } as const;
type Reads = keyof typeof GOALS;
/** The answers of some recipes are as long as the recording. */
const WITHOUT_LIMITS = ["--rows", "100000000", "--seconds", "600", "--megabytes", "10000"] as const;

/** A command with its arguments, and how much of the history its answer is made from. */
interface Asked {
  readonly words: readonly string[];
  readonly reads: Reads;
}

export function benchGrowth(inputs: Inputs, repetitions: number): Section {
  const title = "Growth";
  if (!CAN_TIME_CHILDREN)
    return { title, note: "Skipped: no /usr/bin/time.", header: [], rows: [] };
  const sizes = [LINES, TIMES * LINES] as const;
  const imports = sizes.map((lines) => runImport(inputs.folder, inputs.file(lines)).cpu);
  const rows = [rowOf("import", "all", imports, imports)];
  const start = startOf(inputs.folder, repetitions);
  const [short, long] = sizes.map((lines) =>
    questions(`${inputs.folder}/${inputs.timeline(lines)}`),
  );
  for (const [i, { words, reads }] of (short ?? []).entries()) {
    const asked = [words, long?.[i]?.words ?? words];
    // What reads all takes long enough to be measured at once.
    const times = reads === "all" ? 1 : repetitions;
    const answers = sizes.map((lines, at) =>
      answerOf(inputs.folder, inputs.timeline(lines), asked[at] ?? words, times),
    );
    const taken = answers.map(({ cpu }) => cpu);
    const compared =
      reads === "lines" ? answers.map(({ cpu, lines }) => (cpu - start) / lines) : taken;
    const shown = words.filter((word) => !WITHOUT_LIMITS.some((each) => each === word));
    rows.push(rowOf(shown.join(" "), reads, taken, compared));
  }
  const worst = (wanted: Reads): number =>
    Math.max(...rows.filter(({ reads }) => reads === wanted).map(({ ratio }) => ratio));
  return {
    title,
    note:
      `CPU seconds of whole processes, start-up included, at ${LINES} and ${TIMES * LINES} lines; entities grow with the lines. ` +
      `Those that read all: of one run; the others: medians of ${repetitions}. The tasks, vCPUs and entries asked for come first in the recording, and are gone soon. ` +
      "An answer that has every entity of its moment (`lines`) grows with them: its times are those of one line of it, without start-up. " +
      "`explain` reads the whole trace where it is there, because it is known by its SHA-256; the second one has none to quote.",
    header: ["command", "reads", "shorter", "longer", "times"],
    rows: rows.map(({ name, reads, taken, ratio }) => [
      `\`${name}\``,
      reads,
      ...taken.map((cpu) => cpu.toFixed(2)),
      ratio.toFixed(2),
    ]),
    goals: [
      goal(
        `${TIMES} times the lines: what reads all`,
        { atMost: GOALS.all, unit: "x" },
        worst("all"),
      ),
      goal(
        `${TIMES} times the lines: what does not`,
        { atMost: GOALS.part, unit: "x" },
        worst("part"),
      ),
      goal(
        `${TIMES} times the lines: a line of an answer that grows`,
        { atMost: GOALS.lines, unit: "x" },
        worst("lines"),
      ),
    ],
  };
}

/** What a command took at both sizes. */
interface Row {
  readonly name: string;
  readonly reads: Reads;
  readonly taken: readonly number[];
  readonly ratio: number;
}

function rowOf(
  name: string,
  reads: Reads,
  taken: readonly number[],
  [shorter = NaN, longer = NaN]: readonly number[],
): Row {
  return { name, reads, taken, ratio: longer / shorter };
}

/** CPU seconds of a command that answers nothing. */
function startOf(folder: string, times: number): number {
  const taken = Array.from(
    { length: times },
    () => runChild(folder, process.execPath, PROGRAM, "--version").cpu,
  );
  return quantile(taken, 0.5);
}

/** What one command took on a timeline of the bench's folder, and how many lines it printed. */
interface Answer {
  readonly cpu: number;
  readonly lines: number;
}

function answerOf(
  folder: string,
  timeline: string,
  words: readonly string[],
  times: number,
): Answer {
  // Some end with 1 or 4 where they find something.
  const script = '"$@" > answer || [ $? = 1 ] || [ $? = 4 ]';
  const all = [process.execPath, PROGRAM, ...words, "--db", timeline];
  const taken = Array.from(
    { length: times },
    () => runChild(folder, "sh", "-c", script, "sh", ...all).cpu,
  );
  const lines = readFileSync(`${folder}/answer`, "latin1").split("\n").length - 1;
  return { cpu: quantile(taken, 0.5), lines };
}

/** All questions, about what comes first in a timeline. */
function questions(path: string): readonly Asked[] {
  const sqlite = new Database(path, { readonly: true });
  const text = (sql: string): string => String(sqlite.prepare(sql).pluck().get());
  const vcpu = text("SELECT vcpu FROM v_event WHERE vcpu IS NOT NULL ORDER BY seq LIMIT 1");
  const irte = text("SELECT irte FROM v_event WHERE irte IS NOT NULL ORDER BY seq LIMIT 1");
  const task = text("SELECT comm || '-' || pid FROM task ORDER BY id LIMIT 1");
  const middle = `@${text("SELECT max(seq) / 2 FROM event")}`;
  sqlite.close();
  const reads =
    (of: Reads) =>
    (words: readonly string[]): Asked => ({ words, reads: of });
  return [
    ...[
      ["check"],
      ["verify"],
      ["info"],
      ["explain", "F1"],
      ["audit", "--by", "vcpu"],
      ["audit", "--by", "task"],
      ...COOKBOOK.map(({ id }) => ["query", "--recipe", id, ...WITHOUT_LIMITS]),
    ].map(reads("all")),
    ...[["at", middle]].map(reads("lines")),
    ...[
      ["at", middle, "--irte", irte],
      ["diff", "@1000", "@2000"],
      ["blame", irte],
      ["first", "--irte", irte, "mode=posted"],
      ["first", "I10"],
      ["explain", "F1", "--trace", "none"],
      ["log", "-n", "100", "--irte", irte],
      ["log", "-n", "100", "--vcpu", vcpu],
      ["log", "-n", "100", "--task", task],
      ["log", "-n", "1", "--kind", "vm_destroyed", "--until", "@5000"],
      ["log", "-p", "-n", "1000"],
    ].map(reads("part")),
  ];
}
