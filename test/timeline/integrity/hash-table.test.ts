import { createHash } from "node:crypto";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { atOnce } from "../../../src/base/steps.js";
import { hashTable } from "../../../src/timeline/integrity/hash-table.js";
import { wholeNumbers } from "../../../src/timeline/integrity/whole-numbers.js";
import { bytesOfValue, type Stored } from "../../../src/timeline/store/row-bytes.js";

const SEALED = { table: "row", recording: 1, columns: "seq recording_id a b", key: "seq" };

/** A table that is not STRICT, so that it can hold what only damage puts into a timeline. */
function tableOf(rows: readonly (readonly Stored[])[]): Database.Database {
  const sqlite = new Database(":memory:");
  sqlite.exec(
    "CREATE TABLE row (seq INTEGER PRIMARY KEY, recording_id INTEGER, a INTEGER, b INTEGER)",
  );
  const insert = sqlite.prepare("INSERT INTO row VALUES (?, ?, ?, ?)");
  sqlite.transaction(() => {
    for (const row of rows) insert.run(...row);
  })();
  return sqlite;
}

function hashOf(sqlite: Database.Database): { readonly count: number; readonly hash: string } {
  const hash = createHash("sha256");
  const count = atOnce(hashTable(sqlite, hash, SEALED));
  return { count, hash: hash.digest("hex") };
}

/** The same, value by value. */
function expected(rows: readonly (readonly Stored[])[]): ReturnType<typeof hashOf> {
  const hash = createHash("sha256");
  for (const row of rows) for (const value of row) hash.update(bytesOfValue(value));
  return { count: rows.length, hash: hash.digest("hex") };
}

const ROWS: readonly (readonly Stored[])[] = [
  [1n, 1n, null, 0n],
  [2n, 1n, -1n, 2n ** 31n],
  [3n, 1n, 2n ** 53n - 1n, -(2n ** 53n) + 1n],
];

describe("the rows of a sealed table", () => {
  test("are hashed as each value by itself", () => {
    expect(hashOf(tableOf(ROWS))).toEqual(expected(ROWS));
  });

  test("of other recordings are left out", () => {
    expect(hashOf(tableOf([...ROWS, [4n, 2n, 1n, 1n]]))).toEqual(expected(ROWS));
  });

  test("are all hashed, however many there are", () => {
    for (const count of [2047, 2048, 2049, 20_000]) {
      const rows = Array.from({ length: count }, (_, i) => [BigInt(2 * i), 1n, BigInt(i), null]);
      expect(hashOf(tableOf(rows))).toEqual(expected(rows));
    }
  });

  test.each<[string, Stored]>([
    ["beyond what a number holds", 2n ** 53n],
    ["the least integer", -(2n ** 63n)],
    ["no integer", 1.5],
    ["a text", "7x"],
    ["a blob", Buffer.from("7")],
  ])("are hashed exactly where a value is %s", (_, value) => {
    const before = Array.from({ length: 2048 }, (__, i) => [BigInt(i), 1n, 7n, null]);
    const rows: readonly (readonly Stored[])[] = [...before, [9000n, 1n, value, null]];
    expect(hashOf(tableOf(rows))).toEqual(expected(rows));
  });

  test("are another hash where an integer is a real of the same value", () => {
    const sqlite = new Database(":memory:");
    sqlite.exec(
      "CREATE TABLE row (seq INTEGER PRIMARY KEY, recording_id INTEGER, a REAL, b INTEGER)",
    );
    sqlite.exec("INSERT INTO row VALUES (1, 1, 7.0, 8)");
    expect(hashOf(sqlite)).toEqual(expected([[1n, 1n, 7, 8n]]));
    expect(hashOf(sqlite)).not.toEqual(expected([[1n, 1n, 7n, 8n]]));
  });
});

describe("the texts of a sealed table", () => {
  const LONG = "x".repeat(70_000);

  /** `values`: as SQL has them. */
  function hashOfTexts(values: readonly string[]): ReturnType<typeof hashOf> {
    const sqlite = new Database(":memory:");
    sqlite.exec("CREATE TABLE row (seq INTEGER PRIMARY KEY, recording_id INTEGER, a TEXT)");
    for (const [seq, value] of values.entries())
      sqlite.exec(`INSERT INTO row VALUES (${seq}, 1, ${value})`);
    const hash = createHash("sha256");
    const count = atOnce(hashTable(sqlite, hash, { ...SEALED, columns: "seq recording_id a" }));
    return { count, hash: hash.digest("hex") };
  }

  function expectedOf(values: readonly Stored[]): ReturnType<typeof hashOf> {
    const hash = createHash("sha256");
    for (const [seq, value] of values.entries())
      for (const each of [BigInt(seq), 1n, value]) hash.update(bytesOfValue(each));
    return { count: values.length, hash: hash.digest("hex") };
  }

  test("are hashed as each by itself, however long they are and whatever they hold", () => {
    const texts = ["", "wakes", "wakes", 'tab\t and "quote"', "0A", "null", "zażółć", LONG, "y"];
    const values = texts.map((text) => `'${text}'`);
    expect(hashOfTexts([...values, "NULL"])).toEqual(expectedOf([...texts, null]));
  });

  test("are hashed by their bytes where these are no UTF-8", () => {
    const invalid = (byte: string): ReturnType<typeof hashOf> =>
      hashOfTexts([`CAST(x'41${byte}' AS TEXT)`]);
    expect(invalid("ff")).not.toEqual(invalid("fe"));
  });

  test("are told apart by where one ends, also with NUL in them", () => {
    const nul = "CAST(x'610062' AS TEXT)";
    expect(hashOfTexts([nul, "''", "'c'"])).toEqual(expectedOf(["a\0b", "", "c"]));
    expect(hashOfTexts(["'ab'", "'c'"])).not.toEqual(hashOfTexts(["'a'", "'bc'"]));
  });

  test("are other values than blobs of the same bytes", () => {
    const bytes = "x'77616b6573'";
    expect(hashOfTexts([bytes])).toEqual(expectedOf([Buffer.from("wakes")]));
    expect(hashOfTexts([bytes])).not.toEqual(hashOfTexts(["'wakes'"]));
  });
});

test("whole numbers are read from integers and NULL alone", () => {
  expect(wholeNumbers(() => "[[1,-2,null]]")).toEqual([[1, -2, null]]);
  for (const text of ["[[1.0]]", "[[1e3]]", '[["1"]]', "[[true]]", "[[9007199254740992]]"])
    expect(wholeNumbers(() => text)).toBeNull();
});
