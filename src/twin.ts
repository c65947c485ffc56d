// The composition root: one open timeline, and everything that can be asked of it. Each question is answered
// by a module of its own; here it gets the recording and the moment.

import { platformOf, requireRead } from "./platforms/registry.js";
import { AMD } from "./domain/amd/platform.js";
import type Database from "better-sqlite3";
import { Subject, type Observable } from "rxjs";
import { type Batch } from "./domain/events/event.js";
import { type TwinState } from "./domain/fold/state.js";
import { atOnce, type Steps } from "./base/steps.js";
import { type CheckAsyncOptions } from "./check/check.js";
import { askedReport } from "./check/kept-report.js";
import { isContradicted } from "./check/is-contradicted.js";
import { narrowed, refuseUnknown, type Asked } from "./check/narrowed.js";
import { type Finding } from "./check/describe-finding.js";
import { type CheckReport } from "./check/report.js";
import { LiveFeed } from "./live/feed.js";
import { type LiveUpdate } from "./live/update.js";
import { liveState } from "./projections/fold.js";
import { firstEventThat, type FirstAnswer } from "./query/first/first-event.js";
import { type FirstSubject } from "./query/first/first.js";
import { type Test } from "./query/first/predicate.js";
import { info, type Info, type InfoOptions } from "./query/info/info.js";
import { type LogEntry, type LogOptions } from "./query/log/log.js";
import { logPages } from "./query/log/log-pages.js";
import { audit, type Audit, type AuditOptions, type WriteGroup } from "./query/sql/writes.js";
import { narrowingSql } from "./query/sql/one-recording.js";
import { recipeOf } from "./query/sql/cookbook.js";
import {
  queryRows,
  statementOf,
  type QueryOptions,
  type QueryParameters,
  type QueryRow,
  type QuerySql,
} from "./query/rows/query.js";
import { at } from "./query/state/at.js";
import { blame, changesAt, type FieldBlame, type FieldChange } from "./query/state/changes.js";
import { contradiction, diff, type DiffDocument } from "./query/state/diff.js";
import { type AtDocument, type AtFilter } from "./query/document/document.js";
import { Frame } from "./query/state/frame.js";
import { irteAt } from "./query/state/frame-irte.js";
import { type FrameIrte } from "./query/state/frame-document.js";
import { ownNames } from "./query/subject/own-names.js";
import { spanOf, type SpanOptions } from "./query/subject/span.js";
import { resolveWhen, type Moment, type When } from "./query/subject/when.js";
import { accessOf, Connection, type OpenOptions } from "./timeline/open/connection.js";
import { rebuildProjections } from "./timeline/derive/rebuild.js";
import { importInto } from "./timeline/import/import.js";
import { tell } from "./timeline/import/listener.js";
import { type ImportOptions } from "./timeline/import/options.js";
import { type ImportResult } from "./timeline/import/import-result.js";
import { type ImportSource } from "./timeline/import/input.js";
import { type VerifyReport } from "./timeline/integrity/report.js";
import { verify, verifyInTurns, type VerifyOptions } from "./timeline/integrity/verify.js";
import { pickRecording, recordings, type Recording } from "./timeline/read/recordings.js";
import { changes, type ChangesOptions, type TimelineChange } from "./timeline/follow/changes.js";
import { stateAt } from "./timeline/read/state-at.js";
import { rewind, type RewindResult } from "./timeline/rewind/rewind.js";
import { RecordingView } from "./twin-recording.js";
import { withRawLines } from "./check/explanation.js";
import { rawLines } from "./timeline/import/raw-lines.js";
import {
  explainFinding,
  explainReported,
  firstFinding,
  told,
  type CheckOptions,
  type ExplainOptions,
  type ExplainedFinding,
} from "./twin-findings.js";

/**
 * An open timeline. Close it when you are done.
 *
 * A WHEN is text such as `@500`, `16.5`, `end` (WHEN_FORMS lists all forms), a bigint of nanoseconds, or `{ seq }`. Where a method takes a
 * recording's number, leaving it out means the newest complete recording. Every method can throw a
 * TwinError: ERR_TIMELINE_EMPTY or ERR_NO_RECORDING if there is no such recording, ERR_PLATFORM_UNKNOWN if
 * its platform is not read, ERR_WHEN if a WHEN is malformed or outside the recording, and what stands at the method.
 */
export class Timeline {
  /** The path that the timeline was opened with. */
  readonly file: string;
  private readonly db: Connection;
  private readonly imported = new Subject<Batch>();
  private readonly following: LiveFeed;
  /** The last import that was asked for; the next one waits for it. */
  private importing: Promise<unknown> = Promise.resolve();

