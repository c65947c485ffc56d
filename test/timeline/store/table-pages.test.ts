// Composed pages are what SQLite itself would have written: any rows, read back by SQLite.

import { closeSync, openSync, statSync, writeSync } from "node:fs";
import Database from "better-sqlite3";
import fc from "fast-check";
import { expect, test } from "vitest";
import { TableImage } from "../../../src/timeline/store/table-pages.js";
import { importInto } from "../../../src/timeline/import/import.js";
import { openForWriting } from "../../../src/timeline/open/open.js";
import { TEXT_UNITS_MAX } from "../../../src/timeline/store/record-writer.js";
import { RowInserter, type RowSink } from "../../../src/timeline/store/row-inserter.js";
import { directly } from "../../../src/timeline/store/writes.js";
import { COPIED_COLUMNS, PageFile } from "../../../src/timeline/store/page-file.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath } from "../../support/shipped.js";

const scratch = new Scratch();
const PAGE = 65_536;

type Cell = { readonly word: bigint } | number | null;

/** Small and large integers around every border of the record format's serial types, and NULL. */
const bits = fc.integer({ min: 0, max: 63 });
const word = fc
  .tuple(bits, fc.bigInt({ min: -2n, max: 2n }), fc.boolean())
  .map(([shift, off, isNegative]) => {
    const value = (1n << BigInt(shift)) + off;
    return BigInt.asIntN(64, isNegative ? -value : value);
  });
const cell: fc.Arbitrary<Cell> = fc.oneof(
  fc.constant(null),
  fc.maxSafeInteger(),
  fc.integer({ min: -300, max: 300 }),
  word.map((value) => ({ word: value })),
);

function put(row: { integer(v: number | null): void; word(h: number, l: number): void }, c: Cell) {
  if (c === null || typeof c === "number") row.integer(c);
  else row.word(Number(c.word >> 32n) | 0, Number(c.word & 0xffff_ffffn) | 0);
}

/** A database of one table, whose pages come from the image. */
function compose(columns: number, fill: (table: TableImage) => void): string {
  const file = scratch.path(".db");
  const names = Array.from({ length: columns }, (_, i) => `c${i}`);
  const sqlite = new Database(file);
  sqlite.pragma(`page_size = ${PAGE}`);
  sqlite.exec(`CREATE TABLE t (k INTEGER PRIMARY KEY, ${names.join(" INTEGER, ")} INTEGER) STRICT`);
  sqlite.close();
  const fd = openSync(file, "r+");
  let count = 2;
  const pages = {
    next: () => ++count,
    put: (page: number, bytes: Buffer) => writeSync(fd, bytes, 0, PAGE, (page - 1) * PAGE),
  };
  const table = new TableImage(columns + 1, 2, pages);
  fill(table);
  table.finishTree();
  const size = Buffer.alloc(4);
  size.writeUInt32BE(count);
  writeSync(fd, size, 0, 4, 28);
  closeSync(fd);
  return file;
}

function check(file: string, expected: readonly (readonly (bigint | null)[])[]): void {
  const sqlite = new Database(file, { readonly: true });
  expect(sqlite.pragma("integrity_check")).toEqual([{ integrity_check: "ok" }]);
  const rows = sqlite.prepare("SELECT * FROM t ORDER BY k").raw().safeIntegers().all();
  expect(rows).toEqual(expected);
  sqlite.close();
}

test("any row reads back as it was given", () => {
  const rowsOfCells = fc.array(fc.array(cell, { minLength: 20, maxLength: 20 }), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(rowsOfCells, fc.integer({ min: 1, max: 2 ** 52 }), (given, firstKey) => {
      const rows = given.map(([, second = null, ...rest]) => [
        // Indexed columns are numbers or NULL, never words.
        rest.length,
        typeof second === "number" ? second : null,
        ...rest,
      ]);
      const file = compose(20, (table) => {
        rows.forEach((row, i) => {
          table.beginRow(firstKey + i);
          for (const value of row) put(table, value);
          table.endRow();
        });
      });
      const big = (c: Cell) => (c === null ? null : typeof c === "number" ? BigInt(c) : c.word);
      check(
        file,
        rows.map((row, i) => [BigInt(firstKey + i), ...row.map(big)]),
      );
    }),
    { numRuns: 60 },
  );
});

test.each([0, 1, 700, 2_000, 60_000])("%d rows make a sound tree", (count) => {
  const valueOf = (i: number): number => (i * 2_654_435_761) % 4_294_967_296;
  const file = compose(3, (table) => {
    for (let i = 0; i < count; i++) {
      const first = i % 5 === 0 ? null : valueOf(i) % 97;
      table.beginRow(i + 1);
      table.integer(first);
      table.integer(i % 3);
      table.integer(valueOf(i));
      table.endRow();
    }
  });
  check(
    file,
    Array.from({ length: count }, (_, i) => [
      BigInt(i + 1),
      i % 5 === 0 ? null : BigInt(valueOf(i) % 97),
      BigInt(i % 3),
      BigInt(valueOf(i)),
    ]),
  );
});

