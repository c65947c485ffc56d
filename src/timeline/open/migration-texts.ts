// The texts of the folder `migrations`. The build puts another module in the place of this one, which holds them: what
// is built needs no folder beside it, wherever it is bundled into.

import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** One file of the folder `migrations`. */
export interface MigrationText {
  /** The file's name without its suffix, such as `0001_timeline`. */
  readonly name: string;
  /** Its statements. */
  readonly sql: string;
}

/** What a folder of migrations holds. */
export interface MigrationTexts {
  /** In the order in which they are applied. */
  readonly migrations: readonly MigrationText[];
  /** The SHA-256 of the newest schema, as `migrations/schema.sha256` has it. */
  readonly schemaHash: string;
}

/** Reads a folder of migrations. */
export function readMigrations(folder: URL): MigrationTexts {
  const files = readdirSync(fileURLToPath(folder)).filter((name) => /^\d{4}_\w+\.sql$/.test(name));
  const textOf = (file: string): string => readFileSync(new URL(file, folder), "utf8");
  return {
    migrations: files.sort().map((file) => ({ name: file.replace(".sql", ""), sql: textOf(file) })),
    schemaHash: textOf("schema.sha256").trim(),
  };
}

/** The migrations of this program. */
export const MIGRATIONS: MigrationTexts = readMigrations(
  new URL("../../../migrations/", import.meta.url),
);
