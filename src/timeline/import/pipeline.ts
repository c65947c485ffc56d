// The way of one recording's bytes into the timeline: lines, events, folds, rows, transactions. Everything is
// synchronous, so nothing ever queues up between two chunks of input.

import { formatNamed } from "../../formats/registry.js";
import { platformOf } from "../../platforms/registry.js";
import type Database from "better-sqlite3";
import { atOnce, inTurns, type Steps } from "../../base/steps.js";
import { Subject } from "rxjs";
import { kindName } from "../../domain/events/kinds.js";
import { type Platform } from "../../domain/platform/platform.js";
import { readBy } from "../../domain/platform/read-by.js";
import { type Batch, type TwinEvent } from "../../domain/events/event.js";
import { type Folding } from "../../domain/fold/folding.js";
import { emptyState, type TwinState } from "../../domain/fold/state.js";
import { type ReadOptions, type RecordingReader } from "../../source/reader.js";
import { type NameCount, type ReadBatch } from "../../source/read-batch.js";
import { type ChangedRows } from "../../source/rows.js";
import { type Sniffed } from "../../source/sniffed.js";
import { foldingProjection } from "../../projections/fold.js";
import { storeNotes, type InputNote } from "../read/notes.js";
import { noteKnown } from "../derive/known-until.js";
import { predictIrtes } from "../derive/predict-irtes.js";
import { FateWriter } from "../derive/store-fates.js";
import { storePacks } from "../derive/store-packs.js";
import { InterruptStore } from "../derive/store-interrupts.js";
import { ProjectionRecorder } from "../store/projection-recorder.js";
import { ChainWriter } from "../integrity/chain.js";
import { BatchWriter, clearChanges } from "../store/batch-writer.js";
import { PageFile } from "../store/page-file.js";
import { redactedBatch, redactedNames, redactedRows } from "../redact/redacted-rows.js";
import { type Redaction } from "../redact/redaction.js";
import { type Start } from "./begin.js";
import { updateOwn, writeOwn } from "./lease.js";
import { CommitNews } from "./commit-news.js";
import { isFiltered } from "./is-filtered.js";
import { tell } from "./listener.js";
import { type ImportJudge, type ImportOptions } from "./options.js";
import {
  progressRow,
  storeNames,
  storePart,
  storeStartGap,
  type RecordingUpdate,
} from "./recording-rows.js";

/**
 * Batches of one transaction: as many as are stored already, at most these. A page that several
 * transactions touch is written to the disk by each; a short recording shows up at once all the same.
 */
const BATCHES_PER_COMMIT_MAX = 8;

/** How the lines of one recording are read and stored. */
interface PipelineOptions
  extends
    Pick<ImportOptions, "onBatch" | "signal" | "clockHz" | "part">,
    ImportJudge,
    Pick<ReadOptions, "isCounter" | "lineNumbers" | "onDisorder" | "dump"> {
  /** Makes the substitutes of what is stored; null = it is stored as it is read. */
  readonly redaction: Redaction | null;
}

/** What is known of a file at its end. */
interface WholeFile {
  /** Events that the ring buffer overwrote before the trace was read. */
  readonly overwritten: number;
  /** Its lines were put in the order of their stamps. */
  readonly isSorted: boolean;
  /** Entries that its header counts and it does not have; null = none that is known of. */
  readonly leftOut: number | null;
  /** What is noted of it. */
  readonly notes: readonly InputNote[];
}

/** Takes the bytes of one recording, and stores what they give. Close it when done. */
export class Pipeline {
  /** The account of the lines that are read. */
  readonly reader: RecordingReader;
  private readonly sqlite: Database.Database;
  private readonly start: Start;
  private readonly options: PipelineOptions;
  private readonly pages: PageFile | null;
  private readonly writer: BatchWriter;
  private readonly recorder: ProjectionRecorder;
  private readonly fateWriter: FateWriter;
  private readonly interrupts: InterruptStore;
  private readonly chain: ChainWriter;
  /** The platform whose table the recording shows. */
  readonly platform: Platform;
  private readonly folded = new Subject<Batch>();
  /** Folds all events so far. */
  private readonly folding: Folding;
  /** Batches that are read and folded. */
  private batchCount = 0;
  /** Batches of these that wait for their transaction. */
  private waiting = 0;
  /** Is there anything else that waits for it? */
  private hasPart = false;
  /** Events of the batch that is not full yet, of which parts are folded and queued. */
  private open: TwinEvent[] = [];
  /** What is told of waiting batches. */
  private readonly news: CommitNews;
  /** How many names of lines are stored. */
  private nameCount = 0;
  private firstEvent: TwinEvent | null = null;
  private lastSeq: number | null = null;
  /** How many events there are, by the code of their kind. */
  private readonly kinds: number[] = [];

