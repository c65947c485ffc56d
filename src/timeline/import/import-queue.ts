// The imports of one open timeline, one after the other. What a stopped one leaves is removed before the next begins.

import type Database from "better-sqlite3";
import { eitherOf, unlessAborted } from "../../base/abort.js";
import { atOnce, inTurns } from "../../base/steps.js";
import { removingRemainders } from "./drop.js";
import { importInto } from "./import.js";
import { type ImportResult } from "./import-result.js";
import { giveUp, type ImportSource } from "./input.js";
import { type ImportJudge, type ImportOptions } from "./options.js";
import { removeDropped, removingDropped } from "./remove-recording.js";

/** Runs imports in the order in which they are asked for. */
export class ImportQueue {
  private readonly sqlite: Database.Database;
  private readonly file: string;
  private readonly closed: AbortSignal;
  /** The last import that was asked for, and what is to be removed after it. */
  private last: Promise<unknown> = Promise.resolve();

  /** `file`: the timeline's path. `closed`: fires before the timeline is closed, with ERR_CLOSED as its reason. */
  constructor(sqlite: Database.Database, file: string, closed: AbortSignal) {
    this.sqlite = sqlite;
    this.file = file;
    this.closed = closed;
    // What a process left that was killed after its import was stopped.
    this.last = this.nothingLeft();
  }

  /**
   * Imports one input, after those before it; its signal stops it while it waits for them too. Throws what importInto()
   * throws.
   */
  import(source: ImportSource, options: ImportOptions & ImportJudge): Promise<ImportResult> {
    const { last } = this;
    const turn = this.inTurn(last, source, options);
    this.last = last.then(() => turn).catch(() => this.nothingLeft());
    return turn;
  }

  private async inTurn(
    before: Promise<unknown>,
    source: ImportSource,
    options: ImportOptions & ImportJudge,
  ): Promise<ImportResult> {
    const { sqlite, file, closed } = this;
    const signal = eitherOf(closed, options.signal);
    try {
      await unlessAborted(before, signal);
      return await importInto(sqlite, file, source, { ...options, signal, closed });
    } catch (error) {
      giveUp(source);
      throw error;
    }
  }

  /**
   * Waits until nothing is left of stopped imports and of dropped recordings, or cannot be removed. An import that runs is
   * not waited for.
   */
  async nothingLeft(): Promise<void> {
    const { sqlite, closed } = this;
    if (sqlite.readonly) return;
    await removeDropped(sqlite, closed).catch(() => undefined);
    await inTurns(removingRemainders(sqlite), closed).catch(() => undefined);
  }

  /** Removes what a stopped import left, at once; if it cannot, the next import does. */
  removeLeft(): void {
    try {
      if (this.sqlite.open && !this.sqlite.readonly) atOnce(removingDropped(this.sqlite));
    } catch {
      // The disk is full, or another process holds the lock.
    }
  }
}
