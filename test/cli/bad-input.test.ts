// Input that is no recording, or a damaged one: a clear error with a code, or a recording that says
// what was wrong with it. Never a stack trace, and what was in the timeline before is still there.

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { beforeAll, describe, expect, test } from "vitest";
import { ERROR_CODES, type ErrorCode } from "../../src/index.js";
import { contentOf, hashOf, rowsOf } from "../support/content.js";
import { irqtwin, json, type Ran } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedLines, shippedPath, shippedText } from "../support/shipped.js";

const scratch = new Scratch();
const NAME = "6.17-s1-one";
let base: string;

beforeAll(() => {
  base = scratch.path(".db");
  expect(irqtwin(["import", shippedPath("7.3-s2-two"), "--db", base]).status).toBe(0);
});

/** An error as the contract has it: one line, with its code and its exit status. */
function expectError(ran: Ran, code: ErrorCode, about = ""): void {
  expect(ran.stderr, about).toMatch(new RegExp(`^error: .{10,} \\(${code}\\)\n$`));
  expect(ran, about).toMatchObject({ status: ERROR_CODES[code], stdout: "" });
}

/** Imports into a copy of the timeline. */
function importInto(file: string, ...options: string[]): { db: string; ran: Ran } {
  const db = scratch.path(".db");
  cpSync(base, db);
  return { db, ran: irqtwin(["import", file, "--db", db, ...options]) };
}

/** What the recordings that were there say; recording 2 is the new one. */
const before = (db: string): string =>
  hashOf(db, "SELECT * FROM v_event WHERE recording_id = 1 ORDER BY seq");

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");
const textOf = (lines: readonly string[]): Buffer => bytes(`${lines.join("\n")}\n`);

/** Bytes that look like nothing: every value occurs, NUL among them. */
const BINARY = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919 + (i >> 5)) & 0xff));

const compressed = (program: string): Buffer =>
  spawnSync(program, ["-c"], { input: bytes(shippedText(NAME)), maxBuffer: 1 << 28 }).stdout;
const half = (content: Buffer): Buffer => content.subarray(0, content.length >> 1);

const LATENCY = `# tracer: nop
#
# nop latency trace v1.1.5 on 6.17.13+deb13-amd64
# --------------------------------------------------------------------
#  cmd     pid   ||||| time  |   caller
      sh-205     2...1.   12us : tracing_mark_write: PI boot_state 6.17.13
`;

const REFUSED: readonly (readonly [string, ErrorCode, () => string])[] = [
  ["an empty file", "ERR_INPUT_EMPTY", () => scratch.file(".txt", "")],
  [
    "an empty file in gzip",
    "ERR_INPUT_EMPTY",
    () => scratch.file(".gz", spawnSync("gzip", ["-c"], { input: "" }).stdout),
  ],
  ["a binary file", "ERR_FORMAT_UNKNOWN", () => scratch.file(".bin", BINARY)],
  [
    "a trace.dat that ends within its head",
    "ERR_INPUT_DAMAGED",
    () => scratch.file(".dat", bytes("\u0017\bDtracing6\0\0\b\0\0")),
  ],
  ["prose", "ERR_FORMAT_UNKNOWN", () => scratch.file(".txt", "Dear list,\n\nnothing works.\n")],
  ["the latency format", "ERR_FORMAT_LATENCY", () => scratch.file(".txt", LATENCY)],
  [
    "a .gz that ends too soon",
    "ERR_INPUT_DAMAGED",
    () => scratch.file(".gz", half(readFileSync(shippedPath(NAME)))),
  ],
  [
    "a .gz with a changed byte",
    "ERR_INPUT_DAMAGED",
    () => {
      const content = Buffer.from(readFileSync(shippedPath(NAME)));
      content.writeUInt8(content.readUInt8(content.length >> 1) ^ 0xff, content.length >> 1);
      return scratch.file(".gz", content);
    },
  ],
  ["a folder", "ERR_INPUT_UNREADABLE", () => tmpdir()],
  ["a file that is not there", "ERR_NO_SUCH_FILE", () => scratch.path(".txt")],
  ["a file that cannot be read", "ERR_INPUT_UNREADABLE", () => "/proc/self/mem"],
];

