// The composition root: one open timeline. What is asked of one of its recordings stands in twin-recording.ts.

import { Subject, type Observable } from "rxjs";
import { eitherOf } from "./base/abort.js";
import { TwinError } from "./base/errors.js";
import { didYouMean } from "./base/suggest.js";
import { type Batch } from "./domain/events/event.js";
import { type AnyText } from "./domain/values/ids.js";
import { isContradicted } from "./check/is-contradicted.js";
import { LiveFeed } from "./live/feed.js";
import { type LiveUpdate } from "./live/update.js";
import { info, type Info, type InfoOptions } from "./query/info/info.js";
import { narrowingSql } from "./query/sql/one-recording.js";
import { recipeOf, type RecipeId } from "./query/sql/cookbook.js";
import {
  queryPages,
  rowsOf,
  statementOf,
  type QueryOptions,
  type QueryPage,
  type QueryParameters,
  type QueryRow,
  type QuerySql,
} from "./query/rows/query.js";
import { profileNames } from "./platforms/registry.js";
import { accessOf, Connection, type OpenOptions } from "./timeline/open/connection.js";
import { rebuildProjections } from "./timeline/derive/rebuild.js";
import { dropRecordingFor, type DropOptions, type DropResult } from "./timeline/import/drop.js";
import { ImportQueue } from "./timeline/import/import-queue.js";
import { tell } from "./timeline/import/listener.js";
import { type ImportOptions } from "./timeline/import/options.js";
import { type ImportResult } from "./timeline/import/import-result.js";
import { type ImportSource } from "./timeline/import/input.js";
import { type VerifyReport } from "./timeline/integrity/report.js";
import {
  verify,
  verifyInTurns,
  type VerifyAsyncOptions,
  type VerifyOptions,
} from "./timeline/integrity/verify.js";
import { type SourcePart } from "./timeline/read/kept-recordings.js";
import { recordings } from "./timeline/read/recordings.js";
import { changes, type ChangesOptions, type TimelineChange } from "./timeline/follow/changes.js";
import { asked, askedName, askedPart, askedRecording } from "./twin-asked.js";
import { viewOf, type RecordingView } from "./twin-recording.js";

/**
 * An open timeline. Close it when you are done.
 *
 * It has what concerns the file as a whole. What is asked of one recording is asked of `recording()`. Every method can
 * throw a TwinError: ERR_CLOSED after `close()`, and what stands at the method.
 */
export class Timeline {
  /** The path that the timeline was opened with. */
  readonly file: string;
  private readonly db: Connection;
  private readonly imported = new Subject<Batch>();
  private readonly following: LiveFeed;
  private readonly imports: ImportQueue;

  private constructor(db: Connection) {
    this.file = db.file;
    this.db = db;
    this.following = new LiveFeed((question) => db.read(question));
    this.imports = new ImportQueue(db.sqlite, db.file, db.closed);
  }

  /** Opens a timeline file. Throws a TwinError that says why it cannot. */
  static async open(file: string, options: OpenOptions = {}): Promise<Timeline> {
    return new Timeline(await Connection.open(file, accessOf(asked("openTimeline", options))));
  }

  /** Batches of events, each as soon as this object's `import` has committed it. */
  get batches(): Observable<Batch> {
    return this.imported.asObservable();
  }

  /**
   * Appends a recording: the path of a file (`-` is standard input), a stream of bytes (a Readable, or any
   * AsyncIterable of Uint8Array), or bytes in memory, each plain or compressed. Of what comes only once, what was read
   * is stored about a second later at most, whether the source pauses or not. If an import fails or is stopped by
   * `signal`, nothing of the recording stays in the timeline; if the disk is full or locked, the next import removes
   * what stayed. Imports of one object run one after the other, in the order of the calls.
   */
  async import(source: ImportSource, options: ImportOptions = {}): Promise<ImportResult> {
    const given = refuseUnknownRules(asked("import", options));
    const { part } = given;
    const told = {
      ...given,
      part: part && ((): SourcePart => askedPart(part)),
      isContradicted,
      listener: this.following.listener,
      onBatch: (batch: Batch) => {
        tell(() => options.onBatch?.(batch));
        this.imported.next(batch);
      },
      isHeard: () => options.onBatch !== undefined || this.imported.observed,
    };
    return this.imports.import(source, told).catch(rethrownBy(this.db));
  }

