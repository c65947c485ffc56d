import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { EventPages } from "../../../src/timeline/integrity/event-pages.js";
import { EVENT_COLUMNS, EventBytes, type Stored } from "../../../src/timeline/store/row-bytes.js";

const COLUMNS = EVENT_COLUMNS.split(" ");

type Row = Readonly<Record<string, Stored>>;

/** A row with the usual values, but for those that are given. */
function rowOf(seq: bigint, values: Row = {}): readonly Stored[] {
  const usual: Row = {
    ...{ seq, recording_id: 1n, line: 7n, time_ns: 169_088_222_141n, cpu: 3n, kind: 12n },
    ...{ devid: 72n, cause_seq: null, lo: -(2n ** 63n), hi: 2n ** 63n - 1n, b: 2n ** 48n, d: -1n },
  };
  return COLUMNS.map((name) => (name in values ? values[name] : usual[name]) ?? null);
}

/** The bytes of these rows, once they are stored. The table takes what only damage puts into a timeline. */
function stored(rows: readonly (readonly Stored[])[]): readonly Buffer[] {
  const sqlite = new Database(":memory:");
  sqlite.exec(`CREATE TABLE event (${COLUMNS.join(", ")}, PRIMARY KEY (seq))`);
  const insert = sqlite.prepare(`INSERT INTO event VALUES (${COLUMNS.map(() => "?").join(", ")})`);
  sqlite.transaction(() => {
    for (const row of rows) insert.run(...row);
  })();
  const pages = new EventPages(sqlite).between(0n, 2n ** 62n);
  return Array.from(pages, (bytes) => Buffer.from(bytes));
}

/** The same, from the values themselves. */
function expected(rows: readonly (readonly Stored[])[]): Buffer {
  return Buffer.from(new EventBytes().ofRows(rows));
}

describe("stored events have the bytes of their values", () => {
  test("where all are whole numbers, page after page", () => {
    for (const count of [0, 1, 4096, 4097, 9000]) {
      const rows = Array.from({ length: count }, (_, i) => rowOf(BigInt(i + 1)));
      expect(Buffer.concat(stored(rows)).equals(expected(rows))).toBe(true);
    }
  });

  const OTHER: readonly (readonly [string, Row])[] = COLUMNS.filter(
    (name) => name !== "seq",
  ).flatMap((name) => [
    [`${name} a real`, { [name]: 5 }],
    [`${name} a text`, { [name]: "5" }],
    [`${name} a blob`, { [name]: Buffer.from("5") }],
    [`${name} of 64 bits`, { [name]: 2n ** 62n + 1n }],
    [`${name} negative`, { [name]: -(2n ** 33n) - 1n }],
    [`${name} NULL`, { [name]: null }],
  ]);

  test.each(OTHER)("with %s", (_, values) => {
    const rows = [rowOf(1n), rowOf(2n, values), rowOf(3n)];
    expect(Buffer.concat(stored(rows)).equals(expected(rows))).toBe(true);
  });

  test("and other bytes where a number is no integer", () => {
    for (const name of ["time_ns", "lo", "cpu"]) {
      const real = stored([rowOf(1n, { [name]: 5 })]);
      expect(Buffer.concat(real).equals(expected([rowOf(1n, { [name]: 5n })]))).toBe(false);
    }
  });
});