  private constructor(db: Connection) {
    this.file = db.file;
    this.db = db;
    this.following = new LiveFeed(db.sqlite);
  }

  /** Opens a timeline file. Throws a TwinError that says why it cannot. */
  static async open(file: string, options: OpenOptions = {}): Promise<Timeline> {
    return new Timeline(await Connection.open(file, accessOf(options)));
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
    const turn = this.importing
      .then(() => this.importNow(source, options))
      .catch(rethrownBy(this.db));
    this.importing = turn.catch(() => undefined);
    return turn;
  }

  private importNow(source: ImportSource, options: ImportOptions): Promise<ImportResult> {
    return importInto(this.db.sqlite, this.file, source, {
      ...options,
      isContradicted,
      listener: this.following.listener,
      onBatch: (batch) => {
        tell(() => options.onBatch?.(batch));
        this.imported.next(batch);
      },
      isHeard: () => options.onBatch !== undefined || this.imported.observed,
    });
  }

  /** Makes intervals and checkpoints anew from the events. They hold nothing that the events do not. */
  rebuild(): void {
    this.db.read(rebuildProjections);
  }

  /**
   * Checks that the history is what was imported. Never writes to the file. `anchor`: the hash of a link that
   * was noted earlier. Throws ERR_USAGE if it is not the hash of a link.
   */
  verify(anchor?: string): VerifyReport {
    return this.db.readAnyway((sqlite) => verify(sqlite, anchor));
  }

  /** The same as `verify`, in turns with all else that the process does; a signal can stop it (ERR_ABORTED). */
  async verifyAsync(options: VerifyOptions = {}): Promise<VerifyReport> {
    return this.db.ownConnection((file) => verifyInTurns(file, options));
  }

  /** All recordings, oldest first. */
  recordings(): readonly RecordingView[] {
    return this.db.read(recordings).map((recording) => new RecordingView(this, recording));
  }

  /** The recording of that number, with its questions; without one the newest complete one, from which questions are answered. */
  recording(id?: number): RecordingView {
    return new RecordingView(
      this,
      this.db.read((sqlite) => pickRecording(sqlite, id)),
    );
  }

  /** The folded state at a moment, with row numbers for VMs and vCPUs. */
  stateAt(when: When, recordingId?: number): TwinState {
    return readMoment(this.db, when, recordingId, (sqlite, recording, { seq }) =>
      stateAt(sqlite, recording, seq),
    );
  }

  /**
   * What the as-of views say of a moment, without the folded state's other parts: the fastest way there. Like
   * the views it does not know that a moment lies in a gap; `at` does.
   */
  frameAt(when: When, recordingId?: number): Frame {
    return readMoment(this.db, when, recordingId, (...moment) => new Frame(...moment));
  }

  /** One IRTE at a moment, by its name; null = not seen until then. */
  irteAt(irte: string, when: When, recordingId?: number): FrameIrte | null {
    return readMoment(this.db, when, recordingId, (...moment) => irteAt(...moment, irte));
  }

  /**
   * The state at a moment as the document of `at --json`. Throws ERR_NAME if the filter names something that
   * nothing in the recording has. A name that is only not seen by then is listed in `unknown`.
   */
  at(when: When, narrowedTo: AtFilter = {}, recordingId?: number): AtDocument {
    return readEvents(this.db, recordingId, (sqlite, recording) =>
      at(sqlite, recording, when, narrowedTo),
    );
  }

  /**
   * Makes a timeline that ends at a moment of this one, which is only read. Throws ERR_EXISTS if the file is
   * there already, ERR_REWIND if the state at its end is not the one at that moment.
   */
  async rewind(when: When, to: string, recordingId?: number): Promise<RewindResult> {
    const cut = readMoment(this.db, when, recordingId, (_sqlite, recording, moment) => {
      return { recording, ...moment };
    });
    const { id } = cut.recording;
    return rewind(this.file, to, cut, (made) => {
      const copy = new Timeline(new Connection(to, made));
      return contradiction(trustedAt(this.db, when, id), trustedAt(copy.db, "end", id));
    }).catch(rethrownBy(this.db));
  }

  /** The first event of a span after which all tests of one entity hold. Throws ERR_NAME. */
  first(tests: readonly Test[], subject: FirstSubject, options: SpanOptions = {}): FirstAnswer {
    return readEvents(this.db, options.recording, (sqlite, recording) =>
      firstEventThat(sqlite, recording, tests, subject, options),
    );
  }

  /** The first finding of `check` in a span that one of the names of `check --only` names. */
  firstFinding(only: readonly string[], options: SpanOptions = {}): FirstAnswer {
    return this.db.readRecording(options.recording, (sqlite, recording) =>
      firstFinding(sqlite, recording, only, options),
    );
  }

