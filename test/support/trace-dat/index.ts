// Makes a trace.dat of version 6 or 7 from the text of an ftrace recording: the same events in trace-cmd's binary form.
// Source: trace-cmd.dat.v6.5.txt and trace-cmd.dat.v7.5.txt of trace-cmd.

import { deflateSync } from "node:zlib";
import { encoderOf, type EventEncoder } from "./event-encoder.js";
import { RingEncoder } from "./ring-encoder.js";
import { MadeUpSymbols } from "./symbols.js";
import { textRecords, type TextRecord } from "./text-records.js";

/** How the file is made. */
export interface TraceDatOptions {
  readonly version?: 6 | 7;
  /** Of version 7. */
  readonly compression?: "none" | "zlib" | "zstd";
  readonly pageSize?: number;
  /** `uname -r`. */
  readonly release?: string;
  /** trace_clock. */
  readonly clock?: string;
  /** Only events from one place to before another are in it, with the formats and addresses of all. */
  readonly range?: readonly [from: number, to: number];
  /** More options: number and value. */
  readonly options?: readonly (readonly [id: number, value: Buffer])[];
}

interface Made {
  readonly encoders: readonly EventEncoder[];
  readonly symbols: MadeUpSymbols;
  readonly records: readonly TextRecord[];
  readonly rings: ReadonlyMap<number, Buffer>;
}

const FIRST_ID = 300;
const CHUNK_PAGES = 10;
const HEADER_PAGE =
  "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n" +
  "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n" +
  "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n" +
  "\tfield: char data;\toffset:16;\tsize:4080;\tsigned:1;\n";
const HEADER_EVENT = "# compressed entry header\n\ttype_len    :    5 bits\n";

/** The events of a text as a trace.dat. */
export function traceDat(text: string, options: TraceDatOptions = {}): Buffer {
  const made = makeRings(textRecords(text), options.pageSize ?? 4096, options.range);
  return options.version === 6 ? version6(made, options) : version7(made, options);
}

function makeRings(
  records: readonly TextRecord[],
  pageSize: number,
  [from, to]: readonly [number, number] = [0, Infinity],
): Made {
  const symbols = new MadeUpSymbols();
  const byName = groupBy(records, ({ name }) => name);
  const encoders = new Map(
    [...byName].map(([name, own], i) => [name, encoderOf(FIRST_ID + i, name, own, symbols)]),
  );
  const rings = new Map<number, RingEncoder>();
  for (const [i, record] of records.entries()) {
    const { cpu, time, lost, name } = record;
    const bytes = encoders.get(name)?.encode(record) ?? Buffer.alloc(0);
    if (i < from || i >= to) continue;
    const ring = rings.get(cpu) ?? new RingEncoder(pageSize);
    rings.set(cpu, ring);
    ring.add({ time, lost, bytes });
  }
  const cpus = Math.max(0, ...rings.keys()) + 1;
  const data = Array.from(
    { length: cpus },
    (_, cpu) => [cpu, rings.get(cpu)?.end() ?? Buffer.alloc(0)] as const,
  );
  return { encoders: [...encoders.values()], symbols, records, rings: new Map(data) };
}

function groupBy<Value>(
  values: readonly Value[],
  keyOf: (value: Value) => string,
): ReadonlyMap<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group === undefined) groups.set(keyOf(value), [value]);
    else group.push(value);
  }
  return groups;
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function zeroEnded(text: string): Buffer {
  return Buffer.from(`${text}\0`, "latin1");
}

function sized(text: string): Buffer {
  return Buffer.concat([u64(text.length), Buffer.from(text, "latin1")]);
}

function headerInfo(): Buffer {
  return Buffer.concat([
    zeroEnded("header_page"),
    sized(HEADER_PAGE),
    zeroEnded("header_event"),
    sized(HEADER_EVENT),
  ]);
}

function ftraceFormats({ encoders }: Made): Buffer {
  const own = encoders.filter(({ system }) => system === "ftrace");
  return Buffer.concat([u32(own.length), ...own.map(({ format }) => sized(format))]);
}

function eventFormats({ encoders }: Made): Buffer {
  const systems = [...groupBy(encoders, ({ system }) => system)].filter(
    ([system]) => system !== "ftrace",
  );
  return Buffer.concat([
    u32(systems.length),
    ...systems.flatMap(([system, own]) => [
      zeroEnded(system),
      u32(own.length),
      ...own.map(({ format }) => sized(format)),
    ]),
  ]);
}

function kallsyms({ symbols }: Made): Buffer {
  return Buffer.concat([u32(symbols.kallsyms.length), Buffer.from(symbols.kallsyms, "latin1")]);
}

function cmdlines({ records }: Made): Buffer {
  const names = new Map(records.map(({ pid, comm }) => [pid, comm]));
  const known = [...names].filter(([pid, comm]) => pid !== 0 && comm !== "<...>");
  return sized(known.map(([pid, comm]) => `${pid} ${comm}\n`).join(""));
}

function option(id: number, value: Buffer): Buffer {
  return Buffer.concat([u16(id), u32(value.length), value]);
}

function commonOptions(
  { rings }: Made,
  { release, clock = "mono", options = [] }: TraceDatOptions,
): Buffer[] {
  return [
    option(4, zeroEnded(`local global [${clock}] boot\n`)),
    ...(release === undefined ? [] : [option(5, zeroEnded(`Linux host ${release} x86_64`))]),
    option(8, u32(rings.size)),
    ...options.map(([id, value]) => option(id, value)),
  ];
}

