// The importer: finds out what the input is, and sends it through the pipeline.
//
// An import that died is found by its recording, which is still `importing`. The same file takes it
// up again: what is stored is read and folded once more without being written (reading is the cheap
// part), then it goes on. Any other import rolls it back first. Either way the content is that of an
// import that never died.

import { allPlatforms } from "../../platforms/registry.js";
import { type ScratchFile } from "../store/scratch-file.js";
import { throwAsTwinError } from "../store/sqlite-errors.js";
import type Database from "better-sqlite3";
import { ownRules } from "../../domain/platform/read-by.js";
import { isUndecided } from "../../ftrace/choose-rules.js";
import { type FtraceReader } from "../../ftrace/reader.js";
import { ReleaseEvidence } from "../../ftrace/release-evidence.js";
import { SNIFF_BYTES, sniff, type Sniffed } from "../../ftrace/sniff.js";
import { readAnchor, type Anchor } from "./anchor.js";
import { beginRecording, readingOf, type Start } from "./begin.js";
import { inOrder, type Reread } from "./in-order.js";
import { completeRecording, type ImportResult } from "./import-result.js";
import { type Input } from "./input.js";
import { type ImportJudge, type ImportOptions } from "./options.js";
import { Pipeline } from "./pipeline.js";
import { keepBeating, removeOwn, silentImport, type Left } from "./lease.js";
import { refuseClock, refuseSeconds } from "./refuse-clock.js";
import { Spool } from "./spool.js";
import { isDone } from "./same-file.js";
import { refuseSame } from "./supersede.js";

/**
 * Imports one input into an open timeline; `file` is the timeline's path, for messages. If it fails, nothing
 * of the recording stays. Throws ERR_FORMAT_UNKNOWN, ERR_FORMAT_LATENCY, ERR_INPUT_EMPTY, ERR_INPUT_DAMAGED,
 * ERR_KERNEL_UNKNOWN, ERR_IMPORT_RUNNING, ERR_SUPERSEDES, ERR_NO_RECORDING, ERR_USAGE or ERR_DISK_FULL.
 */