  /** What differs between two moments, field by field. */
  diff(from: When, to: When, filter: AtFilter = {}, recordingId?: number): DiffDocument {
    const names = readEvents(this.db, recordingId, ownNames).all();
    return diff(this.at(from, filter, recordingId), this.at(to, filter, recordingId), names);
  }

  /**
   * Events, newest first; oldest first with `reverse`. They are read in pages, so any other method works while they are
   * iterated. Throws ERR_NAME for a name that nothing has.
   */
  log(options: LogOptions = {}): IterableIterator<LogEntry> {
    const [recording, span] = readEvents(this.db, options.recording, (sqlite, asked) => {
      return [asked, spanOf(sqlite, asked, options)];
    });
    return logPages((question) => this.db.read(question), recording, { ...options, ...span });
  }

  /**
   * IRTE writes counted by task, cause, device, IRTE, vCPU or interval: the SQL statement, and a function that
   * runs it. Throws ERR_USAGE for a malformed interval.
   */
  audit(by: WriteGroup, options: AuditOptions = {}): Audit {
    const { sql, rows } = readEvents(this.db, options.recording, (sqlite, recording) =>
      audit(sqlite, recording, by, options),
    );
    return { sql, rows: () => this.db.read(rows) };
  }

  /**
   * Compares every IRTE write of a recording with what its kernel's rules demand, or those of another profile. The
   * verdicts are kept where the timeline can be written, unless `store` is false; `not_stored` says why they are not.
   * Throws ERR_NAME for rules or names that there are not.
   */
  check(options?: CheckOptions): CheckReport;
  /** The same, as earlier versions ask: by rules, a recording's number, and what counts. */
  check(rules: string | undefined, recordingId?: number, asked?: Asked): CheckReport;
  check(first?: CheckOptions | string, recording?: number, asked: Asked = {}): CheckReport {
    const options = typeof first === "object" ? first : { ...asked, rules: first, recording };
    return this.db.readRecording(options.recording, (sqlite, found) => {
      refuseUnknown(options);
      return narrowed(atOnce(askedReport(sqlite, found, options)), options);
    });
  }

  /**
   * A finding with the events that prove it: one of a report, which is not checked again, or by its number in `check`
   * under the same rules. Throws ERR_NAME.
   */
  explain(finding: Finding | string, rules?: string, recordingId?: number): ExplainedFinding {
    if (typeof finding === "string")
      return this.db.readRecording(recordingId, (sqlite, recording) =>
        explainFinding(sqlite, recording, finding, rules),
      );
    return this.db.readRecording(this.holderOf(finding.seq), (sqlite, recording) =>
      explainReported(sqlite, recording, finding, rules),
    );
  }

  /**
   * The same as `check`, in turns with all else that the process does. `signal` stops it within about a tenth of a
   * second: then it throws ERR_ABORTED, and the verdicts that are stored stay those of the check before.
   */
  async checkAsync(options: CheckAsyncOptions = {}): Promise<CheckReport> {
    const { recording: id, signal } = options;
    const steps = (sqlite: Database.Database, recording: Recording): Steps<CheckReport> =>
      askedReport(sqlite, recording, options);
    return narrowed(await this.db.readInTurns(id, steps, signal), options);
  }

  /** The recording that has an event; undefined = none. */
  private holderOf(seq: number): number | undefined {
    return this.recordings().find(
      ({ firstSeq, lastSeq }) => lastSeq !== null && firstSeq <= seq && seq <= lastSeq,
    )?.id;
  }

  /**
   * The same, with the lines of its events as the trace file has them. The file is the one with the recording's SHA-256
   * where it was imported from, beside the timeline or in the current folder, or `trace`.
   */
  async explainQuoted(
    finding: Finding | string,
    options: ExplainOptions = {},
  ): Promise<ExplainedFinding> {
    const isNumber = typeof finding === "string";
    const recording = this.recording(isNumber ? options.recording : this.holderOf(finding.seq));
    const { explanation } = this.explain(finding, options.rules, recording.id);
    const numbers = explanation.events.map(({ line }) => line);
    const raw = await rawLines(this.file, recording, numbers, options.trace).catch(
      rethrownBy(this.db),
    );
    return told(withRawLines(explanation, raw), recording);
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
    const { recording } = options;
    const [statement, narrowing] = this.db.read((sqlite) => {
      const asked = statementOf(sql, parameters);
      const only = recording === undefined ? null : pickRecording(sqlite, recording).id;
      return [asked, only === null ? [] : narrowingSql(asked.sql, only)];
    });
    return queryRows<Row>(this.file, statement, narrowing, options).catch(rethrownBy(this.db));
  }

