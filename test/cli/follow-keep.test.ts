// `follow --keep`: a trace that goes on is cut into recordings, and those that are too old go. Nothing is lost or doubled.

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import {
  appendFileSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { EXIT } from "../../src/index.js";
import { rowsOf, valueOf } from "../support/content.js";
import { importedText } from "../support/imported.js";
import { ended, irqtwin, MAIN } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedLines } from "../support/shipped.js";

const scratch = new Scratch();
const children: ChildProcess[] = [];
/** The first line of the header counts the entries of the whole trace, which no trace that grows has. */
const lines = shippedLines("6.17-x-uaf-crash")
  .filter((line) => !line.includes("entries-in-buffer"))
  .map((line) => `${line}\n`);

/** Where the processes of these tests keep what is of no use behind them. */
const TEMPORARY = scratch.path("");
mkdirSync(TEMPORARY);

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

interface Following {
  readonly child: ChildProcess;
  readonly said: { stdout: string; stderr: string };
}

function follow(db: string, ...args: readonly string[]): Following {
  const child = spawn(process.execPath, [MAIN, "follow", ...args, "--db", db], {
    env: { ...process.env, TMPDIR: TEMPORARY },
  });
  children.push(child);
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
  return { child, said };
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let looks = 0; looks < 1800; looks++) {
    try {
      if (holds()) return;
    } catch {
      // The file is not made yet.
    }
    await sleep(50);
  }
  throw new Error(`waited in vain until ${what}`);
}

const countOf = (db: string, sql: string): number => Number(valueOf(db, sql));
const complete = (db: string): number =>
  countOf(db, "SELECT count(*) FROM recording WHERE state = 'complete'");

/** Waits until a process follows: before that a signal ends it as it ends any process. */
function untilTaken(db: string, { pid = 0 }: ChildProcess): Promise<void> {
  const importer = "SELECT max(importer) FROM recording";
  return until(() => String(valueOf(db, importer)).includes(`:${pid}:`), "it is taken up");
}

async function endedBy({ child }: Following, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  expect(await ended(child)).toBe(EXIT.ok);
}

/** What a line shows by itself: an entry may be known by its host IRQ from lines before it alone. */
const EVENTS = "SELECT time_ns, cpu, kind, lo, hi FROM event WHERE line > 0 ORDER BY seq";

/** The events of all recordings are those of the whole trace, each once. */
async function expectAll(db: string, text: string): Promise<void> {
  const whole = await importedText(scratch.path(".db"), text);
  // On a machine that is busy a part may be older than the span before the test is over: it is dropped as it should be.
  const isDropping = countOf(db, "SELECT count(*) FROM dropped_recording") > 0;
  const events = rowsOf(db, EVENTS);
  const all = rowsOf(whole, EVENTS);
  expect(events).toEqual(isDropping ? all.slice(-events.length) : all);
  const verify = irqtwin(["verify", "--db", db]);
  expect(verify.status, verify.stdout).toBe(EXIT.ok);
}

/** Appends a part of the trace after another, and waits until each is a recording of its own. */
async function grow(
  db: string,
  file: string,
  parts: readonly (readonly string[])[],
): Promise<void> {
  for (const part of parts) {
    const before = existsSync(db) ? complete(db) : 0;
    appendFileSync(file, part.join(""), "latin1");
    await until(() => complete(db) > before, "a recording ends");
  }
}

const parts = [lines.slice(0, 2000), lines.slice(2000, 6500), lines.slice(6500)];

