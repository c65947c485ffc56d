// Transactions that a thread of its own runs: in order, whole or not at all, and with the same rows.

import { afterEach, describe, expect, test } from "vitest";
import type Database from "better-sqlite3";
import { TwinError } from "../../../src/base/errors.js";
import { openForWriting } from "../../../src/timeline/open/open.js";
import { PageFile } from "../../../src/timeline/store/page-file.js";
import { Transactions, wantsThread } from "../../../src/timeline/import/transactions.js";
import { openTimeline } from "../../../src/index.js";
import { chainOf, contentOf } from "../../support/content.js";
import { largeTrace } from "../../support/large.js";
import { Scratch } from "../../support/scratch.js";

const scratch = new Scratch();
const open: Database.Database[] = [];

afterEach(() => {
  for (const sqlite of open.splice(0)) sqlite.close();
});

/** Transactions of a new timeline, the next of which the thread runs. */
async function handedOver(): Promise<{
  readonly sqlite: Database.Database;
  readonly pages: PageFile;
  readonly transactions: Transactions;
}> {
  const sqlite = await openForWriting(scratch.path(".db"));
  open.push(sqlite);
  const pages = PageFile.open(sqlite);
  if (pages === null) throw new Error("no page file can be made");
  const transactions = new Transactions(sqlite, pages, true);
  transactions.useThread();
  transactions.useThread();
  return { sqlite, pages, transactions };
}

const INSERT = "INSERT INTO marker (seq, recording_id, text) VALUES (?, 1, ?)";

function texts(sqlite: Database.Database): unknown[] {
  return sqlite.prepare("SELECT text FROM marker ORDER BY seq").pluck().all();
}

describe("a transaction that is handed over", () => {
  test("is made whole by the thread, and the own connection writes nothing", async () => {
    const { sqlite, transactions } = await handedOver();
    const before = changesOf(sqlite);
    transactions.transaction(() => {
      transactions.run(INSERT, [1, "one"]);
      transactions.run(INSERT, [2n ** 40n, "two"]);
    });
    transactions.settle();
    expect(texts(sqlite)).toEqual(["one", "two"]);
    expect(changesOf(sqlite)).toBe(before);
    transactions.leaveThread();
    transactions.transaction(() => {
      transactions.run(INSERT, [3, "three"]);
    });
    expect(texts(sqlite)).toEqual(["one", "three", "two"]);
    expect(changesOf(sqlite)).toBe(before + 1);
  });

  test("reads what the one before has stored", async () => {
    const { sqlite, transactions } = await handedOver();
    for (let seq = 1; seq <= 50; seq++)
      transactions.transaction(() => {
        transactions.run(INSERT, [seq, texts(sqlite).join("")]);
      });
    transactions.settle();
    const expected: string[] = [];
    for (let seq = 1; seq <= 50; seq++) expected.push(expected.join(""));
    expect(texts(sqlite)).toEqual(expected);
    transactions.leaveThread();
  });

  test("is rolled back as a whole where a statement fails, which is told once", async () => {
    const { sqlite, transactions } = await handedOver();
    transactions.transaction(() => {
      transactions.run(INSERT, [1, "one"]);
      transactions.run("INSERT INTO chain (recording_id) VALUES ('no number')");
    });
    expect(() => {
      transactions.settle();
    }).toThrow(expect.objectContaining({ code: "SQLITE_CONSTRAINT_DATATYPE" }));
    transactions.settle();
    expect(texts(sqlite)).toEqual([]);
    transactions.leaveThread();
  });

  test("is rolled back where a statement that must change a row changes none", async () => {
    const { sqlite, transactions } = await handedOver();
    transactions.transaction(() => {
      transactions.run(INSERT, [1, "one"]);
      const lost = (): TwinError =>
        new TwinError("ERR_IMPORT_RUNNING", "another one took its place");
      transactions.runOwn("UPDATE recording SET beat = 1 WHERE id = ?", [1], lost);
    });
    expect(() => {
      transactions.transaction(() => {
        transactions.run(INSERT, [2, "two"]);
      });
    }).toThrow("another one took its place");
    transactions.leaveThread();
    expect(texts(sqlite)).toEqual([]);
  });

  test("is rolled back before its end once it is given up, and those that follow are not", async () => {
    const { sqlite, transactions } = await handedOver();
    const slow =
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) SELECT ?, 1, max(i) FROM n";
    const give = (): void => {
      transactions.transaction(() => {
        for (let seq = 1; seq <= 100; seq++)
          transactions.run(INSERT.replace("VALUES (?, 1, ?)", slow), [seq]);
      });
    };
    give();
    transactions.giveUp();
    transactions.leaveThread();
    expect(texts(sqlite)).toEqual([]);
    give();
    expect(texts(sqlite)).toHaveLength(100);
  });

  test("stores composed pages, in turns from two files, and leaves none behind", async () => {
    const { sqlite, pages, transactions } = await handedOver();
    for (let seq = 1; seq <= 9; seq++) {
      const row = pages.copied.marker;
      row.beginRow();
      for (const value of [seq, 1]) row.integer(value);
      row.text(`marker ${seq}`);
      row.endRow();
      pages.finishPages();
      transactions.transaction(() => {
        pages.copy(transactions);
      });
    }
    transactions.settle();
    expect(texts(sqlite)).toEqual(Array.from({ length: 9 }, (_none, i) => `marker ${i + 1}`));
    transactions.leaveThread();
    pages.close();
    expect(sqlite.pragma("database_list")).toHaveLength(1);
    // No other connection has the file open.
    expect(sqlite.pragma("journal_mode = DELETE", { simple: true })).toBe("delete");
  });
});

test("one thread is enough where there is one CPU, or one is asked for", () => {
  expect(wantsThread({ threads: 1 })).toBe(false);
  expect(wantsThread({ threads: 2 })).toBe(true);
});

test("a long recording is the same on one thread and on two", { timeout: 60_000 }, async () => {
  const trace = largeTrace(27);
  const made: unknown[] = [];
  for (const threads of [1, 2]) {
    const db = scratch.path(".db");
    const timeline = await openTimeline(db, { create: true });
    await timeline.import(trace, { threads });
    timeline.close();
    made.push([contentOf(db), chainOf(db)]);
  }
  expect(made[1]).toEqual(made[0]);
});

/** How many rows a connection has changed since it was opened. */
function changesOf(sqlite: Database.Database): number {
  return Number(sqlite.prepare("SELECT total_changes()").pluck().get());
}
