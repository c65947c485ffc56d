// Where what one recording gives is stored: rows, cases, interrupts and links of the chain, in transactions in which the
// import proves that it still owns the recording.

import type Database from "better-sqlite3";
import { atOnce, inTurns, type Steps } from "../../base/steps.js";
import { type TwinEvent } from "../../domain/events/event.js";
import { type NameCount, type ReadBatch } from "../../source/read-batch.js";
import { type ChangedRows } from "../../source/rows.js";
import { noteKnown } from "../derive/known-until.js";
import { predictIrtes } from "../derive/predict-irtes.js";
import { FateWriter } from "../derive/store-fates.js";
import { InterruptStore } from "../derive/store-interrupts.js";
import { storePacks } from "../derive/store-packs.js";
import { ChainWriter, prepareSeal } from "../integrity/chain.js";
import { type PreparedSeal } from "../integrity/prepared-seal.js";
import { redactedBatch, redactedNames, redactedRows } from "../redact/redacted-rows.js";
import { type Redaction } from "../redact/redaction.js";
import { BatchWriter } from "../store/batch-writer.js";
import { PageFile } from "../store/page-file.js";
import { type DueProjections, type ProjectionRecorder } from "../store/projection-recorder.js";
import { type Start } from "./begin.js";
import { storeNotes, type InputNote } from "../read/notes.js";
import { type SourcePart } from "../read/kept-recordings.js";
import { updateOwn, writeOwn } from "./lease.js";
import { refuseGone } from "../open/still-there.js";
import { Transactions } from "./transactions.js";
import { storeNames, storePart, storeStartGap, type RecordingUpdate } from "./recording-rows.js";

/** What is known of a file at its end. */
export interface WholeFile {
  /** Events that the ring buffer overwrote before the trace was read. */
  readonly overwritten: number;
  /** Its lines were put in the order of their stamps. */
  readonly isSorted: boolean;
  /** Entries that its header counts and it does not have; null = none that is known of. */
  readonly leftOut: number | null;
  /** What is noted of it. */
  readonly notes: readonly InputNote[];
}

/** What the reader knows besides the batches. */
export interface Read {
  /** Columns of the recording. */
  readonly update: RecordingUpdate;
  /** Who is new or better known. */
  readonly changed: ChangedRows;
  /** The names of its lines. */
  readonly names: readonly NameCount[];
}

/** What is known of a recording when the last of its batches is stored. */
export interface LastOf extends Pick<WholeFile, "overwritten" | "notes"> {
  /** Its first event; null = it has none. */
  readonly firstEvent: TwinEvent | null;
  /** Its last event; null = it has none. */
  readonly lastSeq: number | null;
  /** How many batches it has. */
  readonly batches: number;
  /** Columns of its row. */
  readonly update: RecordingUpdate;
}

/** How a recording is stored. */
export interface StoreOptions {
  /** Makes the substitutes of what is stored; null = it is stored as it is read. */
  readonly redaction: Redaction | null;
  /** May a thread of its own run the transactions? */
  readonly isThreadWanted: boolean;
}

/** Stores one recording. Close it when done. */
export class RecordingStore {
  private readonly sqlite: Database.Database;
  private readonly start: Start;
  private readonly redaction: Redaction | null;
  private readonly recorder: ProjectionRecorder;
  private readonly pages: PageFile | null;
  private readonly transactions: Transactions;
  private readonly writer: BatchWriter;
  private readonly fateWriter: FateWriter;
  private readonly interrupts: InterruptStore;
  private readonly chain: ChainWriter;
  /** How many names of lines are stored. */
  private nameCount = 0;
  /** What was made of the rows that are sealed, before the last transaction; null = nothing yet. */
  private seal: PreparedSeal | null = null;

  /** `recorder`: makes what is stored beside the batches. */
  constructor(
    sqlite: Database.Database,
    start: Start,
    recorder: ProjectionRecorder,
    { redaction, isThreadWanted }: StoreOptions,
  ) {
    this.sqlite = sqlite;
    this.start = start;
    this.recorder = recorder;
    this.redaction = redaction;
    this.pages = PageFile.open(sqlite);
    const transactions = new Transactions(sqlite, this.pages, isThreadWanted);
    this.transactions = transactions;
    this.writer = new BatchWriter(transactions, start.id, this.pages);
    this.fateWriter = new FateWriter(sqlite, start.id, transactions, this.writer.fateCase);
    this.interrupts = new InterruptStore(sqlite, start.id, transactions);
    this.chain = new ChainWriter(sqlite, start.id, transactions);
  }

  /**
   * Queues a batch, or a part of one, and what has ended with it: kept until the transaction, the states of all its
   * batches would grow old together and be collected late.
   */
  queue(batch: ReadBatch): void {
    const { redaction, writer, recorder } = this;
    writer.queueBatch(redaction === null ? batch : redactedBatch(batch, redaction));
    writer.queueIntervals(recorder.drainEnded());
    this.queueFates();
  }

