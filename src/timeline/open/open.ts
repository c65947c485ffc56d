// Opening a timeline file: which database is one, and how it is used.

import { closeSync, existsSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { TwinError } from "../../base/errors.js";
import { useCache } from "../store/cache.js";
import { isUnwritable, throwAsTwinError } from "../store/sqlite-errors.js";
import { LOG_VERSION } from "../schema/log-version.js";
import { isLeftInWal, leftInWal } from "./left-in-wal.js";
import { asNoBinary } from "./no-binary.js";
import { refuseOtherSchema } from "./schema-objects.js";
import { noteFile } from "./still-there.js";
import { APPLICATION_ID, checkMigrations, migrate, newestSchema } from "./migrate.js";

/** How long to wait for another process's lock when a file is opened or read. */
const BUSY_TIMEOUT_MS = 5000;

/** How long one who writes waits for another one's transaction: both have work that must not be lost. */
const WRITER_TIMEOUT_MS = 30_000;

/**
 * Opens an existing timeline for reading. The caller closes the connection. Throws ERR_NO_TIMELINE,
 * ERR_NOT_A_TIMELINE, ERR_TIMELINE_NEWER, ERR_TIMELINE_DAMAGED, ERR_READONLY or ERR_LOCKED.
 */
export function openForReading(file: string): Database.Database {
  return guarded(requireFile(file), () => {
    const sqlite = connect(file, { readonly: true });
    useCache(sqlite, "writing");
    return requireNewest(sqlite, file);
  });
}

/**
 * Opens an existing timeline so that what is derived from its events can be stored, and never migrates it. Where
 * the file cannot be written it is opened for reading. The caller closes the connection. Throws what
 * `openForReading` throws.
 */
export function openForDeriving(file: string): Database.Database {
  try {
    return guarded(requireFile(file), () => {
      const sqlite = connect(file, { fileMustExist: true });
      try {
        requireNewest(sqlite, file);
        refuseOtherSchema(sqlite, file, "write");
        useForWriting(sqlite);
      } catch (error) {
        sqlite.close();
        throw error;
      }
      return sqlite;
    });
  } catch (error) {
    if (isUnwritable(error)) return openForReading(file);
    throw error;
  }
}

function requireFile(file: string): string {
  if (existsSync(file)) return file;
  throw new TwinError(
    "ERR_NO_TIMELINE",
    `${file} does not exist: make it with \`irqtwin import FILE --db ${file}\`, or open it with \`create: true\``,
  );
}

/** What reads a timeline does not migrate it: only an import does. */
function requireNewest(sqlite: Database.Database, file: string): Database.Database {
  const version = schemaVersion(sqlite, file);
  const newest = newestSchema();
  if (version !== newest) {
    throw new TwinError(
      "ERR_NOT_A_TIMELINE",
      version === 0
        ? `${file} is empty: another process may just be making it, else make a timeline with \`irqtwin import FILE --db ${file}\``
        : `${file} has schema ${version}, this irqtwin reads ${newest}: bring it up to date with \`irqtwin import FILE --db ${file}\`, where FILE may be a trace that it holds already`,
    );
  }
  refuseNewerLog(sqlite, file);
  return sqlite;
}

function useForWriting(sqlite: Database.Database): void {
  sqlite.pragma("journal_mode = WAL");
  sqlite.pragma("synchronous = NORMAL");
  useCache(sqlite, "writing");
  sqlite.pragma(`busy_timeout = ${WRITER_TIMEOUT_MS}`);
}

/**
 * Opens a timeline for writing, and brings its schema up to date. `isMade`: the file is made if there is none. The
 * caller closes the connection. Throws ERR_NO_TIMELINE, ERR_NO_SUCH_FILE, ERR_NOT_A_TIMELINE, ERR_TIMELINE_NEWER,
 * ERR_MIGRATION_CHANGED, ERR_SCHEMA_CHANGED, ERR_TIMELINE_DAMAGED, ERR_READONLY or ERR_LOCKED.
 */
export async function openForWriting(file: string, isMade = true): Promise<Database.Database> {
  const sqlite = guarded(isMade ? file : requireFile(file), () => {
    if (!existsSync(file)) makeOwn(file);
    const opened = connect(file, {});
    // Before the first table: SQLite cannot change the page size later. 8 KiB suits wide rows.
    if (schemaVersion(opened, file) === 0) opened.pragma("page_size = 8192");
    useForWriting(opened);
    noteFile(opened);
    return opened;
  });
  try {
    const version = schemaVersion(sqlite, file);
    if (version > 0) checkMigrations(sqlite);
    refuseOtherSchema(sqlite, file, "write", version);
    if (version < newestSchema()) await migrate(sqlite);
    refuseNewerLog(sqlite, file);
    useCache(sqlite, "waiting");
    return sqlite;
  } catch (error) {
    sqlite.close();
    return throwAsTwinError(error, file);
  }
}

/** Makes an empty file that only its user can read: a trace names machines and processes. SQLite's logs get its mode. */
function makeOwn(file: string): void {
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch {
    // SQLite says why it cannot be made; another process may just have made it.
  }
}

function connect(file: string, options: Database.Options): Database.Database {
  const sqlite = opened(file, { ...options, timeout: BUSY_TIMEOUT_MS });
  sqlite.pragma("foreign_keys = OFF");
  // The file may be someone else's: its schema calls no function that does more than compute, and a page that is damaged
  // is told before it is read.
  sqlite.pragma("trusted_schema = OFF");
  sqlite.pragma("cell_size_check = ON");
  return sqlite;
}

function opened(file: string, options: Database.Options): Database.Database {
  try {
    return new Database(file, options);
  } catch (error) {
    throw asNoBinary(error);
  }
}

/** The version of a file's schema; 0 = it has no tables. Throws ERR_NOT_A_TIMELINE or ERR_TIMELINE_NEWER. */
function schemaVersion(sqlite: Database.Database, file: string): number {
  const application = Number(sqlite.pragma("application_id", { simple: true }));
  const version = Number(sqlite.pragma("user_version", { simple: true }));
  const tables =
    sqlite.prepare<[], number>("SELECT count(*) FROM sqlite_schema").pluck().get() ?? 0;
  if (tables === 0 && application === 0) return 0;
  if (application !== APPLICATION_ID) {
    throw new TwinError(
      "ERR_NOT_A_TIMELINE",
      `${file} is a database of another application (application_id 0x${(application >>> 0).toString(16)}): name another file (\`file\`)`,
    );
  }
  const newest = newestSchema();
  if (version > newest) {
    throw new TwinError(
      "ERR_TIMELINE_NEWER",
      `${file} has schema ${version}, this irqtwin knows up to ${newest}: use a newer irqtwin`,
    );
  }
  return version;
}

/** A log of a version that a newer irqtwin has written cannot be read as one that is known. */
function refuseNewerLog(sqlite: Database.Database, file: string): void {
  // A view of that name could run for ever; that it is none of irqtwin's is told by whoever compares the schema.
  const isTable = sqlite
    .prepare("SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = 'recording'")
    .get();
  if (isTable === undefined) return;
  const sql = "SELECT id, log_version FROM main.recording WHERE log_version > ? LIMIT 1";
  const newer = sqlite.prepare<[number], { id: number; log_version: number }>(sql).get(LOG_VERSION);
  if (newer === undefined) return;
  throw new TwinError(
    "ERR_TIMELINE_NEWER",
    `recording ${newer.id} of ${file} has log version ${newer.log_version}, this irqtwin knows up to ${LOG_VERSION}: use a newer irqtwin`,
  );
}

function guarded(file: string, open: () => Database.Database): Database.Database {
  const folder = dirname(file);
  if (!existsSync(folder)) {
    throw new TwinError(
      "ERR_NO_SUCH_FILE",
      `the folder ${folder} of ${file} does not exist: make it, or name another file (\`file\`)`,
    );
  }
  // SQLite would wait for ever at a FIFO.
  const there = existsSync(file) ? statSync(file) : null;
  if (there?.isFile() === false) {
    const what = there.isDirectory() ? "a directory" : "no regular file";
    throw new TwinError("ERR_NOT_A_TIMELINE", `${file} is ${what}: name a file (\`file\`)`);
  }
  try {
    return open();
  } catch (error) {
    if (isLeftInWal(file, error)) throw leftInWal(file, error);
    return throwAsTwinError(error, file);
  }
}
