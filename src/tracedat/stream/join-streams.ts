// The streams of several trace.dat of one boot as one stream: in the order of their times, and a record that several have
// once. Where two have no record in common, each CPU has lost events between them.

import { TwinError } from "../../base/errors.js";
import { stampOf, stampToBigint } from "../../base/stamp.js";
import { type JoinStream } from "../../source/format.js";
import {
  CPU_MASK,
  FRAME,
  RECORD_HEAD_BYTES,
  STREAM_MAGIC,
  WORD_BYTES,
  type FormatFrame,
  type StreamEnd,
  type StreamHead,
} from "./frames.js";
import { FrameReader } from "./frame-reader.js";

const CHUNK_BYTES = 256 * 1024;
const TWO_32 = 0x1_0000_0000;
const CPU_BITS = 30;
/** The first word of a record has the number of its event, which is another one after a reboot or a new probe. */
const ID_BYTES = 2;
const NAME = /^name: (\S+)$/m;

/** One frame, whole. */
interface Frame {
  readonly type: number;
  readonly payload: Buffer;
}

/** A stream that was read once. */
interface Part extends JoinStream {
  readonly head: StreamHead;
  readonly first: bigint;
  readonly last: bigint;
  readonly cpus: ReadonlySet<number>;
}

/** Puts streams together. Throws ERR_JOIN where they are not parts of one trace. */
export async function joinStreams(streams: readonly JoinStream[]): Promise<{
  /** The paths, in the order of their times. */
  readonly files: readonly string[];
  /** The stream. */
  readonly chunks: AsyncIterable<Buffer>;
}> {
  const given: Part[] = [];
  for (const stream of streams) given.push(await partOf(stream));
  const [named] = given;
  if (named === undefined) throw new TwinError("ERR_JOIN", "there is no file to join: name some");
  for (const part of given) refuseOthers(named, part);
  const parts = given.sort((a, b) => (a.first < b.first ? -1 : Number(a.first > b.first)));
  return { files: parts.map(({ path }) => path), chunks: new JoinedStream(parts).chunks() };
}

function refuseOthers(one: Part, other: Part): void {
  const refuse = (what: string, a: unknown, b: unknown): never => {
    throw new TwinError(
      "ERR_JOIN",
      `${one.path} and ${other.path} are not parts of one trace: their ${what} is ${String(a)} and ${String(b)}; import them one by one`,
    );
  };
  const { head } = other;
  if (one.head.release !== head.release) refuse("kernel", one.head.release, head.release);
  if (one.head.isCounter !== head.isCounter) refuse("clock", one.head.clock, head.clock);
  if (one.head.clock !== head.clock && !other.isAheadGiven)
    refuse("clock", one.head.clock, `${String(head.clock)} (give the difference with \`offset\`)`);
}

async function partOf(stream: JoinStream): Promise<Part> {
  let head: StreamHead | null = null;
  let [first, last]: [bigint | null, bigint | null] = [null, null];
  const cpus = new Set<number>();
  for await (const { type, payload } of framesOf(stream)) {
    if (type === FRAME.head) head = JSON.parse(payload.toString()) as StreamHead;
    if (type !== FRAME.record) continue;
    const time = timeOf(payload) - stream.ahead;
    if (time < 0n)
      throw new TwinError("ERR_JOIN", `${stream.path} would begin before its clock: name it first`);
    first = first === null || time < first ? time : first;
    last = last === null || time > last ? time : last;
    cpus.add(cpuOf(payload));
  }
  if (head === null || first === null || last === null)
    throw new TwinError("ERR_JOIN", `${stream.path} has no record: leave it out`);
  return { ...stream, head, first, last, cpus };
}

/** What the parts before have given. */
interface Before {
  /** The records that this part may have too, with their times. */
  readonly known: ReadonlyMap<string, bigint>;
  /** Those of them that it has. */
  readonly seen: Set<string>;
  /** The latest time; null = they have given none. */
  readonly until: bigint | null;
}

class JoinedStream {
  private readonly parts: readonly Part[];
  private readonly cpus: readonly number[];
  /** The latest time that was given; null = none was. */
  private last: bigint | null = null;
  /** Records that a part to come may have too. */
  private kept = new Map<string, bigint>();
  /** The names of events, by the number that they have in the part that is read. */
  private readonly names = new Map<number, string>();
  private isLacking = false;

  constructor(parts: readonly Part[]) {
    this.parts = parts;
    this.cpus = [...new Set(parts.flatMap(({ cpus }) => [...cpus]))].sort((a, b) => a - b);
  }

