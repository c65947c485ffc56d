// Schema by migrations: plain SQL files, forward only, run through Kysely's Migrator in one
// transaction, each with its checksum.

import { createHash } from "node:crypto";
import type Database from "better-sqlite3";
import { Kysely, Migrator, SqliteDialect, type Migration } from "kysely";
import { TwinError } from "../../base/errors.js";
import { MIGRATIONS, type MigrationText } from "./migration-texts.js";

/** The bytes "irqt" in the header of every timeline file. The programs `file` and sqlite3 show them. */
export const APPLICATION_ID = 0x69727174;

/** Which text each applied migration had. */
const CHECKSUMS =
  "CREATE TABLE migration_checksum (name TEXT PRIMARY KEY, sha256 TEXT NOT NULL) STRICT";

/** One migration, with the hash of its text. */
export interface Migrated extends MigrationText {
  /** The SHA-256 of its text, 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}

/** The migrations, in the order in which they are applied. */
export function migrationFiles(): readonly Migrated[] {
  return MIGRATIONS.migrations.map((each) => ({
    ...each,
    sha256: createHash("sha256").update(each.sql).digest("hex"),
  }));
}

/** The version of the newest schema (PRAGMA user_version): the number of migrations that there are. */
export function newestSchema(): number {
  return MIGRATIONS.migrations.length;
}

/**
 * Brings a database to the newest schema, in one transaction. Throws ERR_MIGRATION_CHANGED, and changes
 * nothing, if a migration that was applied earlier is not the one in the folder.
 */
export async function migrate(sqlite: Database.Database): Promise<void> {
  const files = migrationFiles();
  sqlite.exec("BEGIN IMMEDIATE");
  try {
    const isEmpty = sqlite.prepare("SELECT 1 FROM main.sqlite_schema").get() === undefined;
    if (isEmpty) sqlite.exec(CHECKSUMS);
    checkApplied(sqlite, files);
    const made = isEmpty ? makeAtOnce(sqlite, files) : 0;
    await runAll(sqlite, files, made);
    sqlite.pragma(`application_id = ${APPLICATION_ID}`);
    sqlite.pragma(`user_version = ${files.length}`);
    sqlite.exec("COMMIT");
  } catch (error) {
    if (sqlite.inTransaction) sqlite.exec("ROLLBACK");
    throw error;
  }
}

/** Throws ERR_MIGRATION_CHANGED if the timeline was made by other migrations than those in the folder. */
export function checkMigrations(sqlite: Database.Database): void {
  checkApplied(sqlite, migrationFiles());
}

/** Which migrations were applied. Throws ERR_SCHEMA_CHANGED if the table that says it is not what it was. */
function appliedTo(sqlite: Database.Database): readonly { name: string; sha256: string }[] {
  const isTable = sqlite
    .prepare("SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND sql = ?")
    .get(CHECKSUMS);
  if (isTable === undefined)
    throw new TwinError(
      "ERR_SCHEMA_CHANGED",
      `the table migration_checksum of ${sqlite.name} is not what irqtwin made: import the traces anew`,
    );
  return sqlite
    .prepare<[], { name: string; sha256: string }>(
      "SELECT name, sha256 FROM main.migration_checksum",
    )
    .all();
}

function checkApplied(sqlite: Database.Database, files: readonly Migrated[]): void {
  for (const { name, sha256 } of appliedTo(sqlite)) {
    if (files.find((file) => file.name === name)?.sha256 !== sha256) {
      throw new TwinError(
        "ERR_MIGRATION_CHANGED",
        `migration ${name} is not the one that made this timeline: the installation is damaged, reinstall it`,
      );
    }
  }
}

/** Makes of an empty database what the first migrations make of it, where that is noted. Returns how many these are. */
export function makeAtOnce(sqlite: Database.Database, files: readonly MigrationText[]): number {
  const { atOnce } = MIGRATIONS;
  const count = files.findIndex(({ name }) => name === atOnce?.last) + 1;
  if (atOnce === null || count === 0 || hashOfAll(files.slice(0, count)) !== atOnce.of) return 0;
  sqlite.exec(atOnce.sql);
  return count;
}

/** The SHA-256 of the texts of migrations, one after the other. */
export function hashOfAll(files: readonly MigrationText[]): string {
  const hash = createHash("sha256");
  for (const { sql } of files) hash.update(sql);
  return hash.digest("hex");
}

/** Runs what was not applied yet; of the first `made` migrations it is only noted that they were. */
async function runAll(
  sqlite: Database.Database,
  files: readonly Migrated[],
  made: number,
): Promise<void> {
  const record = sqlite.prepare("INSERT INTO migration_checksum (name, sha256) VALUES (?, ?)");
  const migrations = Object.fromEntries(
    files.map(({ name, sql, sha256 }, place): [string, Migration] => [
      name,
      {
        up: () => {
          if (place >= made) sqlite.exec(sql);
          record.run(name, sha256);
          return Promise.resolve();
        },
      },
    ]),
  );
  // Kysely opens no transaction of its own for SQLite's DDL, so it runs inside ours.
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: sqlite }) });
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(migrations) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined)
    throw error instanceof Error ? error : new Error("migration failed", { cause: error });
}
