// What stands in front of the first record that needs it: the format of its event, and the name of its task.

import { type KernelTexts } from "../file/contents.js";
import { type CpuRecords } from "../ring/cpu-records.js";
import { addressAt, FRAME, type FormatFrame } from "./frames.js";
import { Symbols } from "./symbols.js";

/** A frame that is to be written. */
export interface Frame {
  /** Its type. */
  readonly type: number;
  /** Its bytes. */
  readonly payload: Buffer;
}

const NONE: readonly Frame[] = [];
const ID = /^ID: *(\d{1,5})$/m;
const PID_OFFSET = /field:int common_pid;\s*offset:(\d{1,3});/;
/** Fields that hold the address of code: of a probe, of a return, of whoever wrote a marker. */
const ADDRESS =
  /field:[^;]*\b(?:__probe_ip|__probe_func|__probe_ret_ip|ip);\s*offset:(\d{1,5});\s*size:8;/g;
/** Code of so many places prints events at most; where addresses are damaged, there would be more. */
const ADDRESSES_MAX = 20_000;
/** Numbers of events. */
const IDS = 0x1_0000;
/** Not known so far; the event has none. */
const UNKNOWN = -1;

/** Says what a stream's reader must know before it reads a record. */
export class Introductions {
  private readonly formats: ReadonlyMap<number, string>;
  private readonly names: ReadonlyMap<number, string>;
  private readonly symbols: Symbols;
  /** By the number of an event: where its pid stands. */
  private readonly pidPlaces = new Int32Array(IDS).fill(UNKNOWN);
  /** By the number of an event: where addresses of code stand. */
  private readonly addressPlaces = new Map<number, readonly number[]>();
  private readonly pids = new Set<number>();
  private readonly addresses = new Set<number>();

  /** `texts`: what the file keeps of the kernel. */
  constructor({ formats, cmdlines, kallsyms }: KernelTexts) {
    this.formats = new Map(formats.flatMap((text) => idOf(text).map((id) => [id, text] as const)));
    this.names = namesIn(cmdlines);
    this.symbols = new Symbols(kallsyms);
  }

  /** The frames in front of a record. */
  before(record: CpuRecords): readonly Frame[] {
    const { view, start, length } = record;
    const id = view.getUint16(start, true);
    const place = this.pidPlaces[id] ?? UNKNOWN;
    if (place === UNKNOWN) return [this.format(id), ...this.before(record)];
    const pid = place + 4 > length ? null : view.getInt32(start + place, true);
    const places = this.addressPlaces.get(id);
    const symbols = places === undefined ? NONE : this.symbolsAt(places, record);
    if (pid === null || this.pids.has(pid)) return symbols;
    return [this.comm(pid), ...symbols];
  }

  private comm(pid: number): Frame {
    this.pids.add(pid);
    const name = pid === 0 ? "<idle>" : (this.names.get(pid) ?? "<...>");
    const payload = Buffer.concat([Buffer.alloc(4), Buffer.from(name, "latin1")]);
    payload.writeInt32LE(pid);
    return { type: FRAME.comm, payload };
  }

  private format(id: number): Frame {
    const text = this.formats.get(id) ?? null;
    this.pidPlaces[id] = Number(PID_OFFSET.exec(text ?? "")?.[1] ?? 4);
    const places = Array.from((text ?? "").matchAll(ADDRESS), ([, offset]) => Number(offset));
    if (places.length > 0) this.addressPlaces.set(id, places);
    const frame: FormatFrame = { id, text };
    return { type: FRAME.format, payload: Buffer.from(JSON.stringify(frame)) };
  }

  private symbolsAt(
    places: readonly number[],
    { view, start, length }: CpuRecords,
  ): readonly Frame[] {
    let frames = NONE;
    for (const place of places) {
      if (place + 8 > length) continue;
      const address = addressAt(view, start + place);
      if (!this.addresses.has(address)) frames = [...frames, ...this.symbol(address)];
    }
    return frames;
  }

  private symbol(address: number): readonly Frame[] {
    if (this.addresses.size >= ADDRESSES_MAX) return NONE;
    this.addresses.add(address);
    const symbol = this.symbols.at(address);
    if (symbol === null) return NONE;
    const payload = Buffer.concat([Buffer.alloc(8), Buffer.from(symbol, "latin1")]);
    payload.writeDoubleLE(address);
    return [{ type: FRAME.symbol, payload }];
  }
}

function idOf(text: string): number[] {
  const [, id] = ID.exec(text) ?? [];
  return id === undefined ? [] : [Number(id)];
}

/** `saved_cmdlines`: a line `PID NAME` for each task. */
function namesIn(text: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const [, pid = "", name = ""] of text.matchAll(/^(\d{1,10}) ([^\n]{1,64})$/gm))
    names.set(Number(pid), name);
  return names;
}
