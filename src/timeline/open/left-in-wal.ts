// A timeline that was not closed is still in WAL mode: to read it, SQLite has to make files beside it.

import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { TwinError } from "../../base/errors.js";

/** Byte 19 of a SQLite file is its read version: 2 = WAL (SQLite's file format, section 1.3.3). */
const READ_VERSION_AT = 19;
const WAL = 2;

/** Does an error of SQLite mean that it could not make its files beside a timeline that was not closed? */
export function isLeftInWal(file: string, error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (!code.startsWith("SQLITE_CANTOPEN") && code !== "SQLITE_READONLY_DIRECTORY") return false;
  return existsSync(file) && readVersion(file) === WAL;
}

/** Says how a timeline that was not closed is read, where its folder cannot be written. */
export function leftInWal(file: string, cause: unknown): TwinError {
  const log = `${file}-wal`;
  const hasLog = existsSync(log) && statSync(log).size > 0;
  const files = hasLog ? `${file} and ${log}` : file;
  return new TwinError(
    "ERR_READONLY",
    `${file} was not closed by the import that made it, and its folder cannot be written, which SQLite needs to read it: copy ${files} into a folder that can be written, and ask the copy`,
    { cause },
  );
}

/** undefined = the file cannot be read, which SQLite's own error says already. */
function readVersion(file: string): number | undefined {
  const header = Buffer.alloc(READ_VERSION_AT + 1);
  try {
    const handle = openSync(file, "r");
    try {
      readSync(handle, header, 0, header.length, 0);
    } finally {
      closeSync(handle);
    }
  } catch {
    return undefined;
  }
  return header[READ_VERSION_AT];
}
