// The importer: finds out what the input is, and sends it through the pipeline.
//
// An import that died is found by its recording, which is still `importing`. The same file takes it
// up again: what is stored is read and folded once more without being written (reading is the cheap
// part), then it goes on. Any other import rolls it back first. Either way the content is that of an
// import that never died.

import { refuseAborted } from "../../base/abort.js";
import { TwinError } from "../../base/errors.js";
import { nextTurn } from "../../base/steps.js";
import { allPlatforms } from "../../platforms/registry.js";
import { type ScratchFile } from "../store/scratch-file.js";
import { throwAsTwinError } from "../store/sqlite-errors.js";
import type Database from "better-sqlite3";
import { isUndecided } from "../../ftrace/choose-rules.js";
import { ReleaseEvidence } from "../../ftrace/release-evidence.js";
import { SNIFF_BYTES, sniff, type Sniffed } from "../../ftrace/sniff.js";
import { readAnchor } from "./anchor.js";
import { beginRecording, readingOf, type Start } from "./begin.js";
import { paced, piecesOf } from "./chunks.js";
import { Head, saySame } from "./head.js";
import { inOrder, type Reread } from "./in-order.js";
import { completeRecording, type ImportResult } from "./import-result.js";
import { openSource, type Input, type ImportSource } from "./input.js";
import { tell, type RolledBackWhy } from "./listener.js";
import { type ImportJudge, type ImportOptions } from "./options.js";
import { Pipeline } from "./pipeline.js";
import { keepBeating, removeOwn, silentImport, type Left } from "./lease.js";
import { refuseClock, refuseSeconds } from "./refuse-clock.js";
import { leftOutOf, resultOf, withClock, type Asked } from "./result-of.js";
import { Spool } from "./spool.js";
import { isDone } from "./same-file.js";
import { refuseSame } from "./supersede.js";

/** What was read of a stream is stored within so many milliseconds. */
const FLUSH_MS = 700;

/**
 * Imports one input into an open timeline; `file` is the timeline's path, for messages. If it fails, nothing
 * of the recording stays. Throws ERR_FORMAT_UNKNOWN, ERR_FORMAT_LATENCY, ERR_INPUT_EMPTY, ERR_INPUT_DAMAGED,
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
    const anchor = options.anchor === undefined ? null : await readAnchor(options.anchor);
    const input = await openSource(source, options);
    try {
      return await importInput(sqlite, input, { ...options, anchor });
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
  input: Input,
  asked: Asked,
): Promise<ImportResult> {
  const known = input.sha256 === null ? undefined : completeRecording(sqlite, input.sha256);
  if (known !== undefined && isDone(known, asked)) {
    input.close();
    return known;
  }
  const silent = await silentImport(sqlite, asked.signal);
  return await new Import(sqlite, input, asked, silent).run();
}

/** What is known once the first bytes of an input are read. */
interface Begun {
  readonly sniffed: Sniffed;
  readonly start: Start;
  readonly pipeline: Pipeline;
}

/** From some line on the order of the file seems not to be that of time. */
class Disorder extends Error {}

/** Another import has stored the same file meanwhile. */
class StoredMeanwhile extends Error {
  readonly result: ImportResult;

  constructor(result: ImportResult) {
    super("the same file was imported meanwhile");
    this.result = result;
  }
}

class Import {
  private readonly sqlite: Database.Database;
  readonly input: Input;
  options: Asked;
  private readonly silent: Left | null;
  private begun: Begun | null = null;
  private stopBeating: () => void = () => undefined;
  sorted: Reread["sorted"] = null;
  private onDisorder: () => void = () => undefined;

  constructor(sqlite: Database.Database, input: Input, options: Asked, silent: Left | null) {
    this.silent = silent;
    this.sqlite = sqlite;
    this.input = input;
    this.options = options;
  }

