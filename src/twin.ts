// The composition root: one open timeline, and everything that can be asked of it.

import type Database from "better-sqlite3";
import { Subject, type Observable } from "rxjs";
import { type Batch } from "./domain/events/event.js";
import { check, narrowed, type CheckReport } from "./check/check.js";
import { explanationText, type Explanation } from "./check/explain.js";
import { TwinError } from "./base/errors.js";
import { blame, changesAt, type FieldChange } from "./query/state/changes.js";
import { type TwinState } from "./domain/fold/state.js";
import { liveState } from "./projections/fold.js";
import { describeAt } from "./query/state/describe.js";
import {
  firstByBisect,
  firstInIntervals,
  type FirstResult,
  type Range,
  type FirstSubject,
} from "./query/first/first.js";
import { type Test } from "./query/first/predicate.js";
import { contradiction, diff, type DiffDocument } from "./query/state/diff.js";
import { type AtDocument, type AtFilter } from "./query/state/document.js";
import { Frame, irteAt, type FrameIrte } from "./query/state/frame.js";
import { info, type Info } from "./query/info/info.js";
import { absent, fullNames } from "./query/subject/named.js";
import { log, type LogEntry } from "./query/log/log.js";
import { type LogFilter } from "./query/log/log-filter.js";
import {
  parseEvery,
  writeCounts,
  writeCountsSql,
  type WriteCount,
  type WriteGroup,
} from "./query/sql/writes.js";
import { resolveWhen } from "./query/subject/when.js";
import { throwAsTwinError } from "./timeline/store/sqlite-errors.js";
import { importInto, type ImportOptions } from "./timeline/import/import.js";
import { openInput } from "./timeline/import/input.js";
import { type ImportResult } from "./timeline/import/import-result.js";
import { rewind, type RewindResult } from "./timeline/rewind/rewind.js";
import { rebuildProjections } from "./timeline/derive/rebuild.js";
import { openForReading, openForWriting } from "./timeline/schema/open.js";
import { verify, type VerifyReport } from "./timeline/integrity/verify.js";
import { directory } from "./timeline/read/directory.js";
import { seqAtTime } from "./timeline/read/events.js";
import { AMD } from "./domain/amd/platform.js";
import { platformOf } from "./platforms/registry.js";
import { pickRecording, recordings, type Recording } from "./timeline/read/recordings.js";
import { stateAt } from "./timeline/read/state-at.js";

export interface OpenOptions {
  /** Only read: the file must exist. Default: made where it is missing, and written by `import`. */
  readonly readonly?: boolean | undefined;
}

/** Which part of the history `log` shows, with moments as WHENs. */
export interface LogOptions extends Omit<LogFilter, "from" | "to"> {
  readonly recording?: number | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** A part of a recording, with moments as WHENs. */
export interface SpanOptions {
  readonly recording?: number | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** What `first` found, with the event. */
export interface FirstAnswer extends FirstResult {
  readonly time_ns: string | null;
  readonly line: number | null;
  readonly kind: string | null;
  /** Of a finding. */
  readonly title: string | null;
}

/** A part of a recording, with moments as WHENs; `every`: the length of an interval, `100ms`. */
export interface AuditOptions {
  readonly recording?: number | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly every?: string | undefined;
}

/** An open timeline. Close it when done. */
export class Timeline {
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

  /** Batches of events as this process commits them. */
  get batches(): Observable<Batch> {
    return this.imported.asObservable();
  }

  /** Appends a recording: a path, or `-` for standard input. On an error the timeline is as it was. */
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

  /** Makes intervals and checkpoints anew from the events; they hold nothing that the events do not. */
  rebuild(): void {
    this.guarded(() => {
      rebuildProjections(this.sqlite);
    });
  }

  /**
   * Is the history what was imported? Never writes to the file. `anchor`: the hash of a link that was
   * noted earlier. Throws ERR_USAGE where it is none.
   */
  verify(anchor?: string): VerifyReport {
    if (anchor !== undefined && !/^[0-9a-f]{64}$/i.test(anchor)) {
      throw new TwinError(
        "ERR_USAGE",
        `${anchor} is not the hash of a link: it has 64 hexadecimal digits, as \`irqtwin verify\` prints them`,
      );
    }
    return this.guarded(() => verify(this.sqlite, anchor));
  }

  recordings(): readonly Recording[] {
    return this.guarded(() => recordings(this.sqlite));
  }

  /** The folded state at a moment, with row numbers for VMs and vCPUs. */
  stateAt(when: string, recordingId?: number): TwinState {
    return this.guarded(() => {
      const recording = pickRecording(this.sqlite, recordingId);
      return stateAt(this.sqlite, recording, resolveWhen(this.sqlite, recording, when).seq);
    });
  }

