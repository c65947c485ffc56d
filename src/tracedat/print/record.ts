// The bytes of one record, and the values of its fields.

import { type FormatField } from "./event-format.js";

/** The bytes of a record. One object is reused for every record. */
export interface RecordBytes {
  /** The bytes that the offsets count in. */
  readonly bytes: Buffer;
  /** The same. */
  readonly view: DataView;
  /** Where the record begins. */
  readonly start: number;
  /** How many bytes it has. */
  readonly length: number;
}

/** The record of what needs none. */
export const NO_RECORD: RecordBytes = {
  bytes: Buffer.alloc(0),
  view: new DataView(new ArrayBuffer(0)),
  start: 0,
  length: 0,
};

/** The value of a field that is a number; null = the record is too short for it. */
export function numberOf(record: RecordBytes, field: FormatField): bigint | null {
  const { view, length, start } = record;
  const { offset, size, isSigned } = field;
  if (offset + size > length) return null;
  const at = start + offset;
  switch (size) {
    case 1:
      return BigInt(isSigned ? view.getInt8(at) : view.getUint8(at));
    case 2:
      return BigInt(isSigned ? view.getInt16(at, true) : view.getUint16(at, true));
    case 4:
      return BigInt(isSigned ? view.getInt32(at, true) : view.getUint32(at, true));
    default:
      return isSigned ? view.getBigInt64(at, true) : view.getBigUint64(at, true);
  }
}

/** The value of a field that is a text; null = the record is too short for it. */
export function textOf(record: RecordBytes, field: FormatField): string | null {
  const { view, length, start } = record;
  const { offset, size, form } = field;
  if (form === "text") return textAt(record, offset, size === 0 ? length - offset : size);
  if (offset + 4 > length) return null;
  const place = view.getUint32(start + offset, true);
  const from = (place & 0xffff) + (form === "relative" ? offset + 4 : 0);
  return textAt(record, from, place >>> 16);
}

function textAt(
  { bytes, start, length }: RecordBytes,
  offset: number,
  size: number,
): string | null {
  if (size < 0 || offset + size > length) return null;
  const begin = start + offset;
  const zero = bytes.subarray(begin, begin + size).indexOf(0);
  return bytes.toString("utf8", begin, zero < 0 ? begin + size : begin + zero);
}
