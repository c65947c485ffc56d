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
/** Fields that hold the address of code: of a probe, of a return, of whoever wrote a marker. */
const ADDRESS =
  /field:[^;]*\b(?:__probe_ip|__probe_func|__probe_ret_ip|ip);\s*offset:(\d{1,5});\s*size:8;/g;
/** Code of so many places prints events at most; where addresses are damaged, there would be more. */
const ADDRESSES_MAX = 4096;
/** No pid is above this (PID_MAX_LIMIT); a damaged one is not named. */
const PID_MAX = 4 * 1024 * 1024;

/** What the records of one event need in front of them. */
interface Plan {
  /** Where their pid stands. */
  readonly pid: number;
  /** Where addresses of code stand. */
  readonly addresses: readonly number[];
  /** The lower words of the addresses that the last record had. */
  readonly last: Int32Array;
}

/** Says what a stream's reader must know before it reads a record. */
export class Introductions {
  private readonly formats: ReadonlyMap<number, string>;
  private readonly names: ReadonlyMap<number, string>;
  private readonly symbols: Symbols;
  /** By the number of an event; absent = none of its records was seen. */
  private readonly plans: (Plan | undefined)[] = [];
  /** By pid: 1 = its name is told. */
  private readonly told = new Uint8Array(PID_MAX + 1);
  private readonly addresses = new Set<number>();

  /** `texts`: what the file keeps of the kernel. */
  constructor({ formats, cmdlines, kallsyms }: KernelTexts) {
    this.formats = new Map(formats.flatMap((text) => idOf(text).map((id) => [id, text] as const)));
    this.names = namesIn(cmdlines);
    this.symbols = new Symbols(kallsyms);
  }

  /** The frames in front of a record; null = the file has no format for it. */
  before(record: CpuRecords): readonly Frame[] | null {
    const { view, start, length } = record;
    const id = view.getUint16(start, true);
    const plan = this.plans[id];
    if (plan === undefined) return this.begin(id, record);
    let frames = NONE;
    if (plan.pid + 4 <= length) {
      const pid = view.getInt32(start + plan.pid, true);
      if (this.told[pid] === 0) frames = [this.comm(pid)];
    }
    return plan.addresses.length === 0 ? frames : this.withSymbols(frames, plan, record);
  }

  /** The first record of an event. */
  private begin(id: number, record: CpuRecords): readonly Frame[] | null {
    const text = this.formats.get(id);
    if (text === undefined) return null;
    const addresses = Array.from(text.matchAll(ADDRESS), ([, offset]) => Number(offset));
    const pid = Number(PID.exec(text)?.[1] ?? 0);
    this.plans[id] = { pid, addresses, last: new Int32Array(addresses.length) };
    const frame: FormatFrame = { id, text };
    const payload = Buffer.from(JSON.stringify(frame));
    return [{ type: FRAME.format, payload }, ...(this.before(record) ?? NONE)];
  }

  private comm(pid: number): Frame {
    this.told[pid] = 1;
    const name = pid === 0 ? "<idle>" : (this.names.get(pid) ?? "<...>");
    const payload = Buffer.concat([Buffer.alloc(4), Buffer.from(name, "latin1")]);
    payload.writeInt32LE(pid);
    return { type: FRAME.comm, payload };
  }

  private withSymbols(
    frames: readonly Frame[],
    { addresses, last }: Plan,
    { view, start, length }: CpuRecords,
  ): readonly Frame[] {
    let all = frames;
    for (let i = 0; i < addresses.length; i++) {
      const at = start + (addresses[i] ?? 0);
      if (at + 8 > start + length) continue;
      const low = view.getInt32(at, true);
      if (low === last[i]) continue;
      last[i] = low;
      const address = addressAt(view, at);
      if (!this.addresses.has(address)) all = [...all, ...this.symbol(address)];
    }
    return all;
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

const ID = /^ID: *(\d{1,5})$/m;
const PID = /field:int common_pid;\s*offset:(\d{1,3});/;
/** Without these the records of an event cannot be read. */
const NEEDED: readonly RegExp[] = [/^name: \S+$/m, PID, /field:[^;]*\bcommon_flags;/];

function idOf(text: string): number[] {
  const [, id] = ID.exec(text) ?? [];
  return id === undefined || !NEEDED.every((each) => each.test(text)) ? [] : [Number(id)];
}

/** `saved_cmdlines`: a line `PID NAME` for each task. */
function namesIn(text: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const [, pid = "", name = ""] of text.matchAll(/^(\d{1,10}) ([^\n]{1,64})$/gm))
    names.set(Number(pid), name);
  return names;
}