/** magic, version, little-endian, 8 bytes a long, size of a page. */
function begin(version: number, pageSize: number): Buffer {
  return Buffer.concat([
    Buffer.from("17084474726163696e67", "hex"),
    zeroEnded(String(version)),
    Buffer.from([0, 8]),
    u32(pageSize),
  ]);
}

function aligned(bytes: Buffer, to: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((to - (bytes.length % to)) % to)]);
}

function version6(made: Made, options: TraceDatOptions): Buffer {
  const { pageSize = 4096, clock = "mono" } = options;
  const front = Buffer.concat([
    begin(6, pageSize),
    headerInfo(),
    ftraceFormats(made),
    eventFormats(made),
    kallsyms(made),
    u32(0),
    cmdlines(made),
    u32(made.rings.size),
    zeroEnded("options  "),
    ...commonOptions(made, options),
    u16(0),
    zeroEnded("flyrecord"),
  ]);
  const behind = sized(`local global [${clock}] boot\n`);
  const list = 16 * made.rings.size + behind.length;
  let at = Math.ceil((front.length + list) / pageSize) * pageSize;
  const places: Buffer[] = [];
  for (const ring of made.rings.values()) {
    places.push(u64(at), u64(ring.length));
    at += ring.length;
  }
  const head = aligned(Buffer.concat([front, ...places, behind]), pageSize);
  return Buffer.concat([head, ...made.rings.values()]);
}

type Compress = (bytes: Buffer) => Buffer;

/** One frame of zstd whose blocks are as they are (RFC 8878): Node 20 cannot compress. */
function zstdFrame(bytes: Buffer): Buffer {
  const blocks: Buffer[] = [];
  const step = 128 * 1024;
  for (let at = 0; at === 0 || at < bytes.length; at += step) {
    const block = bytes.subarray(at, at + step);
    const head = (block.length << 3) | (at + step >= bytes.length ? 1 : 0);
    blocks.push(Buffer.from([head & 0xff, (head >> 8) & 0xff, head >> 16]), block);
  }
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0]), u32(bytes.length), ...blocks]);
}

const COMPRESS: Readonly<Record<string, Compress>> = { zlib: deflateSync, zstd: zstdFrame };

function version7(made: Made, options: TraceDatOptions): Buffer {
  const { pageSize = 4096, compression = "none", clock = "mono" } = options;
  const compress = COMPRESS[compression];
  const start = Buffer.concat([begin(7, pageSize), zeroEnded(compression), zeroEnded("1.0")]);
  const parts: Buffer[] = [];
  let at = start.length + 8;
  const append = (bytes: Buffer): number => {
    const offset = at;
    parts.push(bytes);
    at += bytes.length;
    return offset;
  };
  const section = (id: number, bytes: Buffer): number => append(sectionOf(id, bytes, compress));
  const places = [
    [16, section(16, headerInfo())],
    [17, section(17, ftraceFormats(made))],
    [18, section(18, eventFormats(made))],
    [19, section(19, kallsyms(made))],
    [20, section(20, u32(0))],
    [21, section(21, cmdlines(made))],
  ] as const;
  const buffer = append(sectionHead(3, 0, compress !== undefined));
  const rings = [...made.rings].map(([cpu, ring]) => {
    append(Buffer.alloc((pageSize - (at % pageSize)) % pageSize));
    const data =
      compress === undefined || ring.length === 0 ? ring : chunked(ring, pageSize, compress);
    return Buffer.concat([u32(cpu), u64(append(data)), u64(data.length)]);
  });
  const second = append(
    sectionOf(
      0,
      Buffer.concat([
        option(
          3,
          Buffer.concat([
            u64(buffer),
            zeroEnded(""),
            zeroEnded(clock),
            u32(pageSize),
            u32(rings.length),
            ...rings,
          ]),
        ),
        option(0, u64(0)),
      ]),
      undefined,
    ),
  );
  const first = append(
    sectionOf(
      0,
      Buffer.concat([
        ...places.map(([id, place]) => option(id, u64(place))),
        ...commonOptions(made, options),
        option(0, u64(second)),
      ]),
      undefined,
    ),
  );
  return Buffer.concat([start, u64(first), ...parts]);
}

function sectionHead(id: number, size: number, isCompressed: boolean): Buffer {
  return Buffer.concat([u16(id), u16(isCompressed ? 1 : 0), u32(0), u64(size)]);
}

function sectionOf(id: number, bytes: Buffer, compress: Compress | undefined): Buffer {
  if (compress === undefined) return Buffer.concat([sectionHead(id, bytes.length, false), bytes]);
  const packed = compress(bytes);
  const data = Buffer.concat([u32(packed.length), u32(bytes.length), packed]);
  return Buffer.concat([sectionHead(id, data.length, true), data]);
}

function chunked(ring: Buffer, pageSize: number, compress: Compress): Buffer {
  const chunks: Buffer[] = [];
  const step = pageSize * CHUNK_PAGES;
  for (let at = 0; at < ring.length; at += step) {
    const chunk = ring.subarray(at, at + step);
    const packed = compress(chunk);
    chunks.push(u32(packed.length), u32(chunk.length), packed);
  }
  return Buffer.concat([u32(chunks.length / 3), ...chunks]);
}
