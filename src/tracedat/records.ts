// Goes through the stream of a trace.dat, and stands at one record after the other.

import { RecordFormat } from "./record-format.js";
import { type RecordLine } from "./record-line.js";
import {
  FRAME,
  type FormatFrame,
  RECORD_HEAD_BYTES,
  type StreamEnd,
  type StreamHead,
} from "./stream/frames.js";
import { FrameReader } from "./stream/frame-reader.js";

/** A CPU lost events before its next record. */
export interface LostBefore {
  /** The CPU. */
  readonly cpu: number;
  /** How many; null = it is not known. */
  readonly count: number | null;
}

/** Takes what a stream has. */
export interface RecordSink {
  /** What is known of the recording. */
  readonly head?: (head: StreamHead) => void;
  /** The line stands at the next record; `isKnown`: its format is known. */
  readonly record: (isKnown: boolean) => void;
  /** Events were lost. */
  readonly lost?: (lost: LostBefore) => void;
  /** A place of the file is damaged; `says` names it. */
  readonly damage?: (says: string) => void;
  /** The stream is whole. */
  readonly end?: (end: StreamEnd) => void;
}

/** The records of a stream. */
export class Records {
  /** Stands at a record. */
  readonly line: RecordLine;
  private readonly sink: RecordSink;
  private readonly frames: FrameReader;
  private readonly symbols = new Map<number, string>();

  /** `line` stands at each record in turn, and `sink` is told. */
  constructor(line: RecordLine, sink: RecordSink) {
    this.line = line;
    this.sink = sink;
    this.frames = new FrameReader((type, bytes, view, start, end) => {
      if (type !== FRAME.record) this.other(type, bytes.subarray(start, end));
      else if (end - start > RECORD_HEAD_BYTES) sink.record(line.take(bytes, view, start, end));
    });
  }

  /** Takes the next bytes of the stream. The chunk is not kept. */
  feed(chunk: Buffer): void {
    this.frames.feed(chunk);
  }

  /** Nothing more is asked for. */
  stop(): void {
    this.frames.stop();
  }

  private other(type: number, payload: Buffer): void {
    const { sink } = this;
    switch (type) {
      case FRAME.head:
        this.learnHead(JSON.parse(payload.toString()) as StreamHead);
        return;
      case FRAME.format:
        this.learnFormat(JSON.parse(payload.toString()) as FormatFrame);
        return;
      case FRAME.comm:
        this.line.comms.set(payload.readInt32LE(), Buffer.from(payload.subarray(4)));
        return;
      case FRAME.symbol:
        this.symbols.set(payload.readDoubleLE(), payload.toString("latin1", 8));
        return;
      case FRAME.lost: {
        const count = payload.readDoubleLE(4);
        sink.lost?.({ cpu: payload.readUInt32LE(), count: count < 0 ? null : count });
        return;
      }
      case FRAME.damage:
        sink.damage?.(payload.toString("utf8", 8));
        return;
      case FRAME.end:
        sink.end?.(JSON.parse(payload.toString()) as StreamEnd);
        return;
      default:
    }
  }

  private learnHead(head: StreamHead): void {
    this.line.isCounter = head.isCounter;
    this.sink.head?.(head);
  }

  private learnFormat({ id, text }: FormatFrame): void {
    const format = RecordFormat.of(text, this.symbols);
    if (format !== null) this.line.formats[id] = format;
  }
}