  async run(): Promise<ImportResult> {
    try {
      return await this.finish(await this.readInOrder());
    } catch (error) {
      if (error instanceof StoredMeanwhile) return error.result;
      this.rollBack(codeOf(error));
      throw error;
    } finally {
      this.stopBeating();
      this.begun?.pipeline.close();
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
    this.onDisorder = throwDisorder;
    try {
      return await this.readAll(input.chunks);
    } catch (error) {
      if (!(error instanceof Disorder)) throw error;
    }
    this.startAnew("order");
    return this.readAgain(null);
  }

  /**
   * Standard input and streams come only once, and readers may wait for each line. So a line out of order ends the
   * first reading only while nothing was stored because of a pause; after that its place is found at the end.
   */
  private async readSpooled(): Promise<Begun> {
    const spool = new Spool(this.input.chunks);
    const seen = { pause: false, disorder: false };
    this.onDisorder = () => {
      seen.disorder = true;
      if (!seen.pause && spool.kept !== null) throw new Disorder();
    };
    try {
      const chunks = paced(spool.chunks(), FLUSH_MS);
      const begun = await this.readAll(chunks, () => (seen.pause = true));
      if (!seen.disorder || spool.kept === null) return begun;
      return await this.readAgain(spool.kept, begun);
    } catch (error) {
      if (!(error instanceof Disorder)) throw error;
      await spool.keepRest();
      this.startAnew("order");
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
      if (begun !== null) this.startAnew("order");
      this.sorted = reread.sorted;
      this.onDisorder = () => undefined;
      return await this.readAll(reread.chunks);
    } finally {
      reread.close();
    }
  }

  /** Nothing of what was read stays. */
  private startAnew(why: RolledBackWhy): void {
    const { begun } = this;
    this.stopBeating();
    if (begun === null) return;
    this.begun = null;
    begun.pipeline.close();
    this.sqlite.transaction(removeOwn).immediate(this.sqlite, begun.start);
    this.tellRolledBack(begun.start, why);
  }

  /**
   * The first bytes are kept until there are enough to judge the recording by, or until `null` says that the source
   * pauses: then what is there decides until there is more.
   */
  private async readAll(
    chunks: AsyncIterable<Buffer | null>,
    onPause: () => unknown = () => undefined,
  ): Promise<Begun> {
    let head: Head | null = new Head();
    for await (const chunk of chunks) {
      refuseAborted(this.options.signal);
      if (chunk === null) {
        onPause();
        if (head !== null) await this.beginEarly(head);
        this.begun?.pipeline.flushPart();
        continue;
      }
      if (head === null) {
        this.feed(chunk);
        continue;
      }
      head.add(chunk);
      if (head.isFull) {
        await this.settle(head, await this.judged(head.whole.subarray(0, SNIFF_BYTES)), chunk);
        head = null;
      } else if (this.begun !== null) this.feed(chunk);
    }
    const begun =
      head === null ? this.begun : await this.settle(head, this.sniffed(head.whole), null);
    if (begun === null) throw new Error("an input ended before it began");
    begun.pipeline.flush();
    return begun;
  }

  /** A source pauses: what it has shown decides how it is read, if it tells. Later bytes may decide otherwise. */
  private async beginEarly(head: Head): Promise<void> {
    const lines = head.moreLines();
    const sniffed = lines === null ? null : this.sniffedIfItTells(lines);
    if (sniffed?.hasLines === true) await this.beginWith(head, sniffed);
  }

  /** What an input is, is certain: what was read otherwise is read anew. `last`: what is not fed yet of the head. */
  private async settle(head: Head, sniffed: Sniffed, last: Buffer | null): Promise<Begun> {
    const before = this.begun;
    const begun = await this.beginWith(head, sniffed);
    if (begun === before && last !== null) this.feed(last);
    return begun;
  }

  /** Reads the first bytes by what they are judged to be, unless they are read so already. */
  private async beginWith(head: Head, sniffed: Sniffed): Promise<Begun> {
    if (this.begun !== null && saySame(this.begun.sniffed, sniffed)) return this.begun;
    this.startAnew("sniffed");
    const { whole } = head;
    const begun = this.begin(whole, sniffed);
    this.begun = begun;
    tell(() => this.options.listener?.began(begun.start.id, begun.pipeline.state));
    for (const piece of piecesOf(whole)) {
      await nextTurn();
      refuseAborted(this.options.signal);
      this.feed(piece);
    }
    return begun;
  }

  /** What the lines of a source that pauses tell; null = nothing yet. */
  private sniffedIfItTells(lines: Buffer): Sniffed | null {
    try {
      return this.sniffed(lines);
    } catch (error) {
      if (error instanceof TwinError) return null;
      throw error;
    }
  }

  private sniffed(head: Buffer, evidence?: ReleaseEvidence): Sniffed {
    return sniff(head, { ...this.options, platforms: allPlatforms() }, evidence);
  }

  /**
   * What the first bytes say. Where they do not tell the release, all lines of a file are asked before the first of
   * them is read: the rules decide how lines are read.
   */
  private async judged(head: Buffer): Promise<Sniffed> {
    const sniffed = this.sniffed(head);
    const again = isUndecided(sniffed) ? this.input.again : null;
    if (again === null) return sniffed;
    const evidence = new ReleaseEvidence(sniffed.prefix);
    for await (const chunk of again()) evidence.feed(chunk);
    return this.sniffed(head, evidence);
  }

  private begin(head: Buffer, sniffed: Sniffed): Begun {
    const { sqlite, input } = this;
    const { clockUnit } = sniffed;
    refuseClock(this.options, clockUnit);
    const options = withClock(this.options, sniffed);
    refuseSeconds(options, clockUnit);
    const start = sqlite
      .transaction(() => {
        this.refuseStored();
        return beginRecording(sqlite, input, sniffed, options, this.silent);
      })
      .immediate();
    this.stopBeating = keepBeating(sqlite, start);
    const isCounter = head.length === 0 ? null : clockUnit === "ticks";
    const pipeline = new Pipeline(sqlite, start, sniffed, {
      ...options,
      isCounter,
      dump: options.anchor,
      lineNumbers: this.sorted?.numbers.next,
      onDisorder: () => {
        this.onDisorder();
      },
    });
    return { sniffed, start, pipeline };
  }

  /** Another import may have come to its end since the file was opened. */
  private refuseStored(): void {
    const { sha256 } = this.input;
    const known = sha256 === null ? undefined : completeRecording(this.sqlite, sha256);
    if (known !== undefined && isDone(known, this.options)) throw new StoredMeanwhile(known);
  }

  private feed(chunk: Buffer): void {
    const { begun, options, input } = this;
    if (begun === null) return;
    const { pipeline } = begun;
    pipeline.feed(chunk);
    const { total: lines, events } = pipeline.reader.counts;
    const { bytes } = input.progress();
    tell(() => options.onProgress?.({ bytes, size: input.size, lines, events }));
  }

  /** Every batch is stored: the recording becomes complete, unless it turns out to be here already. */
  private async finish(begun: Begun): Promise<ImportResult> {
    const { sniffed, pipeline } = begun;
    const sha256 = this.input.progress().sha256();
    const known = this.input.sha256 === null ? this.knownNow(sha256, sniffed) : undefined;
    if (known !== undefined) {
      this.rollBack("known");
      return known;
    }
    const counted = leftOutOf(pipeline.reader, this.sorted);
    const whole = { ...sniffed, isSorted: this.sorted !== null, leftOut: counted };
    const left_out = await pipeline.complete(sha256, whole);
    return { ...resultOf(begun, sha256, this), left_out };
  }

  /**
   * Only after its last byte is it known whether standard input held a recording that is here already. Throws
   * ERR_SUPERSEDES if it was to correct another one.
   */
  private knownNow(sha256: string, sniffed: Sniffed): ImportResult | undefined {
    const options = withClock(this.options, sniffed);
    if (options.supersedes === undefined) {
      const known = completeRecording(this.sqlite, sha256);
      return known !== undefined && isDone(known, options) ? known : undefined;
    }
    refuseSame(this.sqlite, readingOf(sha256, sniffed, options));
    return undefined;
  }

  /** Nothing of a failed import stays, unless the disk or the lock is what failed. */
  private rollBack(why: RolledBackWhy): void {
    const { begun } = this;
    if (begun === null) return;
    this.begun = null;
    begun.pipeline.close();
    try {
      this.sqlite.transaction(removeOwn).immediate(this.sqlite, begun.start);
    } catch {
      // The next import finds the recording unfinished and does it then.
    }
    this.tellRolledBack(begun.start, why);
  }

  private tellRolledBack({ id }: Start, why: RolledBackWhy): void {
    tell(() => this.options.listener?.rolledBack(id, why));
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
