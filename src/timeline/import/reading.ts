// One reading of an input: its first bytes tell how it is read, and then each chunk goes through the pipeline.

import { refuseAborted } from "../../base/abort.js";
import { nextTurn } from "../../base/steps.js";
import { SNIFF_BYTES, type Sniffed } from "../../source/sniffed.js";
import { piecesOf } from "./chunks.js";
import { Head, saySame } from "./head.js";
import { type Reread } from "./in-order.js";
import { tell } from "./listener.js";
import { type Begun, type OwnRecording } from "./own-recording.js";
import { type Pipeline } from "./pipeline.js";
import { recognized, recognizedEarly, recognizedWhole } from "./recognize.js";
import { type RedactableInput } from "./redacted-input.js";
import { type Asked } from "./result-of.js";

/** How an input is read. */
export interface ReadingHow {
  /** How its lines were put in order before; absent or null = they were not. */
  readonly sorted?: Reread["sorted"];
  /** Is called where a line is not in the order of time. What it throws ends the reading. */
  readonly onDisorder?: () => void;
  /** Is called where the source pauses. */
  readonly onPause?: () => void;
}

/** Reads an input once. */
export class Reading {
  private readonly input: RedactableInput;
  private readonly options: Asked;
  private readonly own: OwnRecording;
  private readonly how: ReadingHow;
  /** Decompressed bytes that it has used. */
  private used = 0;

  /** `own`: what it stores. */
  constructor(input: RedactableInput, options: Asked, own: OwnRecording, how: ReadingHow) {
    this.input = input;
    this.options = options;
    this.own = own;
    this.how = how;
  }

  /**
   * The first bytes are kept until there are enough to judge the recording by, or until `null` says that the source
   * pauses: then what is there decides until there is more.
   */
  async read(chunks: AsyncIterable<Buffer | null>): Promise<Begun> {
    let head: Head | null = new Head();
    for await (const chunk of chunks) {
      refuseAborted(this.options.signal);
      if (chunk === null) {
        this.how.onPause?.();
        if (head !== null) await this.beginEarly(head);
        this.own.begun?.pipeline.flushPart();
        continue;
      }
      if (head === null) {
        this.feed(chunk);
        continue;
      }
      head.add(chunk);
      if (head.isFull) {
        await this.settle(head, await this.judged(head), chunk);
        head = null;
      } else this.feed(chunk);
    }
    const begun =
      head === null
        ? this.own.begun
        : await this.settle(head, recognized(head.whole, this.options), null);
    if (begun === null) throw new Error("an input ended before it began");
    begun.pipeline.flush();
    this.tellProgress(begun.pipeline);
    return begun;
  }

  /** A source pauses: what it has shown decides how it is read, if it tells. Later bytes may decide otherwise. */
  private async beginEarly(head: Head): Promise<void> {
    const lines = head.moreLines();
    const sniffed = lines === null ? null : recognizedEarly(lines, this.options);
    if (sniffed?.hasLines === true) await this.beginWith(head, sniffed);
  }

  /** What an input is, is certain: what was read otherwise is read anew. `last`: what is not fed yet of the head. */
  private async settle(head: Head, sniffed: Sniffed, last: Buffer | null): Promise<Begun> {
    const before = this.own.begun;
    const begun = await this.beginWith(head, sniffed);
    if (begun === before && last !== null) this.feed(last);
    return begun;
  }

  private judged({ whole }: Head): Promise<Sniffed> {
    return recognizedWhole(whole.subarray(0, SNIFF_BYTES), this.options, this.input);
  }

  /** Reads the first bytes by what they are judged to be, unless they are read so already. */
  private async beginWith({ whole }: Head, sniffed: Sniffed): Promise<Begun> {
    const { own, options, how } = this;
    if (own.begun !== null && saySame(own.begun.sniffed, sniffed)) return own.begun;
    await own.remove("sniffed");
    this.used = 0;
    const { sorted, onDisorder = () => undefined } = how;
    const begun = await own.begin(whole, sniffed, {
      lineNumbers: sorted?.numbers.next,
      onDisorder,
    });
    for (const piece of piecesOf(whole)) {
      await nextTurn();
      refuseAborted(options.signal);
      this.feed(piece);
    }
    return begun;
  }

  private feed(chunk: Buffer): void {
    const { own } = this;
    if (own.begun === null) return;
    const { pipeline } = own.begun;
    pipeline.feed(chunk);
    this.used += chunk.length;
    this.tellProgress(pipeline);
  }

  private tellProgress({ reader }: Pipeline): void {
    const { options, input, used } = this;
    const { total: lines, events } = reader.counts;
    const bytes = input.storedAt(used);
    tell(() => options.onProgress?.({ bytes, size: input.size, lines, events }));
  }
}