test("a row of too few columns, and a number that is no integer, are refused", () => {
  const pages = { next: () => 9, put: () => undefined };
  const table = new TableImage(2, 2, pages);
  table.beginRow(1);
  expect(() => {
    table.endRow();
  }).toThrow("1 columns, not 2");
  table.beginRow(1);
  expect(() => {
    table.integer(0.5);
  }).toThrow("0.5 is not an exact integer");
});

test("the index of events is as dense as SQLite makes it", async () => {
  const sqlite = await openForWriting(scratch.path(".db"));
  await importInto(sqlite, "t.db", shippedPath("6.16-m2-mono-standard"));
  const bytes = sqlite.prepare("SELECT sum(pgsize) FROM dbstat WHERE name = 'event_of_irte'");
  const fresh = bytes.pluck().get() as number;
  sqlite.exec("REINDEX event_of_irte");
  expect(fresh).toBeLessThanOrEqual(2 * (bytes.get() as number));
  sqlite.close();
});

/** The texts of a table of a text and two integers, as SQLite reads them from an image, and from what was bound. */
function storedTexts(texts: readonly string[]): readonly (readonly unknown[])[] {
  const file = scratch.path(".db");
  const sqlite = new Database(file);
  sqlite.pragma(`page_size = ${PAGE}`);
  sqlite.exec("CREATE TABLE t (a INTEGER, b TEXT, c INTEGER)");
  sqlite.exec("CREATE TABLE bound (a INTEGER, b TEXT, c INTEGER)");
  const insert = sqlite.prepare("INSERT INTO bound VALUES (?, ?, ?)");
  sqlite.transaction(() => {
    for (const [i, text] of texts.entries()) insert.run(-i * 300, text, i);
  })();
  sqlite.close();
  const fd = openSync(file, "r+");
  let count = statSync(file).size / PAGE;
  const table = new TableImage(
    3,
    2,
    {
      next: () => ++count,
      put: (page, bytes) => writeSync(fd, bytes, 0, PAGE, (page - 1) * PAGE),
    },
    TEXT_UNITS_MAX,
  );
  for (const [i, text] of texts.entries()) {
    table.beginRow();
    table.integer(-i * 300);
    table.text(text);
    table.integer(i);
    table.endRow();
  }
  table.finishTree();
  const size = Buffer.alloc(4);
  size.writeUInt32BE(count);
  writeSync(fd, size, 0, 4, 28);
  closeSync(fd);
  const reader = new Database(file, { readonly: true });
  expect(reader.pragma("integrity_check")).toEqual([{ integrity_check: "ok" }]);
  const rows = (name: string): unknown[] =>
    reader.prepare(`SELECT a, CAST(b AS BLOB), typeof(b), c FROM ${name}`).raw().all();
  const both = [rows("t"), rows("bound")];
  reader.close();
  return both;
}

test("any text reads back as if it had been bound", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 80 }),
    fc.integer({ min: 50, max: TEXT_UNITS_MAX }).map((length) => "\u20ac".repeat(length)),
    fc.constantFrom("", "\0", "a\0b", "x".repeat(57), "x".repeat(58), "x".repeat(TEXT_UNITS_MAX)),
  );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 60 }), (texts) => {
      const [composed, bound] = storedTexts(texts);
      expect(composed).toEqual(bound);
      expect(bound).toHaveLength(texts.length);
    }),
    { numRuns: 30 },
  );
});

const COLUMNS = COPIED_COLUMNS.vcpu_interval.split(" ");

function addIntervals(row: RowSink, round: number): void {
  for (let i = 0; i < 1000; i++) {
    row.beginRow();
    row.integer(i % 7);
    row.integer(round * 1000 + i);
    row.integer(null);
    row.stamp(i * 9_100, 999_999_999 - i);
    row.integer(null);
    row.integer(1);
    for (let rest = 6; rest < COLUMNS.length; rest++) row.integer(i % rest === 0 ? null : -i);
    row.endRow();
  }
}

async function store(isFast: boolean): Promise<unknown[]> {
  const sqlite = await openForWriting(scratch.path(".db"));
  const schema = sqlite.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name");
  const before = schema.all();
  const file = PageFile.open(sqlite);
  const slow = new RowInserter(directly(sqlite), "vcpu_interval", COLUMNS);
  for (let round = 0; round < 3; round++) {
    addIntervals(isFast && file !== null ? file.copied.vcpu_interval : slow, round);
    file?.finishPages();
    sqlite.transaction(() => {
      slow.flush();
      file?.copy(directly(sqlite));
    })();
  }
  file?.close();
  const rows = sqlite.prepare("SELECT *, typeof(from_ns) FROM vcpu_interval").safeIntegers().all();
  expect(schema.all()).toEqual(before);
  sqlite.close();
  return rows;
}

test("prepared INSERTs and composed pages store the same intervals", async () => {
  const slow = await store(false);
  expect(slow).toHaveLength(3000);
  expect(await store(true)).toEqual(slow);
});
