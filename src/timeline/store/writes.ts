// Where the statements of a transaction go: to a connection that runs each at once, or to a thread that runs all of them
// later (writer-thread.ts). Who writes gives the text and the values of each, and reads nothing of what it writes.

import type Database from "better-sqlite3";
import { type Compilable } from "kysely";
import { prepared } from "./sql.js";

/** What a column can be bound to. */
export type Value = number | bigint | string | Buffer | null;

/** Takes the statements of one transaction, in their order. */
export interface Writes {
  /** Runs a statement, now or with the rest of the transaction. It returns no rows. */
  run(sql: string, values?: readonly Value[]): void;
  /**
   * Runs a statement that must change a row. If it changes none, the transaction is rolled back, and whoever waits for
   * its end is thrown the error.
   */
  runOwn(sql: string, values: readonly Value[], ifNone: () => Error): void;
}

const direct = new WeakMap<Database.Database, Writes>();

/** Runs each statement at once. */
export function directly(sqlite: Database.Database): Writes {
  const known = direct.get(sqlite) ?? new DirectWrites(sqlite);
  direct.set(sqlite, known);
  return known;
}

/** Gives a query of kysely to whoever takes statements. */
export function write(writes: Writes, query: Compilable): void {
  const { sql, parameters } = query.compile();
  writes.run(sql, parameters as readonly Value[]);
}

class DirectWrites implements Writes {
  private readonly sqlite: Database.Database;

  constructor(sqlite: Database.Database) {
    this.sqlite = sqlite;
  }

  run(sql: string, values: readonly Value[] = []): void {
    prepared<Value[], unknown>(this.sqlite, sql).run(...values);
  }

  runOwn(sql: string, values: readonly Value[], ifNone: () => Error): void {
    if (prepared<Value[], unknown>(this.sqlite, sql).run(...values).changes === 0) throw ifNone();
  }
}