  /**
   * What the as-of views say of a moment, without the folded state's other parts: the fastest way there. Like
   * them it does not know that a moment lies in a gap; `at` does.
   */
  frameAt(when: string, recordingId?: number): Frame {
    return this.guarded(() => {
      const recording = pickRecording(this.sqlite, recordingId);
      return new Frame(this.sqlite, recording, resolveWhen(this.sqlite, recording, when));
    });
  }

  /** One IRTE at a moment, by its name; null = not seen until then. */
  irteAt(irte: string, when: string, recordingId?: number): FrameIrte | null {
    return this.guarded(() => {
      const recording = pickRecording(this.sqlite, recordingId);
      return irteAt(this.sqlite, recording, resolveWhen(this.sqlite, recording, when), irte);
    });
  }

  /**
   * The state at a moment as the document of `at --json`. Throws ERR_NAME where the filter names what
   * nothing in the recording has; what is only not seen by then stands in `unknown`.
   */
  at(when: string, narrowedTo: AtFilter = {}, recordingId?: number): AtDocument {
    return this.guarded(() => {
      const recording = pickRecording(this.sqlite, recordingId);
      const moment = resolveWhen(this.sqlite, recording, when);
      const filter = fullNames(narrowedTo);
      const who = directory(this.sqlite, recording);
      const { document } = describeAt(this.sqlite, recording, who, moment, filter);
      const missing = absent(this.sqlite, recording, filter, document);
      return { ...document, unknown: [...document.unknown, ...missing] };
    });
  }

  /**
   * Makes a timeline that ends at a moment of this one, which is only read. Throws ERR_EXISTS where the
   * file is there already, ERR_REWIND where the state at its end were not the one at that moment.
   */
  async rewind(when: string, to: string, recordingId?: number): Promise<RewindResult> {
    const recording = pickRecording(this.sqlite, recordingId);
    const { seq, time } = this.guarded(() => resolveWhen(this.sqlite, recording, when));
    return rewind(this.file, to, { recording, seq, time }, (made) => {
      const copy = new Timeline(to, made, true);
      return contradiction(this.at(when, {}, recording.id), copy.at("end", {}, recording.id));
    });
  }

  /** The first event of a span after which tests of one entity hold. */
  first(tests: readonly Test[], subject: FirstSubject, options: SpanOptions = {}): FirstAnswer {
    return this.guarded(() => {
      const recording = pickRecording(this.sqlite, options.recording);
      const range = this.range(recording, options);
      const stateAt = (seq: number): AtDocument => this.at(`@${seq}`, subject, recording.id);
      // A name that nothing in the recording has is refused.
      stateAt(range.to);
      const found =
        firstInIntervals(this.sqlite, recording, tests, fullNames(subject), range) ??
        firstByBisect(tests, subject, range, stateAt);
      return this.answer(recording, found, null);
    });
  }

  /** The first finding of `check` in a span that one of the names of `check --only` names. */
  firstFinding(only: readonly string[], options: SpanOptions = {}): FirstAnswer {
    const recording = this.guarded(() => pickRecording(this.sqlite, options.recording));
    const { from, to } = this.guarded(() => this.range(recording, options));
    const report = this.check(undefined, recording.id, only);
    const found = report.findings.find(({ seq }) => seq >= from && seq <= to);
    const verdict =
      found !== undefined ? "found" : report.verdict === "inconclusive" ? "inconclusive" : "never";
    const looked_at = report.findings.length;
    const result = { verdict, method: "check", seq: found?.seq ?? null, looked_at } as const;
    return this.answer(recording, { ...result, maybe_seq: null }, found?.title ?? null);
  }

  private range(recording: Recording, options: SpanOptions): Range {
    const { from, to } = this.span(recording, options);
    return { from: from ?? recording.firstSeq, to: to ?? recording.lastSeq ?? recording.firstSeq };
  }

  private answer(recording: Recording, found: FirstResult, title: string | null): FirstAnswer {
    const { seq } = found;
    const [event] = seq === null ? [] : [...log(this.sqlite, recording, { from: seq, to: seq })];
    const { time_ns = null, line = null, kind = null } = event ?? {};
    return { ...found, time_ns, line, kind, title };
  }

  /** What differs between two moments. */
  diff(from: string, to: string, filter: AtFilter = {}, recordingId?: number): DiffDocument {
    return diff(this.at(from, filter, recordingId), this.at(to, filter, recordingId));
  }

  /** Events, newest first. */
  *log(options: LogOptions = {}): IterableIterator<LogEntry> {
    try {
      yield* this.history(options);
    } catch (error) {
      throwAsTwinError(error, this.file);
    }
  }

  private *history(options: LogOptions): IterableIterator<LogEntry> {
    const recording = pickRecording(this.sqlite, options.recording);
    yield* log(this.sqlite, recording, { ...options, ...this.span(recording, options) });
  }

