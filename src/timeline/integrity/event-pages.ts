// Stored events as the bytes that the chain hashes. Nearly all come as whole numbers, many rows in a JSON text for each
// column; a page with anything else, which only damage puts there, is read value by value.

import type Database from "better-sqlite3";
import { EVENT_COLUMNS, EventBytes, WIDE_COLUMNS, type Stored } from "../store/row-bytes.js";
import { wholeColumns } from "./whole-numbers.js";

/** Few enough that their bytes stay in the processor's cache while one column after another is put. */
const PAGE_ROWS = 1024;
const COLUMNS = EVENT_COLUMNS.split(" ");
const PAGE = "FROM main.event WHERE seq > ? AND seq <= ? ORDER BY seq";

/** The events of one page as bytes, how many there are, and the seq of the last; null = there is none. */
interface Page {
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly last: bigint | null;
}

/** Reads events page by page. The bytes of a page are good until the next one. */
export class EventPages {
  private readonly bytes = new EventBytes();
  private readonly columns: Database.Statement<[bigint, bigint], [number | null, ...string[]]>;
  private readonly values: Database.Statement<[bigint, bigint], Stored[]>;

  /** `sqlite`: the timeline. */
  constructor(sqlite: Database.Database) {
    const columns = COLUMNS.flatMap(numbersOf).map((each) => `json_group_array(${each})`);
    this.columns = sqlite
      .prepare<[bigint, bigint], [number | null, ...string[]]>(
        `SELECT min(${areIntegers()}), ${columns.join(", ")} FROM (SELECT * ${PAGE} LIMIT ${PAGE_ROWS})`,
      )
      .raw();
    this.values = sqlite
      .prepare<[bigint, bigint], Stored[]>(
        `SELECT ${COLUMNS.join(", ")} ${PAGE} LIMIT ${PAGE_ROWS}`,
      )
      .raw()
      .safeIntegers();
  }

  /** The bytes of the events after seq `after`, up to seq `last`. */
  *between(after: bigint, last: bigint): Generator<Uint8Array> {
    for (let from = after; from < last;) {
      const page = this.asNumbers(from, last) ?? this.asValues(from, last);
      yield page.bytes;
      if (page.rows < PAGE_ROWS || page.last === null) return;
      from = page.last;
    }
  }

  /** null = some value is none that a number holds exactly, or there is no event. */
  private asNumbers(from: bigint, last: bigint): Page | null {
    const columns = wholeColumns(() => {
      const [areNumbers, ...texts] = this.columns.get(from, last) ?? [null];
      return areNumbers === 1 ? texts : null;
    });
    const [seqs = []] = columns ?? [];
    const end = seqs.at(-1) ?? null;
    if (columns === null || end === null) return null;
    const bytes = this.bytes.ofColumns(seqs.length, columns);
    return { bytes, rows: seqs.length, last: BigInt(end) };
  }

  private asValues(from: bigint, last: bigint): Page {
    const rows = this.values.all(from, last);
    const end = rows.at(-1)?.[0];
    const bytes = this.bytes.ofRows(rows);
    return { bytes, rows: rows.length, last: typeof end === "bigint" ? end : null };
  }
}

/** A column as a number does not hold it exactly is two: its upper half, and its lower, both signed. */
function numbersOf(column: string): readonly string[] {
  return WIDE_COLUMNS.has(column) ? [`${column} >> 32`, `(${column} << 32) >> 32`] : [column];
}

/** 1 where the columns of two halves hold integers or NULL: a shift makes integers of anything. */
function areIntegers(): string {
  const tests = [...WIDE_COLUMNS].map((column) => `typeof(${column}) IN ('integer', 'null')`);
  return tests.join(" AND ");
}
