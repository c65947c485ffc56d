// An import is killed (SIGKILL) wherever it stands. Afterwards the timeline says what it would have
// said had nothing happened.

import { type ChildProcess } from "node:child_process";
import { cpSync, existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { chainOf, contentOf, rowsOf, valueOf } from "../../support/content.js";
import { EXIT } from "../../../src/base/errors.js";
import { ended, irqtwin, json, startIrqtwin } from "../../support/irqtwin.js";
import { largeTrace } from "../../support/large.js";
import { randomOf } from "../../support/random.js";
import { Scratch } from "../../support/scratch.js";
import { seedOr } from "../../support/seed.js";
import { shippedPath } from "../../support/shipped.js";

const SEED = seedOr(20260923);
console.log(`crash.test.ts: seed ${SEED} (IRQTWIN_TEST_SEED)`);
const random = randomOf(SEED);

const KILLS = 4;
const OTHER = shippedPath("6.16-m2-mono-standard");

const scratch = new Scratch();
let large: string;
/** A timeline with one complete recording, and what it says after a clean import of `large`. */
let base: string;
let clean: Record<string, unknown>;
const children: ChildProcess[] = [];

beforeAll(() => {
  large = scratch.file(".txt", largeTrace());
  base = scratch.path(".db");
  expect(irqtwin(["import", shippedPath("7.3-s2-two"), "--db", base]).status).toBe(0);
  const db = copyOfBase();
  expect(irqtwin(["import", large, "--db", db]).status).toBe(0);
  clean = allOf(db);
  expect(Number(valueOf(db, "SELECT max(batches) FROM recording"))).toBeGreaterThan(3);
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** What a timeline says, and the chain that proves it. */
function allOf(db: string): Record<string, unknown> {
  return { ...contentOf(db), chain: chainOf(db) };
}

function copyOfBase(): string {
  const db = scratch.path(".db");
  cpSync(base, db);
  return db;
}

function startImport(db: string): ChildProcess {
  const child = startIrqtwin(["import", large, "--db", db]);
  children.push(child);
  return child;
}

/** Batches that are committed so far; a reader that waits for no one. */
function batchesIn(db: string): number {
  if (!existsSync(db)) return 0;
  const sqlite = new Database(db, { readonly: true });
  try {
    const row = sqlite
      .prepare<[], number>("SELECT batches FROM recording WHERE state = 'importing'")
      .pluck()
      .get();
    return row ?? 0;
  } finally {
    sqlite.close();
  }
}

/** Starts an import and kills it some time after that many batches. Was it still at work? */
async function killImport(db: string, batches: number, delay: number): Promise<boolean> {
  const child = startImport(db);
  const end = ended(child);
  while (child.exitCode === null && batchesIn(db) < batches) await sleep(1);
  await sleep(delay);
  child.kill("SIGKILL");
  const how = await end;
  return how === "SIGKILL" && isUnfinished(db);
}

/** A journal that the killed process left can only be rolled back by who may write. */
function isUnfinished(db: string): boolean {
  const sqlite = new Database(db);
  try {
    return sqlite.prepare("SELECT id FROM recording WHERE state = 'importing'").all().length > 0;
  } finally {
    sqlite.close();
  }
}

describe("an import that is killed", () => {
  test(`${KILLS} times at different moments: the next import of the file completes it exactly`, async () => {
    let interrupted = 0;
    for (let i = 0; i < KILLS; i++) {
      const db = copyOfBase();
      // Even ones early, before or around the first commit; odd ones between later commits.
      const batches = i % 2 === 0 ? 0 : 1 + Math.floor(random() * 3);
      const delay = Math.floor(random() * (batches === 0 ? 600 : 120));
      if (await killImport(db, batches, delay)) interrupted++;
      const ran = irqtwin(["import", large, "--db", db, "--json"]);
      const where = `kill ${i}, ${batches} batches and ${delay} ms, seed ${SEED}`;
      expect(ran.status, where).toBe(0);
      expect(json(ran), where).toMatchObject({ recording_id: 2 });
      expect(allOf(db), where).toEqual(clean);
      expect(rowsOf(db, "PRAGMA integrity_check"), where).toEqual([["ok"]]);
    }
    // Else the loop above would prove nothing.
    expect(interrupted).toBeGreaterThanOrEqual(2);
  });

  test("and taken up is still known by the names of its lines", async () => {
    const db = copyOfBase();
    const importer = "SELECT importer FROM recording WHERE id = 2";
    const names = "SELECT count(*) FROM recording_name WHERE recording_id = 2";
    expect(await killImport(db, 2, 0)).toBe(true);
    const [dead, known] = [valueOf(db, importer), valueOf(db, names)];
    const child = startImport(db);
    const end = ended(child);
    while (child.exitCode === null && valueOf(db, importer) === dead) await sleep(1);
    child.kill("SIGKILL");
    await end;
    expect(isUnfinished(db)).toBe(true);
    expect(Number(valueOf(db, names))).toBeGreaterThanOrEqual(Number(known));
  });

  test("again and again on one timeline: what was committed is not read into it twice", async () => {
    const db = copyOfBase();
    let most = 0;
    for (const batches of [1, 2, 3]) {
      expect(await killImport(db, batches, 0)).toBe(true);
      const now = batchesIn(db);
      expect(now).toBeGreaterThanOrEqual(Math.max(most, batches));
      most = now;
    }
    expect(irqtwin(["import", large, "--db", db]).status).toBe(0);
    expect(allOf(db)).toEqual(clean);
  });

  test("leaves a timeline that can be read, with the recordings that were complete", async () => {
    const db = copyOfBase();
    expect(await killImport(db, 1, 0)).toBe(true);
    const info = irqtwin(["info", "--db", db, "--json"]);
    expect(info.status).toBe(0);
    expect(json(info)).toMatchObject({
      recordings: [{ state: "complete" }, { state: "importing" }],
    });
    const at = ["at", "end", "--json", "--db"];
    expect(json(irqtwin([...at, db]))).toEqual(json(irqtwin([...at, base])));
    // What is stored of the dead one has its links, and is intact as far as it goes.
    expect(json(irqtwin(["verify", "--db", db, "--json"]))).toMatchObject({
      verdict: "intact",
      head: { recording_id: 2, link: batchesIn(db) },
    });
  });

  test("is rolled back by the import of another file, as if it never was", async () => {
    const never = copyOfBase();
    expect(irqtwin(["import", OTHER, "--db", never]).status).toBe(0);
    for (const batches of [1, 3]) {
      const db = copyOfBase();
      expect(await killImport(db, batches, Math.floor(random() * 50))).toBe(true);
      expect(irqtwin(["import", OTHER, "--db", db]).status).toBe(0);
      expect(isUnfinished(db)).toBe(false);
      expect(allOf(db)).toEqual(allOf(never));
    }
  });

  test("is rolled back by an import of the same file under other rules", async () => {
    const db = copyOfBase();
    expect(await killImport(db, 2, 0)).toBe(true);
    const never = copyOfBase();
    for (const file of [db, never])
      expect(irqtwin(["import", large, "--db", file, "--rules", "6.16"]).status).toBe(0);
    expect(allOf(db)).toEqual(allOf(never));
  });
});

describe("while an import runs", () => {
  test("a second one is refused, and the first one ends as if alone", async () => {
    const db = copyOfBase();
    const child = startImport(db);
    while (batchesIn(db) < 1) await sleep(1);
    // Stopped, so that it cannot end before the other one has looked.
    child.kill("SIGSTOP");
    const second = irqtwin(["import", OTHER, "--db", db]);
    const same = irqtwin(["import", large, "--db", db]);
    child.kill("SIGCONT");
    for (const ran of [second, same]) {
      expect(ran.stderr).toMatch(
        new RegExp(`^error: process ${child.pid ?? 0} is importing .*\\(ERR_IMPORT_RUNNING\\)\\n$`),
      );
      expect(ran.status).toBe(EXIT.unfinished);
    }
    expect(await ended(child)).toBe(0);
    expect(allOf(db)).toEqual(clean);
  });

  test("a reader sees whole batches: events, counts and intervals that belong together", async () => {
    const db = copyOfBase();
    const reader = new Database(db, { readonly: true });
    const child = startImport(db);
    const seen = new Set<number>();
    const snapshot = reader.transaction(() => {
      const row = reader
        .prepare<[], Record<string, number>>(
          `SELECT r.id, r.first_seq, r.last_seq, r.lines_events, r.lines_total, r.lines_header,
             r.lines_unused, r.lines_rejected, r.lines_gaps,
             (SELECT count(*) FROM event WHERE recording_id = r.id) AS events,
             (SELECT max(seq) FROM event WHERE recording_id = r.id) AS newest,
             (SELECT max(from_seq) FROM irte_interval WHERE recording_id = r.id) AS irtes,
             (SELECT max(to_seq) FROM vcpu_interval WHERE recording_id = r.id) AS vcpus,
             (SELECT count(*) FROM event WHERE recording_id = r.id AND task IS NOT NULL
                AND task NOT IN (SELECT id FROM task)) AS orphans
           FROM recording AS r WHERE r.id = 2`,
        )
        .get();
      if (row?.["newest"] == null) return;
      const of = (column: string): number => row[column] ?? 0;
      seen.add(of("events"));
      expect(of("events")).toBe(of("lines_events"));
      expect(of("events")).toBe(of("newest") - of("first_seq") + 1);
      expect(of("last_seq")).toBe(of("newest"));
      expect(of("irtes")).toBeLessThanOrEqual(of("newest"));
      expect(of("vcpus")).toBeLessThanOrEqual(of("newest"));
      expect(of("orphans")).toBe(0);
      const parts = ["header", "events", "unused", "rejected", "gaps"];
      expect(parts.reduce((sum, part) => sum + of(`lines_${part}`), 0)).toBe(of("lines_total"));
    });
    while (child.exitCode === null) {
      snapshot();
      await sleep(5);
    }
    snapshot();
    reader.close();
    expect(await ended(child)).toBe(0);
    expect(seen.size).toBeGreaterThan(2);
    expect(allOf(db)).toEqual(clean);
  });

  test("questions are answered from the recording that is complete", async () => {
    const db = copyOfBase();
    const child = startImport(db);
    while (batchesIn(db) < 1) await sleep(1);
    child.kill("SIGSTOP");
    const at = ["at", "end", "--json", "--db"];
    const during = irqtwin([...at, db]);
    child.kill("SIGCONT");
    expect(during.status).toBe(0);
    expect(json(during)).toEqual(json(irqtwin([...at, base])));
    expect(await ended(child)).toBe(0);
  });

  test("Ctrl-C ends it with status 130, and the next import goes on from there", async () => {
    const db = copyOfBase();
    const child = startImport(db);
    let stderr = "";
    child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    while (batchesIn(db) < 1) await sleep(1);
    child.kill("SIGINT");
    expect(await ended(child)).toBe(130);
    expect(stderr).toBe("interrupted: run the same command again to go on\n");
    expect(isUnfinished(db)).toBe(true);
    expect(rowsOf(db, "PRAGMA integrity_check")).toEqual([["ok"]]);
    expect(irqtwin(["import", large, "--db", db]).status).toBe(0);
    expect(allOf(db)).toEqual(clean);
  });
});
