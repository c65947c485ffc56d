// The parser without a database.

import { compile } from "./compile.js";
import { LINES, readAll, type Inputs } from "./inputs.js";
import { LeastReader } from "./least-reader.js";
import { quantile, takeTurns, timingOf, type Case, type Timing } from "./measure.js";
import { ALL, checksumOfOurs, checksumOfRegex, eachLine, LIGHT, runCParser } from "./parsers.js";
import { goal, TIMING_HEADER, timingRows, type Section } from "./report.js";

export function benchParse(inputs: Inputs, repetitions: number): Section {
  const { folder } = inputs;
  const input = inputs.text(LINES);
  const { text } = input;
  const { program, note } = compile(folder, "parse");
  let sum = 0;
  const inC: number[] = [];
  const cases: Readonly<Record<string, Case>> = {
    "`Line` and `Fields`: heads, and fields of known events": () => () => {
      sum += checksumOfOurs(text, LIGHT);
    },
    "regular expressions: the same": () => () => {
      sum += checksumOfRegex(text, LIGHT);
    },
    "`FtraceReader`: whole events, with who is who, causes, and an account of each line":
      () => () => {
        readAll(input, ({ events }) => {
          sum += events.length;
        });
      },
    "the least that a reader in JavaScript does (`least-reader.ts`)": () => () => {
      sum += new LeastReader(text).run().lines;
    },
    "newlines only (`Buffer.indexOf`)": () => () => {
      eachLine(text, (start, end) => {
        sum += end - start;
      });
    },
  };
  const timings: Timing[][] = [];
  for (let i = 0; i < repetitions; i++) {
    timings.push(takeTurns(cases, 1));
    if (program !== null) inC.push(runCParser(folder, program, inputs.file(LINES), LIGHT).cpu);
  }
  const [ours, ...others] = Object.keys(cases).map((name, i) =>
    timingOf(
      name,
      timings.map((turn) => turn[i]?.median ?? NaN),
    ),
  );
  if (ours === undefined) throw new Error("no case");
  const c = timingOf("C, by hand (c/parse.c): the same", inC);
  const all = program === null ? [ours, ...others] : [ours, c, ...others];
  const equal = compared(inputs, program, text);
  const regex = others[0]?.median ?? NaN;
  return {
    title: "Parser alone",
    note: `${input.lines} lines in memory, lines per CPU second. ${equal} ${note}${Number.isNaN(sum) ? "?" : ""}`,
    header: ["", ...TIMING_HEADER],
    rows: timingRows(all, input.lines),
    goals: [
      goal(
        "parser, beside C by hand",
        { atLeast: 0.5, unit: "x" },
        program === null ? note : quantile(inC, 0.5) / ours.median,
      ),
      goal("parser, beside regular expressions", { atLeast: 8, unit: "x" }, regex / ours.median),
      {
        what: "parsers agree on every line",
        goal: "equal checksums",
        measured: equal,
        reached: !equal.includes("DIFFER"),
      },
    ],
  };
}

/** Do all parsers read the same values from the whole text. */
function compared(inputs: Inputs, program: string | null, text: Buffer): string {
  const ours = checksumOfOurs(text, ALL);
  const isRegexEqual = checksumOfRegex(text, ALL) === ours;
  const isCEqual =
    program === null || runCParser(inputs.folder, program, inputs.file(LINES), ALL).sum === ours;
  const names = program === null ? "ours and the regular expressions'" : "all three parsers'";
  return `The checksums of ${names} values ${isRegexEqual && isCEqual ? "are equal" : "DIFFER"}.`;
}
