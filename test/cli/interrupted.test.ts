// Signals to an import of what comes only once: what came in is kept. (A file: test/timeline/import/crash.test.ts.)

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { EXIT } from "../../src/index.js";
import { rowsOf, valueOf } from "../support/content.js";
import { ended, irqtwin, MAIN } from "../support/irqtwin.js";
import { Scratch } from "../support/scratch.js";
import { shippedLines } from "../support/shipped.js";

const scratch = new Scratch();
const children: ChildProcess[] = [];
const lines = shippedLines("6.17-s1-one").slice(0, 400);
const text = Buffer.from(`${lines.join("\n")}\n`, "latin1");

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

interface Running {
  readonly child: ChildProcess;
  readonly db: string;
  readonly said: { stdout: string; stderr: string };
}

function start(command: string, args: readonly string[], db: string): Running {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  children.push(child);
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said.stderr += chunk.toString()));
  return { child, db, said };
}

function importing(file = "-"): Running {
  const db = scratch.path(".db");
  return start(process.execPath, [MAIN, "import", file, "--db", db], db);
}

/** Waits until the events that came in are stored. */
async function untilStored(db: string): Promise<void> {
  for (let looks = 0; looks < 300; looks++) {
    await sleep(50);
    try {
      if (Number(valueOf(db, "SELECT count(*) FROM event")) > 10) return;
    } catch {
      // The file is not made yet.
    }
  }
  throw new Error("nothing is stored");
}

const LINES = "SELECT state, lines_total FROM recording";
const complete = [["complete", BigInt(lines.length)]];

describe("standard input that stays open", () => {
  test.each([
    ["SIGINT", EXIT.interrupted],
    ["SIGTERM", EXIT.ok],
  ] as const)("is ended by %s, and is a recording with all its lines", async (signal, status) => {
    const { child, db, said } = importing();
    child.stdin?.write(text.subarray(0, text.length / 2));
    await untilStored(db);
    // What is in the pipe when the signal comes is read, too.
    child.stdin?.write(text.subarray(text.length / 2));
    child.kill(signal);
    expect(await ended(child)).toBe(status);
    expect(said.stderr).toContain("interrupted: what came in is recording 1\n");
    expect(said.stdout).toContain("-: recording 1");
    expect(rowsOf(db, LINES)).toEqual(complete);
    expect(irqtwin(["verify", "--db", db]).status).toBe(0);
    const whole = scratch.path(".db");
    irqtwin(["import", "-", "--db", whole], { input: text });
    const events = "SELECT * FROM v_event";
    expect(rowsOf(db, events)).toEqual(rowsOf(whole, events));
  });

  test("and goes on giving lines is ended all the same", async () => {
    const { child, db } = importing();
    child.stdin?.on("error", () => undefined);
    child.stdin?.write(`${lines.slice(0, 200).join("\n")}\n`, "latin1");
    const rest = lines.slice(200);
    const writer = setInterval(() => child.stdin?.write(`${rest.shift() ?? "#"}\n`, "latin1"), 20);
    await untilStored(db);
    child.kill("SIGINT");
    expect(await ended(child)).toBe(EXIT.interrupted);
    clearInterval(writer);
    expect(rest.length).toBeGreaterThan(0);
    expect(valueOf(db, "SELECT state FROM recording")).toBe("complete");
  }, 30_000);

  test("of which nothing came is ended, and no file is made", async () => {
    const { child, db, said } = importing();
    while (!existsSync(db)) await sleep(20);
    await sleep(500);
    child.kill("SIGINT");
    expect(await ended(child)).toBe(EXIT.interrupted);
    expect(said.stderr).toBe("interrupted: nothing was imported\n");
    expect(existsSync(db)).toBe(false);
  });

  test("is dropped at the second signal", async () => {
    const { child, db, said } = importing();
    child.stdin?.write(text);
    await untilStored(db);
    child.kill("SIGINT");
    await sleep(20);
    child.kill("SIGINT");
    expect(await ended(child)).toBe(EXIT.interrupted);
    expect(said.stderr).toBe("interrupted: nothing was imported\n");
    expect(existsSync(db)).toBe(false);
  });
});

test("a named pipe whose writer stays is ended by Ctrl-C, and keeps its name", async () => {
  const pipe = scratch.path(".pipe");
  expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
  const { child, db } = importing(pipe);
  const source = scratch.file(".txt", text);
  const writer = spawn("sh", ["-c", `exec > "${pipe}"; cat "${source}"; exec sleep 60`], {
    stdio: "ignore",
  });
  children.push(writer);
  await untilStored(db);
  child.kill("SIGINT");
  expect(await ended(child)).toBe(EXIT.interrupted);
  expect(rowsOf(db, LINES)).toEqual(complete);
  expect(valueOf(db, "SELECT file FROM recording")).toBe(pipe.split("/").at(-1));
}, 30_000);

test("Ctrl-C for a whole pipeline ends the writer as well", async () => {
  const db = scratch.path(".db");
  const source = scratch.file(".txt", text);
  const program = `{ cat "${source}"; exec sleep 60; } | "${process.execPath}" "${MAIN}" import - --db "${db}"`;
  const shell = spawn("sh", ["-c", program], { detached: true, stdio: "ignore" });
  children.push(shell);
  await untilStored(db);
  process.kill(-(shell.pid ?? 0), "SIGINT");
  await ended(shell);
  while (valueOf(db, "SELECT state FROM recording") !== "complete") await sleep(50);
  expect(rowsOf(db, LINES)).toEqual(complete);
}, 30_000);
