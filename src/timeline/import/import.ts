// The importer: bytes to batches, batches to folds and rows, one transaction a batch. Synchronous
// between two chunks of input, so nothing ever queues up.
//
// An import that died is found by its recording, which is still `importing`. The same file takes it
// up again: what is stored is read and folded once more without being written (reading is the cheap
// part), then it goes on. Any other import rolls it back first. Either way the content is that of an
// import that never died.

import type Database from "better-sqlite3";
import { Subject } from "rxjs";
import { TwinError } from "../../base/errors.js";
import { stampToInteger } from "../../base/stamp.js";
import { type Stamp } from "../../domain/ids.js";
import { kindName } from "../../domain/events/kinds.js";
import { type Batch, type TwinEvent } from "../../domain/events/event.js";
import { emptyState, type TwinState } from "../../domain/fold/state.js";
import { type RulesId } from "../../domain/amd/releases.js";
import { type ReadBatch } from "../../ftrace/read-batch.js";
import { FtraceReader } from "../../ftrace/reader.js";
import { SNIFF_BYTES, sniff, type Sniffed } from "../../ftrace/sniff.js";
import { twinProjection } from "../../projections/fold.js";
import { beginRecording, readingOf, type Start } from "./begin.js";
import { ChainWriter } from "../integrity/chain.js";
import { Derived } from "../derive/recorders.js";
import { throwAsTwinError } from "../store/sqlite-errors.js";
import { type Input } from "./input.js";
import { predictIrtes } from "../derive/predict-irtes.js";
import { completeRecording, removeRecording, type ImportResult } from "./import-result.js";
import { q, run } from "../store/sql.js";
import { Scratch } from "../store/page-file.js";
import { refuseSame } from "./supersede.js";
import { BatchWriter } from "../store/batch-writer.js";

/**
 * Batches of one transaction: as many as are stored already, at most these. A page that several
 * transactions touch is written to the disk by each; a short recording shows up at once all the same.
 */
const BATCHES_PER_COMMIT_MAX = 16;

export interface ImportOptions {
  /** Kernel release of the recorded host, where the trace does not say. */
  readonly kernel?: string | undefined;
  /** Rules profile, instead of the one of the release. */
  readonly rules?: RulesId | undefined;
  /** The recording that this one corrects: it stays, and is no longer current. */
  readonly supersedes?: number | undefined;
  /** Ticks per second of a counter clock: stamps are converted to nanoseconds. */
  readonly clockHz?: number | undefined;
  /** Called after each chunk of input. */
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
  /** Called with each batch once it is committed. */
  readonly onBatch?: ((batch: Batch) => void) | undefined;
  /** Does anyone hear `onBatch` now? Batches that nobody hears are not kept for their commit. */
  readonly isHeard?: (() => boolean) | undefined;
}

export interface ImportProgress {
  readonly bytes: number;
  /** null for standard input. */
  readonly size: number | null;
  readonly lines: number;
  readonly events: number;
}

/** Imports one input into an open timeline. On any error the timeline is as it was. */
export async function importInto(
  sqlite: Database.Database,
  file: string,
  input: Input,
  options: ImportOptions = {},
): Promise<ImportResult> {
  try {
    const known = input.sha256 === null ? undefined : completeRecording(sqlite, input.sha256);
    if (known !== undefined && isDone(known, options)) return known;
    return await new Import(sqlite, input, options).run();
  } catch (error) {
    return throwAsTwinError(error, file);
  }
}

/** Without a word of a correction the same file is the same recording; with it, that correction. */
function isDone(
  known: ImportResult,
  { supersedes, rules, kernel, clockHz }: ImportOptions,
): boolean {
  if (supersedes === undefined) return true;
  return (
    known.supersedes === supersedes &&
    known.clockHz === (clockHz ?? null) &&
    (rules ?? known.rules) === known.rules &&
    (kernel ?? known.kernel) === known.kernel
  );
}

class Import {
  private readonly sqlite: Database.Database;
  private readonly input: Input;
  private readonly options: ImportOptions;
  private derived!: Derived;
  private readonly batches = new Subject<Batch>();
  private state: TwinState = emptyState(null);
  private start!: Start;
  private sniffed!: Sniffed;
  private reader!: FtraceReader;
  private writer!: BatchWriter;
  private chain!: ChainWriter;
  private scratch: Scratch | null = null;
  private batchNumber = 0;
  /** Batches that are read and folded, and wait for their transaction. */
  private waiting = 0;
  private unheard: Batch[] = [];
  private firstEvent: TwinEvent | null = null;
  private lastSeq: number | null = null;
  private readonly kinds: number[] = [];