describe("a file that is kept for a span", () => {
  test("is cut, and each part knows the header and the table of the one before", async () => {
    const db = scratch.path(".db");
    const file = scratch.file(".txt", "");
    const following = follow(db, file, "--keep", "6s");
    await grow(db, file, parts);
    await endedBy(following, "SIGINT");
    expect(rowsOf(db, "SELECT kernel FROM recording")).toEqual(
      Array.from({ length: 3 }, () => [valueOf(db, "SELECT kernel FROM recording WHERE id = 1")]),
    );
    expect(valueOf(db, "SELECT kernel FROM recording WHERE id = 3")).not.toBeNull();
    const anchored = "SELECT count(*) FROM event WHERE line < 0 AND recording_id = ";
    expect(valueOf(db, `${anchored} 1`)).toBe(0n);
    expect(countOf(db, `${anchored} 3`)).toBeGreaterThan(0);
    expect(irqtwin(["info", "--recording", "3", "--db", db]).stdout).toMatch(
      /anchor: \d+ entries of end-of-recording-2.json, at start/,
    );
    await expectAll(db, parts.flat().join(""));
  });

  test("goes on where it ended, after Ctrl-C and after kill -9", async () => {
    const db = scratch.path(".db");
    const file = scratch.file(".txt", "");
    for (const [i, part] of parts.entries()) {
      const following = follow(db, file, "--keep", i === 0 ? "600" : "6s");
      appendFileSync(file, part.slice(0, 1000).join(""), "latin1");
      const stored = `SELECT count(*) FROM event WHERE recording_id = (SELECT max(id) FROM recording)`;
      await untilTaken(db, following.child);
      await until(() => countOf(db, stored) > 100, "it is stored");
      appendFileSync(file, part.slice(1000).join(""), "latin1");
      await sleep(700);
      if (i === 1) following.child.kill("SIGKILL");
      else await endedBy(following, "SIGTERM");
      await ended(following.child);
      expect(readdirSync(TEMPORARY)).toEqual([]);
    }
    await expectAll(db, parts.flat().join(""));
  });

  test("goes on behind what was followed without the option", async () => {
    const db = scratch.path(".db");
    const file = scratch.file(".txt", parts[0]?.join("") ?? "");
    const first = follow(db, file);
    await until(() => countOf(db, "SELECT count(*) FROM event") > 500, "it is stored");
    await endedBy(first, "SIGINT");
    const second = follow(db, file, "--keep", "3s");
    await grow(db, file, parts.slice(1));
    await endedBy(second, "SIGINT");
    await expectAll(db, parts.flat().join(""));
    // What was not made by --keep is not dropped by it.
    await sleep(3100);
    const third = follow(db, file, "--keep", "1s");
    await until(() => third.said.stderr.split("is dropped").length > 2, "two are dropped");
    await endedBy(third, "SIGINT");
    expect(rowsOf(db, "SELECT state FROM v_recording")).toEqual([
      ["complete"],
      ["dropped"],
      ["dropped"],
    ]);
  });

  test("that is rotated begins anew, without what the old one knew", async () => {
    const db = scratch.path(".db");
    const file = scratch.file(".txt", "");
    const following = follow(db, file, "--keep", "3s");
    await grow(db, file, parts.slice(0, 2));
    renameSync(file, `${file}.1`);
    writeFileSync(file, lines.slice(0, 1500).join(""), "latin1");
    await until(() => complete(db) > 2, "the new file is a recording");
    await endedBy(following, "SIGINT");
    expect(following.said.stderr).toContain("another file has its name now");
    expect(valueOf(db, "SELECT count(*) FROM event WHERE line < 0 AND recording_id = 3")).toBe(0n);
    expect(valueOf(db, "SELECT from_byte FROM recording_part WHERE recording_id = 3")).toBe(0n);
  });
});

test("what is too old is exported and dropped", async () => {
  const db = scratch.path(".db");
  const file = scratch.file(".txt", "");
  const folder = scratch.path("");
  const following = follow(db, file, "--keep", "1s", "--export", folder);
  let at = 0;
  await until(() => {
    appendFileSync(file, lines.slice(at, (at += 30)).join(""), "latin1");
    return countOf(db, "SELECT count(*) FROM dropped_recording") > 3;
  }, "some are dropped");
  await endedBy(following, "SIGINT");
  const dropped = countOf(db, "SELECT count(*) FROM dropped_recording");
  const exported = readdirSync(folder).filter((name) => name.endsWith(".db"));
  expect(exported.length).toBeGreaterThanOrEqual(dropped);
  expect(valueOf(db, "SELECT why FROM dropped_recording WHERE recording_id = 1")).toContain(
    `older than --keep 1s, exported to ${folder}`,
  );
  const copy = join(folder, exported.find((name) => name.endsWith("-2.db")) ?? "");
  const hash = String(valueOf(db, "SELECT hash FROM dropped_recording WHERE recording_id = 2"));
  const proof = irqtwin(["verify", "--db", copy, "--anchor", hash]);
  expect(proof.status, proof.stdout).toBe(EXIT.ok);
  const named = "SELECT file, sha256 FROM recording WHERE id = 2";
  expect(rowsOf(copy, named)).toEqual(rowsOf(db, named));
  expect(valueOf(copy, "SELECT sha256 FROM recording WHERE id = 2")).toMatch(/^[0-9a-f]{64}$/);
  expect(countOf(copy, "SELECT count(*) FROM event WHERE recording_id = 2")).toBe(
    countOf(db, "SELECT events FROM dropped_recording WHERE recording_id = 2"),
  );
  expect(irqtwin(["verify", "--db", db]).stdout).toContain("recording 1 ");
});

test("a FIFO is cut too", async () => {
  const db = scratch.path(".db");
  const fifo = scratch.path(".fifo");
  spawnSync("mkfifo", [fifo]);
  const following = follow(db, fifo, "--keep", "6s");
  const writer = createWriteStream(fifo);
  for (const [i, part] of parts.entries()) {
    // Half a line at the end of each write.
    const text = part.join("");
    writer.write(text.slice(0, -20), "latin1");
    await until(() => complete(db) > i, "the part is over");
    writer.write(text.slice(-20), "latin1");
  }
  writer.end();
  expect(await ended(following.child)).toBe(EXIT.ok);
  expect(complete(db)).toBeGreaterThan(1);
  await expectAll(db, parts.flat().join(""));
});

test.each([
  [["--keep", "0"], "--keep 0 is not a span"],
  [["--keep", "1w"], "--keep 1w is not a span"],
  [["--keep", ""], "is not a span"],
  [["--export", "x"], "give --keep too"],
])("%j is refused", (args, says) => {
  const ran = irqtwin(["follow", "-", ...args, "--db", scratch.path(".db")]);
  expect(ran.status).toBe(EXIT.misuse);
  expect(ran.stderr).toContain(says);
});
