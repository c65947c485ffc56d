// The transactions of an import: each runs at once, on the connection of the timeline; or, once they are large, on a
// thread that does nothing else, while the import reads and folds what comes next.

import { availableParallelism } from "node:os";
import type Database from "better-sqlite3";
import { type PageFile } from "../store/page-file.js";
import { threadPragmas, useCache } from "../store/cache.js";
import { WriterThread, type Statement } from "../store/writer-thread.js";
import { directly, type Value, type Writes } from "../store/writes.js";

/** Is a second thread wanted? Where nobody says, it needs a second CPU. */
export function wantsThread({ threads }: { readonly threads?: number | undefined }): boolean {
  return (threads ?? availableParallelism()) > 1;
}

/** Runs transactions in their order. Close it when done. */
export class Transactions implements Writes {
  private readonly sqlite: Database.Database;
  private readonly direct: Writes;
  private readonly pages: PageFile | null;
  private isThreadWanted: boolean;
  private thread: WriterThread | null = null;
  /** Does the thread run them? */
  private isHandedOver = false;
  /** The statements of the transaction that is being made; null = they run at once. */
  private noted: Statement[] | null = null;

  /** `isThreadWanted`: may a thread be used? Without a page file none is. */
  constructor(sqlite: Database.Database, pages: PageFile | null, isThreadWanted: boolean) {
    this.sqlite = sqlite;
    this.direct = directly(sqlite);
    this.pages = pages;
    this.isThreadWanted = isThreadWanted && pages !== null;
  }

  run(sql: string, values: readonly Value[] = []): void {
    if (this.noted === null) this.direct.run(sql, values);
    else this.noted.push({ sql, values });
  }

  runOwn(sql: string, values: readonly Value[], ifNone: () => Error): void {
    if (this.noted === null) this.direct.runOwn(sql, values, ifNone);
    else this.noted.push({ sql, values, ifNone });
  }

  /**
   * Runs what `write` gives as one transaction. What `write` reads is as of the transaction before. Where the thread runs
   * it, it is under way when this returns, and the one before is over. Throws what made one of the two fail.
   */
  transaction(write: () => void): void {
    const { thread } = this;
    if (!this.isHandedOver || thread === null) {
      this.sqlite.transaction(write).immediate();
      return;
    }
    this.settle();
    this.noted = [];
    try {
      write();
      thread.write(this.noted);
    } finally {
      this.noted = null;
    }
  }

  /** Is one under way? */
  get isUnderWay(): boolean {
    return this.thread?.isBusy === true;
  }

  /** Waits for the one that is under way, if any is. Throws what made it fail: it is rolled back. */
  settle(): void {
    if (this.isHandedOver) this.thread?.settle();
  }

  /** Call it after a transaction that is worth a thread: the first time starts the thread, and the next uses it. */
  useThread(): void {
    if (!this.isThreadWanted || this.isHandedOver) return;
    const { thread } = this;
    if (thread === null) {
      this.thread = new WriterThread();
      return;
    }
    const { sqlite } = this;
    this.isHandedOver =
      this.pages?.handOver((attached) => {
        thread.open({ file: sqlite.name, pragmas: threadPragmas(sqlite), attached });
      }) ?? false;
    if (this.isHandedOver) useCache(sqlite, "idle");
    else this.leaveThread();
  }

  /** The one that is under way is wanted no more: the thread need not end it. Leave the thread then. */
  giveUp(): void {
    this.thread?.giveUp();
  }

  /** Runs all that follows on the own connection. Nothing is under way, or it does not matter how it ends. */
  leaveThread(): void {
    this.isThreadWanted = false;
    this.isHandedOver = false;
    if (this.thread === null) return;
    this.thread.close();
    this.thread = null;
    this.pages?.takeBack();
    useCache(this.sqlite, "writing");
  }
}
