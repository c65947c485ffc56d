// The way of one recording's bytes into the timeline: lines, events, folds, rows, transactions. Everything is
// synchronous, so nothing ever queues up between two chunks of input.

import { platformOf, vocabularyOf } from "../../platforms/registry.js";
import type Database from "better-sqlite3";
import { Subject } from "rxjs";
import { kindName } from "../../domain/events/kinds.js";
import { type Platform } from "../../domain/platform/platform.js";
import { readBy } from "../../domain/platform/read-by.js";
import { type Batch, type TwinEvent } from "../../domain/events/event.js";
import { emptyState, type TwinState } from "../../domain/fold/state.js";
import { type World } from "../../ftrace/interpret/world.js";
import { FtraceReader, type ReadOptions } from "../../ftrace/reader.js";
import { type ReadBatch } from "../../ftrace/read-batch.js";
import { type Sniffed } from "../../ftrace/sniff.js";
import { twinProjection } from "../../projections/fold.js";
import { noteKnown } from "../derive/known-until.js";
import { predictIrtes } from "../derive/predict-irtes.js";
import { pickRecording } from "../read/recordings.js";
import { ProjectionRecorder } from "../store/projection-recorder.js";
import { ChainWriter } from "../integrity/chain.js";
import { BatchWriter, clearChanges } from "../store/batch-writer.js";
import { PageFile } from "../store/page-file.js";
import { type Start } from "./begin.js";
import { updateOwn } from "./lease.js";
import { type ImportJudge, type ImportOptions } from "./options.js";
import { progressRow, storeNames, storeStartGap, type RecordingUpdate } from "./recording-rows.js";

/**
 * Batches of one transaction: as many as are stored already, at most these. A page that several
 * transactions touch is written to the disk by each; a short recording shows up at once all the same.
 */
const BATCHES_PER_COMMIT_MAX = 16;

/** How the lines of one recording are read and stored. */
interface PipelineOptions
  extends
    Omit<ImportOptions, "anchor">,
    ImportJudge,
    Pick<ReadOptions, "isCounter" | "lineNumbers" | "onDisorder" | "dump"> {}

/** What is known of a file at its end. */
interface WholeFile {
  /** Events that the ring buffer overwrote before the trace was read. */
  readonly overwritten: number;
  /** Its lines were put in the order of their stamps. */
  readonly isSorted: boolean;
  /** Entries that its header counts and it does not have; null = none that is known of. */
  readonly leftOut: number | null;
}

/** Takes the bytes of one recording, and stores what they give. Close it when done. */
export class Pipeline {
  /** The account of the lines that are read. */
  readonly reader: FtraceReader;
  private readonly sqlite: Database.Database;
  private readonly start: Start;
  private readonly options: PipelineOptions;
  private readonly pages: PageFile | null;
  private readonly writer: BatchWriter;
  private readonly recorder: ProjectionRecorder;
  private readonly chain: ChainWriter;
  private readonly platform: Platform;
  private readonly folded = new Subject<Batch>();
  private state: TwinState;
  /** Batches that are read and folded. */
  private batchCount = 0;
  /** Batches of these that wait for their transaction. */
  private waiting = 0;
  /** Events of waiting batches that the caller wants to be told of. */
  private unheard: Batch[] = [];
  private firstEvent: TwinEvent | null = null;
  private lastSeq: number | null = null;
  /** How many events there are, by the code of their kind. */
  private readonly kinds: number[] = [];

  constructor(sqlite: Database.Database, start: Start, sniffed: Sniffed, options: PipelineOptions) {
    this.sqlite = sqlite;
    this.start = start;
    this.options = options;
    this.pages = PageFile.open(sqlite);
    this.writer = new BatchWriter(sqlite, start.id, this.pages);
    this.recorder = new ProjectionRecorder(start.seq);
    this.chain = new ChainWriter(sqlite, start.id);
    this.platform = platformOf(sniffed);
    const vocabulary = vocabularyOf(sniffed);
    const rules = readBy(sniffed);
    const { prefix, overwritten, hasHeader } = sniffed;
    const told = { rules, prefix, isOverwritten: overwritten > 0, hasHeader };
    const reading = { ...options, ...told, vocabulary, first: start };
    this.reader = new FtraceReader(reading, (batch) => {
      this.acceptBatch(batch);
    });
    this.state = emptyState(rules, sniffed.seesExchanges);
    this.folded
      .pipe(twinProjection(this.platform.fold, this.state, this.recorder.intervals))
      .subscribe((state) => (this.state = state));
  }

  /** Reads the next bytes; batches that become full are folded and stored. */
  feed(chunk: Buffer): void {
    this.reader.feed(chunk);
  }

