// Kysely writes the SQL and knows the types; better-sqlite3 runs it, synchronously. Kysely's own
// executor is used for migrations alone: it prepares a statement for every call.

import type Database from "better-sqlite3";
import {
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type Compilable,
  type DatabaseConnection,
} from "kysely";
import { TwinError } from "../../base/errors.js";
import { type Tables } from "../schema/tables.js";

/** Runs nothing. Kysely's own answers each statement with no rows, as if there were none. */
class NoDriver extends DummyDriver {
  override acquireConnection(): Promise<DatabaseConnection> {
    const message = "this builds SQL and runs none: give what it builds to `timeline.query()`";
    return Promise.reject(new TwinError("ERR_USAGE", message));
  }
}

/** The query builder: what it builds is compiled, never executed by it. */
export const q: Kysely<Tables> = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new NoDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});

const statements = new WeakMap<Database.Database, Map<string, Database.Statement>>();

/**
 * The prepared statement of an SQL text, prepared once for each connection. What is set on it (`pluck`,
 * `safeIntegers`) stays, so every caller must use one text in the same way.
 */
export function prepared<Parameters extends unknown[], Row>(
  sqlite: Database.Database,
  sql: string,
): Database.Statement<Parameters, Row> {
  const known = statements.get(sqlite) ?? new Map<string, Database.Statement>();
  statements.set(sqlite, known);
  const statement = known.get(sql) ?? sqlite.prepare(sql);
  known.set(sql, statement);
  return statement as unknown as Database.Statement<Parameters, Row>;
}

/** All rows of a query. */
export function all<Row>(sqlite: Database.Database, query: Compilable<Row>): Row[] {
  const { sql, parameters } = query.compile();
  return prepared<unknown[], Row>(sqlite, sql).all(...parameters);
}

/** The first row of a query, if it has one. */
export function first<Row>(sqlite: Database.Database, query: Compilable<Row>): Row | undefined {
  const { sql, parameters } = query.compile();
  return prepared<unknown[], Row>(sqlite, sql).get(...parameters);
}

/** Runs a statement that returns nothing. */
export function run(sqlite: Database.Database, query: Compilable): void {
  const { sql, parameters } = query.compile();
  sqlite.prepare(sql).run(...parameters);
}
