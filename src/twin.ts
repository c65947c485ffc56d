// The composition root: one open timeline, and everything that can be asked of it. Each question is answered
// by a module of its own; here it gets the recording, and SQLite's errors become the user's.

import type Database from "better-sqlite3";
import { Subject, type Observable } from "rxjs";
import { type RulesId } from "./domain/amd/releases.js";
import { type Batch } from "./domain/events/event.js";
import { type TwinState } from "./domain/fold/state.js";
import { check, narrowed, type CheckReport } from "./check/check.js";
import { liveState } from "./projections/fold.js";
import { firstEventThat, type FirstAnswer } from "./query/first/first-event.js";
import { type FirstSubject } from "./query/first/first.js";
import { type Test } from "./query/first/predicate.js";
import { info, type Info } from "./query/info/info.js";
import { log, type LogEntry, type LogOptions } from "./query/log/log.js";
import { audit, type Audit, type AuditOptions, type WriteGroup } from "./query/sql/writes.js";
import { at } from "./query/state/at.js";
import { blame, changesAt, type FieldChange } from "./query/state/changes.js";
import { contradiction, diff, type DiffDocument } from "./query/state/diff.js";
import { type AtDocument, type AtFilter } from "./query/state/document.js";
import { Frame } from "./query/state/frame.js";
import { irteAt } from "./query/state/frame-irte.js";
import { type FrameIrte } from "./query/state/frame-document.js";
import { spanOf, type SpanOptions } from "./query/subject/span.js";
import { resolveWhen } from "./query/subject/when.js";
import { rebuildProjections } from "./timeline/derive/rebuild.js";
import { importInto } from "./timeline/import/import.js";
import { type ImportOptions } from "./timeline/import/options.js";
import { type ImportResult } from "./timeline/import/import-result.js";
import { openInput } from "./timeline/import/input.js";
import { type VerifyReport } from "./timeline/integrity/report.js";
import { verify } from "./timeline/integrity/verify.js";
import { pickRecording, recordings, type Recording } from "./timeline/read/recordings.js";
import { stateAt } from "./timeline/read/state-at.js";
import { rewind, type RewindResult } from "./timeline/rewind/rewind.js";
import { openForReading, openForWriting } from "./timeline/schema/open.js";
import { throwAsTwinError } from "./timeline/store/sqlite-errors.js";
import { explainFinding, firstFinding, type ExplainedFinding } from "./twin-findings.js";

/** How a timeline file is opened. */
export interface OpenOptions {
  /**
   * true: the file is only read, and it must exist. false or absent: the file is made if it is missing, and
   * `import` can write to it.
   */
  readonly readonly?: boolean | undefined;
}

/**
 * An open timeline. Close it when you are done.
 *
 * A WHEN is text such as `@500`, `1116.5`, `end` (WHEN_FORMS lists all forms). Where a method takes a
 * recording's number, leaving it out means the newest complete recording. Every method can throw a
 * TwinError: ERR_TIMELINE_EMPTY or ERR_NO_RECORDING if there is no such recording, ERR_WHEN if a WHEN is
 * malformed or outside the recording, and what stands at the method.
 */
export class Timeline {
  /** The path that the timeline was opened with. */
  readonly file: string;
  private readonly sqlite: Database.Database;
  private readonly isReadonly: boolean;
  private readonly imported = new Subject<Batch>();

  private constructor(file: string, sqlite: Database.Database, isReadonly: boolean) {
    this.file = file;
    this.sqlite = sqlite;
    this.isReadonly = isReadonly;
  }

  /** Opens a timeline file. Throws a TwinError that says why it cannot. */
  static async open(file: string, options: OpenOptions = {}): Promise<Timeline> {
    const isReadonly = options.readonly === true;
    const sqlite = isReadonly ? openForReading(file) : await openForWriting(file);
    return new Timeline(file, sqlite, isReadonly);
  }

  /** Batches of events, each as soon as this object's `import` has committed it. */
  get batches(): Observable<Batch> {
    return this.imported.asObservable();
  }

