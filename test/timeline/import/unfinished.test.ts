// An import that was killed and cannot be run again: nothing of what it has stored is removed by the next one.

import { spawn, type ChildProcess } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { rowsOf, valueOf } from "../../support/content.js";
import { ended, irqtwin, MAIN } from "../../support/irqtwin.js";
import { largeTrace } from "../../support/large.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath } from "../../support/shipped.js";

const scratch = new Scratch();
const children: ChildProcess[] = [];
const OTHER = shippedPath("6.16-m2-mono-standard");
/** The host has been up for some days: its ticks have 15 digits. */
const TEXT = Buffer.from(
  largeTrace()
    .toString("latin1")
    .replaceAll(/ (\d{11,12}): /g, (_, ticks: string) => ` 432${ticks.padStart(12, "0")}: `),
  "latin1",
);
const EVENTS = "SELECT seq, time_ns, cpu, kind, comm, line FROM v_event WHERE recording_id = 1";

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** Imports from a pipe that stays open, and is killed when a good part is stored. */
async function killed(db: string, ...args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [MAIN, "import", ...args, "--db", db]);
  children.push(child);
  const half = TEXT.subarray(0, TEXT.lastIndexOf("\n", TEXT.length / 2) + 1);
  child.stdin.on("error", () => undefined);
  if (args.includes("-")) child.stdin.write(half);
  const count = (): number => {
    try {
      return Number(valueOf(db, "SELECT count(*) FROM event"));
    } catch {
      return 0;
    }
  };
  for (let looks = 0; looks < 2400 && count() < 5000; looks++) await sleep(5);
  child.kill("SIGKILL");
  await ended(child);
  expect(valueOf(db, "SELECT state FROM recording")).toBe("importing");
  return count();
}

function verified(db: string): void {
  const { status, stdout } = irqtwin(["verify", "--db", db]);
  expect(stdout).toContain("intact");
  expect(status).toBe(0);
}

describe("what came through a pipe", () => {
  test("stays, ends where its import stood, and is said to lack the rest", async () => {
    const db = scratch.path(".db");
    const count = await killed(db, "-");
    verified(db);
    expect(irqtwin(["info", "--db", db]).stdout).toContain("`irqtwin drop 1` removes it");
    const before = rowsOf(db, EVENTS);
    const { stdout, stderr } = irqtwin(["import", OTHER, "--json", "--db", db]);
    expect(JSON.parse(stdout)).toMatchObject({
      recording_id: 2,
      left: { recording_id: 1, file: "-", is_kept: true },
    });
    expect(stderr).toContain("cannot be imported again and ends where that stood");
    expect(before.length).toBe(count);
    expect(rowsOf(db, EVENTS)).toEqual(before);
    verified(db);
    const info = irqtwin(["info", "--recording", "1", "--db", db]).stdout;
    expect(info).toContain("note: its import was killed and could not be run again");
    expect(info).toContain("in doubt: lines of the trace are not in the file");
    expect(irqtwin(["drop", "1", "--db", db]).status).toBe(0);
    verified(db);
  });

  test("is replaced when it comes again", async () => {
    const db = scratch.path(".db");
    await killed(db, "-");
    const { stdout } = irqtwin(["import", "-", "--json", "--db", db], { input: TEXT });
    expect(JSON.parse(stdout)).toMatchObject({ recording_id: 1, left: null });
    expect(rowsOf(db, "SELECT id, state FROM recording")).toEqual([[1n, "complete"]]);
    verified(db);
  });

  test("is ended by the import behind one that was killed while it ended it", async () => {
    const db = scratch.path(".db");
    const count = await killed(db, "-");
    const before = rowsOf(db, EVENTS);
    for (
      let waits = 60;
      valueOf(db, "SELECT min(state) FROM recording") === "importing";
      waits += 60
    ) {
      const child = spawn(process.execPath, [MAIN, "import", OTHER, "--db", db]);
      children.push(child);
      await sleep(waits);
      child.kill("SIGKILL");
      await ended(child);
      expect(Number(valueOf(db, "SELECT count(*) FROM event WHERE recording_id = 1"))).toBe(count);
    }
    expect(irqtwin(["import", OTHER, "--db", db]).status).toBe(0);
    expect(rowsOf(db, EVENTS)).toEqual(before);
    expect(rowsOf(db, "SELECT id, state FROM recording")).toEqual([
      [1n, "complete"],
      [2n, "complete"],
    ]);
    verified(db);
  }, 120_000);

  test("can be dropped before the next import", async () => {
    const db = scratch.path(".db");
    const count = await killed(db, "-");
    const { stdout, status } = irqtwin(["drop", "1", "--json", "--db", db]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ recording_id: 1, events: count });
    verified(db);
    expect(irqtwin(["import", OTHER, "--db", db]).status).toBe(0);
    verified(db);
  });
});

describe("what was a file", () => {
  test.each(["is gone", "has other bytes"])("that %s stays", async (how) => {
    const [db, file] = [scratch.path(".db"), scratch.file(".txt", TEXT)];
    await killed(db, file);
    renameSync(file, `${file}.away`);
    if (how === "has other bytes") writeFileSync(file, "# another file\n");
    const before = rowsOf(db, EVENTS);
    const { stdout } = irqtwin(["import", OTHER, "--json", "--db", db]);
    expect(JSON.parse(stdout)).toMatchObject({ left: { recording_id: 1, is_kept: true } });
    expect(rowsOf(db, EVENTS)).toEqual(before);
    verified(db);
    // It is whole no more, so the whole file is another recording.
    const again = irqtwin(["import", `${file}.away`, "--json", "--db", db]);
    expect(JSON.parse(again.stdout)).toMatchObject({ recording_id: 3, already_imported: false });
  });

  test("that is still there is removed, which is said", async () => {
    const [db, file] = [scratch.path(".db"), scratch.file(".txt", TEXT)];
    await killed(db, file);
    const { stdout, stderr } = irqtwin(["import", OTHER, "--json", "--db", db]);
    expect(JSON.parse(stdout)).toMatchObject({ recording_id: 1, left: { is_kept: false } });
    expect(stderr).toContain("import the file again");
    verified(db);
  });
});
