// The recording that an import makes: it begins, shows that its import lives, and is dropped if that fails.

import type Database from "better-sqlite3";
import { type ReadOptions } from "../../source/reader.js";
import { type Sniffed } from "../../source/sniffed.js";
import { beginRecording, type LeftBefore, type Start } from "./begin.js";
import { comesAgain } from "./comes-again.js";
import { endUnfinished } from "./end-unfinished.js";
import { completeRecording, type ImportResult } from "./import-result.js";
import { dropOwn, importLeft, keepBeating, leaveOwn, type Left } from "./lease.js";
import { tell, type RolledBackWhy } from "./listener.js";
import { Pipeline } from "./pipeline.js";
import { refuseMixed, type RedactableInput } from "./redacted-input.js";
import { refuseOtherHost } from "./refuse-anchor.js";
import { refuseClock, refuseSeconds } from "./refuse-clock.js";
import { removeDropped } from "./remove-recording.js";
import { wantsThread } from "./transactions.js";
import { withClock, type Asked } from "./result-of.js";
import { isDone } from "./same-file.js";

/** What is known once the first bytes of an input are read. */
export interface Begun {
  /** What the first bytes tell of the recording. */
  readonly sniffed: Sniffed;
  /** Where it begins in the timeline. */
  readonly start: Start;
  /** Takes its bytes. */
  readonly pipeline: Pipeline;
}

/** Another import has stored the same file meanwhile. */
export class StoredMeanwhile extends Error {
  /** What it says of its recording. */
  readonly result: ImportResult;

  /** `recording_id`: the number of the recording that is here already. */
  constructor(result: ImportResult) {
    super("the same file was imported meanwhile");
    this.result = result;
  }
}

/** What was stored of so many events is removed within a tenth of a second. */
const SMALL_EVENTS = 32_768;

/** The recording of one import; there is none before it begins, and after it is dropped. */
export class OwnRecording {
  /** What the recording is made of; null = there is none. */
  begun: Begun | null = null;
  /** What an earlier import of something else left; null = nothing that is gone now. */
  left: LeftBefore | null = null;
  private readonly sqlite: Database.Database;
  private readonly input: RedactableInput;
  private readonly options: Asked;
  private readonly silent: Left | null;
  private stopBeating: () => void = () => undefined;
  private droppedEvents = 0;

  /** `silent`: an import that shows no sign of life. */
  constructor(
    sqlite: Database.Database,
    input: RedactableInput,
    options: Asked,
    silent: Left | null,
  ) {
    this.sqlite = sqlite;
    this.input = input;
    this.options = options;
    this.silent = silent;
  }

  /**
   * Begins the recording of what has these first bytes. Throws StoredMeanwhile, ERR_ABORTED, and what beginRecording(),
   * refuseClock(), refuseSeconds() and refuseOtherHost() throw.
   */
  async begin(
    head: Buffer,
    sniffed: Sniffed,
    reading: Pick<ReadOptions, "lineNumbers" | "onDisorder">,
  ): Promise<Begun> {
    const { clockUnit } = sniffed;
    refuseClock(this.options, clockUnit);
    const options = withClock(this.options, sniffed);
    refuseSeconds(options, clockUnit);
    refuseOtherHost(options.anchor, sniffed, head);
    const start = await this.started(sniffed, options, head);
    this.stopBeating = keepBeating(
      this.sqlite,
      start,
      () => this.begun?.pipeline.isStoring === true,
    );
    const isCounter = head.length === 0 ? null : clockUnit === "ticks";
    const told = { ...options, ...reading, isCounter, dump: options.anchor };
    const { redaction } = this.input;
    const pipeline = new Pipeline(this.sqlite, start, sniffed, {
      ...told,
      redaction,
      isThreadWanted: wantsThread(options),
    });
    this.begun = { sniffed, start, pipeline };
    tell(() => options.listener?.began(start.id, pipeline.state));
    return this.begun;
  }

  /** What a dead import of something else left is removed first, or ended where it cannot be imported again. */
  private async started(sniffed: Sniffed, options: Asked, head: Buffer): Promise<Start> {
    const { sqlite, input, silent } = this;
    const left = importLeft(sqlite);
    const again = left === undefined ? "now" : await comesAgain(sqlite, left, input, head);
    if (left !== undefined && again === "gone")
      await endUnfinished(sqlite, left, silent, options.signal);
    for (let next: Start | null = null; ;) {
      const begun = sqlite
        .transaction(() => {
          this.refuseStored();
          return beginRecording(sqlite, input, sniffed, options, { silent, next });
        })
        .immediate();
      if ("id" in begun) {
        if (left !== undefined && again !== "now" && begun.importer !== left.importer)
          this.left = { recording_id: left.id, file: left.file, is_kept: again === "gone" };
        return begun;
      }
      next = begun.next;
      await removeDropped(sqlite, options.signal);
    }
  }

  /** Another import may have come to its end since the file was opened. */
  private refuseStored(): void {
    const { sha256, otherSha256 } = this.input;
    refuseMixed(this.sqlite, this.input, otherSha256, this.options.supersedes);
    const known = sha256 === null ? undefined : completeRecording(this.sqlite, sha256);
    if (known !== undefined && isDone(known, this.options)) throw new StoredMeanwhile(known);
  }

  /** Drops what was stored, unless the disk or the lock is what failed. Its rows are still there. */
  drop(why: RolledBackWhy): void {
    this.begun?.pipeline.giveUp();
    this.giveUp(why, dropOwn);
  }

  /** Leaves what was stored as a process that is killed leaves it: nothing can give it again. The next import ends it. */
  leave(why: RolledBackWhy): void {
    this.giveUp(why, leaveOwn);
  }

  private giveUp(why: RolledBackWhy, write: typeof dropOwn): void {
    const { begun } = this;
    if (begun === null) return;
    this.end();
    this.begun = null;
    this.droppedEvents = begun.pipeline.reader.counts.events;
    try {
      this.sqlite.transaction(write).immediate(this.sqlite, begun.start);
    } catch {
      // The next import finds the recording unfinished and does it then.
    }
    tell(() => this.options.listener?.rolledBack(begun.start.id, why));
  }

  /** Drops what was stored, if anything was, and removes its rows. Throws ERR_ABORTED. */
  async remove(why: RolledBackWhy): Promise<void> {
    if (this.begun === null) return;
    this.drop(why);
    await removeDropped(this.sqlite, this.options.signal);
  }

  /** Are the rows of what was dropped last soon removed? */
  get isLeftSmall(): boolean {
    return this.droppedEvents <= SMALL_EVENTS;
  }

  /** Nothing more is written. */
  end(): void {
    this.stopBeating();
    this.begun?.pipeline.close();
  }
}