  constructor(sqlite: Database.Database, input: Input, options: ImportOptions) {
    this.sqlite = sqlite;
    this.input = input;
    this.options = options;
  }

  async run(): Promise<ImportResult> {
    try {
      await this.readAll();
      this.reader.end();
      return this.finish();
    } catch (error) {
      this.rollBack();
      throw error;
    } finally {
      this.scratch?.close();
    }
  }

  /** The first bytes are kept until there are enough to judge the recording by. */
  private async readAll(): Promise<void> {
    let head: Buffer[] | null = [];
    let bytes = 0;
    for await (const chunk of this.input.chunks) {
      if (head === null) {
        this.feed(chunk);
        continue;
      }
      head.push(Buffer.from(chunk));
      bytes += chunk.length;
      if (bytes < SNIFF_BYTES) continue;
      this.begin(Buffer.concat(head));
      head = null;
    }
    if (head !== null) this.begin(Buffer.concat(head));
  }

  private begin(head: Buffer): void {
    const { options, sqlite } = this;
    this.sniffed = sniff(head, options);
    const { rules, clockUnit } = this.sniffed;
    if (options.clockHz !== undefined && clockUnit === "ns") {
      throw new TwinError(
        "ERR_USAGE",
        "--clock-hz is for counter clocks: this trace's times have a decimal point and are seconds",
      );
    }
    this.start = sqlite
      .transaction(() => beginRecording(sqlite, this.input, this.sniffed, options))
      .immediate();
    this.scratch = Scratch.open(sqlite);
    this.writer = new BatchWriter(sqlite, this.start.id, this.scratch);
    this.derived = new Derived(this.start.seq);
    this.chain = new ChainWriter(sqlite, this.start.id);
    const isCounter = head.length === 0 ? null : clockUnit === "ticks";
    this.reader = new FtraceReader(
      { rules, first: this.start, isCounter, clockHz: options.clockHz },
      (batch) => {
        this.take(batch);
      },
    );
    this.state = emptyState(rules);
    this.batches
      .pipe(twinProjection(this.state, this.derived.intervals))
      .subscribe((state) => (this.state = state));
    this.feed(head);
  }

  private feed(chunk: Buffer): void {
    this.reader.feed(chunk);
    const { counts } = this.reader;
    this.options.onProgress?.({
      bytes: this.input.progress().bytes,
      size: this.input.size,
      lines: counts.total,
      events: counts.events,
    });
  }

  /** Folds a batch and queues it, unless an earlier run of this import has stored it. */
  private take(batch: ReadBatch): void {
    const { events } = batch;
    for (const { kind } of events) this.kinds[kind] = (this.kinds[kind] ?? 0) + 1;
    if (events.length > 0) this.batches.next(events);
    const last = events.at(-1);
    this.firstEvent ??= events[0] ?? null;
    this.lastSeq = last?.seq ?? this.lastSeq;
    const due = last === undefined ? null : this.derived.batchEnd(last.seq, this.state);
    this.batchNumber++;
    if (this.batchNumber <= this.start.batches) {
      this.derived.intervals.take();
      BatchWriter.taken(this.reader.interpreter.world);
      if (events.length > 0) this.options.onBatch?.(events);
      return;
    }
    this.writer.add(batch);
    this.chain.add(this.batchNumber, events);
    if (due !== null) this.writer.addDerived(due);
    if (events.length > 0 && this.isHeard()) this.unheard.push(events);
    this.waiting++;
    const stored = this.batchNumber - this.waiting;
    if (this.waiting >= Math.min(stored, BATCHES_PER_COMMIT_MAX)) this.commit();
  }

  /** Stores what waits, in one transaction. */
  private commit(): void {
    const { unheard, writer } = this;
    if (this.waiting === 0) return;
    const { world } = this.reader.interpreter;
    writer.addIntervals(this.derived.intervals.take());
    writer.seal();
    this.sqlite
      .transaction(() => {
        writer.write(world);
        this.chain.write();
        run(
          this.sqlite,
          q.updateTable("recording").set(this.progressRow()).where("id", "=", this.start.id),
        );
      })
      .immediate();
    BatchWriter.taken(world);
    this.waiting = 0;
    this.unheard = [];
    for (const events of unheard) this.options.onBatch?.(events);
  }