  /**
   * Drops a complete recording: its events and all that was made of them are removed from the file, whose pages the next
   * recordings use. Its facts and its links of the hash chain stay, so `verify` proves the others as before and says that
   * it was dropped; every question about it throws ERR_DROPPED. A process that is killed meanwhile leaves a part of the
   * rows to the next one that imports or drops; to drop the recording again removes them too. Throws ERR_NO_RECORDING,
   * ERR_DROPPED where nothing is left of it, ERR_IMPORT_RUNNING for a recording that is not imported to its end, and
   * ERR_ABORTED.
   */
  async drop(id: number, options: DropOptions = {}): Promise<DropResult> {
    try {
      const { signal, ...told } = asked("drop", options);
      const recording = this.db.read(() => askedRecording(id));
      if (recording === undefined)
        throw new TwinError("ERR_USAGE", "drop needs the number of a recording");
      return await dropRecordingFor(
        this.db.sqlite,
        recording,
        told,
        eitherOf(this.db.closed, signal),
      );
    } catch (error) {
      throw this.db.errorOf(error);
    }
  }

  /** Makes intervals and checkpoints anew from the events. They hold nothing that the events do not. */
  rebuild(): void {
    this.db.read(rebuildProjections);
  }

  /**
   * Checks that the history is what was imported. Never writes to the file. `anchor`: the hash of a link that
   * was noted earlier. Throws ERR_USAGE if it is not the hash of a link.
   */
  verify(options: VerifyOptions = {}): VerifyReport {
    const { anchor } = asked("verify", options);
    return this.db.readAnyway((sqlite) => verify(sqlite, anchor));
  }

  /** The same as `verify`, in turns with all else that the process does; a signal can stop it (ERR_ABORTED). */
  async verifyAsync(options: VerifyAsyncOptions = {}): Promise<VerifyReport> {
    const verified = (file: string, signal: AbortSignal): Promise<VerifyReport> =>
      verifyInTurns(file, { ...options, signal });
    return this.db.ownConnection(verified, asked("verifyAsync", options).signal);
  }

  /** All recordings, oldest first. */
  recordings(): readonly RecordingView[] {
    return this.db.read(recordings).map((recording) => viewOf(this.db, recording));
  }

  /**
   * The recording of that number, with its questions; without a number the newest complete one, or the newest if none is
   * complete. Throws ERR_TIMELINE_EMPTY if there is none that can be asked, ERR_NO_RECORDING if there is none of that
   * number, ERR_DROPPED if it was dropped: `recordings()` has its facts.
   */
  recording(id?: number): RecordingView {
    return this.db.readRecording(askedRecording(id), (_sqlite, recording) =>
      viewOf(this.db, recording),
    );
  }

  /**
   * The rows of a SQL statement over the views (`irqtwin schema`), or of what Kysely builds over `views`. It runs in a
   * process of its own, which only reads, within limits. Throws ERR_SQL, ERR_SQL_NOT_READONLY, ERR_SQL_LIMIT,
   * ERR_KILLED, and ERR_USAGE for a limit that is none.
   */
  async query<Row = QueryRow>(
    sql: QuerySql<Row>,
    parameters: QueryParameters = [],
    options: QueryOptions = {},
  ): Promise<readonly Row[]> {
    return rowsOf<Row>(this.queryPages(sql, parameters, options));
  }

  /**
   * The same in pages, each read when it is asked for: the rows before a limit are given out, an empty answer has its
   * columns, and columns of one name are kept apart.
   */
  queryPages(
    sql: QuerySql<unknown>,
    parameters: QueryParameters = [],
    options: QueryOptions = {},
  ): AsyncGenerator<QueryPage, void, undefined> {
    const statement = this.db.read(() => {
      asked("query", options);
      return statementOf(sql, parameters);
    });
    return this.#pagesOf(statement, options);
  }

