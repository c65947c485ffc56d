// One open timeline file: reads that name the file in their errors, and closing it.

import type Database from "better-sqlite3";
import { TwinError } from "../../base/errors.js";
import { eitherOf } from "../../base/abort.js";
import { inTurns, type Steps } from "../../base/steps.js";
import { pickRecording, type Recording } from "../read/recordings.js";
import { openForDeriving, openForReading, openForWriting } from "./open.js";
import { refuseOtherSchema } from "./schema-objects.js";
import { inOneRead } from "../store/one-read.js";
import { throwAsTwinError } from "../store/sqlite-errors.js";

/**
 * What a timeline file is opened for. read: it is only read. derive: what is derived from its events can be stored,
 * where the file can be written; it is not migrated. import: recordings can be appended, and its schema is brought up
 * to date. create: the same, and the file is made if it is missing.
 */
export type Access = "read" | "derive" | "import" | "create";

/** How a timeline file is opened. */
export interface OpenOptions {
  /** true: the file is only read. Absent = false: `import` can write to it, and its schema is brought up to date. */
  readonly readonly?: boolean | undefined;
  /**
   * true: the file must exist, its schema stays as it is, and `check` stores its verdicts where the file can be
   * written. It goes before `readonly`. Absent = false.
   */
  readonly derives?: boolean | undefined;
  /**
   * true: the file is made if there is none; not with `readonly` or `derives` (ERR_USAGE). Absent = false: then it is
   * ERR_NO_TIMELINE.
   */
  readonly create?: boolean | undefined;
}

/** What the options open a file for. */
export function accessOf({ readonly, derives, create }: OpenOptions): Access {
  const isRead = derives === true || readonly === true;
  if (isRead && create === true)
    throw new TwinError(
      "ERR_USAGE",
      "a timeline that is only read cannot be made: leave out create",
    );
  if (derives === true) return "derive";
  if (readonly === true) return "read";
  return create === true ? "create" : "import";
}

/** Throws ERR_USAGE for what names no file: SQLite would open a timeline that is gone when it is closed. */
function refuseNoPath(file: unknown): void {
  const isPath = typeof file === "string" && !["", ":memory:"].includes(file);
  if (isPath && !file.includes("\0")) return;
  const isText = typeof file === "string" && file !== ":memory:";
  const shown = isText ? JSON.stringify(file) : String(file);
  throw new TwinError("ERR_USAGE", `a timeline is a file: ${shown} names none`);
}

function isClosed(file: string): TwinError {
  return new TwinError("ERR_CLOSED", `${file} is closed: open it again`);
}

/**
 * How long a file that is closed waits for those that read it. A query whose process was just killed is gone by then, and
 * for one who reads on nothing is gained.
 */
const CLOSE_TIMEOUT_MS = 250;

/** A connection to a timeline file. Close it when done. */
export class Connection {
  /** The path that the timeline was opened with. */
  readonly file: string;
  /** The connection of better-sqlite3. */
  readonly sqlite: Database.Database;
  private isSchemaOurs = false;
  private readonly closing = new AbortController();

  /** `sqlite`: the file, open. */
  constructor(file: string, sqlite: Database.Database) {
    this.file = file;
    this.sqlite = sqlite;
  }

  /** Opens a file. Throws a TwinError. */
  static async open(file: string, access: Access): Promise<Connection> {
    try {
      refuseNoPath(file);
      if (access === "read") return new Connection(file, openForReading(file));
      if (access === "derive") return new Connection(file, openForDeriving(file));
      return new Connection(file, await openForWriting(file, access === "create"));
    } catch (error) {
      throw TwinError.from(error);
    }
  }

  /**
   * Reads the file. What SQLite throws becomes a TwinError that names the file. Throws ERR_SCHEMA_CHANGED if what
   * irqtwin made was changed.
   */
  read<Result>(question: (sqlite: Database.Database) => Result): Result {
    return this.readAnyway((sqlite) => {
      if (!this.isSchemaOurs) refuseOtherSchema(sqlite, this.file, "read");
      this.isSchemaOurs = true;
      return question(sqlite);
    });
  }