  /** IRTE writes counted by task, cause, device, IRTE, vCPU or interval: the statement, and its rows. */
  audit(
    by: WriteGroup,
    options: AuditOptions = {},
  ): { readonly sql: string; readonly rows: () => readonly WriteCount[] } {
    return this.guarded(() => {
      const recording = pickRecording(this.sqlite, options.recording);
      const { from, to } = this.span(recording, options);
      const query = {
        by,
        from: from ?? recording.firstSeq,
        to: to ?? recording.lastSeq ?? 0,
        every: by === "interval" ? parseEvery(recording, options.every ?? "100ms") : 1n,
      };
      return {
        sql: writeCountsSql(recording, query),
        rows: () => this.guarded(() => writeCounts(this.sqlite, recording, query)),
      };
    });
  }

  /**
   * Compares every IRTE write of a recording with what its kernel's rules demand (or others do). The
   * verdicts are kept in the timeline unless it was opened read-only.
   */
  check(rules?: string, recordingId?: number, only?: readonly string[]): CheckReport {
    return this.guarded(() => {
      const report = check(this.sqlite, pickRecording(this.sqlite, recordingId), rules);
      return only === undefined ? report : narrowed(report, only);
    });
  }

  /** A finding of `check` under the same rules, with the events that prove it. Throws ERR_NAME. */
  explain(
    id: string,
    rulesText?: string,
    recordingId?: number,
  ): { readonly explanation: Explanation; readonly text: readonly string[] } {
    const recording = pickRecording(this.sqlite, recordingId);
    const isKnown = rulesText !== undefined && platformOf(recording).profiles.includes(rulesText);
    const rules = isKnown ? rulesText : undefined;
    const report = this.check(rules, recording.id);
    const finding = report.findings.find((each) => each.id === id);
    if (finding === undefined) {
      const ids = report.findings.map((each) => each.id);
      throw new TwinError(
        "ERR_NAME",
        `${id} is not a finding of recording ${recording.id} by rules ${report.rules}: there ${ids.length === 0 ? "are none" : `are ${ids[0] ?? ""} to ${ids.at(-1) ?? ""}`}`,
      );
    }
    const events = finding.evidence.flatMap((seq) => [
      ...log(this.sqlite, recording, { from: seq, to: seq }),
    ]);
    const explanation = {
      finding,
      kernel: recording.kernel,
      rules: report.rules,
      file: recording.file,
      events,
    };
    return { explanation, text: explanationText(explanation, recording) };
  }

  /** For each field of an IRTE the change that set it, as of a moment. */
  blame(irte: string, when = "end", recordingId?: number): readonly FieldChange[] {
    return this.guarded(() => {
      const recording = pickRecording(this.sqlite, recordingId);
      return blame(this.sqlite, recording, irte, resolveWhen(this.sqlite, recording, when).seq);
    });
  }

  /** The fields that an IRTE write changed. */
  changesAt(seq: number): readonly FieldChange[] {
    return this.guarded(() => changesAt(this.sqlite, seq));
  }

  info(recordingId?: number): Info {
    return this.guarded(() => {
      if (recordingId !== undefined) pickRecording(this.sqlite, recordingId);
      return info(this.sqlite, recordingId);
    });
  }

  /**
   * The state of a recording now, and after every batch that this process imports from here on.
   * For a recording that is being imported, subscribe before calling `import`. `platform`: the id of the
   * recording's platform, default AMD's.
   */
  live(state: TwinState, platform: string = AMD.id): Observable<TwinState> {
    return liveState(platformOf({ platform }).fold, this.batches, state);
  }

  /** Folds the write-ahead log into the file, so that the one file is all there is. */
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

  private span(
    recording: Recording,
    { since, until }: Pick<AuditOptions, "since" | "until">,
  ): { from: number | undefined; to: number | undefined } {
    return {
      from: since === undefined ? undefined : this.firstSeqFrom(recording, since),
      to: until === undefined ? undefined : resolveWhen(this.sqlite, recording, until).seq,
    };
  }

  /** `since` includes events of that very moment. */
  private firstSeqFrom(recording: Recording, since: string): number {
    const moment = resolveWhen(this.sqlite, recording, since);
    return since.startsWith("@")
      ? moment.seq
      : seqAtTime(this.sqlite, recording, moment.time - 1n) + 1;
  }

  private guarded<Result>(read: () => Result): Result {
    try {
      return read();
    } catch (error) {
      return throwAsTwinError(error, this.file);
    }
  }
}

/** Opens a timeline file; makes it where it is missing. The same as `Timeline.open`. */
export function openTimeline(file: string, options: OpenOptions = {}): Promise<Timeline> {
  return Timeline.open(file, options);
}
