// The streams of several trace.dat of one boot as one stream: in the order of their times, and a record that several have
// once. Where two have no record in common, each CPU has lost events between them.

import { TwinError } from "../../base/errors.js";
import { type JoinStream } from "../../source/format.js";
import { aheadsOf, confirmedBy } from "../../source/join/clocks.js";
import { FRAME, STREAM_MAGIC, WORD_BYTES, type StreamEnd, type StreamHead } from "./frames.js";
import {
  framesOf,
  lossOf,
  moved,
  partOf,
  RecordTexts,
  timeOf,
  type Frame,
  type StreamPart,
} from "./stream-part.js";

const CHUNK_BYTES = 256 * 1024;

/** A stream whose times are those of the first file's clock, and by how much its own is ahead of it. */
interface Part extends StreamPart {
  readonly ahead: bigint;
}

/**
 * Puts streams together. `aheads`: by how much the clock of each but the first is ahead of the first one's; null = records
 * that files have in common tell it. Throws ERR_JOIN where they are not parts of one trace.
 */
export async function joinStreams(
  streams: readonly JoinStream[],
  aheads: readonly bigint[] | null,
): Promise<{
  /** The paths, in the order of their times. */
  readonly files: readonly string[];
  /** How many records that two files have confirm the differences of the clocks; null = enough to know them by. */
  readonly confirmed: number | null;
  /** The stream. */
  readonly chunks: AsyncIterable<Buffer>;
}> {
  const given: StreamPart[] = [];
  for (const stream of streams) given.push(await partOf(stream));
  if (given.length === 0) throw new TwinError("ERR_JOIN", "there is no file to join: name some");
  refuseOthers(given);
  const ahead = aheadsOf(given, aheads);
  const parts = given.map((part, i) => withClock(part, ahead[i] ?? 0n));
  parts.sort((a, b) => (a.first < b.first ? -1 : Number(a.first > b.first)));
  return {
    files: parts.map(({ path }) => path),
    confirmed: confirmedBy(given, ahead),
    chunks: new JoinedStream(parts).chunks(),
  };
}

/** What a file does not say contradicts none that says it. */
function refuseOthers(parts: readonly StreamPart[]): void {
  for (const other of parts)
    for (const one of parts) {
      refuseOther([one, other], "kernel", ({ head }) => head.release);
      refuseOther([one, other], "clock", ({ head: { clock, isCounter } }) =>
        clock === null ? null : isCounter ? "a count of ticks" : "in nanoseconds",
      );
    }
}

function refuseOther(
  [one, other]: readonly [StreamPart, StreamPart],
  what: string,
  says: (part: StreamPart) => string | null,
): void {
  const [a, b] = [says(one), says(other)];
  if (a === null || b === null || a === b) return;
  throw new TwinError(
    "ERR_JOIN",
    `${one.path} and ${other.path} are not parts of one trace: their ${what} is ${a} and ${b}; import them one by one`,
  );
}

function withClock(part: StreamPart, ahead: bigint): Part {
  const [first, last] = [part.first - ahead, part.last - ahead];
  if (first < 0n)
    throw new TwinError("ERR_JOIN", `${part.path} would begin before its clock: name it first`);
  return { ...part, ahead, first, last };
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
  private texts = new RecordTexts();
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
    yield { type: FRAME.head, payload: jsonOf(this.head()) };
    for (const [i, part] of this.parts.entries()) {
      const next = this.parts.slice(i + 1).map(({ first }) => first)[0] ?? null;
      const isBehindHole = this.last !== null && part.first > this.last;
      if (isBehindHole) for (const cpu of this.cpus) yield lossOf(cpu);
      yield* this.framesOfPart(part, next, i === 0);
    }
    yield { type: FRAME.end, payload: jsonOf({ lacks: this.isLacking }) };
  }

  /** The clock is that of the file whose clock no other is put into; the kernel is told by any. */
  private head(): StreamHead {
    const heads = this.parts.filter(({ ahead }) => ahead === 0n).map(({ head }) => head);
    const isCounter = heads.some((head) => head.isCounter);
    const clock = heads.find((head) => head.clock !== null)?.clock ?? null;
    const release = this.parts.find(({ head }) => head.release !== null)?.head.release ?? null;
    return { release, clock, isCounter };
  }

  private async *framesOfPart(
    part: Part,
    next: bigint | null,
    isFirst: boolean,
  ): AsyncGenerator<Frame> {
    const before: Before = { known: this.kept, seen: new Set(), until: this.last };
    this.kept = new Map();
    this.texts = new RecordTexts();
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
    const key = `${time} ${this.texts.of(payload)}`;
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
  private isGivenBeside(frame: Frame, isFirst: boolean): boolean {
    const { type, payload } = frame;
    if (type === FRAME.head) return false;
    if (type === FRAME.end) {
      this.isLacking ||= (JSON.parse(payload.toString()) as StreamEnd).lacks;
      return false;
    }
    this.texts.note(frame);
    return type !== FRAME.comm || isFirst || payload.toString("latin1", 4) !== "<...>";
  }
}

function otherwise({ path }: Part): TwinError {
  return new TwinError(
    "ERR_JOIN",
    `${path} has other records than another file for a time that both have: import them one by one`,
  );
}

function jsonOf(value: StreamHead | StreamEnd): Buffer {
  return Buffer.from(JSON.stringify(value));
}
