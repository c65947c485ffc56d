// Two imports into one timeline, whoever runs them: processes, threads, PID namespaces, one that is stopped, a host
// whose clock jumps. Each either stores its recording whole, or says that it did not.

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import Database from "better-sqlite3";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { Timeline } from "../../../src/index.js";
import { EXIT } from "../../../src/base/errors.js";
import { chainOf, contentOf, rowsOf } from "../../support/content.js";
import { ended, irqtwin, json, MAIN, startIrqtwin } from "../../support/irqtwin.js";
import { largeTrace } from "../../support/large.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath } from "../../support/shipped.js";

const FIRST = shippedPath("7.3-s2-two");
const OTHER = shippedPath("6.16-m2-mono-standard");
const LIBRARY = fileURLToPath(new URL("../../../dist/index.js", import.meta.url));

const scratch = new Scratch();
let large: string;
let base: string;
let both: Record<string, unknown>;
const children: ChildProcess[] = [];

beforeAll(() => {
  large = scratch.file(".txt", largeTrace());
  base = scratch.path(".db");
  expect(irqtwin(["import", FIRST, "--db", base]).status).toBe(0);
  const db = copyOfBase();
  expect(irqtwin(["import", large, "--db", db]).status).toBe(0);
  both = allOf(db);
});

