// Which tables, views, indexes and triggers a timeline has, against those that the migrations make. What irqtwin did
// not make could do anything: a trigger runs with every row that is written, a view with every row that is read.

import { createHash } from "node:crypto";
import Database from "better-sqlite3";
import { TwinError } from "../../base/errors.js";
import { makeAtOnce, migrationFiles, newestSchema } from "./migrate.js";
import { MIGRATIONS } from "./migration-texts.js";

/** What is other than the migrations make it: `view v_irte`, and how. */
export interface SchemaDifference {
  /** What differs, such as `view v_irte`. */
  readonly object: string;
  /** How it differs. */
  readonly how: "missing" | "changed" | "added";
}

/** What Kysely's Migrator and `migrate` keep for themselves; no migration makes them. */
const OF_THE_MIGRATOR: ReadonlySet<string> = new Set([
  "table kysely_migration",
  "table kysely_migration_lock",
  "table migration_checksum",
]);

/** The objects of a database and their SQL, in the order of their names, but for those of SQLite and the Migrator. */
function objectsOf(sqlite: Database.Database): readonly [object: string, sql: string][] {
  return sqlite
    .prepare<[], [string, string]>(
      `SELECT type || ' ' || name, sql FROM main.sqlite_schema
       WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1`,
    )
    .raw()
    .all()
    .filter(([object]) => !OF_THE_MIGRATOR.has(object));
}

/** The SHA-256 of a database's objects, 64 lower-case hexadecimal digits. */
export function schemaHash(sqlite: Database.Database): string {
  return createHash("sha256")
    .update(JSON.stringify(objectsOf(sqlite)))
    .digest("hex");
}

/** A database in memory, as the first `version` migrations make it. Close it when done. */
export function freshSchema(version: number = newestSchema()): Database.Database {
  const fresh = new Database(":memory:");
  const files = migrationFiles().slice(0, version);
  for (const { sql } of files.slice(makeAtOnce(fresh, files))) fresh.exec(sql);
  return fresh;
}

/** How the schema of a database differs from what the first `version` migrations make. */
export function schemaDifferences(
  sqlite: Database.Database,
  version: number = newestSchema(),
): readonly SchemaDifference[] {
  // Making the newest schema takes much longer than all else here: its hash was noted.
  if (version === newestSchema() && schemaHash(sqlite) === MIGRATIONS.schemaHash) return [];
  const fresh = freshSchema(version);
  try {
    const made = new Map(objectsOf(fresh));
    const found = new Map(objectsOf(sqlite));
    const missing = [...made].flatMap(([object, sql]): readonly SchemaDifference[] => {
      const there = found.get(object);
      if (there === sql) return [];
      return [{ object, how: there === undefined ? "missing" : "changed" }];
    });
    const added = [...found.keys()].filter((object) => !made.has(object));
    return [...missing, ...added.map((object): SchemaDifference => ({ object, how: "added" }))];
  } finally {
    fresh.close();
  }
}

/** Is the answer to a question changed by it? Triggers and indexes change none. */
export function isRead({ object, how }: SchemaDifference): boolean {
  return how !== "added" && /^(?:table|view) /.test(object);
}

/** Could it change what is written, or stop it? A trigger or an index that is missing does neither. */
function isWritten(difference: SchemaDifference): boolean {
  return difference.how !== "missing" || isRead(difference);
}

/**
 * Refuses a timeline whose own tables or views were changed, and, where it is to be written, one that has other objects
 * or whose triggers were changed. Throws ERR_SCHEMA_CHANGED.
 */
export function refuseOtherSchema(
  sqlite: Database.Database,
  file: string,
  access: "read" | "write",
  version: number = newestSchema(),
): void {
  const differences = schemaDifferences(sqlite, version);
  const first = differences.find(access === "write" ? isWritten : isRead);
  if (first === undefined) return;
  const { object, how } = first;
  throw new TwinError(
    "ERR_SCHEMA_CHANGED",
    how === "added"
      ? `${file} holds the ${object}, which irqtwin did not make, and which could change what is written: drop it (DROP ${object}), and keep your own objects in another file that attaches this one`
      : `the ${object} of ${file} is ${how === "missing" ? "missing" : "not what irqtwin made"}: ask \`irqtwin verify\` what else is damaged, and import the traces anew`,
  );
}