  private isHeard(): boolean {
    return this.options.onBatch !== undefined && (this.options.isHeard?.() ?? true);
  }

  private progressRow(): Record<string, number | bigint | string | null> {
    const { counts, timeAnomalies, firstTimeAnomaly, firstStamp, lastStamp } = this.reader;
    return {
      batches: this.batchNumber,
      last_seq: this.lastSeq,
      first_ns: firstStamp === null ? null : integerOf(firstStamp),
      last_ns: firstStamp === null ? null : integerOf(lastStamp),
      lines_total: counts.total,
      lines_header: counts.header,
      lines_events: counts.events,
      lines_unused: counts.unused,
      lines_rejected: counts.rejected,
      lines_gaps: counts.gaps,
      time_anomalies: timeAnomalies,
      first_time_anomaly: firstTimeAnomaly,
    };
  }

  /** Everything is stored: the recording becomes complete, in one step with its counts. */
  private finish(): ImportResult {
    const { sqlite, start, sniffed, reader } = this;
    this.commit();
    const sha256 = this.input.progress().sha256();
    if (this.input.sha256 === null) {
      // Only now is it known whether standard input held a recording that is here already.
      const known = completeRecording(sqlite, sha256);
      if (this.options.supersedes !== undefined) {
        refuseSame(sqlite, readingOf(sha256, sniffed, this.options));
      } else if (known !== undefined) {
        this.rollBack();
        return known;
      }
    }
    const names = reader.nameCounts();
    sqlite
      .transaction(() => {
        for (const { name, known, events, unused } of names) {
          run(
            sqlite,
            q
              .insertInto("recording_name")
              .values({ recording_id: start.id, name, known: known ? 1 : 0, events, unused }),
          );
        }
        this.writeStartGap();
        if (this.lastSeq !== null) this.writer.writeLast(this.derived.end(this.lastSeq));
        predictIrtes(sqlite, start.id);
        run(
          sqlite,
          q
            .updateTable("recording")
            .set({ ...this.progressRow(), state: "complete", sha256, importer: null })
            .where("id", "=", start.id),
        );
        this.chain.seal(this.batchNumber);
      })
      .immediate();
    return {
      recording_id: start.id,
      file: this.input.name,
      sha256,
      format: sniffed.format,
      kernel: sniffed.kernel,
      rules: sniffed.rules,
      rulesFrom: sniffed.rulesFrom,
      clockUnit: this.options.clockHz === undefined ? sniffed.clockUnit : "ns",
      clockHz: this.options.clockHz ?? null,
      lines: { ...reader.counts },
      names,
      events: Object.fromEntries(this.kinds.flatMap((count, kind) => [[kindName(kind), count]])),
      timeAnomalies: reader.timeAnomalies,
      alreadyImported: false,
      supersedes: this.options.supersedes ?? null,
    };
  }

  /** What came before the recording is unknown; what the ring buffer overwrote is lost. */
  private writeStartGap(): void {
    const { firstEvent, sniffed, sqlite, start } = this;
    if (firstEvent === null) return;
    const overwritten = sniffed.overwritten > 0;
    run(
      sqlite,
      q.insertInto("gap").values({
        recording_id: start.id,
        kind: overwritten ? "overwritten" : "start",
        cpu: null,
        line: null,
        lost: overwritten ? sniffed.overwritten : null,
        from_seq: null,
        to_seq: firstEvent.seq,
        from_ns: null,
        to_ns: stampToInteger(firstEvent.billions, firstEvent.rest),
      }),
    );
  }

  /** Nothing of a failed import stays, unless the disk or the lock is what failed. */
  private rollBack(): void {
    const id = (this.start as Start | undefined)?.id;
    if (id === undefined) return;
    try {
      this.sqlite
        .transaction(() => {
          removeRecording(this.sqlite, id);
        })
        .immediate();
    } catch {
      // The next import finds the recording unfinished and does it then.
    }
  }
}

function integerOf({ billions, rest }: Stamp): number | bigint {
  return stampToInteger(billions, rest);
}
