// Time stamps as the file says: ticks, nanoseconds, an offset, ticks of the TSC that become nanoseconds; and what
// trace-cmd prints of the same file, where it is installed.

import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { RecordLine } from "../../src/tracedat/record-line.js";
import { Records } from "../../src/tracedat/records.js";
import { Scratch } from "../support/scratch.js";
import { shippedLines } from "../support/shipped.js";
import { traceDat, type TraceDatOptions } from "../support/trace-dat/index.js";
import { streamOf } from "../support/trace-dat/stream.js";

const scratch = new Scratch();
const HAS_TRACE_CMD = spawnSync("trace-cmd", ["--version"]).error === undefined;

const TEXT = shippedLines("6.17-s1-one").join("\n");
const MARKER = "            task-77      [001] ..... 2596000000123: tracing_mark_write: hello\n";

function stampsIn(file: Buffer): string[] {
  const stamps: string[] = [];
  const line = new RecordLine();
  const records = new Records(line, {
    record: () =>
      stamps.push(
        `${BigInt(line.billions) * 1_000_000_000n + BigInt(line.rest)}${line.isCounter ? " ticks" : " ns"}`,
      ),
  });
  records.feed(streamOf(file));
  return stamps;
}

function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeUInt32LE(value, 4 * i));
  return bytes;
}

/** trace-cmd stores an offset behind factor and shift, and does not use it. */
const TSC2NSEC = [14, u32(3_229_246, 23, 12_345, 0)] as const;

describe("time stamps", () => {
  test.each<[string, TraceDatOptions, string]>([
    ["of a counter clock are ticks", { clock: "x86-tsc" }, "2596000000123 ticks"],
    ["of the clock mono are nanoseconds", { clock: "mono" }, "2596000000123 ns"],
    ["of jiffies are ticks", { clock: "uptime" }, "2596000000123 ticks"],
    [
      "have an offset added",
      { clock: "mono", options: [[7, Buffer.from("0x10\0")]] },
      "2596000000139 ns",
    ],
    [
      "have the wall clock added, in microseconds",
      { clock: "mono", options: [[1, Buffer.from("-0x1\0")]] },
      "2595999999123 ns",
    ],
    [
      "become nanoseconds where the file says how",
      { clock: "x86-tsc", options: [TSC2NSEC] },
      "999346091317 ns",
    ],
  ])("%s", (_, options, stamp) => {
    for (const version of [6, 7] as const)
      expect(stampsIn(traceDat(MARKER, { ...options, version }))).toEqual([stamp]);
  });
});

describe.runIf(HAS_TRACE_CMD)("trace-cmd report of the same file", () => {
  const LINE = /^ *(.+)-(\d+) +\[(\d+)\] +([\d.]+): (\w+): +(.*)$/;

  function reported(file: Buffer): string[][] {
    const path = scratch.path(".dat");
    writeFileSync(path, file);
    const text = execFileSync("trace-cmd", ["report", "-t", "-N", "-i", path], {
      encoding: "latin1",
    });
    return text.split("\n").flatMap((line) => {
      const [, ...fields] = LINE.exec(line) ?? [];
      return fields.length === 0 ? [] : [fields];
    });
  }

  function read(file: Buffer): string[][] {
    const rows: string[][] = [];
    const line = new RecordLine();
    const records = new Records(line, {
      record: () => {
        const { billions, rest } = line;
        const ticks = (BigInt(billions) * 1_000_000_000n + BigInt(rest)).toString();
        const time = line.isCounter ? ticks : `${billions}.${String(rest).padStart(9, "0")}`;
        rows.push([
          line.comm(),
          String(line.pid),
          String(line.cpu).padStart(3, "0"),
          time,
          line.format?.name ?? "",
          line.text(),
        ]);
      },
    });
    records.feed(streamOf(file));
    return rows;
  }

  /** What trace-cmd prints in another way: addresses, names of enumerations, and the function of a marker. */
  function comparable(rows: readonly string[][]): string[][] {
    return rows.map((row) => [
      ...row.slice(0, 5),
      (row[5] ?? "").replace(/^\([^)]*\) ?/, "").replace(/^tracing_mark_write: /, ""),
    ]);
  }

  test.each<TraceDatOptions>([
    { version: 6 },
    { version: 7 },
    { version: 7, compression: "zstd" },
    { version: 7, options: [TSC2NSEC] },
    { version: 7, clock: "mono", options: [[7, Buffer.from("1000000007\0")]] },
  ])("%j has the same records", (options) => {
    const file = traceDat(TEXT, { clock: "x86-tsc", ...options });
    const rows = comparable(read(file));
    expect(rows.length).toBeGreaterThan(500);
    expect(rows).toEqual(comparable(reported(file)));
  });

  it("of variants that trace-cmd makes has the same records", () => {
    const path = scratch.path(".dat");
    writeFileSync(path, traceDat(TEXT, { clock: "x86-tsc" }));
    const rows = comparable(read(readFileSync(path)));
    for (const [version, compression] of [
      ["6", "none"],
      ["7", "none"],
      ["7", "zstd"],
    ] as const) {
      const other = scratch.path(".dat");
      const args = [
        "--file-version",
        version,
        "--compression",
        compression,
        "-i",
        path,
        "-o",
        other,
      ];
      execFileSync("trace-cmd", ["convert", ...args], { stdio: "ignore" });
      expect(comparable(read(readFileSync(other)))).toEqual(rows);
    }
  });
});