  /** The answer of a recipe of COOKBOOK about one recording. Throws ERR_NAME if there is none of that name. */
  async recipe(id: string, options: QueryOptions = {}): Promise<readonly QueryRow[]> {
    const { sql } = this.db.read(() => recipeOf(id));
    return this.query(sql, [], { ...options, recording: this.recording(options.recording).id });
  }

  /**
   * What is committed to the file, as it is committed, whichever process imports: recordings that begin, their events,
   * their ends, and what is rolled back. They end when the timeline is closed or the signal is aborted.
   */
  changes(options: ChangesOptions = {}): AsyncGenerator<TimelineChange> {
    const isOpen = (): boolean => this.db.sqlite.open;
    return changes({ read: (question) => this.db.read(question), isOpen }, options);
  }

  /** For each field of an IRTE the change that set it, as of a moment. Throws ERR_NAME. */
  blame(irte: string, when: When = "end", recordingId?: number): readonly FieldBlame[] {
    return readMoment(this.db, when, recordingId, (sqlite, recording, { seq }) =>
      blame(sqlite, recording, irte, seq),
    );
  }

  /** The fields that an IRTE write changed; none for any other event. */
  changesAt(seq: number): readonly FieldChange[] {
    return this.db.read((sqlite) => changesAt(sqlite, seq));
  }

  /**
   * What the timeline holds: all recordings, or one. With a moment or a VM it is one: the one of that number, or the
   * newest complete one. Throws ERR_WHEN or ERR_NAME.
   */
  info(options: InfoOptions = {}): Info {
    return this.db.read((sqlite) => info(sqlite, options));
  }

  /**
   * Follows the imports of this object: for each recording that it begins, then one state for each batch that is
   * committed, then that it is complete, or that it was rolled back. Whoever subscribes is told at once where things
   * stand, if anything was imported. Subscribers are called one after another and the import waits for them, so that
   * nothing is lost and nothing queues; one that takes seconds lets another process take the import for dead after 10.
   * What a subscriber throws is reported by RxJS as an uncaught error, in a turn of its own, and does not touch the
   * import.
   */
  live(): Observable<LiveUpdate>;
  /**
   * Emits `state` at once, and then the state after every batch that this object imports, folded from `state` on.
   * `platform`: the id of the recording's platform; default: that of the newest recording, or AMD's in an empty
   * timeline. The older form: `live()` knows the recording and its rules.
   */
  live(state: TwinState, platform?: string): Observable<TwinState>;
  live(state?: TwinState, platform?: string): Observable<LiveUpdate | TwinState> {
    if (state === undefined) return this.following.updates;
    const newest = (): string => this.db.read(recordings).at(-1)?.platform ?? AMD.id;
    return liveState(platformOf({ platform: platform ?? newest() }).fold, this.batches, state);
  }

  /** Closes the file. All that was written is then in this one file, without a write-ahead log beside it. */
  close(): void {
    this.imported.complete();
    this.following.close();
    this.db.close();
  }

  /** Closes the file at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** Throws what was thrown as a TwinError. */
function rethrownBy(db: Connection): (thrown: unknown) => never {
  return (thrown) => {
    throw db.errorOf(thrown);
  };
}

/** Reads one recording. Throws ERR_PLATFORM_UNKNOWN if its platform is only recognised. */
function readEvents<Result>(
  db: Connection,
  recordingId: number | undefined,
  question: (sqlite: Database.Database, recording: Recording) => Result,
): Result {
  return db.readRecording(recordingId, (sqlite, recording) => {
    requireRead(recording);
    return question(sqlite, recording);
  });
}

/** Reads one recording at a WHEN. */
function readMoment<Result>(
  db: Connection,
  when: When,
  recordingId: number | undefined,
  question: (sqlite: Database.Database, recording: Recording, moment: Moment) => Result,
): Result {
  return readEvents(db, recordingId, (sqlite, recording) =>
    question(sqlite, recording, resolveWhen(sqlite, recording, when)),
  );
}

/** Opens a timeline file. `create: true` makes it if it is missing. The same as `Timeline.open`. */
export function openTimeline(file: string, options: OpenOptions = {}): Promise<Timeline> {
  return Timeline.open(file, options);
}

/** The state at a moment as the events tell it, whatever there is to doubt in the recording. */
function trustedAt(db: Connection, when: When, recordingId: number): AtDocument {
  return readEvents(db, recordingId, (sqlite, recording) => at(sqlite, recording, when, {}, []));
}