export async function importInto(
  sqlite: Database.Database,
  file: string,
  input: Input,
  options: ImportOptions & ImportJudge = {},
): Promise<ImportResult> {
  try {
    const anchor = options.anchor === undefined ? null : await readAnchor(options.anchor);
    const asked = { ...options, anchor };
    const known = input.sha256 === null ? undefined : completeRecording(sqlite, input.sha256);
    if (known !== undefined && isDone(known, asked)) return known;
    const silent = await silentImport(sqlite);
    return await new Import(sqlite, input, asked, silent).run();
  } catch (error) {
    return throwAsTwinError(error, file);
  }
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

/** What the caller says, with the dump that he names. */
type Asked = Omit<ImportOptions, "anchor"> & ImportJudge & { readonly anchor: Anchor | null };

class Import {
  private readonly sqlite: Database.Database;
  readonly input: Input;
  options: Asked;
  private readonly silent: Left | null;
  private start: Start | null = null;
  private stopBeating: () => void = () => undefined;
  private pipeline: Pipeline | null = null;
  sorted: Reread["sorted"] = null;
  private canReadAgain: () => boolean = () => false;

  constructor(sqlite: Database.Database, input: Input, options: Asked, silent: Left | null) {
    this.silent = silent;
    this.sqlite = sqlite;
    this.input = input;
    this.options = options;
  }

  async run(): Promise<ImportResult> {
    try {
      return this.finish(await this.readInOrder());
    } catch (error) {
      if (error instanceof StoredMeanwhile) return error.result;
      this.rollBack();
      throw error;
    } finally {
      this.stopBeating();
      this.pipeline?.close();
    }
  }

  /**
   * Reads the input as it comes, and once more in the order of time if its order turns out to be another. Whoever
   * listens hears each batch once, so for him the order is found out first.
   */
  private async readInOrder(): Promise<Begun> {
    const { input } = this;
    const isHeard = this.options.isHeard?.() ?? false;
    if (input.again === null) return isHeard ? this.readAll(input.chunks) : this.readSpooled();
    if (isHeard) return this.readAgain(null);
    try {
      return await this.readAll(input.chunks, () => true);
    } catch (error) {
      if (!(error instanceof Disorder)) throw error;
    }
    return this.readAgain(null);
  }

  /** Standard input comes only once. */
  private async readSpooled(): Promise<Begun> {
    const spool = new Spool(this.input.chunks);
    try {
      return await this.readAll(spool.chunks(), () => spool.kept !== null);
    } catch (error) {
      if (!(error instanceof Disorder)) throw error;
      await spool.keepRest();
      return await this.readAgain(spool.kept);
    } finally {
      await spool.close();
    }
  }

  /** Reads the input anew, in the order of time; nothing of an earlier reading stays. */
  private async readAgain(kept: ScratchFile | null): Promise<Begun> {
    this.startAnew();
    const reread = await inOrder(this.input, kept);
    this.sorted = reread.sorted;
    try {
      return await this.readAll(reread.chunks);
    } finally {
      reread.close();
    }
  }

  private startAnew(): void {
    const { start } = this;
    this.stopBeating();
    if (start !== null) this.sqlite.transaction(removeOwn).immediate(this.sqlite, start);
    this.start = null;
    this.pipeline?.close();
    this.pipeline = null;
  }

  /**
   * The first bytes are kept until there are enough to judge the recording by. Throws Disorder at a line from which
   * the order of the file seems not to be that of time, if the input can be read again.
   */
  private async readAll(
    chunks: AsyncIterable<Buffer>,
    canReadAgain: () => boolean = () => false,
  ): Promise<Begun> {
    this.canReadAgain = canReadAgain;
    const head: Buffer[] = [];
    let bytes = 0;
    let begun: Begun | null = null;
    for await (const chunk of chunks) {
      if (begun !== null) {
        this.feed(begun.pipeline, chunk);
        continue;
      }
      head.push(Buffer.from(chunk));
      bytes += chunk.length;
      if (bytes < SNIFF_BYTES) continue;
      const first = Buffer.concat(head.splice(0));
      begun = this.begin(first, await this.judged(first.subarray(0, SNIFF_BYTES)));
    }
    if (begun === null) {
      const whole = Buffer.concat(head);
      begun = this.begin(whole, this.sniffed(whole));
    }
    begun.pipeline.flush();
    return begun;
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
    const clockHz = this.options.clockHz ?? sniffed.clockHz ?? undefined;
    this.options = { ...this.options, clockHz };
    const { options } = this;
    refuseSeconds(options, clockUnit);
    const start = sqlite
      .transaction(() => {
        this.refuseStored();
        return beginRecording(sqlite, input, sniffed, options, this.silent);
      })
      .immediate();
    this.start = start;
    this.stopBeating = keepBeating(sqlite, start);
    const isCounter = head.length === 0 ? null : clockUnit === "ticks";
    const pipeline = new Pipeline(sqlite, start, sniffed, {
      ...options,
      isCounter,
      dump: options.anchor,
      lineNumbers: this.sorted?.numbers.next,
      onDisorder: () => {
        if (this.canReadAgain()) throw new Disorder();
      },
    });
    this.pipeline = pipeline;
    this.feed(pipeline, head);
    return { sniffed, start, pipeline };
  }

  /** Another import may have come to its end since the file was opened. */
  private refuseStored(): void {
    const { sha256 } = this.input;
    const known = sha256 === null ? undefined : completeRecording(this.sqlite, sha256);
    if (known !== undefined && isDone(known, this.options)) throw new StoredMeanwhile(known);
  }

  private feed(pipeline: Pipeline, chunk: Buffer): void {
    pipeline.feed(chunk);
    const { counts } = pipeline.reader;
    this.options.onProgress?.({
      bytes: this.input.progress().bytes,
      size: this.input.size,
      lines: counts.total,
      events: counts.events,
    });
  }

  /** Every batch is stored: the recording becomes complete, unless it turns out to be here already. */
  private finish(begun: Begun): ImportResult {
    const { sniffed, pipeline } = begun;
    const sha256 = this.input.progress().sha256();
    const known = this.input.sha256 === null ? this.knownNow(sha256, sniffed) : undefined;
    if (known !== undefined) {
      this.rollBack();
      return known;
    }
    const counted = leftOutOf(pipeline.reader, this.sorted);
    const whole = { ...sniffed, isSorted: this.sorted !== null, leftOut: counted };
    const leftOut = pipeline.complete(sha256, whole);
    return { ...resultOf(begun, sha256, this), leftOut };
  }

  /**
   * Only after its last byte is it known whether standard input held a recording that is here already. Throws
   * ERR_SUPERSEDES if it was to correct another one.
   */
  private knownNow(sha256: string, sniffed: Sniffed): ImportResult | undefined {
    if (this.options.supersedes === undefined) {
      const known = completeRecording(this.sqlite, sha256);
      return known !== undefined && isDone(known, this.options) ? known : undefined;
    }
    refuseSame(this.sqlite, readingOf(sha256, sniffed, this.options));
    return undefined;
  }

  /** Nothing of a failed import stays, unless the disk or the lock is what failed. */
  private rollBack(): void {
    const { sqlite, start } = this;
    if (start === null) return;
    try {
      sqlite.transaction(removeOwn).immediate(sqlite, start);
    } catch {
      // The next import finds the recording unfinished and does it then.
    }
  }
}

/** What the file lacks. Of lines in another order than the file's no header above them can count them. */
function leftOutOf(reader: FtraceReader, sorted: Reread["sorted"]): number | null {
  if (sorted === null) return reader.leftOut;
  return sorted.leftOut ?? (reader.isPart ? 0 : null);
}

/** What the import says of its recording. */
function resultOf(
  { sniffed, start, pipeline }: Begun,
  sha256: string,
  { input, options, sorted }: Pick<Import, "input" | "options" | "sorted">,
): Omit<ImportResult, "leftOut"> {
  const { clockHz, supersedes } = options;
  const { reader } = pipeline;
  return {
    recording_id: start.id,
    file: input.name,
    sha256,
    format: sniffed.format,
    kernel: sniffed.kernel,
    rules: ownRules(sniffed),
    rulesAllowed: sniffed.rulesAllowed,
    rulesRead: sniffed.rules,
    platform: sniffed.platform,
    rulesFrom: sniffed.rulesFrom,
    clockUnit: clockHz === undefined ? sniffed.clockUnit : "ns",
    clockHz: clockHz ?? null,
    lines: { ...reader.counts },
    names: reader.names.counts(),
    events: pipeline.eventsByKind(),
    timeAnomalies: reader.clock.anomalies,
    isSorted: sorted !== null,
    alreadyImported: false,
    supersedes: supersedes ?? null,
    anchor: options.anchor?.identity ?? null,
  };
}