  /**
   * Appends a recording: a path, or `-` for standard input. If it fails, nothing of the recording stays
   * in the timeline; if the disk is full or locked, the next import removes what stayed.
   */
  async import(path: string, options: ImportOptions = {}): Promise<ImportResult> {
    return importInto(this.sqlite, this.file, openInput(path), {
      ...options,
      onBatch: (batch) => {
        options.onBatch?.(batch);
        this.imported.next(batch);
      },
      isHeard: () => options.onBatch !== undefined || this.imported.observed,
    });
  }

  /** Makes intervals and checkpoints anew from the events. They hold nothing that the events do not. */
  rebuild(): void {
    this.guarded(() => {
      rebuildProjections(this.sqlite);
    });
  }

  /**
   * Checks that the history is what was imported. Never writes to the file. `anchor`: the hash of a link that
   * was noted earlier. Throws ERR_USAGE if it is not the hash of a link.
   */
  verify(anchor?: string): VerifyReport {
    return this.guarded(() => verify(this.sqlite, anchor));
  }

  /** All recordings, oldest first. */
  recordings(): readonly Recording[] {
    return this.guarded(() => recordings(this.sqlite));
  }

  /** The folded state at a moment, with row numbers for VMs and vCPUs. */
  stateAt(when: string, recordingId?: number): TwinState {
    return this.inRecording(recordingId, (sqlite, recording) =>
      stateAt(sqlite, recording, resolveWhen(sqlite, recording, when).seq),
    );
  }

  /**
   * What the as-of views say of a moment, without the folded state's other parts: the fastest way there. Like
   * the views it does not know that a moment lies in a gap; `at` does.
   */
  frameAt(when: string, recordingId?: number): Frame {
    return this.inRecording(
      recordingId,
      (sqlite, recording) => new Frame(sqlite, recording, resolveWhen(sqlite, recording, when)),
    );
  }

  /** One IRTE at a moment, by its name; null = not seen until then. */
  irteAt(irte: string, when: string, recordingId?: number): FrameIrte | null {
    return this.inRecording(recordingId, (sqlite, recording) =>
      irteAt(sqlite, recording, resolveWhen(sqlite, recording, when), irte),
    );
  }

  /**
   * The state at a moment as the document of `at --json`. Throws ERR_NAME if the filter names something that
   * nothing in the recording has. A name that is only not seen by then is listed in `unknown`.
   */
  at(when: string, narrowedTo: AtFilter = {}, recordingId?: number): AtDocument {
    return this.inRecording(recordingId, (sqlite, recording) =>
      at(sqlite, recording, when, narrowedTo),
    );
  }

  /**
   * Makes a timeline that ends at a moment of this one, which is only read. Throws ERR_EXISTS if the file is
   * there already, ERR_REWIND if the state at its end is not the one at that moment.
   */
  async rewind(when: string, to: string, recordingId?: number): Promise<RewindResult> {
    const recording = pickRecording(this.sqlite, recordingId);
    const { seq, time } = this.guarded(() => resolveWhen(this.sqlite, recording, when));
    return rewind(this.file, to, { recording, seq, time }, (made) => {
      const copy = new Timeline(to, made, true);
      return contradiction(this.at(when, {}, recording.id), copy.at("end", {}, recording.id));
    });
  }

  /** The first event of a span after which all tests of one entity hold. Throws ERR_NAME. */
  first(tests: readonly Test[], subject: FirstSubject, options: SpanOptions = {}): FirstAnswer {
    return this.inRecording(options.recording, (sqlite, recording) =>
      firstEventThat(sqlite, recording, tests, subject, options),
    );
  }

  /** The first finding of `check` in a span that one of the names of `check --only` names. */
  firstFinding(only: readonly string[], options: SpanOptions = {}): FirstAnswer {
    return this.inRecording(options.recording, (sqlite, recording) =>
      firstFinding(sqlite, recording, only, options),
    );
  }

