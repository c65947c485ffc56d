// The way of one recording's bytes into the timeline: lines, events, folds, rows, transactions. Everything
// but the last transaction is done when a chunk of input is, so nothing else ever queues up.

import { formatNamed } from "../../formats/registry.js";
import { platformOf } from "../../platforms/registry.js";
import type Database from "better-sqlite3";
import { collectGarbage } from "../../base/collect-garbage.js";
import { inTurns } from "../../base/steps.js";
import { Subject } from "rxjs";
import { kindName } from "../../domain/events/kinds.js";
import { type Platform } from "../../domain/platform/platform.js";
import { readBy } from "../../domain/platform/read-by.js";
import { type Batch, type TwinEvent } from "../../domain/events/event.js";
import { type Folding } from "../../domain/fold/folding.js";
import { emptyState, type TwinState } from "../../domain/fold/state.js";
import { type ReadOptions, type RecordingReader } from "../../source/reader.js";
import { type ReadBatch } from "../../source/read-batch.js";
import { type Sniffed } from "../../source/sniffed.js";
import { foldingProjection } from "../../projections/fold.js";
import { OverflowFile } from "../store/overflow-file.js";
import { ProjectionRecorder } from "../store/projection-recorder.js";
import { clearChanges } from "../store/batch-writer.js";
import { type Start } from "./begin.js";
import { CommitNews } from "./commit-news.js";
import { isFiltered } from "./is-filtered.js";
import { tell } from "./listener.js";
import { type ImportJudge, type ImportOptions } from "./options.js";
import { progressRow, type RecordingUpdate } from "./recording-rows.js";
import {
  RecordingStore,
  type LastOf,
  type StoreOptions,
  type WholeFile,
} from "./recording-store.js";

/**
 * Batches of one transaction: as many as are stored already, at most these. A page that several
 * transactions touch is written to the disk by each; a short recording shows up at once all the same.
 */
const BATCHES_PER_COMMIT_MAX = 8;

/** A transaction of so many batches is worth a thread that runs it. */
const BATCHES_FOR_THREAD = 2;

/** What so many events leave behind is worth a collection. */
const EVENTS_TO_COLLECT = 1_000_000;

/** How the lines of one recording are read and stored. */
interface PipelineOptions
  extends
    StoreOptions,
    Pick<ImportOptions, "onBatch" | "signal" | "clockHz" | "part">,
    ImportJudge,
    Pick<ReadOptions, "isCounter" | "lineNumbers" | "onDisorder" | "dump"> {}

/** Takes the bytes of one recording, and stores what they give. Close it when done. */
export class Pipeline {
  /** The account of the lines that are read. */
  readonly reader: RecordingReader;
  private readonly sqlite: Database.Database;
  private readonly start: Start;
  private readonly options: PipelineOptions;
  private readonly overflow = new OverflowFile();
  private readonly recorder: ProjectionRecorder;
  private readonly store: RecordingStore;
  /** The platform whose table the recording shows. */
  readonly platform: Platform;
  private folded = new Subject<Batch>();
  /** Folds all events so far; null = no further ones come. */
  private folding: Folding | null;
  /** Batches that are read and folded. */
  private batchCount = 0;
  /** Batches of these that wait for their transaction. */
  private waiting = 0;
  /** Is there anything else that waits for it? */
  private hasPart = false;
  /** Lines of which the account is stored. */
  private linesStored = 0;
  /** Events of the batch that is not full yet, of which parts are folded and queued. */
  private open: TwinEvent[] = [];
  /** What is told of waiting batches. */
  private readonly news: CommitNews;
  private firstEvent: TwinEvent | null = null;
  private lastSeq: number | null = null;
  /** How many events there are, by the code of their kind. */
  private readonly kinds: number[] = [];

  /** Stores the recording of `start`, which is read as `sniffed` says. */
  constructor(sqlite: Database.Database, start: Start, sniffed: Sniffed, options: PipelineOptions) {
    this.sqlite = sqlite;
    this.start = start;
    this.options = options;
    this.platform = platformOf(sniffed);
    this.recorder = new ProjectionRecorder(start.seq, this.platform.fates, this.overflow);
    this.store = new RecordingStore(sqlite, start, this.recorder, options);
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
    return this.now.state;
  }

  private get now(): Folding {
    if (this.folding === null) throw new Error("the recording is over");
    return this.folding;
  }

  /** Reads the next bytes; batches that become full are folded and stored. */
  feed(chunk: Buffer): void {
    this.reader.feed(chunk);
  }

  /** Reads what is left, and stores every batch. The recording is not complete yet. */
  flush(): void {
    this.reader.end();
    this.commit();
    this.settle();
  }

