// One of several streams that are joined: what was found in it when it was read once, and its frames.

import { TwinError } from "../../base/errors.js";
import { stampOf, stampToBigint } from "../../base/stamp.js";
import { type Stamp } from "../../domain/values/ids.js";
import { type JoinStream } from "../../source/format.js";
import { type Clocked } from "../../source/join/clocks.js";
import { SharedLines } from "../../source/join/shared-lines.js";
import { CPU_MASK, FRAME, RECORD_HEAD_BYTES, type FormatFrame, type StreamHead } from "./frames.js";
import { FrameReader } from "./frame-reader.js";

const TWO_32 = 0x1_0000_0000;
const CPU_BITS = 30;
/** The first word of a record has the number of its event, which is another one after a reboot or a new probe. */
const ID_BYTES = 2;
const NAME = /^name: (\S+)$/m;

/** One frame, whole. */
export interface Frame {
  /** What it is. */
  readonly type: number;
  /** Its bytes behind the word. */
  readonly payload: Buffer;
}

/** A stream that was read once. */
export interface StreamPart extends JoinStream, Clocked {
  /** What is known of it before its records. */
  readonly head: StreamHead;
  /** The earliest time of its records, by its own clock. */
  readonly first: bigint;
  /** The latest one. */
  readonly last: bigint;
  /** The CPUs of its records. */
  readonly cpus: ReadonlySet<number>;
}

/** Tells what a record says besides its time: its CPU, the name of its event, and its bytes. */
export class RecordTexts {
  /** The names of events by their numbers. */
  private readonly names = new Map<number, string>();

  /** Takes a frame that may be the format of an event. */
  note({ type, payload }: Frame): void {
    if (type !== FRAME.format) return;
    const { id, text } = JSON.parse(payload.toString()) as FormatFrame;
    this.names.set(id, NAME.exec(text)?.[1] ?? "");
  }

  /** What the record says. */
  of(payload: Buffer): string {
    const name = this.names.get(payload.readUInt16LE(RECORD_HEAD_BYTES)) ?? "";
    return `${cpuOf(payload)} ${name} ${payload.toString("latin1", RECORD_HEAD_BYTES + ID_BYTES)}`;
  }
}

/** Reads a stream once. Throws ERR_JOIN where it has no record. */
export async function partOf(stream: JoinStream): Promise<StreamPart> {
  let head: StreamHead | null = null;
  const cpus = new Set<number>();
  const texts = new RecordTexts();
  const shared = new SharedLines();
  let [first, last]: [bigint | null, bigint | null] = [null, null];
  for await (const frame of framesOf(stream)) {
    const { type, payload } = frame;
    if (type === FRAME.head) head = JSON.parse(payload.toString()) as StreamHead;
    texts.note(frame);
    if (type !== FRAME.record) continue;
    const time = timeOf(payload);
    first = first === null || time < first ? time : first;
    last = last === null || time > last ? time : last;
    cpus.add(cpuOf(payload));
    shared.add(texts.of(payload), stampIn(payload));
  }
  if (head === null || first === null || last === null)
    throw new TwinError("ERR_JOIN", `${stream.path} has no record: leave it out`);
  return { ...stream, head, first, last, cpus, shared, clock: head.clock };
}

/** The frames of a stream. */
export async function* framesOf({ open }: JoinStream): AsyncGenerator<Frame> {
  let frames: Frame[] = [];
  const reader = new FrameReader((type, bytes, _view, start, end) => {
    frames.push({ type, payload: Buffer.from(bytes.subarray(start, end)) });
  });
  for await (const chunk of open()) {
    reader.feed(chunk);
    const read = frames;
    frames = [];
    yield* read;
  }
}

/** The time of a record, by the clock of its stream. */
export function timeOf(payload: Buffer): bigint {
  return stampToBigint(stampIn(payload));
}

function stampIn(payload: Buffer): Stamp {
  const billions = (payload.readUInt32LE() >>> CPU_BITS) * TWO_32 + payload.readUInt32LE(4);
  return { billions, rest: payload.readUInt32LE(8) };
}

function cpuOf(payload: Buffer): number {
  return payload.readUInt32LE() & CPU_MASK;
}

/** The record by a clock that its own is so much ahead of. */
export function moved(frame: Frame, ahead: bigint): Frame {
  if (ahead === 0n) return frame;
  const { billions, rest } = stampOf(timeOf(frame.payload) - ahead);
  const payload = Buffer.from(frame.payload);
  const upper = Math.floor(billions / TWO_32) << CPU_BITS;
  payload.writeUInt32LE((upper | cpuOf(payload)) >>> 0);
  payload.writeUInt32LE(billions % TWO_32, 4);
  payload.writeUInt32LE(rest, 8);
  return { type: frame.type, payload };
}

/** The frame that says that a CPU has lost events, and not how many. */
export function lossOf(cpu: number): Frame {
  const payload = Buffer.alloc(12);
  payload.writeUInt32LE(cpu);
  payload.writeDoubleLE(-1, 4);
  return { type: FRAME.lost, payload };
}
