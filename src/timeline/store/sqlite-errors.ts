// SQLite's errors in the user's terms.

import { existsSync } from "node:fs";
import { TwinError } from "../../base/errors.js";

interface SqliteFailure {
  readonly code: string;
  readonly message: string;
}

function isSqliteFailure(error: unknown): error is Error & SqliteFailure {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    error.code.startsWith("SQLITE_")
  );
}

/**
 * Errors that say nothing about the file: no space, for temporary files too, no memory, no file handle left, or
 * another process that holds the lock.
 */
export function isOfMachine(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^(SQLITE_(FULL|NOMEM|BUSY|LOCKED|IOERR_(WRITE|FSYNC|GETTEMPPATH|NOMEM))|ENOSPC|ENOMEM|EMFILE)/.test(
    code,
  );
}

/** Was the connection closed before? better-sqlite3 has no code for it. */
function isClosed(error: unknown): boolean {
  return error instanceof TypeError && error.message === "The database connection is not open";
}

/**
 * Throws an error again: one of SQLite's as a TwinError that names the file (ERR_LOCKED, ERR_READONLY,
 * ERR_DISK_FULL, ERR_NOT_A_TIMELINE, ERR_TIMELINE_DAMAGED or ERR_INPUT_UNREADABLE), that of a closed connection as
 * ERR_CLOSED, any other as it is.
 */
export function throwAsTwinError(error: unknown, file: string): never {
  if (isClosed(error)) throw new TwinError("ERR_CLOSED", `${file} was closed`, { cause: error });
  if (!isSqliteFailure(error)) throw error instanceof Error ? error : new Error(String(error));
  const cause = { cause: error };
  const { code, message } = error;
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) {
    throw new TwinError(
      "ERR_LOCKED",
      `${file} is locked by another process: try again when it is done`,
      cause,
    );
  }
  if (code.startsWith("SQLITE_READONLY")) {
    throw new TwinError("ERR_READONLY", `${file} cannot be written: ${message}`, cause);
  }
  if (code === "SQLITE_FULL" || code === "SQLITE_IOERR_WRITE") {
    throw new TwinError(
      "ERR_DISK_FULL",
      `no space left for ${file}: what was committed is intact; free space and run the same command again`,
      cause,
    );
  }
  if (code === "SQLITE_NOTADB") {
    throw new TwinError("ERR_NOT_A_TIMELINE", `${file} is not a SQLite database`, cause);
  }
  if (code.startsWith("SQLITE_CORRUPT")) {
    throw new TwinError("ERR_TIMELINE_DAMAGED", `${file} is damaged: ${message}`, cause);
  }
  if (code.startsWith("SQLITE_CANTOPEN") && !existsSync(file)) {
    throw new TwinError(
      "ERR_READONLY",
      `${file} cannot be made (${message}): name another file, in a folder that can be written`,
      cause,
    );
  }
  if (code.startsWith("SQLITE_CANTOPEN") || code.startsWith("SQLITE_IOERR")) {
    throw new TwinError("ERR_INPUT_UNREADABLE", `${file} cannot be opened: ${message}`, cause);
  }
  throw error;
}

/** Codes of TwinErrors that say that a file cannot be written now, and may well be read. */
const UNWRITABLE: ReadonlySet<string> = new Set([
  "ERR_LOCKED",
  "ERR_READONLY",
  "ERR_DISK_FULL",
  "ERR_INPUT_UNREADABLE",
  "ERR_SCHEMA_CHANGED",
]);

/** Does a TwinError say that a file cannot be written now? */
export function isUnwritable(error: unknown): error is TwinError {
  return error instanceof TwinError && UNWRITABLE.has(error.code);
}

/** Writes to the file that `write` writes to. Returns why it cannot be written; null = it was. */
export function tryToWrite(file: string, write: () => void): string | null {
  try {
    try {
      write();
      return null;
    } catch (error) {
      throwAsTwinError(error, file);
    }
  } catch (error) {
    if (isUnwritable(error)) return error.message;
    throw error;
  }
}
