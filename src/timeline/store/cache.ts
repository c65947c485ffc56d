// How many pages of a timeline SQLite keeps in memory.

import type Database from "better-sqlite3";

const MIB = 1024;

/** Sizes as SQLite takes them: below 0 they are KiB. */
const CACHE = {
  /** Writing touches the last pages of each table and index. 16 MiB were measured: they make no import faster. */
  writing: -4 * MIB,
  /** Another connection writes meanwhile, and this one reads a row now and then. */
  idle: -MIB / 2,
  /** A server reads for days, and the operating system keeps what it reads. */
  waiting: -16 * MIB,
} as const;

/** Sets how much a connection keeps; one that is closed keeps nothing. */
export function useCache(sqlite: Database.Database, size: keyof typeof CACHE): void {
  if (!sqlite.open) return;
  sqlite.pragma(`cache_size = ${CACHE[size]}`);
  if (size === "idle") sqlite.pragma("shrink_memory");
}

/** What a second connection that writes the same timeline sets: all that the first one does. */
export function threadPragmas(sqlite: Database.Database): readonly string[] {
  const same = ["foreign_keys", "synchronous", "busy_timeout", "secure_delete"].map(
    (name) => `${name} = ${String(sqlite.pragma(name, { simple: true }))}`,
  );
  return [...same, `cache_size = ${CACHE.writing}`];
}