describe("refused, with the timeline as it was:", () => {
  test.each(REFUSED)("%s is %s", (_what, code, make) => {
    const { db, ran } = importInto(make());
    expectError(ran, code);
    expect(contentOf(db)).toEqual(contentOf(base));
  });

  for (const program of ["xz", "zstd"]) {
    const isMissing = spawnSync(program, ["--version"]).status !== 0;
    test.skipIf(isMissing)(`${program} data that ends too soon is ERR_INPUT_DAMAGED`, () => {
      const { db, ran } = importInto(scratch.file(`.${program}`, half(compressed(program))));
      expectError(ran, "ERR_INPUT_DAMAGED");
      expect(contentOf(db)).toEqual(contentOf(base));
    });
  }

  test("standard input that is empty, binary or cut is refused as a file is", () => {
    for (const [input, code] of [
      ["", "ERR_INPUT_EMPTY"],
      [BINARY, "ERR_FORMAT_UNKNOWN"],
      [half(readFileSync(shippedPath(NAME))), "ERR_INPUT_DAMAGED"],
    ] as const) {
      const db = scratch.path(".db");
      cpSync(base, db);
      expectError(irqtwin(["import", "-", "--db", db], { input }), code);
      expect(contentOf(db)).toEqual(contentOf(base));
    }
  });

  test("of several files, those before the bad one are imported, those after it are not", () => {
    const db = scratch.path(".db");
    const files = [shippedPath(NAME), scratch.path(".gone"), shippedPath("7.3-s2-two")];
    const ran = irqtwin(["import", ...files, "--db", db]);
    expect(ran.stderr).toContain("(ERR_NO_SUCH_FILE)");
    expect(ran.status).toBe(3);
    expect(rowsOf(db, "SELECT file, state FROM v_recording")).toEqual([
      [`${NAME}.txt.gz`, "complete"],
    ]);
  });

  test("a kernel without a profile is taken under the rules one names", () => {
    const text = shippedText(NAME).replace(/boot_state \S+/, "boot_state 4.19.0-amd64");
    const { db, ran } = importInto(scratch.file(".txt", bytes(text)), "--rules", "6.17");
    expect(ran.status).toBe(0);
    expect(rowsOf(db, "SELECT kernel, rules FROM v_recording WHERE recording_id = 2")).toEqual([
      ["4.19.0-amd64", "6.17"],
    ]);
  });
});

interface Imported {
  readonly lines: Record<string, number>;
  readonly time_anomalies: number;
}

/** Imports what can be imported; what recording 2 says of its lines that cannot. */
function imported(content: Buffer): {
  db: string;
  ran: Ran;
  document: Imported;
  rejected: unknown[][];
} {
  const { db, ran } = importInto(scratch.file(".txt", content), "--json");
  expect(before(db)).toBe(before(base));
  return {
    db,
    ran,
    document: json(ran) as Imported,
    rejected: rowsOf(db, "SELECT line, reason, text FROM rejected_line WHERE recording_id = 2"),
  };
}

/** A recording's events without what depends on their place: seq and line numbers. */
const facts = (db: string, recording: number): string =>
  hashOf(
    db,
    `SELECT time_ns, cpu, comm, pid, kind, devid, irte_index, gsi, host_irq,
       json_remove(payload, '$.returned_line')
     FROM v_event WHERE recording_id = ${recording} ORDER BY seq`,
  );

