// Formats of events as a kernel has them, and records in these formats, from the lines of an ftrace text.

import { PROBES } from "../../../src/domain/amd/probes/probes.js";
import { KERNEL_EVENTS, type KernelEvent } from "./kernel-events.js";
import { type MadeUpSymbols } from "./symbols.js";
import { type TextRecord } from "./text-records.js";

/** Makes the record of one line. */
export interface EventEncoder {
  /** The text of its file `format`. */
  readonly format: string;
  /** The trace instance's folder under `events`. */
  readonly system: string;
  encode(record: TextRecord): Buffer;
}

interface Pair {
  readonly key: string;
  readonly value: string;
}

const PAIR = /(^|[ ,])(\w+)=(0x[0-9a-f]+|-?\d+)(?=[ ,]|$)/g;
const PLACE = /^\(([^()]*)\) ?/;
const HEAD_BYTES = 8;
const HEAD =
  "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n" +
  "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n" +
  "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n" +
  "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n";

const SYSTEMS: ReadonlyMap<string, string> = new Map(
  PROBES.flatMap(({ name, system }) => (system === null ? [] : [[name, system] as const])),
);

/** One field of a format that is made. */
export interface MadeField {
  readonly type: string;
  readonly name: string;
  readonly size: number;
  readonly isSigned: boolean;
}

/** The encoder of an event, from all lines with its name. */
export function encoderOf(
  id: number,
  name: string,
  records: readonly TextRecord[],
  symbols: MadeUpSymbols,
): EventEncoder {
  if (name === "tracing_mark_write") return markerEncoder(id, symbols);
  const kernel = KERNEL_EVENTS.find(
    (each) => each.name === name && records.every(({ payload }) => each.pattern.test(payload)),
  );
  if (kernel !== undefined) return kernelEncoder(id, kernel);
  const templates = new Set(records.map(({ payload }) => templateOf(payload)));
  const [template = ""] = templates;
  return templates.size === 1
    ? pairsEncoder(id, name, template, records, symbols)
    : textEncoder(id, name);
}

/** The text of a file `format`. */
export function formatText(
  id: number,
  name: string,
  fields: readonly MadeField[],
  print: string,
): string {
  const lines = placed(fields).map(
    ({ type, name: field, size, isSigned, offset }) =>
      `\tfield:${type} ${field}${type === "char" ? `[${size}]` : ""};\toffset:${offset};\tsize:${size};\tsigned:${isSigned ? 1 : 0};\n`,
  );
  return `name: ${name}\nID: ${id}\nformat:\n${HEAD}${lines.join("")}\nprint fmt: ${print}\n`;
}

/** Fields with their places: each stands where its size divides the offset. */
export function placed(fields: readonly MadeField[]): (MadeField & { offset: number })[] {
  let end = HEAD_BYTES;
  return fields.map((field) => {
    const align = Math.max(1, Math.min(8, field.size));
    const offset = Math.ceil(end / align) * align;
    end = offset + field.size;
    return { ...field, offset };
  });
}

/** The record with these values of its fields; `tail`: the bytes behind them. A text stands in its field, or behind. */
export function recordOf(
  id: number,
  { flags, preempt, pid }: TextRecord,
  fields: readonly (MadeField & { offset: number })[],
  values: readonly (bigint | string)[],
  tail: Buffer = Buffer.alloc(0),
): Buffer {
  const last = fields.at(-1);
  const record = Buffer.alloc(last === undefined ? HEAD_BYTES : last.offset + last.size);
  record.writeUInt16LE(id, 0);
  record.writeUInt8(flags, 2);
  record.writeUInt8(preempt, 3);
  record.writeInt32LE(pid, 4);
  let behind = tail;
  fields.forEach(({ offset, size, type }, i) => {
    let value = values[i] ?? 0n;
    if (typeof value === "string" && type.startsWith("__data_loc")) {
      const text = Buffer.from(`${value}\0`, "latin1");
      value = BigInt(text.length) * 65_536n + BigInt(record.length + behind.length);
      behind = Buffer.concat([behind, text]);
    }
    if (typeof value === "string") record.write(value, offset, size, "latin1");
    else {
      const word = Buffer.alloc(8);
      word.writeBigUInt64LE(BigInt.asUintN(64, value));
      word.copy(record, offset, 0, size);
    }
  });
  return behind.length === 0 ? record : Buffer.concat([record, behind]);
}

/** The payload with its numbers, and where its probe is, left out: what all lines of an event have. */
function templateOf(payload: string): string {
  return payload
    .replace(PLACE, (_, place: string) => (place.includes(" <- ") ? "(ret) " : "(at) "))
    .replace(
      PAIR,
      (_, front: string, key: string, value: string) =>
        `${front}${key}=${value.startsWith("0x") ? "HEX" : "DEC"}`,
    );
}

function pairsIn(payload: string): Pair[] {
  return Array.from(payload.replace(PLACE, "").matchAll(PAIR), ([, , key = "", value = ""]) => ({
    key,
    value,
  }));
}

