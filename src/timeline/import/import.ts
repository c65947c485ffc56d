// The importer: finds out what the input is, and sends it through the pipeline.
//
// An import that died is found by its recording, which is still `importing`. The same file takes it
// up again: what is stored is read and folded once more without being written (reading is the cheap
// part), then it goes on. Any other import rolls it back first. Either way the content is that of an
// import that never died.

import { isStop, refuseAborted } from "../../base/abort.js";
import { TwinError } from "../../base/errors.js";
import { refuseNoRelease } from "../../platforms/registry.js";
import { type ScratchFile } from "../store/scratch-file.js";
import { isOfMachine, throwAsTwinError } from "../store/sqlite-errors.js";
import type Database from "better-sqlite3";
import { paced } from "./chunks.js";
import { inOrder, type Reread } from "./in-order.js";
import { completeRecording, type ImportResult } from "./import-result.js";
import { openSource, type ImportSource } from "./input.js";
import { type RolledBackWhy } from "./listener.js";
import { type ImportJudge, type ImportOptions } from "./options.js";
import { silentImport } from "./lease.js";
import { OwnRecording, StoredMeanwhile, type Begun } from "./own-recording.js";
import { refuseKey } from "../redact/redaction.js";
import { useCache } from "../store/cache.js";
import { Reading, type ReadingHow } from "./reading.js";
import { removeDropped } from "./remove-recording.js";
import { leftOutOf, takenOut, resultOf, type Asked } from "./result-of.js";
import { Spool } from "./spool.js";
import {
  anchorAsStored,
  erasing,
  redactable,
  refuseMixed,
  refuseOtherKey,
  type RedactableInput,
} from "./redacted-input.js";
import { isDone } from "./same-file.js";
import { knownNow } from "./known-now.js";

/** What was read of a stream is stored within so many milliseconds. */
const FLUSH_MS = 700;

/**
 * Imports one input into an open timeline; `file` is the timeline's path, for messages. If it fails, nothing
 * of the recording stays, unless the machine failed (a full disk) and the input comes only once; if it is stopped, its rows are left to removeDropped(). Throws ERR_FORMAT_UNKNOWN, ERR_FORMAT_LATENCY, ERR_INPUT_EMPTY, ERR_INPUT_DAMAGED,
 * ERR_KERNEL_UNKNOWN, ERR_IMPORT_RUNNING, ERR_SUPERSEDES, ERR_NO_RECORDING, ERR_USAGE, ERR_DISK_FULL or ERR_ABORTED.
 */
export async function importInto(
  sqlite: Database.Database,
  file: string,
  source: ImportSource,
  options: ImportOptions & ImportJudge = {},
): Promise<ImportResult> {
  try {
    const { signal } = options;
    refuseAborted(signal);
    refuseNoRelease(options);
    refuseKey(options);
    const anchor = await anchorAsStored(options);
    const input = redactable(await openSource(source, options), options);
    try {
      refuseOtherKey(sqlite, input);
      return await erasing(sqlite, input, () => importInput(sqlite, input, { ...options, anchor }));
    } catch (error) {
      input.close();
      throw error;
    }
  } catch (error) {
    return throwAsTwinError(error, file);
  }
}

async function importInput(
  sqlite: Database.Database,
  input: RedactableInput,
  asked: Asked,
): Promise<ImportResult> {
  const known = input.sha256 === null ? undefined : completeRecording(sqlite, input.sha256);
  if (known !== undefined && isDone(known, asked)) {
    input.close();
    return known;
  }
  const silent = await silentImport(sqlite, asked.signal);
  const own = new OwnRecording(sqlite, input, asked, silent);
  return await new Import(sqlite, input, asked, own).run();
}

/** From some line on the order of the file seems not to be that of time. */
class Disorder extends Error {}

class Import {
  private readonly sqlite: Database.Database;
  private readonly input: RedactableInput;
  private readonly options: Asked;
  private readonly own: OwnRecording;
  private sorted: Reread["sorted"] = null;

  constructor(
    sqlite: Database.Database,
    input: RedactableInput,
    options: Asked,
    own: OwnRecording,
  ) {
    this.sqlite = sqlite;
    this.input = input;
    this.options = options;
    this.own = own;
  }

