// What `perf script` prints with other options: it is read right, or refused by its name, and never read with other times.

import { describe, expect, test } from "vitest";
import { openTimeline, TwinError } from "../../src/index.js";
import { perfScript } from "../support/perf-script.js";
import { Scratch } from "../support/scratch.js";
import { shippedText } from "../support/shipped.js";

const scratch = new Scratch();
const lines = perfScript(shippedText("6.17-s1-one")).trimEnd().split("\n");
const STAMP = /(\] +)(\d+)\.(\d{6}): /;
/** `comm tid [cpu] time: GROUP:NAME: fields`. */
const LINE = /^( *\S.*?)( +\d+)( \[\d+\] +)(\d+\.\d{6}: +)(\S+: )(.*)$/;

/** Two threads of one process leave a CPU. */
const SWITCHES = ["4411", "4412"].map(
  (thread) =>
    `             vmm  4410 [000] 99999.000000: sched:sched_switch: prev_comm=vmm prev_pid=${thread} prev_prio=120 prev_state=S ==> next_comm=swapper/0 next_pid=0 next_prio=120`,
);

/** The lines with other times, given and asked for in microseconds. */
function timed(others: readonly string[], timeOf: (time: number) => number): readonly string[] {
  return others.map((line) =>
    line.replace(STAMP, (_, front: string, seconds: string, fraction: string) => {
      const time = timeOf(Number(`${seconds}${fraction}`));
      const [whole, rest] = [Math.floor(time / 1e6), time % 1e6];
      return `${front}${String(whole).padStart(5)}.${String(rest).padStart(6, "0")}: `;
    }),
  );
}

/** Times that count from the event before, as --deltatime prints them. */
function differences(): (time: number) => number {
  let before: number | null = null;
  return (time) => {
    const since = time - (before ?? time);
    before = time;
    return since;
  };
}

/** Times that count from the first event, as --reltime prints them. */
function sinceFirst(): (time: number) => number {
  let first: number | null = null;
  return (time) => time - (first ??= time);
}

async function imported(
  text: readonly string[],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  try {
    await timeline.import(scratch.file(".txt", `${text.join("\n")}\n`), { kernel: "6.17.13" });
    const sql = "SELECT line, kind, time_ns, cause, irte FROM v_event WHERE line > 0 ORDER BY seq";
    return await timeline.query(sql, [], { rows: 100_000 });
  } finally {
    timeline.close();
  }
}

const without = (...fields: readonly number[]): readonly string[] =>
  lines.map((line) =>
    (LINE.exec(line)?.slice(1) ?? []).map((part, i) => (fields.includes(i) ? "" : part)).join(""),
  );

describe("is refused by its name:", () => {
  test.each([
    ["--deltatime", timed(lines, differences()), /--deltatime, whose times count from/],
    ["--deltatime, a part", timed(lines, differences()).slice(700), /--deltatime/],
    ["-F without comm", without(0), /without the name of the task/],
    ["-F without tid", without(1), /without the number of the task/],
    ["-F without event", without(4), /without the name of the event/],
    ["-F without trace", without(5), /without the fields of the event/],
    ["-F pid without tid", [...lines, ...SWITCHES], /the process in the place of the thread/],
    ["-D", ["0x248@perf.data [0xd0]: event: 9", ".", ...lines], /with the option -D/],
  ])("%s", async (_options, text, says) => {
    const refused = await imported(text).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(TwinError);
    expect(refused).toMatchObject({ code: "ERR_FORMAT_UNKNOWN" });
    expect(String(refused)).toMatch(says);
  });
});

test("times that count from the first event (--reltime) are read as they are", async () => {
  const whole = await imported(lines);
  const relative = await imported(timed(lines, sinceFirst()));
  const begin = lines.map((line) => STAMP.exec(line)).find((found) => found !== null);
  const first = BigInt(`${begin?.[2] ?? ""}${begin?.[3] ?? ""}`) * 1000n;
  const shifted = whole.map((row) => ({ ...row, time_ns: BigInt(String(row["time_ns"])) - first }));
  expect(relative.map((row) => ({ ...row, time_ns: BigInt(String(row["time_ns"])) }))).toEqual(
    shifted,
  );
  expect(whole.length).toBeGreaterThan(100);
});

test("a few lines out of order are no differences", async () => {
  const [first = "", second = "", ...rest] = lines;
  expect(await imported([second, first, ...rest])).toHaveLength((await imported(lines)).length);
});
