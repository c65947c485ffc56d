// Makes a trace.dat into a stream of frames: its records in the order of time, and each format, each task's name and
// each damage in front of the record where it is first of use.

import { type WholeFile } from "../../source/whole-file.js";
import { stampOf } from "../../base/stamp.js";
import { type Stamp } from "../../domain/values/ids.js";
import { type RingBuffer } from "../file/contents.js";
import { damageBehind } from "../file/behind.js";
import { Damage } from "../file/damage.js";
import { openTraceDat, type Opened } from "../file/open.js";
import { type Tsc2Nsec } from "../file/options.js";
import { CpuRecords } from "../ring/cpu-records.js";
import { Merge } from "../ring/merge.js";
import { PageOrder } from "../ring/page-order.js";
import { pagesOf } from "../ring/part-pages.js";
import { wholeParts } from "../ring/whole-parts.js";
import { FRAME, RECORD_HEAD_BYTES, type StreamEnd, type StreamHead } from "./frames.js";
import { FrameWriter } from "./frame-writer.js";
import { Introductions } from "./introductions.js";
import { LossCount } from "./losses.js";

/** More damages than these are one: a file that is none would make one of each page. */
const DAMAGES_MAX = 10_000;

/** The stream of a file. Throws ERR_INPUT_DAMAGED or ERR_FORMAT_UNKNOWN where it cannot be read. */
export function unpack(file: WholeFile): Iterable<Buffer> {
  const opened = openTraceDat(file);
  return new Unpacking(file, opened, bufferToRead(opened)).chunks();
}

/** The top instance if it has data, else the first one that has. */
function bufferToRead({ buffers }: Opened): RingBuffer | undefined {
  return buffers.find(({ parts }) => parts.some(({ size }) => size > 0)) ?? buffers[0];
}

class Unpacking {
  private readonly file: WholeFile;
  private readonly opened: Opened;
  private readonly buffer: RingBuffer | undefined;
  private readonly writer = new FrameWriter();
  private readonly introductions: Introductions;
  private readonly losses = new LossCount();
  private readonly convert: ((stamp: Stamp) => Stamp) | null;
  private damages: Damage[];
  private damageCount = 0;

  constructor(file: WholeFile, opened: Opened, buffer: RingBuffer | undefined) {
    this.file = file;
    this.opened = opened;
    this.buffer = buffer;
    this.introductions = new Introductions(opened.texts);
    this.convert = conversionOf(opened.options.tsc2nsec, opened.options.offset);
    this.damages = [...opened.damages, ...this.otherBuffers()];
  }

  *chunks(): Generator<Buffer> {
    const { writer } = this;
    writer.begin();
    yield* this.frame(FRAME.head, jsonOf(this.head()));
    const cpus = this.cpus();
    const merge = new Merge(cpus.filter((cpu) => cpu.next()));
    for (const cpu of cpus) if (merge.first === undefined) yield* this.lost(cpu);
    for (let cpu = merge.first; cpu !== undefined; cpu = merge.first) {
      if (cpu.missed !== null) yield* this.lost(cpu);
      const frames = this.introductions.before(cpu);
      if (frames === null)
        this.note(new Damage(cpu.offset, "the file has no format for the event of the record"));
      if (this.damages.length > 0) yield* this.sayDamages();
      if (frames !== null) {
        for (const { type, payload } of frames) yield* this.frame(type, payload);
        const room = RECORD_HEAD_BYTES + cpu.length + 4;
        if (writer.isFullFor(room)) {
          yield writer.take();
          writer.growFor(room);
        }
        writer.record(cpu, this.convert === null ? cpu : this.convert(cpu));
      }
      if (cpu.next()) merge.moved();
      else {
        if (cpu.missed !== null) yield* this.lost(cpu);
        merge.ended();
      }
    }
    // The places of the records do not depend on what stands behind them.
    const behind = damageBehind(this.file, this.opened);
    if (behind !== null) this.note(behind);
    yield* this.sayDamages();
    const end: StreamEnd = { lacks: this.losses.lacks(this.opened.options.stats) };
    yield* this.frame(FRAME.end, jsonOf(end));
    yield writer.take();
  }

  private head(): StreamHead {
    const { release, tsc2nsec } = this.opened.options;
    const clock = this.buffer?.clock ?? this.opened.options.clock;
    return { release, clock, isCounter: tsc2nsec === null && !isInNanoseconds(clock) };
  }

  private cpus(): CpuRecords[] {
    const { file, opened, buffer } = this;
    if (buffer === undefined) return [];
    const onDamage = (damage: Damage): void => {
      this.note(damage);
    };
    const decompressor = buffer.isCompressed ? opened.decompressor : null;
    const of = { file, pageSize: buffer.pageSize, decompressor, onDamage };
    return wholeParts(buffer.parts, file.size, onDamage).map(
      (part) =>
        new CpuRecords(part.cpu, new PageOrder(pagesOf(part, of), opened.page, onDamage), onDamage),
    );
  }

  private note(damage: Damage): void {
    this.damageCount++;
    if (this.damageCount <= DAMAGES_MAX) this.damages.push(damage);
  }

  private *sayDamages(): Generator<Buffer> {
    const { damages } = this;
    this.damages = [];
    for (const { offset, message } of damages) {
      const place = Buffer.alloc(8);
      place.writeDoubleLE(offset);
      yield* this.frame(FRAME.damage, Buffer.concat([place, Buffer.from(message)]));
    }
  }

  private *lost({ cpu, missed }: CpuRecords): Generator<Buffer> {
    if (missed === null) return;
    const count = missed === "unknown" ? null : missed;
    this.losses.note(cpu, count);
    const payload = Buffer.alloc(12);
    payload.writeUInt32LE(cpu);
    payload.writeDoubleLE(count ?? -1, 4);
    yield* this.frame(FRAME.lost, payload);
  }

  private *frame(type: number, payload: Buffer): Generator<Buffer> {
    const { writer } = this;
    if (writer.isFullFor(payload.length)) {
      yield writer.take();
      writer.growFor(payload.length);
    }
    writer.frame(type, payload);
  }

  /** What other instances have recorded is not read: the same event may be in several of them. */
  private otherBuffers(): Damage[] {
    return this.opened.buffers
      .filter((each) => each !== this.buffer)
      .flatMap(({ name, parts }) => {
        const first = parts.find(({ size }) => size > 0);
        const says = `the buffer of instance ${JSON.stringify(name)} is not read, only one is`;
        return first === undefined ? [] : [new Damage(first.offset, says)];
      });
  }
}

function jsonOf(value: StreamHead | StreamEnd): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Clocks whose stamps are nanoseconds (lib/trace-cmd/trace-input.c, extract_trace_clock). */
function isInNanoseconds(clock: string | null): boolean {
  return clock === null || /^(?:local|global|perf|mono.*|boot|tai|tsc2nsec)$/.test(clock);
}

/** What makes the ring's stamps those that trace-cmd prints (timestamp_calc); null = they are so already. */
function conversionOf(tsc2nsec: Tsc2Nsec | null, offset: bigint): ((stamp: Stamp) => Stamp) | null {
  if (tsc2nsec === null && offset === 0n) return null;
  const mult = BigInt(tsc2nsec?.mult ?? 1);
  const shift = BigInt(tsc2nsec?.shift ?? 0);
  return ({ billions, rest }) => {
    const ticks = BigInt(billions) * 1_000_000_000n + BigInt(rest);
    return stampOf(BigInt.asUintN(64, ((ticks * mult) >> shift) + offset));
  };
}