  /** Stores the recording of `start`, which is read as `sniffed` says. */
  constructor(sqlite: Database.Database, start: Start, sniffed: Sniffed, options: PipelineOptions) {
    this.sqlite = sqlite;
    this.start = start;
    this.options = options;
    this.pages = PageFile.open(sqlite);
    this.writer = new BatchWriter(sqlite, start.id, this.pages);
    this.platform = platformOf(sniffed);
    this.recorder = new ProjectionRecorder(start.seq, this.platform.fates);
    this.fateWriter = new FateWriter(sqlite, start.id);
    this.interrupts = new InterruptStore(sqlite, start.id);
    this.chain = new ChainWriter(sqlite, start.id);
    this.news = new CommitNews(start.id, options);
    const rules = readBy(sniffed);
    const { prefix, overwritten, hasHeader } = sniffed;
    const told = { rules, prefix, isOverwritten: overwritten > 0, hasHeader };
    const reading = { ...options, ...told, first: start };
    this.reader = formatNamed(sniffed.format).newReader(sniffed, reading, (batch) => {
      this.acceptBatch(batch);
    });
    const from = emptyState(rules, sniffed.seesExchanges);
    this.folding = this.platform.fold.folding(from, this.recorder.listeners);
    this.folded.pipe(foldingProjection(this.folding)).subscribe();
  }

