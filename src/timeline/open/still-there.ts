// Is the file of a connection still the one that its path names? A file that was deleted or replaced can be written on, and
// all of it is lost when the connection is closed.

import { statSync } from "node:fs";
import { resolve } from "node:path";
import type Database from "better-sqlite3";
import { TwinError } from "../../base/errors.js";

/** A file's place in the file system. */
interface Place {
  /** Absolute: the process may go to another folder. */
  readonly path: string;
  /** Device and inode. */
  readonly id: string;
}

const placeOf = new WeakMap<Database.Database, Place>();

/** Notes which file a connection has just opened. */
export function noteFile(sqlite: Database.Database): void {
  const path = resolve(sqlite.name);
  const id = idAt(path);
  if (id !== null) placeOf.set(sqlite, { path, id });
}

/** Throws ERR_NO_TIMELINE if the file of a connection was deleted, or another one has its name. */
export function refuseGone(sqlite: Database.Database): void {
  const place = placeOf.get(sqlite);
  if (place === undefined) return;
  const now = idAt(place.path);
  if (now === place.id) return;
  const what = now === null ? "deleted" : "replaced by another file";
  throw new TwinError(
    "ERR_NO_TIMELINE",
    `${sqlite.name} was ${what} while it was written: what was imported into it is lost with it; run the same command again`,
  );
}

/** null = there is no file. */
function idAt(path: string): string | null {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev} ${found.ino}`;
}