  /** Reads what is left, and stores every batch. The recording is not complete yet. */
  flush(): void {
    this.reader.end();
    this.commit();
  }

  /**
   * Makes the recording complete, in one transaction with all that is only known at its end. What it lacks: as in
   * WholeFile, or 0 where its own lines show that some are missing.
   */
  complete(sha256: string, { overwritten, isSorted, leftOut }: WholeFile): number | null {
    const { sqlite, start, firstEvent, lastSeq } = this;
    return sqlite
      .transaction(() => {
        updateOwn(sqlite, start);
        storeNames(sqlite, start.id, this.reader.names.counts());
        if (firstEvent !== null) storeStartGap(sqlite, start.id, firstEvent, overwritten);
        if (lastSeq !== null) this.writer.writeLastFrame(this.recorder.lastFrame(lastSeq));
        predictIrtes(sqlite, start.id);
        noteKnown(sqlite, start);
        const lacks = leftOut ?? (this.isFiltered() ? 0 : null);
        const counted = this.reader.completeness.isCounted ? 1 : 0;
        const known = { sorted: isSorted ? 1 : 0, left_out: lacks, counted };
        this.updateRecording({ state: "complete", sha256, importer: null, beat: 0, ...known });
        this.chain.sealTables(this.batchCount);
        return lacks;
      })
      .immediate();
  }

  /**
   * No header says how many entries there are, and a name lacks lines, or lines contradict each other: a filter left
   * some out.
   */
  private isFiltered(): boolean {
    const { sqlite, start, options, reader } = this;
    if (reader.completeness.isCounted) return false;
    const lines = new Map(
      reader.names.counts().map((each) => [each.name, each.events + each.unused]),
    );
    const linesOf = (name: string): number => lines.get(name) ?? 0;
    const tasksOf = (name: string): number => reader.completeness.tasksThatPrint(name);
    if (this.platform.lacksName?.(linesOf, tasksOf) === true) return true;
    return options.isContradicted?.(sqlite, pickRecording(sqlite, start.id)) ?? false;
  }

  /** How many events there are, by the name of their kind. */
  eventsByKind(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.kinds.flatMap((count, kind) => [[kindName(kind), count]]));
  }

  /** Removes the page file. */
  close(): void {
    this.pages?.close();
  }

  /** Folds a batch and queues it, unless an earlier run of this import has stored it. */
  private acceptBatch(batch: ReadBatch): void {
    const { events } = batch;
    for (const { kind } of events) this.kinds[kind] = (this.kinds[kind] ?? 0) + 1;
    if (events.length > 0) this.folded.next(events);
    const last = events.at(-1);
    this.firstEvent ??= events[0] ?? null;
    this.lastSeq = last?.seq ?? this.lastSeq;
    const due = last === undefined ? null : this.recorder.dueAfterBatch(last.seq, this.state);
    this.batchCount++;
    if (this.batchCount <= this.start.batches) {
      this.skipStored(events);
      return;
    }
    this.writer.queueBatch(batch);
    this.chain.queueBatch(this.batchCount, events);
    if (due !== null) this.writer.queueDue(due);
    if (events.length > 0 && this.isHeard()) this.unheard.push(events);
    this.waiting++;
    const stored = this.batchCount - this.waiting;
    if (this.waiting >= Math.min(stored, BATCHES_PER_COMMIT_MAX)) this.commit();
  }

  /** Drops what an earlier run of this import has stored. */
  private skipStored(events: Batch): void {
    this.recorder.intervals.drain();
    clearChanges(this.world);
    if (events.length > 0) this.options.onBatch?.(events);
  }

  /** Stores what waits, in one transaction. */
  private commit(): void {
    const { unheard, writer } = this;
    if (this.waiting === 0) return;
    writer.queueIntervals(this.recorder.intervals.drain());
    writer.finishQueue();
    this.sqlite
      .transaction(() => {
        this.updateRecording();
        writer.writeQueued(this.world);
        this.chain.writeQueued();
      })
      .immediate();
    clearChanges(this.world);
    this.waiting = 0;
    this.unheard = [];
    for (const events of unheard) this.options.onBatch?.(events);
  }

  private updateRecording(values: RecordingUpdate = {}): void {
    const { batchCount: batches, lastSeq: last_seq } = this;
    const read = progressRow(this.reader);
    updateOwn(this.sqlite, this.start, { batches, last_seq, ...read, ...values });
  }

  private isHeard(): boolean {
    return this.options.onBatch !== undefined && (this.options.isHeard?.() ?? true);
  }

  private get world(): World {
    return this.reader.interpreter.world;
  }
}