  async *#pagesOf(
    statement: ReturnType<typeof statementOf>,
    options: QueryOptions,
  ): AsyncGenerator<QueryPage, void, undefined> {
    try {
      // The statement may ask for rows of any recording.
      await this.imports.nothingLeft();
      const only = options.recording === undefined ? null : this.recording(options.recording).id;
      const narrowing = only === null ? [] : narrowingSql(statement.sql, only);
      yield* queryPages(this.file, statement, narrowing, options, this.db.closed);
    } catch (error) {
      throw this.db.errorOf(error);
    }
  }

  /** The answer of a recipe of COOKBOOK about one recording. Throws ERR_NAME if there is none of that name. */
  async recipe(id: RecipeId | AnyText, options: QueryOptions = {}): Promise<readonly QueryRow[]> {
    const { sql } = this.db.read(() => recipeOf(askedName("a recipe has a name", id)));
    return this.query(sql, [], { ...options, recording: this.recording(options.recording).id });
  }

  /**
   * What is committed to the file, as it is committed, whichever process imports: recordings that begin, their events,
   * their ends, and what is rolled back. They end when the timeline is closed or the signal is aborted.
   */
  changes(options: ChangesOptions = {}): AsyncGenerator<TimelineChange, void, undefined> {
    const isOpen = (): boolean => this.db.sqlite.open;
    asked("changes", options);
    return changes({ read: (question) => this.db.read(question), isOpen }, options);
  }

  /**
   * What the timeline holds: all recordings, or one. With a moment or a VM it is one: the one of that number, or the
   * newest complete one. Throws ERR_WHEN or ERR_NAME.
   */
  info(options: InfoOptions = {}): Info {
    return this.db.read((sqlite) => info(sqlite, asked("info", options)));
  }

  /**
   * Follows the imports of this object: for each recording that it begins, then one state for each batch that is
   * committed, then that it is complete, or that it was rolled back. Whoever subscribes is told at once where things
   * stand, if anything was imported and is not dropped. Subscribers are called one after another and the import waits for them, so that
   * nothing is lost and nothing queues; one that takes seconds lets another process take the import for dead after 10.
   * What a subscriber throws is reported by RxJS as an uncaught error, in a turn of its own, and does not touch the
   * import.
   */
  live(): Observable<LiveUpdate> {
    return this.db.read(() => this.following.updates);
  }

  /**
   * Closes the file. All that was written is then in this one file, without a write-ahead log beside it, unless somebody
   * reads the file at that moment. What runs is stopped and throws ERR_CLOSED; of an import that runs nothing stays (about
   * a second for a million events).
   */
  close(): void {
    this.db.stop();
    this.imports.removeLeft();
    this.imported.complete();
    this.following.close();
    this.db.close();
  }

  /** Closes the file at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** Throws ERR_NAME for rules that there are not. */
function refuseUnknownRules(options: ImportOptions): ImportOptions {
  const { rules } = options;
  const names = profileNames();
  if (rules === undefined || names.includes(rules)) return options;
  throw new TwinError(
    "ERR_NAME",
    `${rules} are no rules${didYouMean(rules, names)}: there are ${names.join(", ")}`,
  );
}

/** Throws what was thrown as a TwinError. */
function rethrownBy(db: Connection): (thrown: unknown) => never {
  return (thrown) => {
    throw db.errorOf(thrown);
  };
}

/**
 * Opens a timeline file. `create: true` makes it if it is missing. The same as `Timeline.open`.
 *
 * A file that another process is just making is ERR_NO_TIMELINE before it is there. Then it is empty for some hundredths
 * of a second: who opens it with `readonly` or `derives` gets ERR_NOT_A_TIMELINE, and who opens it for writing waits, or
 * gets ERR_LOCKED after 5 seconds. Then it is a timeline without a recording (ERR_TIMELINE_EMPTY) until the first batch
 * of an import is stored. Who waits for it tries again.
 */
export function openTimeline(file: string, options: OpenOptions = {}): Promise<Timeline> {
  return Timeline.open(file, options);
}
