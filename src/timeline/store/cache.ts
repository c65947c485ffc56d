// How many pages of a timeline SQLite keeps in memory.

import type Database from "better-sqlite3";

const MIB = 1024;

/** Sizes as SQLite takes them: below 0 they are KiB. */
const CACHE = {
  /** Writing touches the last pages of each table and index. 16 MiB were measured: they make no import faster. */
  writing: -4 * MIB,
  /** A server reads for days, and the operating system keeps what it reads. */
  waiting: -16 * MIB,
} as const;

/** Sets how much a connection keeps; one that is closed keeps nothing. */
export function useCache(sqlite: Database.Database, size: keyof typeof CACHE): void {
  if (sqlite.open) sqlite.pragma(`cache_size = ${CACHE[size]}`);
}
