// `irqtwin rewind` as users and scripts see it: what it prints, its errors, and a process that is killed.

import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { beforeAll, describe, expect, test } from "vitest";
import { ended, irqtwin, json, startIrqtwin } from "../support/irqtwin.js";
import { largeTrace } from "../support/large.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const scratch = new Scratch();
let db: string;

beforeAll(() => {
  db = scratch.path(".db");
  expect(irqtwin(["import", shippedPath("6.17-s1-one"), "--db", db]).status).toBe(0);
});

test("makes a timeline that says at its end what the original says there; import goes on in it", () => {
  const bytes = readFileSync(db);
  const to = scratch.path(".db");
  expect(irqtwin(["rewind", "@300", "--to", to, "--db", db])).toEqual({
    status: 0,
    stdout: `${to}: 300 events, ends at @300 of recording 1; its state is that of the original there\n`,
    stderr: "",
  });
  const there = irqtwin(["at", "@300", "--json", "--db", db]);
  expect(irqtwin(["at", "end", "--json", "--db", to])).toEqual(there);
  const again = irqtwin(["import", shippedPath("6.17-s1-one"), "--json", "--db", to]);
  expect(json(again)).toMatchObject({ recording_id: 2, already_imported: false });
  expect(irqtwin(["at", "@300", "--json", "--recording", "1", "--db", to])).toEqual(there);
  expect(readFileSync(db)).toEqual(bytes);
});

test("--json has the documented shape", () => {
  const to = scratch.path(".db");
  expect(json(irqtwin(["rewind", "@300", "--to", to, "--json", "--db", db]))).toEqual({
    file: to,
    recording_id: 1,
    seq: 300,
    time_ns: "43783477702",
    recordings: 1,
    events: 300,
  });
});

describe("refused, and nothing is made", () => {
  const refused = (args: readonly string[], status: number, code: string): void => {
    const ran = irqtwin(["rewind", ...args]);
    expect(ran).toMatchObject({ status, stdout: "" });
    expect(ran.stderr).toMatch(new RegExp(`^error: .*\\(${code}\\)\n$`));
    const files = readdirSync(dirname(db));
    expect(files.filter((name) => name.includes(".part-"))).toEqual([]);
  };

  test("a file that exists, the original too", () => {
    const there = scratch.file(".db", "mine");
    refused(["@300", "--to", there, "--db", db], 2, "ERR_EXISTS");
    refused(["@300", "--to", db, "--db", db], 2, "ERR_EXISTS");
    expect(readFileSync(there, "utf8")).toBe("mine");
  });

  test("no file, no name, a folder that does not exist, a name that is too long", () => {
    const to = scratch.path(".db");
    refused(["@300", "--db", db], 2, "ERR_USAGE");
    refused(["@300", "--to", "", "--db", db], 2, "ERR_USAGE");
    refused(["@300", "--to", `${to}/none/x.db`, "--db", db], 3, "ERR_NO_SUCH_FILE");
    refused(["@300", "--to", to + "x".repeat(300), "--db", db], 5, "ERR_READONLY");
  });

  test("a moment that is malformed or not in the recording", () => {
    const to = scratch.path(".db");
    refused(["soon", "--to", to, "--db", db], 2, "ERR_WHEN");
    refused(["@99999", "--to", to, "--db", db], 2, "ERR_WHEN");
    expect(existsSync(to)).toBe(false);
  });

  test("a recording that is not imported to its end", () => {
    const torn = scratch.path(".db");
    expect(irqtwin(["rewind", "end", "--to", torn, "--db", db]).status).toBe(0);
    const sqlite = new Database(torn);
    sqlite.exec("DROP TRIGGER recording_stays_complete");
    sqlite.exec("UPDATE recording SET state = 'importing'");
    sqlite.close();
    refused(["@300", "--to", scratch.path(".db"), "--db", torn], 3, "ERR_REWIND");
  });
});

test("killed at any step, it leaves no file of that name, or the whole one", async () => {
  const large = scratch.path(".db");
  const trace = scratch.file(".txt", largeTrace());
  expect(irqtwin(["import", trace, "--db", large]).status).toBe(0);
  const bytes = readFileSync(large);
  const sqlite = new Database(large, { readonly: true });
  const last = Number(sqlite.prepare("SELECT max(seq) FROM event").pluck().get());
  sqlite.close();
  let killed = 0;
  for (const share of [0.1, 0.6]) {
    const to = scratch.path(".db");
    // A whole copy is made too fast to be met.
    const child = startIrqtwin(["rewind", `@${last - 1}`, "--to", to, "--db", large]);
    const end = ended(child);
    const part = `${to}.part-${child.pid}`;
    const enough = (): boolean => sizeOf(part) + sizeOf(`${part}-wal`) > share * bytes.length;
    while (child.exitCode === null && !existsSync(to) && !enough()) await sleep(1);
    child.kill("SIGKILL");
    if ((await end) === "SIGKILL") killed++;
    if (existsSync(to)) expect(irqtwin(["verify", "--db", to]).status).toBe(0);
  }
  expect(killed).toBeGreaterThan(0);
  expect(readFileSync(large)).toEqual(bytes);
});

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