  /** Asks what only reads, and reads all of it as of one commit. */
  inOneRead<Result>(question: () => Result): Result {
    return this.read((sqlite) => inOneRead(sqlite, question));
  }

  /** Reads the file as `read` does, whatever its schema has become. */
  readAnyway<Result>(question: (sqlite: Database.Database) => Result): Result {
    try {
      if (!this.sqlite.open) throw isClosed(this.file);
      return question(this.sqlite);
    } catch (error) {
      throw this.errorOf(error);
    }
  }

  /** What was thrown while the file was used, as a TwinError. */
  errorOf(thrown: unknown): TwinError {
    try {
      if (thrown instanceof TypeError && !this.sqlite.open) return isClosed(this.file);
      if (thrown instanceof TypeError && thrown.message.includes("connection is busy"))
        return new TwinError(
          "ERR_BUSY",
          `${this.file} is read by another question of this object: ask again when it is answered`,
          { cause: thrown },
        );
      return throwAsTwinError(thrown, this.file);
    } catch (error) {
      return TwinError.from(error);
    }
  }

  /** Reads one recording: the one of that number, or the newest complete one. */
  readRecording<Result>(
    id: number | undefined,
    question: (sqlite: Database.Database, recording: Recording) => Result,
  ): Result {
    return this.read((sqlite) => question(sqlite, pickRecording(sqlite, id)));
  }

  /** Fires when the connection begins to be closed, with ERR_CLOSED as its reason. The file is still open then. */
  get closed(): AbortSignal {
    return this.closing.signal;
  }

  /**
   * Reads one complete recording in turns with all else that is done with the file: its events never change. Throws
   * ERR_ABORTED soon after the signal fires.
   */
  async readInTurns<Result>(
    id: number | undefined,
    question: (sqlite: Database.Database, recording: Recording) => Steps<Result>,
    signal: AbortSignal | undefined,
    rest = 0,
  ): Promise<Result> {
    try {
      const steps = this.readRecording(id, question);
      return await inTurns(steps, eitherOf(this.closed, signal), rest);
    } catch (error) {
      return throwAsTwinError(error, this.file);
    }
  }

  /** Asks something that opens the file by itself. Throws ERR_CLOSED if this connection is closed, before or meanwhile. */
  async ownConnection<Result>(
    ask: (file: string, signal: AbortSignal) => Promise<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    try {
      if (!this.sqlite.open) throw isClosed(this.file);
      return await ask(this.file, eitherOf(this.closed, signal));
    } catch (error) {
      return throwAsTwinError(error, this.file);
    }
  }

  /** What runs is told to stop: it throws ERR_CLOSED. */
  stop(): void {
    this.closing.abort(isClosed(this.file));
  }

  /**
   * Closes the file. All that was written is then in this one file, without a write-ahead log beside it; while another
   * connection has it open, an empty one stays, and while one reads it, the log as it is.
   */
  close(): void {
    this.stop();
    if (this.sqlite.open && !this.sqlite.readonly) emptyLog(this.sqlite);
    this.sqlite.close();
  }
}

/**
 * Moves what is in the write-ahead log into the file. Another connection that has the file open keeps it in WAL mode; the
 * log can be emptied all the same, unless that one reads for longer than we wait, or the disk is full: then what is in the
 * log is as safe.
 */
function emptyLog(sqlite: Database.Database): void {
  sqlite.pragma(`busy_timeout = ${CLOSE_TIMEOUT_MS}`);
  for (const step of ["journal_mode = DELETE", "wal_checkpoint(TRUNCATE)"]) {
    try {
      sqlite.pragma(step);
      return;
    } catch {
      continue;
    }
  }
}