  async *chunks(): AsyncGenerator<Buffer> {
    let chunks: Buffer[] = [STREAM_MAGIC];
    let size = 0;
    for await (const { type, payload } of this.frames()) {
      const word = Buffer.alloc(WORD_BYTES);
      word.writeUInt32LE(((payload.length << 8) | type) >>> 0);
      chunks.push(word, payload);
      size += payload.length;
      if (size < CHUNK_BYTES) continue;
      yield Buffer.concat(chunks);
      [chunks, size] = [[], 0];
    }
    yield Buffer.concat(chunks);
  }

  private async *frames(): AsyncGenerator<Frame> {
    for (const [i, part] of this.parts.entries()) {
      const next = this.parts.slice(i + 1).map(({ first }) => first)[0] ?? null;
      const isBehindHole = this.last !== null && part.first > this.last;
      if (isBehindHole) for (const cpu of this.cpus) yield lossOf(cpu);
      yield* this.framesOfPart(part, next, i === 0);
    }
    const end: StreamEnd = { lacks: this.isLacking };
    yield { type: FRAME.end, payload: Buffer.from(JSON.stringify(end)) };
  }

  private async *framesOfPart(
    part: Part,
    next: bigint | null,
    isFirst: boolean,
  ): AsyncGenerator<Frame> {
    const before: Before = { known: this.kept, seen: new Set(), until: this.last };
    this.kept = new Map();
    this.names.clear();
    for await (const frame of framesOf(part)) {
      const isGiven =
        frame.type === FRAME.record
          ? this.isNew(part, frame.payload, next, before)
          : this.isGivenBeside(frame, isFirst);
      if (isGiven) yield frame.type === FRAME.record ? moved(frame, part.ahead) : frame;
    }
    const { known, seen, until } = before;
    // What both could have both must have.
    if (until !== null && part.last > until && seen.size < known.size) throw otherwise(part);
    for (const [key, time] of known) this.keep(key, time, next);
  }

  /** Is it a record that no part before has? */
  private isNew(
    part: Part,
    payload: Buffer,
    next: bigint | null,
    { known, seen, until }: Before,
  ): boolean {
    const time = timeOf(payload) - part.ahead;
    const key = this.keyOf(payload, time);
    this.keep(key, time, next);
    if (this.last === null || time > this.last) this.last = time;
    if (known.has(key)) {
      seen.add(key);
      return false;
    }
    if (until !== null && time < until) throw otherwise(part);
    return true;
  }

  /** A part to come may have it too. */
  private keep(key: string, time: bigint, next: bigint | null): void {
    if (next !== null && time >= next) this.kept.set(key, time);
  }

  /** What stands between records: the trace has one head and one end, and a name is kept where one was known. */
  private isGivenBeside({ type, payload }: Frame, isFirst: boolean): boolean {
    if (type === FRAME.head) return isFirst;
    if (type === FRAME.end) {
      this.isLacking ||= (JSON.parse(payload.toString()) as StreamEnd).lacks;
      return false;
    }
    if (type === FRAME.format) {
      const { id, text } = JSON.parse(payload.toString()) as FormatFrame;
      this.names.set(id, NAME.exec(text)?.[1] ?? "");
    }
    return type !== FRAME.comm || isFirst || payload.toString("latin1", 4) !== "<...>";
  }

  private keyOf(payload: Buffer, time: bigint): string {
    const name = this.names.get(payload.readUInt16LE(RECORD_HEAD_BYTES)) ?? "";
    const bytes = payload.toString("latin1", RECORD_HEAD_BYTES + ID_BYTES);
    return `${cpuOf(payload)} ${time} ${name} ${bytes}`;
  }
}

function otherwise({ path }: Part): TwinError {
  return new TwinError(
    "ERR_JOIN",
    `${path} has other records than another file for a time that both have: import them one by one`,
  );
}

function lossOf(cpu: number): Frame {
  const payload = Buffer.alloc(12);
  payload.writeUInt32LE(cpu);
  payload.writeDoubleLE(-1, 4);
  return { type: FRAME.lost, payload };
}

function cpuOf(payload: Buffer): number {
  return payload.readUInt32LE() & CPU_MASK;
}

function timeOf(payload: Buffer): bigint {
  const billions = (payload.readUInt32LE() >>> CPU_BITS) * TWO_32 + payload.readUInt32LE(4);
  return stampToBigint({ billions, rest: payload.readUInt32LE(8) });
}

/** The record by a clock that it is so much ahead of. */
function moved(frame: Frame, ahead: bigint): Frame {
  if (ahead === 0n) return frame;
  const { billions, rest } = stampOf(timeOf(frame.payload) - ahead);
  const payload = Buffer.from(frame.payload);
  const upper = Math.floor(billions / TWO_32) << CPU_BITS;
  payload.writeUInt32LE((upper | cpuOf(payload)) >>> 0);
  payload.writeUInt32LE(billions % TWO_32, 4);
  payload.writeUInt32LE(rest, 8);
  return { type: frame.type, payload };
}

async function* framesOf({ open }: JoinStream): AsyncGenerator<Frame> {
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