  /** Queues what comes with the end of a batch: its link, of all its events, and what is due after it. */
  queueEnd(link: number, events: readonly TwinEvent[], due: DueProjections | null): void {
    this.chain.queueBatch(link, events);
    if (due !== null) this.writer.queueDue(due);
  }

  /** Drops what the recorder hands over: an earlier run of this import has stored it. */
  skip(): void {
    this.recorder.drainIntervals();
    this.recorder.drainFates();
    this.recorder.drainInterrupts();
  }

  /**
   * Stores what is queued, in one transaction, which may still be under way when this returns. Throws what made it, or the
   * one before, fail. `isLarge`: is it worth a
   * thread that runs those that follow?
   */
  commit(read: Read, isLarge: boolean): void {
    refuseGone(this.sqlite);
    const { writer, recorder, transactions } = this;
    writer.queueIntervals(recorder.drainIntervals());
    this.queueFates();
    writer.finishQueue();
    transactions.transaction(() => {
      updateOwn(transactions, this.start, read.update);
      this.fateWriter.begin();
      writer.writeQueued(this.substituted(read.changed));
      // What can be judged depends on which names are there. How often each stood is known at the end.
      if (read.names.length !== this.nameCount) this.writeNames(read.names);
      this.fateWriter.add(recorder.fateCases);
      this.interrupts.add(recorder.interruptCases);
      this.chain.writeQueued();
    });
    if (isLarge) transactions.useThread();
  }

  /** Is a transaction under way? */
  get isStoring(): boolean {
    return this.transactions.isUnderWay;
  }

  /** Waits until all that was given to `commit` is stored. Throws what made it fail. */
  settle(): void {
    this.transactions.settle();
  }

  /**
   * Everything is read, and there are so many events: stores how often each name stood, predicts what the recording lacks, and
   * prepares its seal.
   */
  async finish(
    names: readonly NameCount[],
    events: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    this.settle();
    this.transactions.leaveThread();
    writeOwn(this.sqlite, this.start, () => {
      this.writeNames(names);
    });
    await inTurns(this.predict(), signal);
    this.seal = await inTurns(prepareSeal(this.sqlite, this.start.id, events), signal);
  }

  /** Makes the recording complete, whose recorder has ended. `part`: which one of a source that goes on it is; absent = of none. */
  complete(last: LastOf, part: (() => SourcePart) | undefined): void {
    const { writer, recorder } = this;
    writer.queueInterrupts(recorder.drainInterrupts());
    writer.finishQueue();
    writeOwn(this.sqlite, this.start, () => {
      this.completeNow(last, part);
    });
  }

  /** What is under way is wanted no more. Close it then. */
  giveUp(): void {
    this.transactions.giveUp();
  }

  /** Removes the page file. What is under way ends first; how, is not told. */
  close(): void {
    this.transactions.leaveThread();
    this.pages?.close();
    this.seal?.close();
  }

  private completeNow(
    { firstEvent, lastSeq, overwritten, notes, update, batches }: LastOf,
    part: (() => SourcePart) | undefined,
  ): void {
    const { sqlite, start, recorder, writer } = this;
    if (firstEvent !== null) storeStartGap(sqlite, start.id, firstEvent, overwritten);
    if (lastSeq !== null) writer.writeLastFrame(recorder.lastFrame(lastSeq));
    noteKnown(sqlite, start);
    storeNotes(sqlite, start.id, notes);
    if (part !== undefined) storePart(sqlite, start.id, part());
    updateOwn(this.transactions, start, { ...update, state: "complete", importer: null, beat: 0 });
    const { fateCases } = recorder;
    this.fateWriter.complete(fateCases);
    atOnce(storePacks(sqlite, start.id, { packs: recorder.finishPacks(), fateCases }));
    writer.writeQueued(null);
    this.interrupts.complete(recorder.interruptCases);
    this.chain.sealTables(batches, this.seal);
  }

  private queueFates(): void {
    const { writer, recorder } = this;
    for (const each of recorder.drainFates()) writer.queueFates(each);
    this.fateWriter.queue(recorder.fateCases);
    writer.queueInterrupts(recorder.drainInterrupts());
  }

  private predict(): Steps<void> {
    return predictIrtes(this.sqlite, this.start.id, (write) => {
      writeOwn(this.sqlite, this.start, write);
    });
  }

  private writeNames(names: readonly NameCount[]): void {
    const { redaction } = this;
    const stored = redaction === null ? names : redactedNames(names, redaction);
    storeNames(this.transactions, this.start.id, stored);
    this.nameCount = names.length;
  }

  private substituted(changed: ChangedRows): ChangedRows {
    return this.redaction === null ? changed : redactedRows(changed, this.redaction);
  }
}
