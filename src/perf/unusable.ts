// What `perf script` prints with fields or times that no recording can be made of, by its name.
// Source: tools/perf/builtin-script.c, perf_sample__fprintf_start(), perf 6.1.

import { TwinError } from "../base/errors.js";
import { PERF_SCRIPT } from "../source/other-formats.js";
import { PerfLine } from "./line.js";

/** So many lines are asked. */
const LINES_MAX = 16_384;
/** Of the lines of --deltatime about half are stamped before the line above them; of those that are out of order, few. */
const FALLS_MIN = 1 / 4;
/** In a second part of a file, where the first event is not 0, some event comes so soon after another one. */
const SOON_NS = 1e6;

/** What stands in front of an event's name, up to its time; the last word before the CPU is the tid. */
const FRONT = /^ *(\S.{0,40}?)? +\[\d{3,}\] +(?:[A-Za-z]+ +)?\d+\.\d{6,9}:(?: +|$)/;
const TID = /^-?\d+(?:\/-?\d+)?$/;
/** An event's name, after a number of field period: `GROUP:NAME:`, or `NAME:` where it is no tracepoint. */
const EVENT = /^(?:\d+ +)?\S+:(?: |$)/;
const TRACEPOINT = /^(?:\d+ +)?[\w-]+:\w+:/;
/** A tracepoint without fields, with nothing or an address behind its name. */
const BARE = /^(?:\d+ +)?[\w-]+:\w+: *(?:[0-9a-f]{8,16}(?: .*)?)?$/;
const RAW = /^0x[0-9a-f]+(?:@.*)? \[0x[0-9a-f]+\]: event: \d+$/;

/** The thread that a CPU leaves, which prints the line. */
const SWITCH = /^(?:\d+ +)?sched:sched_switch: .*?\bprev_pid=(\d+)/;

type Lack = "name" | "tid" | "event" | "fields";

const LACKS: Readonly<Record<Lack, string>> = {
  name: "without the name of the task",
  tid: "without the number of the task",
  event: "without the name of the event",
  fields: "without the fields of the event",
};

/** Throws ERR_FORMAT_UNKNOWN where these first bytes of what perf prints lack what most lines need, or their times. */
export function refuseUnusable(head: Buffer): void {
  const lines = head.toString("latin1").split("\n", LINES_MAX);
  if (lines.some((line) => RAW.test(line))) refuse("with the option -D");
  const lacks = lines.map(lackOf);
  const whole = lacks.filter((lack) => lack === null).length;
  for (const [lack, says] of Object.entries(LACKS))
    if (lacks.filter((each) => each === lack).length > whole) refuse(says);
  if (tellsProcesses(lines)) refuse("with the process in the place of the thread (-F pid)");
  if (areDifferences(stampsOf(lines)))
    refuse("--deltatime, whose times count from the event before");
}

/** Is a line, which is none that can be read, one that perf prints? */
export function isUnusable(line: string): boolean {
  return RAW.test(line) || typeof lackOf(line) === "string";
}

function refuse(how: string): never {
  throw new TwinError(
    "ERR_FORMAT_UNKNOWN",
    `this is the output of perf script ${how}: ${PERF_SCRIPT}`,
  );
}

/** What a line of an event lacks; null = nothing; undefined = it is none of an event. */
function lackOf(line: string): Lack | null | undefined {
  const [front, task] = FRONT.exec(line) ?? [];
  if (front === undefined || line.startsWith("#")) return undefined;
  const rest = line.slice(front.length);
  if (rest.startsWith("PERF_RECORD_")) return undefined;
  const isNamed = task !== undefined && !TID.test(task);
  const hasTid = task !== undefined && TID.test(task.slice(task.lastIndexOf(" ") + 1));
  // Text that was cut out of ftrace's has no group in front of the event's name.
  if (!isNamed || !hasTid) return TRACEPOINT.test(rest) ? (isNamed ? "tid" : "name") : undefined;
  if (!EVENT.test(rest)) return "event";
  return BARE.test(rest) ? "fields" : null;
}

/** Does one number stand in front of what several threads print? 0 is all that perf's PID namespace does not have. */
function tellsProcesses(lines: readonly string[]): boolean {
  const threads = new Map<string, string>();
  return lines.some((line) => {
    const [front = "", task = ""] = FRONT.exec(line) ?? [];
    const [, thread] = SWITCH.exec(line.slice(front.length)) ?? [];
    const number = task.slice(task.lastIndexOf(" ") + 1);
    if (thread === undefined || !/^[1-9]\d*$/.test(number)) return false;
    const known = threads.get(number) ?? thread;
    threads.set(number, known);
    return known !== thread;
  });
}

/** The times of the events, in nanoseconds. */
function stampsOf(lines: readonly string[]): readonly number[] {
  const line = new PerfLine();
  return lines.flatMap((text) => {
    const bytes = Buffer.from(text, "latin1");
    return line.scan(bytes, 0, bytes.length) ? [line.billions * 1e9 + line.rest] : [];
  });
}

/** Are these the differences of times? The first event has 0 then. */
function areDifferences(stamps: readonly number[]): boolean {
  const falls = stamps.filter((stamp, i) => stamp < (stamps[i - 1] ?? 0)).length;
  if (stamps[0] === 0) return falls > 0;
  return falls > stamps.length * FALLS_MIN && stamps.some((stamp) => stamp < SOON_NS);
}
