// The parser without a database.

import { Line } from "../../src/ftrace/line.js";
import { VOCABULARY } from "../../src/ftrace/vocabulary.js";
import { readAll, type Input } from "./inputs.js";
import { takeTurns, type Case } from "./measure.js";
import { TIMING_HEADER, timingRows, type Section } from "./report.js";

const NEWLINE = 10;
const HASH = 0x23;
const LINE = /^ *(.{1,16})-(\d+) +\[(\d+)\] (\S+) +(\d+)(?:\.(\d+))?: (\w+): (.*)$/;
const FIELD = /(\w+)=(\S+)/g;

export function benchParse(input: Input, repetitions: number): Section {
  const { text, lines } = input;
  const line = new Line();
  /** Something is done with each line, or V8 might leave the work out. */
  let sum = 0;
  const cases: Readonly<Record<string, Case>> = {
    "regular expression: the line's head": () => () => {
      eachLine(text, (start, end) => {
        const match = LINE.exec(text.toString("latin1", start, end));
        if (match !== null) sum += Number(match[2]) + Number(match[3]) + Number(match[5]);
      });
    },
    "`Line.scan`: the line's head": () => () => {
      eachLine(text, (start, end) => {
        if (line.scan(text, start, end)) sum += line.pid + line.cpu + line.rest;
      });
    },
    "regular expressions: head, and fields of known events": () => () => {
      eachLine(text, (start, end) => {
        const match = LINE.exec(text.toString("latin1", start, end));
        if (match === null || !Object.hasOwn(VOCABULARY, match[7] ?? "")) return;
        const fields: Record<string, bigint> = {};
        for (const [, key = "", value = ""] of (match[8] ?? "").matchAll(FIELD)) {
          if (/^(0x[\da-f]+|\d+)$/.test(value)) fields[key] = BigInt(value);
        }
        sum += Object.keys(fields).length;
      });
    },
    "`FtraceReader`: whole events, with who is who and causes": () => () => {
      readAll(input, ({ events }) => {
        sum += events.length;
      });
    },
    "newlines only (`Buffer.indexOf`)": () => () => {
      eachLine(text, (start, end) => {
        sum += end - start;
      });
    },
  };
  const timings = takeTurns(cases, repetitions);
  const note = `The text in memory, lines per CPU second. The regular expressions read less than \`FtraceReader\`: no tasks, VMs, causes, nor an account of each line.${Number.isNaN(sum) ? "?" : ""}`;
  return {
    title: "Parser alone",
    note,
    header: ["", ...TIMING_HEADER],
    rows: timingRows(timings, lines),
  };
}

/** Calls `each` with every line that is not a comment. */
function eachLine(text: Buffer, each: (start: number, end: number) => void): void {
  let start = 0;
  for (let end = text.indexOf(NEWLINE); end >= 0; end = text.indexOf(NEWLINE, start)) {
    if (text[start] !== HASH) each(start, end);
    start = end + 1;
  }
}
