// The texts of the folder `migrations`. The build puts another module in the place of this one, which holds them: what
// is built needs no folder beside it, wherever it is bundled into.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** One file of the folder `migrations`. */
export interface MigrationText {
  /** The file's name without its suffix, such as `0001_timeline`. */
  readonly name: string;
  /** Its statements. */
  readonly sql: string;
}

/** What the first migrations make of an empty database, in one text: they change again and again what they have made. */
export interface AtOnce {
  /** The name of the last of these migrations. */
  readonly last: string;
  /** The SHA-256 of their texts, one after the other: of no others is it what they make. */
  readonly of: string;
  /** The statements. */
  readonly sql: string;
}

/** What a folder of migrations holds. */
export interface MigrationTexts {
  /** In the order in which they are applied. */
  readonly migrations: readonly MigrationText[];
  /** What the first of them make; null = the folder does not say it. */
  readonly atOnce: AtOnce | null;
  /** The SHA-256 of the newest schema, as `migrations/schema.sha256` has it. */
  readonly schemaHash: string;
}

const MIGRATION_FILE = /^\d{4}_\w+\.sql$/;
/** The first line of a text that makes a schema at once. */
const MADE_FROM = /^-- sha256 of the migrations: ([0-9a-f]{64})\n/;

/** Reads a folder of migrations. */
export function readMigrations(folder: URL): MigrationTexts {
  const files = readdirSync(fileURLToPath(folder)).filter(isMigration);
  const textOf = (file: string): string => readFileSync(new URL(file, folder), "utf8");
  return {
    migrations: files.sort().map((file) => ({ name: file.replace(".sql", ""), sql: textOf(file) })),
    atOnce: readAtOnce(new URL("at-once/", folder)),
    schemaHash: textOf("schema.sha256").trim(),
  };
}

function readAtOnce(folder: URL): AtOnce | null {
  const path = fileURLToPath(folder);
  const file = existsSync(path) ? readdirSync(path).filter(isMigration).sort().at(-1) : undefined;
  if (file === undefined) return null;
  const sql = readFileSync(new URL(file, folder), "utf8");
  return { last: file.replace(".sql", ""), of: MADE_FROM.exec(sql)?.[1] ?? "", sql };
}

function isMigration(file: string): boolean {
  return MIGRATION_FILE.test(file);
}

/** The migrations of this program. */
export const MIGRATIONS: MigrationTexts = readMigrations(
  new URL("../../../migrations/", import.meta.url),
);