  /**
   * Stores all that was read so far, the beginning of a batch that is not full yet included. The link of such a batch,
   * and its checkpoint and frame, are made when it is full.
   */
  flushPart(): void {
    // What an earlier run of this import has stored is stored in whole batches.
    if (this.batchCount < this.start.batches) return;
    this.reader.flushPart();
    // Lines that are no events are visible too: those that were rejected, and that the source lives.
    if (this.reader.counts.total > this.linesStored) this.hasPart = true;
    this.commit();
    this.settle();
  }

  /** Is a transaction under way? */
  get isStoring(): boolean {
    return this.store.isStoring;
  }

  /**
   * Makes the recording complete: first what takes long, in turns with all else, and then the rest in one transaction.
   * Returns what the recording lacks: as in WholeFile, or 0 where its own lines show that some are missing.
   */
  async complete(sha256: string, whole: WholeFile): Promise<number | null> {
    const { sqlite, start, options, reader, store } = this;
    const { signal, listener, part } = options;
    this.endFolds();
    await store.finish(reader.names.counts(), reader.counts.events, signal);
    const filtered = isFiltered(sqlite, start.id, this, options);
    const leftOut = whole.leftOut ?? ((await inTurns(filtered, signal)) ? 0 : null);
    store.complete(this.last(sha256, { ...whole, leftOut }), part);
    tell(() => listener?.completed(start.id));
    return leftOut;
  }

  /** Forgets what only a further event would be told by, before what is made of all of them takes memory. */
  private endFolds(): void {
    this.recorder.end();
    this.folding = null;
    this.folded = new Subject();
    if (this.reader.counts.events >= EVENTS_TO_COLLECT) collectGarbage();
  }

  private last(sha256: string, { overwritten, isSorted, leftOut, notes }: WholeFile): LastOf {
    const { firstEvent, lastSeq, batchCount: batches, reader } = this;
    const counted = reader.completeness.isCounted ? 1 : 0;
    const known = { sorted: isSorted ? 1 : 0, left_out: leftOut, counted, sha256 };
    const update = { ...this.progress(), ...known };
    return { firstEvent, lastSeq, overwritten, notes, batches, update };
  }

  /** How many events there are, by the name of their kind. */
  eventsByKind(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.kinds.flatMap((count, kind) => [[kindName(kind), count]]));
  }

  /** What is under way is wanted no more, because the recording is dropped. Close it then. */
  giveUp(): void {
    this.store.giveUp();
  }

  /** Removes the files beside the timeline. */
  close(): void {
    this.store.close();
    this.overflow.close();
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
      this.store.queue(batch);
      this.open = this.open.concat(events);
    } else this.acceptEnd(batch);
  }

  /** The end of a batch, or all of it: now its link, its checkpoint and its frame can be made. */
  private acceptEnd(batch: ReadBatch): void {
    const whole = this.open.length === 0 ? batch.events : this.open.concat(batch.events);
    this.open = [];
    const last = whole.at(-1);
    const due = last === undefined ? null : this.recorder.dueAfterBatch(last.seq, this.now);
    this.batchCount++;
    if (this.batchCount <= this.start.batches) {
      this.skipStored();
      return;
    }
    this.store.queue(batch);
    this.store.queueEnd(this.batchCount, whole, due);
    const stored = this.batchCount - this.waiting;
    if (this.waiting >= Math.min(stored, BATCHES_PER_COMMIT_MAX)) this.commit();
  }

  /** Drops what an earlier run of this import has stored. */
  private skipStored(): void {
    this.waiting = 0;
    this.store.skip();
    clearChanges(this.reader.changed);
    this.news.give();
    this.news.tellGiven();
  }

  /** Stores what waits, in one transaction, which may be under way when this returns; the one before is over. */
  private commit(): void {
    const { store, reader, news } = this;
    if (this.waiting === 0 && !this.hasPart) return;
    this.settle();
    const { changed } = reader;
    const isLarge = this.waiting >= BATCHES_FOR_THREAD;
    store.commit({ update: this.progress(), changed, names: reader.names.counts() }, isLarge);
    clearChanges(changed);
    this.waiting = 0;
    this.hasPart = false;
    this.linesStored = reader.counts.total;
    news.give();
    if (!store.isStoring) this.settle();
  }

  /** Waits until all that was given to the store is committed, and tells of it. */
  private settle(): void {
    this.store.settle();
    this.news.tellGiven();
  }

  private progress(): RecordingUpdate {
    const { batchCount: batches, lastSeq: last_seq, reader } = this;
    return { batches, last_seq, ...progressRow(reader) };
  }
}