  /** If it is stopped, rows of what was dropped are left. */
  async run(): Promise<ImportResult> {
    const { own, options } = this;
    const onClosed = (): void => {
      own.drop("ERR_CLOSED");
    };
    options.closed?.addEventListener("abort", onClosed);
    useCache(this.sqlite, "writing");
    try {
      return await this.finish(await this.readInOrder());
    } catch (error) {
      if (error instanceof StoredMeanwhile) return error.result;
      if (this.input.sha256 === null && isOfMachine(error)) own.leave(codeOf(error));
      else own.drop(codeOf(error));
      // Who stops the import of a large one does not wait. Where the disk or the lock failed, the next import does it.
      if (!isStop(error) || own.isLeftSmall)
        await removeDropped(this.sqlite, options.closed).catch(() => undefined);
      throw error;
    } finally {
      options.closed?.removeEventListener("abort", onClosed);
      own.end();
      useCache(this.sqlite, "waiting");
    }
  }

  /**
   * Reads the input as it comes, and once more in the order of time if its order turns out to be another. Whoever
   * listens hears each batch of a file once, so for him the order is found out first.
   */
  private async readInOrder(): Promise<Begun> {
    const { input } = this;
    if (input.again === null) return this.readSpooled();
    if (this.options.isHeard?.() ?? false) return this.readAgain(null);
    try {
      return await this.reading({ onDisorder: throwDisorder }).read(input.chunks);
    } catch (error) {
      if (!(error instanceof Disorder)) throw error;
    }
    await this.own.remove("order");
    return this.readAgain(null);
  }

  /**
   * Standard input and streams come only once, and readers may wait for each line. So a line out of order ends the
   * first reading only while nothing was stored because of a pause; after that its place is found at the end.
   */
  private async readSpooled(): Promise<Begun> {
    const spool = new Spool(this.input.chunks);
    const seen = { pause: false, disorder: false };
    const reading = this.reading({
      onDisorder: () => {
        seen.disorder = true;
        if (!seen.pause && spool.kept !== null) throw new Disorder();
      },
      onPause: () => {
        seen.pause = true;
      },
    });
    try {
      const begun = await reading.read(paced(spool.chunks(), FLUSH_MS));
      if (!seen.disorder || spool.kept === null) return begun;
      return await this.readAgain(spool.kept, begun);
    } catch (error) {
      if (!(error instanceof Disorder)) throw error;
      await spool.keepRest();
      await this.own.remove("order");
      return await this.readAgain(spool.kept);
    } finally {
      spool.close();
    }
  }

  /**
   * Reads the input anew, in the order of time; nothing of an earlier reading stays. `begun`: the input in the order of
   * the file, which stays if that is all the order there is.
   */
  private async readAgain(kept: ScratchFile | null, begun: Begun | null = null): Promise<Begun> {
    const reread = await inOrder(this.input, kept, this.options.signal);
    try {
      if (begun !== null && reread.sorted === null) return begun;
      await this.own.remove("order");
      const { sorted } = reread;
      this.sorted = sorted;
      return await this.reading({ sorted }).read(reread.chunks);
    } finally {
      reread.close();
    }
  }

  private reading(how: ReadingHow): Reading {
    return new Reading(this.input, this.options, this.own, how);
  }

  /** Every batch is stored: the recording becomes complete, unless it turns out to be here already. */
  private async finish(begun: Begun): Promise<ImportResult> {
    const { sniffed, pipeline } = begun;
    const sha256 = this.input.hash();
    refuseMixed(this.sqlite, this.input, this.input.otherHash(), this.options.supersedes);
    const known =
      this.input.sha256 === null ? knownNow(this.sqlite, sha256, sniffed, this.options) : undefined;
    if (known !== undefined) {
      await this.own.remove("known");
      return known;
    }
    const counted = leftOutOf(pipeline.reader, this.sorted);
    const { input, options, sorted } = this;
    const taken = takenOut(pipeline.reader, input);
    const notes = [...(options.notes ?? []), ...taken];
    const whole = { ...sniffed, isSorted: sorted !== null, leftOut: counted, notes: taken };
    const left_out = await pipeline.complete(sha256, whole);
    return {
      ...resultOf(begun, sha256, { input, options, sorted, notes }),
      left_out,
      left: this.own.left,
    };
  }
}

function throwDisorder(): never {
  throw new Disorder();
}

/** The code of the error that the caller will get. */
function codeOf(error: unknown): RolledBackWhy {
  try {
    return throwAsTwinError(error, "");
  } catch (told) {
    return told instanceof TwinError ? told.code : "ERR_INTERNAL";
  }
}