  /** The state after all events so far. */
  get state(): TwinState {
    return this.folding.state;
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
   * Stores all that was read so far, the beginning of a batch that is not full yet included. The link of such a batch,
   * and its checkpoint and frame, are made when it is full.
   */
  flushPart(): void {
    // What an earlier run of this import has stored is stored in whole batches.
    if (this.batchCount < this.start.batches) return;
    this.reader.flushPart();
    this.commit();
  }

  /**
   * Makes the recording complete: first what takes long, in turns with all else, and then the rest in one transaction.
   * Returns what the recording lacks: as in WholeFile, or 0 where its own lines show that some are missing.
   */
  async complete(sha256: string, whole: WholeFile): Promise<number | null> {
    const { signal } = this.options;
    const names = this.names();
    writeOwn(this.sqlite, this.start, () => {
      storeNames(this.sqlite, this.start.id, names);
    });
    await inTurns(this.predict(), signal);
    const filtered = isFiltered(this.sqlite, this.start.id, this, this.options);
    const leftOut = whole.leftOut ?? ((await inTurns(filtered, signal)) ? 0 : null);
    writeOwn(this.sqlite, this.start, () => {
      this.completeNow(sha256, { ...whole, leftOut });
    });
    const { listener } = this.options;
    tell(() => listener?.completed(this.start.id));
    return leftOut;
  }

  private completeNow(sha256: string, { overwritten, isSorted, leftOut, notes }: WholeFile): void {
    const { sqlite, start, firstEvent, lastSeq } = this;
    if (firstEvent !== null) storeStartGap(sqlite, start.id, firstEvent, overwritten);
    if (lastSeq !== null) this.writer.writeLastFrame(this.recorder.lastFrame(lastSeq));
    noteKnown(sqlite, start);
    storeNotes(sqlite, start.id, notes);
    const counted = this.reader.completeness.isCounted ? 1 : 0;
    const known = { sorted: isSorted ? 1 : 0, left_out: leftOut, counted };
    const { part } = this.options;
    if (part !== undefined) storePart(sqlite, start.id, part());
    this.updateRecording({ state: "complete", sha256, importer: null, beat: 0, ...known });
    const { fateCases } = this.recorder;
    this.fateWriter.complete(fateCases);
    atOnce(storePacks(sqlite, start.id, { packs: this.recorder.finishPacks(), fateCases }));
    this.recorder.end();
    this.writer.writeLastInterrupts(this.recorder.drainInterrupts());
    this.interrupts.complete(this.recorder.interruptCases);
    this.chain.sealTables(this.batchCount);
  }

  private predict(): Steps<void> {
    return predictIrtes(this.sqlite, this.start.id, (write) => {
      writeOwn(this.sqlite, this.start, write);
    });
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
    const { events, isOpen } = batch;
    for (const { kind } of events) this.kinds[kind] = (this.kinds[kind] ?? 0) + 1;
    if (events.length > 0) this.folded.next(events);
    this.recorder.name(this.reader.changed.vcpus);
    this.recorder.take(events, batch.returns);
    this.firstEvent ??= events[0] ?? null;
    this.lastSeq = events.at(-1)?.seq ?? this.lastSeq;
    if (isOpen) this.hasPart = true;
    else this.waiting++;
    this.news.note(events, () => this.state);
    if (isOpen) {
      this.queue(batch);
      this.open = this.open.concat(events);
    } else this.acceptEnd(batch);
  }

  /** The end of a batch, or all of it: now its link, its checkpoint and its frame can be made. */
  private acceptEnd(batch: ReadBatch): void {
    const whole = this.open.length === 0 ? batch.events : this.open.concat(batch.events);
    this.open = [];
    const last = whole.at(-1);
    const due = last === undefined ? null : this.recorder.dueAfterBatch(last.seq, this.folding);
    this.batchCount++;
    if (this.batchCount <= this.start.batches) {
      this.skipStored();
      return;
    }
    this.queue(batch);
    this.chain.queueBatch(this.batchCount, whole);
    if (due !== null) this.writer.queueDue(due);
    const stored = this.batchCount - this.waiting;
    if (this.waiting >= Math.min(stored, BATCHES_PER_COMMIT_MAX)) this.commit();
  }

  /** Drops what an earlier run of this import has stored. */
  private skipStored(): void {
    this.waiting = 0;
    this.recorder.drainIntervals();
    this.recorder.drainFates();
    this.recorder.drainInterrupts();
    clearChanges(this.reader.changed);
    this.news.tellAll();
  }

  /** Stores what waits, in one transaction. */
  private commit(): void {
    const { writer } = this;
    if (this.waiting === 0 && !this.hasPart) return;
    writer.queueIntervals(this.recorder.drainIntervals());
    for (const each of this.recorder.drainFates()) writer.queueFates(each);
    writer.queueInterrupts(this.recorder.drainInterrupts());
    writer.finishQueue();
    this.sqlite
      .transaction(() => {
        this.updateRecording();
        writer.writeQueued(this.changed());
        this.storeNewNames();
        this.fateWriter.add(this.recorder.fateCases);
        this.interrupts.add(this.recorder.interruptCases);
        this.chain.writeQueued();
      })
      .immediate();
    clearChanges(this.reader.changed);
    this.waiting = 0;
    this.hasPart = false;
    this.news.tellAll();
  }

  /** What can be judged depends on which names are there. How often each stood is known at the end. */
  private storeNewNames(): void {
    const names = this.names();
    if (names.length === this.nameCount) return;
    storeNames(this.sqlite, this.start.id, names);
    this.nameCount = names.length;
  }

  private queue(batch: ReadBatch): void {
    const { redaction } = this.options;
    this.writer.queueBatch(redaction === null ? batch : redactedBatch(batch, redaction));
  }

  private changed(): ChangedRows {
    const { reader, options } = this;
    const { redaction } = options;
    return redaction === null ? reader.changed : redactedRows(reader.changed, redaction);
  }

  private names(): readonly NameCount[] {
    const names = this.reader.names.counts();
    const { redaction } = this.options;
    return redaction === null ? names : redactedNames(names, redaction);
  }

  private updateRecording(values: RecordingUpdate = {}): void {
    const { batchCount: batches, lastSeq: last_seq } = this;
    const read = progressRow(this.reader);
    updateOwn(this.sqlite, this.start, { batches, last_seq, ...read, ...values });
  }
}
