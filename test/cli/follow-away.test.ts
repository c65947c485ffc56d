// A file that is rotated while nobody follows it: the next run reads on where the older file stands now.

import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { appendFileSync, cpSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
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
const all = shippedLines("6.17-x-uaf-crash")
  .filter((line) => !line.includes("entries-in-buffer"))
  .map((line) => `${line}\n`);
const header = all.filter((line) => line.startsWith("#"));
const body = all.filter((line) => !line.startsWith("#")).slice(0, 2400);
const cut = (from: number, to?: number): string => body.slice(from, to).join("");
const top = header.join("");

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

function follow(...args: readonly string[]): ChildProcess & { said: string } {
  const child = spawn(process.execPath, [MAIN, "follow", ...args]);
  children.push(child);
  const told = Object.assign(child, { said: "" });
  child.stderr.on("data", (chunk: Buffer) => (told.said += chunk.toString()));
  return told;
}

async function until(holds: () => boolean, what: () => string): Promise<void> {
  for (let looks = 0; looks < 1800; looks++) {
    try {
      if (holds()) return;
    } catch {
      // The file is not made yet.
    }
    await sleep(50);
  }
  throw new Error(`waited in vain until ${what()}`);
}

/** What is stored of the lines themselves, in their order, without what a later recording supersedes. */
const EVENTS = `SELECT time_ns, cpu, kind, comm FROM v_event WHERE line > 0 AND recording_id NOT IN
  (SELECT supersedes FROM recording WHERE supersedes IS NOT NULL) ORDER BY seq`;

async function eventsOf(...texts: readonly string[]): Promise<unknown[]> {
  const events: unknown[] = [];
  for (const text of texts)
    events.push(...rowsOf(await importedText(scratch.path(".db"), text), EVENTS));
  return events;
}

/** Follows until what is stored are the events of these texts, each once. */
async function followed(db: string, file: string, texts: readonly string[], ...args: string[]) {
  const expected = await eventsOf(...texts);
  const child = follow(file, "--db", db, ...args);
  const isStored = (): boolean => rowsOf(db, EVENTS).length >= expected.length;
  await until(isStored, () => `all is stored; said: ${child.said}`);
  child.kill("SIGINT");
  expect(await ended(child)).toBe(EXIT.ok);
  expect(rowsOf(db, EVENTS)).toEqual(expected);
  expect(irqtwin(["verify", "--db", db]).status).toBe(EXIT.ok);
  return child.said;
}

/** Follows the first lines, and is ended by a signal when they are stored. */
async function begun(db: string, file: string, signal: NodeJS.Signals, ...args: string[]) {
  writeFileSync(file, top + cut(0, 800), "latin1");
  const { length: count } = await eventsOf(top + cut(0, 800));
  const child = follow(file, "--db", db, ...args);
  await until(
    () => Number(valueOf(db, "SELECT count(*) FROM event WHERE line > 0")) >= count,
    () => `the first lines are stored; said: ${child.said}`,
  );
  child.kill(signal);
  await ended(child);
}

const ROTATE: Readonly<Record<string, (path: string) => void>> = {
  "by another name": (path) => {
    renameSync(path, `${path}.1`);
    writeFileSync(path, "");
  },
  "by a copy": (path) => {
    cpSync(path, `${path}.1`);
    truncateSync(path);
  },
};

describe.each(["SIGINT", "SIGKILL"] as const)("after %s", (signal) => {
  const ways = signal === "SIGKILL" ? Object.keys(ROTATE) : ["by another name"];
  test.each(ways)("what is rotated %s is read to its end, and once", async (how) => {
    const [db, file] = [scratch.path(".db"), scratch.path(".txt")];
    await begun(db, file, signal);
    appendFileSync(file, cut(800, 1200), "latin1");
    ROTATE[how]?.(file);
    appendFileSync(file, top + cut(1200, 1600), "latin1");
    renameSync(`${file}.1`, `${file}.2`);
    ROTATE[how]?.(file);
    appendFileSync(file, top + cut(1600), "latin1");
    const texts = [cut(0, 1200), cut(1200, 1600), cut(1600)].map((text) => top + text);
    await followed(db, file, texts);
  });

  // Who ended the run before does not matter to what reads a compressed file.
  test.each(signal === "SIGKILL" ? ["gzip", "xz", "zstd"] : ["gzip"])(
    "what %s has compressed is read to its end",
    async (program) => {
      const [db, file] = [scratch.path(".db"), scratch.path(".txt")];
      await begun(db, file, signal);
      appendFileSync(file, cut(800, 1200), "latin1");
      ROTATE["by another name"]?.(file);
      appendFileSync(file, top + cut(1200, 1600), "latin1");
      renameSync(`${file}.1`, `${file}.2`);
      execFileSync(program, ["-q", `${file}.2`]);
      rmSync(`${file}.2`, { force: true });
      ROTATE["by another name"]?.(file);
      appendFileSync(file, top + cut(1600), "latin1");
      const texts = [cut(0, 1200), cut(1200, 1600), cut(1600)].map((text) => top + text);
      expect(await followed(db, file, texts)).not.toContain("lost");
    },
  );

  test("parts of --keep go on in the older file", async () => {
    const [db, file] = [scratch.path(".db"), scratch.path(".txt")];
    await begun(db, file, signal, "--keep", "1h");
    appendFileSync(file, cut(800, 1200), "latin1");
    ROTATE["by another name"]?.(file);
    appendFileSync(file, top + cut(1200), "latin1");
    const child = follow(file, "--db", db, "--keep", "1h");
    const lines = `SELECT count(*) FROM event WHERE line > 0`;
    const expected = await eventsOf(top + cut(0, 1200), top + cut(1200));
    await until(
      () => Number(valueOf(db, lines)) >= expected.length,
      () => `all is stored; said: ${child.said}`,
    );
    child.kill("SIGINT");
    expect(await ended(child)).toBe(EXIT.ok);
    const own = "SELECT time_ns, cpu, kind FROM event WHERE line > 0 ORDER BY seq";
    expect(rowsOf(db, own).length).toBe(expected.length);
    expect(
      rowsOf(db, "SELECT DISTINCT time_ns, cpu, kind, lo, hi, line FROM event WHERE line > 0")
        .length,
    ).toBe(expected.length);
  });
});

test("a file that was stored whole is not read again, and one that is gone is told of", async () => {
  const [db, file] = [scratch.path(".db"), scratch.path(".txt")];
  await begun(db, file, "SIGINT");
  ROTATE["by another name"]?.(file);
  appendFileSync(file, top + cut(800, 1600), "latin1");
  const texts = [top + cut(0, 800), top + cut(800, 1600)];
  expect(await followed(db, file, texts)).toContain("another file has its name now");
  expect(rowsOf(db, "SELECT id, supersedes FROM recording")).toEqual([
    [1n, null],
    [2n, null],
  ]);
  writeFileSync(file, top + cut(1600), "latin1");
  expect(await followed(db, file, [...texts, top + cut(1600)])).toContain(
    "the file that was followed before is not there any more",
  );
});

test("lines that are lost are noted with the recording behind them, also of its next run", async () => {
  const [db, file] = [scratch.path(".db"), scratch.path(".txt")];
  await begun(db, file, "SIGINT");
  writeFileSync(`${file}.1`, top + cut(800, 1200), "latin1");
  writeFileSync(file, top + cut(1200, 1600), "latin1");
  const texts = [top + cut(0, 800), top + cut(1200, 1600)];
  const said = await followed(db, file, texts);
  expect(said).toContain("lines before this recording may be lost");
  expect(said).toMatch(
    /no older file is read \(.*\.txt\.1\), because none is known to have been read/,
  );
  appendFileSync(file, cut(1600), "latin1");
  expect(await followed(db, file, [top + cut(0, 800), top + cut(1200)])).toContain("may be lost");
  const { recordings } = JSON.parse(irqtwin(["info", "--json", "--db", db]).stdout) as {
    recordings: { notes: { kind: string; lines: number | null }[] }[];
  };
  expect(recordings.map(({ notes }) => notes.map(({ kind }) => kind))).toEqual([
    [],
    ["lost before"],
    ["lost before"],
  ]);
  expect(irqtwin(["info", "--db", db]).stdout).toContain("note: lines before its first one");
});