describe("taken, with what is wrong kept:", () => {
  let whole: string;

  beforeAll(() => {
    const { db, ran } = importInto(shippedPath(NAME));
    expect(ran.status).toBe(0);
    whole = facts(db, 2);
  });

  test("a trace that is cut in mid-line loses that line and no other", () => {
    const lines = shippedLines(NAME);
    const cut = lines.findIndex((line, i) => i > 1500 && line.includes(" irte_write: "));
    // The last digit of hi is missing: the line still parses, to a value that was never written.
    const last = (lines[cut] ?? "").slice(0, -1);
    const { ran, document, rejected } = imported(bytes([...lines.slice(0, cut), last].join("\n")));
    expect(ran.status).toBe(3);
    expect(document.lines).toMatchObject({ total: cut + 1, rejected: 1 });
    expect(rejected).toEqual([[BigInt(cut + 1), expect.stringContaining("cut"), last]]);
  });

  test("CRLF line ends change nothing", () => {
    const { db, ran, document } = imported(bytes(shippedText(NAME).replaceAll("\n", "\r\n")));
    expect(ran).toMatchObject({ status: 0, stderr: "" });
    expect(document.lines).toMatchObject({ total: 2438, rejected: 0 });
    expect(facts(db, 2)).toBe(whole);
  });

  test("a line of 10 MB is one rejected line, whose beginning is kept", () => {
    const lines = shippedLines(NAME);
    lines.splice(700, 0, "x".repeat(10_000_000));
    const { db, ran, document, rejected } = imported(textOf(lines));
    expect(ran.status).toBe(3);
    expect(document.lines).toMatchObject({ total: 2439, rejected: 1 });
    expect(rejected).toEqual([[701n, expect.stringContaining("longer"), "x".repeat(1024)]]);
    expect(facts(db, 2)).toBe(whole);
  });

  test("bytes that are not UTF-8 are kept as far as text can, wherever they stand", () => {
    const lines = shippedLines(NAME);
    const at = lines.findIndex((line) => line.includes("            piwl-210 "));
    lines[at] = (lines[at] ?? "").replace(
      "            piwl-210 ",
      "        \u00ff\u00fe\u00c3pi-210 ",
    );
    lines.splice(900, 0, "\u00ff\u00fe\u0080 no line");
    const { ran, document, rejected } = imported(textOf(lines));
    expect(ran.status).toBe(3);
    expect(document.lines).toMatchObject({ total: 2439, rejected: 1 });
    expect(rejected).toEqual([[901n, "not an ftrace line", "\ufffd\ufffd\ufffd no line"]]);
  });

  test("lines out of time order are taken in the file's order, with a warning", () => {
    const lines = shippedLines(NAME);
    const moved = lines.splice(1200, 1);
    lines.splice(1000, 0, ...moved);
    const { ran, document } = imported(textOf(lines));
    expect(ran.status).toBe(0);
    expect(ran.stderr).toMatch(/^warning: 1 lines .* stamped before/);
    expect(document.time_anomalies).toBe(1);
  });

  test.each(["9223372036854775808", "18446744073709551615", "99999999999999999999"])(
    "a stamp of %s, which no 64-bit integer of SQLite holds, costs that line at most",
    (stamp) => {
      const lines = shippedLines(NAME);
      const at = lines.findIndex((line, i) => i > 800 && line.includes(" irte_write: "));
      lines[at] = (lines[at] ?? "").replace(/ \d+: irte_write/, ` ${stamp}: irte_write`);
      const { ran, document, rejected } = imported(textOf(lines));
      expect(ran.stderr).not.toMatch(/^\s+at /m);
      expect(document.lines).toMatchObject({ total: 2438, rejected: 1 });
      expect(rejected).toEqual([[BigInt(at + 1), expect.stringMatching(/stamp|time/), lines[at]]]);
      expect(ran.status).toBe(3);
    },
  );

  test("a --clock-hz under which the stamps do not fit is an error with a code", () => {
    const { db, ran } = importInto(shippedPath(NAME), "--clock-hz", "3");
    expect(ran.stderr).toMatch(/^error: .{10,} \(ERR_\w+\)\n$/);
    expect([2, 3]).toContain(ran.status);
    expect(contentOf(db)).toEqual(contentOf(base));
  });

  test("a header without one event is a recording of which nothing can be asked", () => {
    const { db, ran } = importInto(scratch.file(".txt", "# tracer: nop\n#\n"));
    expect(ran.status).toBe(0);
    expectError(irqtwin(["at", "end", "--recording", "2", "--db", db]), "ERR_TIMELINE_EMPTY");
    expect(irqtwin(["info", "--db", db]).status).toBe(0);
    expect(irqtwin(["log", "--recording", "2", "--db", db])).toMatchObject({
      status: 0,
      stdout: "",
    });
    expect(existsSync(`${db}-wal`)).toBe(false);
  });
});

test("a dump that is damaged is refused by its line, and a missing one by its name", () => {
  const file = shippedPath(NAME);
  const cut = scratch.file(".txt", "DeviceId 0000:00:08.0\nIRT[0000] 000000010168a063 00000200");
  const { db, ran } = importInto(file, "--anchor", cut);
  expectError(ran, "ERR_ANCHOR");
  expect(ran.stderr).toContain("line 2:");
  expect(rowsOf(db, "SELECT id FROM recording")).toHaveLength(1);
  expectError(importInto(file, "--anchor", `${cut}.not`).ran, "ERR_NO_SUCH_FILE");
  expectError(importInto(file, "--anchor", tmpdir()).ran, "ERR_INPUT_UNREADABLE");
  expectError(importInto(file, "--anchor-at", "end").ran, "ERR_USAGE");
  expectError(importInto(file, "--anchor", cut, "--anchor-at", "noon").ran, "ERR_WHEN");
});

describe("an import that fails", () => {
  test("leaves no timeline that it made, and touches none that was there", () => {
    const bad = scratch.file(".txt", "neither fish nor flesh\n");
    const made = scratch.path(".db");
    expect(irqtwin(["import", bad, "--db", made]).status).toBe(3);
    expect(existsSync(made)).toBe(false);
    const db = scratch.path(".db");
    expect(irqtwin(["import", shippedPath("6.17-s1-one"), "--db", db]).status).toBe(0);
    expect(irqtwin(["import", bad, "--db", db]).status).toBe(3);
    expect(irqtwin(["info", "--db", db]).stdout).toContain("recording 1");
  });
});