afterEach(() => {
  vi.useRealTimers();
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

function allOf(db: string): Record<string, unknown> {
  return { ...contentOf(db), chain: chainOf(db) };
}

function copyOfBase(): string {
  const db = scratch.path(".db");
  cpSync(base, db);
  return db;
}

/** What a child printed, and how it ended. */
async function outcome(child: ChildProcess): Promise<{ status: unknown; stderr: string }> {
  children.push(child);
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return { status: await ended(child), stderr };
}

async function untilStored(db: string, batches: number): Promise<void> {
  const reader = new Database(db, { readonly: true });
  const stored = reader
    .prepare<[], number>(
      "SELECT coalesce(max(batches), 0) FROM recording WHERE state = 'importing'",
    )
    .pluck();
  while ((stored.get() ?? 0) < batches) await sleep(1);
  reader.close();
}

function filesOf(db: string): unknown[] {
  return rowsOf(db, "SELECT id, state FROM recording ORDER BY id");
}

/** Starts `import FILE --db DB`, with the words of a program before it. */
function run(program: string, [file = "", db = "", ...before]: readonly string[]): ChildProcess {
  return spawn(program, [...before, MAIN, "import", file, "--db", db]);
}

/** `import FILE` in a PID namespace of its own, where it is process 1 or 2. */
function inNamespace(file: string, db: string): ChildProcess {
  return run("unshare", [file, db, "--pid", "--fork", "--mount-proc", process.execPath]);
}

/** The namespace's own process: unshare is only its parent. */
function childOf(unshare: ChildProcess): number {
  const path = `/proc/${unshare.pid ?? 0}/task/${unshare.pid ?? 0}/children`;
  return Number(readFileSync(path, "utf8").trim());
}

const hasNamespaces =
  spawnSync("unshare", ["--pid", "--fork", "--mount-proc", "true"]).status === 0;

describe("an import that runs", () => {
  test("refuses another process's, and the same file twice at once is one recording", async () => {
    const db = copyOfBase();
    const runs = await Promise.all([
      outcome(startIrqtwin(["import", large, "--db", db])),
      outcome(startIrqtwin(["import", large, "--db", db])),
    ]);
    const refused = runs.filter(({ status }) => status === EXIT.unfinished);
    for (const { stderr } of refused) expect(stderr).toContain("(ERR_IMPORT_RUNNING)");
    expect(runs.filter(({ status }) => status === 0).length).toBe(2 - refused.length);
    expect(refused.length).toBeLessThan(2);
    expect(allOf(db)).toEqual(both);
  });

  test("refuses a thread of its own process", async () => {
    const db = copyOfBase();
    const source = `
      const { workerData, parentPort } = require("node:worker_threads");
      const { library, db, file } = workerData;
      import(library)
        .then(({ Timeline }) => Timeline.open(db, { create: true }))
        .then((timeline) => timeline.import(file).finally(() => timeline.close()))
        .then(() => parentPort.postMessage("done"), (error) => parentPort.postMessage(error.code));`;
    const worker = new Worker(source, {
      eval: true,
      workerData: { library: LIBRARY, db, file: large },
    });
    const said = new Promise((resolve) => worker.once("message", resolve));
    await untilStored(db, 1);
    const timeline = await Timeline.open(db, { create: true });
    const other = await timeline.import(OTHER).then(
      () => "done",
      (error: unknown) => (error as { readonly code?: unknown }).code,
    );
    timeline.close();
    expect(await said).toBe("done");
    expect(other).toBe("ERR_IMPORT_RUNNING");
    expect(allOf(db)).toEqual(both);
  });

  test.skipIf(!hasNamespaces)("refuses one in another PID namespace, both ways", async () => {
    for (const isInside of [true, false]) {
      const db = copyOfBase();
      // Standard input that stays open: it runs, and has nothing to store.
      const waiting = isInside ? inNamespace("-", db) : run(process.execPath, ["-", db]);
      const first = outcome(waiting);
      waiting.stdin?.write(readFileSync(large));
      await untilStored(db, 1);
      const second = await outcome(
        isInside ? startIrqtwin(["import", OTHER, "--db", db]) : inNamespace(OTHER, db),
      );
      waiting.stdin?.end();
      expect((await first).status).toBe(0);
      expect(second.stderr).toContain("(ERR_IMPORT_RUNNING)");
      expect(second.status).toBe(EXIT.unfinished);
      expect(filesOf(db)).toEqual([
        [1n, "complete"],
        [2n, "complete"],
      ]);
      expect(contentOf(db)["events"]).toEqual(both["events"]);
    }
  });

  test("is not ended by another process that holds the lock for seconds", async () => {
    const db = copyOfBase();
    const first = outcome(startIrqtwin(["import", large, "--db", db]));
    await untilStored(db, 1);
    const holder = new Database(db);
    holder.exec("BEGIN IMMEDIATE");
    // Longer than the five seconds that opening a file waits.
    await sleep(6000);
    holder.exec("COMMIT");
    holder.close();
    expect((await first).status).toBe(0);
    expect(allOf(db)).toEqual(both);
  });

  test("is neither ended nor changed by checks that store their verdicts meanwhile", async () => {
    const db = copyOfBase();
    const first = outcome(startIrqtwin(["import", large, "--db", db]));
    await untilStored(db, 1);
    const checks = await Promise.all(
      [1, 2].map(() => outcome(startIrqtwin(["check", "--recording", "1", "--db", db]))),
    );
    for (const check of checks) expect(check).toMatchObject({ status: 0, stderr: "" });
    expect((await first).status).toBe(0);
    expect(rowsOf(db, "SELECT count(*) FROM audit")).toEqual([[1n]]);
    const { events } = allOf(db);
    expect(events).toEqual(both["events"]);
  });

  test("of one object waits for the one before it", async () => {
    const timeline = await Timeline.open(scratch.path(".db"), { create: true });
    const results = await Promise.all([
      timeline.import(FIRST),
      timeline.import(OTHER),
      timeline.import(FIRST),
    ]);
    expect(results.map(({ recording_id }) => recording_id)).toEqual([1, 2, 1]);
    expect(results.map(({ already_imported }) => already_imported)).toEqual([false, false, true]);
    timeline.close();
  });

  test("does not ask the host's clock, which may jump", async () => {
    const db = copyOfBase();
    const first = startIrqtwin(["import", large, "--db", db]);
    const end = outcome(first);
    await untilStored(db, 1);
    let now = 0;
    vi.spyOn(Date, "now").mockImplementation(() => (now = now === 0 ? 4e12 : 0));
    const timeline = await Timeline.open(db, { create: true });
    await expect(timeline.import(OTHER)).rejects.toMatchObject({ code: "ERR_IMPORT_RUNNING" });
    timeline.close();
    vi.restoreAllMocks();
    expect((await end).status).toBe(0);
    expect(allOf(db)).toEqual(both);
  });
});

describe.skipIf(!hasNamespaces)("an import that is stopped where no one can see it", () => {
  test("loses its recording after ten seconds, and says so when it goes on", async () => {
    const db = copyOfBase();
    const unshare = inNamespace(large, db);
    const first = outcome(unshare);
    await untilStored(db, 1);
    const stopped = childOf(unshare);
    process.kill(stopped, "SIGSTOP");
    const second = irqtwin(["import", OTHER, "--db", db, "--json"]);
    expect(second.status).toBe(0);
    // Its number is not given to another recording: it may still believe that it owns it.
    expect(json(second)).toMatchObject({ recording_id: 3 });
    const after = allOf(db);
    process.kill(stopped, "SIGCONT");
    const { status, stderr } = await first;
    expect(status).toBe(EXIT.unfinished);
    expect(stderr).toContain("another one took its place");
    expect(filesOf(db)).toEqual([
      [1n, "complete"],
      [3n, "complete"],
    ]);
    expect(allOf(db)).toEqual(after);
    expect(irqtwin(["verify", "--db", db]).status).toBe(0);
    expect(irqtwin(["import", large, "--db", db]).status).toBe(0);
  });

  test("is completed by an import of the same file, and stores nothing more", async () => {
    const db = copyOfBase();
    const unshare = inNamespace(large, db);
    const first = outcome(unshare);
    await untilStored(db, 1);
    const stopped = childOf(unshare);
    process.kill(stopped, "SIGSTOP");
    expect(irqtwin(["import", large, "--db", db]).status).toBe(0);
    process.kill(stopped, "SIGCONT");
    expect((await first).status).toBe(EXIT.unfinished);
    expect(allOf(db)).toEqual(both);
  });
});
