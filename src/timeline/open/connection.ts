// One open timeline file: reads that name the file in their errors, and closing it.

import type Database from "better-sqlite3";
import { TwinError } from "../../base/errors.js";
import { inTurns, type Steps } from "../../base/steps.js";
import { pickRecording, type Recording } from "../read/recordings.js";
import { openForDeriving, openForReading, openForWriting } from "./open.js";
import { refuseOtherSchema } from "./schema-objects.js";
import { throwAsTwinError } from "../store/sqlite-errors.js";

/**
 * What a timeline file is opened for. read: it is only read. derive: what is derived from its events can be stored,
 * where the file can be written; it is not migrated. import: recordings can be appended; the file is made if it is
 * missing, and its schema is brought up to date.
 */
export type Access = "read" | "derive" | "import";

/** How a timeline file is opened. */
export interface OpenOptions {
  /**
   * true: the file is only read, and it must exist. false or absent: the file is made if it is missing, and
   * `import` can write to it.
   */
  readonly readonly?: boolean | undefined;
  /**
   * true: the file must exist, its schema stays as it is, and `check` stores its verdicts where the file can be
   * written. It goes before `readonly`.
   */
  readonly derives?: boolean | undefined;
}

/** What the options open a file for. */
export function accessOf({ readonly, derives }: OpenOptions): Access {
  if (derives === true) return "derive";
  return readonly === true ? "read" : "import";
}

/** A connection to a timeline file. Close it when done. */
export class Connection {
  /** The path that the timeline was opened with. */
  readonly file: string;
  readonly sqlite: Database.Database;
  private isSchemaOurs = false;

  constructor(file: string, sqlite: Database.Database) {
    this.file = file;
    this.sqlite = sqlite;
  }

  /** Opens a file. Throws a TwinError. */
  static async open(file: string, access: Access): Promise<Connection> {
    if (access === "import") return new Connection(file, await openForWriting(file));
    return new Connection(file, access === "read" ? openForReading(file) : openForDeriving(file));
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

  /** Reads the file as `read` does, whatever its schema has become. */
  readAnyway<Result>(question: (sqlite: Database.Database) => Result): Result {
    try {
      return question(this.sqlite);
    } catch (error) {
      return throwAsTwinError(error, this.file);
    }
  }

  /** Reads one recording: the one of that number, or the newest complete one. */
  readRecording<Result>(
    id: number | undefined,
    question: (sqlite: Database.Database, recording: Recording) => Result,
  ): Result {
    return this.read((sqlite) => question(sqlite, pickRecording(sqlite, id)));
  }

  /**
   * Reads one complete recording in turns with all else that is done with the file: its events never change. Throws
   * ERR_ABORTED soon after the signal fires.
   */
  async readInTurns<Result>(
    id: number | undefined,
    question: (sqlite: Database.Database, recording: Recording) => Steps<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    try {
      return await inTurns(this.readRecording(id, question), signal);
    } catch (error) {
      return throwAsTwinError(error, this.file);
    }
  }

  /** Asks something that opens the file by itself. Throws ERR_CLOSED if this connection was closed. */
  async ownConnection<Result>(ask: (file: string) => Promise<Result>): Promise<Result> {
    try {
      if (!this.sqlite.open) throw new TwinError("ERR_CLOSED", `${this.file} was closed`);
      return await ask(this.file);
    } catch (error) {
      return throwAsTwinError(error, this.file);
    }
  }

  /** Closes the file. All that was written is then in this one file, without a write-ahead log beside it. */
  close(): void {
    if (this.sqlite.open && !this.sqlite.readonly) {
      try {
        this.sqlite.pragma("journal_mode = DELETE");
      } catch {
        // Another process reads: the file stays in WAL mode, which is as good.
      }
    }
    this.sqlite.close();
  }
}