  /** What differs between two moments, field by field. */
  diff(from: string, to: string, filter: AtFilter = {}, recordingId?: number): DiffDocument {
    return diff(this.at(from, filter, recordingId), this.at(to, filter, recordingId));
  }

  /** Events, newest first; oldest first with `reverse`. Throws ERR_NAME for a name that nothing has. */
  *log(options: LogOptions = {}): IterableIterator<LogEntry> {
    try {
      const recording = pickRecording(this.sqlite, options.recording);
      const span = spanOf(this.sqlite, recording, options);
      yield* log(this.sqlite, recording, { ...options, ...span });
    } catch (error) {
      throwAsTwinError(error, this.file);
    }
  }

  /**
   * IRTE writes counted by task, cause, device, IRTE, vCPU or interval: the SQL statement, and a function that
   * runs it. Throws ERR_USAGE for a malformed interval.
   */
  audit(by: WriteGroup, options: AuditOptions = {}): Audit {
    const { sql, rows } = this.inRecording(options.recording, (sqlite, recording) =>
      audit(sqlite, recording, by, options),
    );
    return { sql, rows: () => this.guarded(rows) };
  }

  /**
   * Compares every IRTE write of a recording with what its kernel's rules demand, or those of another
   * profile. The verdicts are kept in the timeline unless it was opened read-only.
   */
  check(rules?: RulesId, recordingId?: number, only?: readonly string[]): CheckReport {
    return this.inRecording(recordingId, (sqlite, recording) => {
      const report = check(sqlite, recording, rules);
      return only === undefined ? report : narrowed(report, only);
    });
  }

  /** A finding of `check` under the same rules, with the events that prove it. Throws ERR_NAME. */
  explain(id: string, rulesText?: string, recordingId?: number): ExplainedFinding {
    return this.inRecording(recordingId, (sqlite, recording) =>
      explainFinding(sqlite, recording, id, rulesText),
    );
  }

  /** For each field of an IRTE the change that set it, as of a moment. Throws ERR_NAME. */
  blame(irte: string, when = "end", recordingId?: number): readonly FieldChange[] {
    return this.inRecording(recordingId, (sqlite, recording) =>
      blame(sqlite, recording, irte, resolveWhen(sqlite, recording, when).seq),
    );
  }

  /** The fields that an IRTE write changed; none for any other event. */
  changesAt(seq: number): readonly FieldChange[] {
    return this.guarded(() => changesAt(this.sqlite, seq));
  }

  /** What the timeline holds: all recordings, or one. */
  info(recordingId?: number): Info {
    return this.guarded(() => {
      if (recordingId !== undefined) pickRecording(this.sqlite, recordingId);
      return info(this.sqlite, recordingId);
    });
  }

  /**
   * Emits `state` at once, and then the state after every batch that this object imports. To follow a recording
   * from its beginning, subscribe with `emptyState(rules)` before calling `import`.
   */
  live(state: TwinState): Observable<TwinState> {
    return liveState(this.batches, state);
  }

  /** Closes the file. All that was written is then in this one file, without a write-ahead log beside it. */
  close(): void {
    if (this.sqlite.open && !this.isReadonly) {
      try {
        this.sqlite.pragma("journal_mode = DELETE");
      } catch {
        // Another process reads: the file stays in WAL mode, which is as good.
      }
    }
    this.imported.complete();
    this.sqlite.close();
  }

  /** Reads one recording: the one of that number, or the newest complete one. */
  private inRecording<Result>(
    recordingId: number | undefined,
    read: (sqlite: Database.Database, recording: Recording) => Result,
  ): Result {
    return this.guarded(() => read(this.sqlite, pickRecording(this.sqlite, recordingId)));
  }

  private guarded<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      return throwAsTwinError(error, this.file);
    }
  }
}

/** Opens a timeline file; makes it if it is missing. The same as `Timeline.open`. */
export function openTimeline(file: string, options: OpenOptions = {}): Promise<Timeline> {
  return Timeline.open(file, options);
}