function pairsEncoder(
  id: number,
  name: string,
  template: string,
  records: readonly TextRecord[],
  symbols: MadeUpSymbols,
): EventEncoder {
  const columns = columnsOf(records);
  const addresses = addressFields(template);
  const fields = [...addresses, ...columns.map(({ field }) => field)];
  const front = addresses.length === 0 ? "" : addresses.length === 1 ? "(%lx) " : "(%lx <- %lx) ";
  let column = 0;
  const text = template
    .replace(/^\((?:at|ret)\) /, "")
    .replace(
      /(\w+)=(?:HEX|DEC)/g,
      (_, key: string) => `${key}=${columns[column++]?.conversion ?? ""}`,
    );
  const print = [JSON.stringify(front + text), ...fields.map((field) => `REC->${field.name}`)];
  const at = placed(fields);
  return {
    system: addresses.length > 0 ? "irqtwin" : (SYSTEMS.get(name) ?? "kernel"),
    format: formatText(id, name, fields, print.join(", ")),
    encode: (record) => {
      const values = pairsIn(record.payload).map(({ value }) => numberIn(value));
      return recordOf(id, record, at, [...placesOf(record.payload, symbols), ...values]);
    },
  };
}

function addressFields(template: string): MadeField[] {
  const type = { type: "unsigned long", size: 8, isSigned: false };
  if (template.startsWith("(at)")) return [{ ...type, name: "__probe_ip" }];
  if (!template.startsWith("(ret)")) return [];
  return ["__probe_func", "__probe_ret_ip"].map((name) => ({ ...type, name }));
}

/** The addresses of `(symbol+0x4/0x90 [kvm])`, or of `(caller+0x9/0x20 <- function)`. */
function placesOf(payload: string, symbols: MadeUpSymbols): bigint[] {
  const [, place] = PLACE.exec(payload) ?? [];
  if (place === undefined) return [];
  const [caller = "", called] = place.split(" <- ");
  return called === undefined
    ? [symbols.place(caller)]
    : [symbols.start(called), symbols.place(caller)];
}

/** The type of each pair, wide enough for all lines. */
function columnsOf(records: readonly TextRecord[]): { field: MadeField; conversion: string }[] {
  const rows = records.map(({ payload }) => pairsIn(payload));
  return (rows[0] ?? []).map(({ key }, i) => {
    const values = rows.map((row) => row[i]?.value ?? "0");
    return columnOf(key, values);
  });
}

function columnOf(
  name: string,
  values: readonly string[],
): { field: MadeField; conversion: string } {
  const isHex = values[0]?.startsWith("0x") === true;
  const digits = values.map((value) => value.replace(/^0x|^-/, ""));
  const padded = digits.find((each) => each.length > 1 && each.startsWith("0"));
  const width = padded === undefined ? "" : `0${padded.length}`;
  const numbers = values.map(numberIn);
  const isSmall = numbers.every((each) => BigInt.asIntN(32, each) === each);
  if (isHex)
    return { field: { type: "u64", name, size: 8, isSigned: false }, conversion: `0x%${width}Lx` };
  if (isSmall)
    return { field: { type: "s32", name, size: 4, isSigned: true }, conversion: `%${width}d` };
  const isSigned = numbers.some((each) => each < 0n);
  const type = isSigned ? "s64" : "u64";
  return { field: { type, name, size: 8, isSigned }, conversion: isSigned ? "%Ld" : "%Lu" };
}

function numberIn(value: string): bigint {
  return value.startsWith("-") ? -BigInt(value.slice(1)) : BigInt(value);
}

/** An event whose text is one field, for what is of no use to irqtwin. */
function textEncoder(id: number, name: string): EventEncoder {
  const fields = placed([{ type: "__data_loc char[]", name: "text", size: 4, isSigned: false }]);
  return {
    system: SYSTEMS.get(name) ?? "kernel",
    format: formatText(id, name, fields, '"%s", __get_str(text)'),
    encode: (record) => recordOf(id, record, fields, [record.payload]),
  };
}

function markerEncoder(id: number, symbols: MadeUpSymbols): EventEncoder {
  const ip: MadeField = { type: "unsigned long", name: "ip", size: 8, isSigned: false };
  const buf = "\tfield:char buf[];\toffset:16;\tsize:0;\tsigned:0;\n";
  const print = '"%ps: %s", (void *)REC->ip, REC->buf';
  const format = formatText(id, "print", [ip], print).replace("\nprint fmt", `${buf}\nprint fmt`);
  return {
    system: "ftrace",
    format,
    encode: (record) => {
      const tail = Buffer.from(`${record.payload}\n\0`, "latin1");
      const address = symbols.place("tracing_mark_write+0x10/0x100");
      return recordOf(id, record, placed([ip]), [address], tail);
    },
  };
}

function kernelEncoder(
  id: number,
  { name, fields, print, pattern, valuesOf }: KernelEvent,
): EventEncoder {
  const at = placed(fields);
  return {
    system: SYSTEMS.get(name) ?? "kvm",
    format: formatText(id, name, fields, print),
    encode: (record) => recordOf(id, record, at, valuesOf(pattern.exec(record.payload) ?? [])),
  };
}
