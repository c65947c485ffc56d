// The `key=value` pairs that an event prints, bound to the bytes of its records: the text is never made.

import { FIELD_NAMES, type FieldName } from "../../domain/amd/probes/probes.js";
import { FIELD, type Fields } from "../../ftrace/text/fields.js";
import { type FormatField } from "./event-format.js";
import { type Expression } from "./expression.js";
import { type PrintFormat } from "./print-format.js";
import { type Conversion } from "./printf.js";
import { type RecordBytes } from "./record.js";

/** Puts one field of a record where the readers look for it. */
type Binding = (fields: Fields, record: RecordBytes) => void;

/** `key=`, `key=0x`: what stands in front of a value. */
const KEY = /(?:^|[ ,])([A-Za-z_]\w*)=(?:0x)?$/;

/** The pairs that a format prints and that a reader may ask for. */
export function boundFields({ conversions, values }: PrintFormat): readonly Binding[] {
  return conversions.flatMap((conversion, i) => {
    const name = KEY.exec(conversion.before)?.[1];
    const value = values[i];
    if (name === undefined || !isFieldName(name) || value === undefined) return [];
    return [bindingOf(FIELD[name], conversion, value)];
  });
}

function isFieldName(name: string): name is FieldName {
  return (FIELD_NAMES as readonly string[]).includes(name);
}

function bindingOf(place: number, conversion: Conversion, value: Expression): Binding {
  const { field } = value;
  const isSigned = conversion.letter === "d";
  const bits = conversion.bits === 0 ? 64 : conversion.bits;
  if (field?.form === "number" && bits >= 32) return direct(place, field, bits, isSigned);
  return (fields, record) => {
    const found = value.valueIn(record);
    if (found === null) return;
    // A text is what no reader of numbers can read, unless it says that there is none.
    if (typeof found === "string") {
      if (found === "(fault)") fields.putFault(place);
      else fields.putMalformed(place);
      return;
    }
    const word = isSigned ? BigInt.asIntN(bits, found) : BigInt.asUintN(bits, found);
    fields.put(
      place,
      Number(BigInt.asIntN(32, word >> 32n)),
      Number(BigInt.asIntN(32, word)),
      isSigned,
    );
  };
}

/** A field that is printed as it is. */
function direct(place: number, field: FormatField, bits: number, isSigned: boolean): Binding {
  const { offset, size } = field;
  const end = offset + size;
  const isWide = bits === 64;
  if (size === 8)
    return (fields, { view, start, length }) => {
      if (end > length) return;
      const low = view.getInt32(start + offset, true);
      const high = isWide ? view.getInt32(start + offset + 4, true) : isSigned ? low >> 31 : 0;
      fields.put(place, high, low, isSigned);
    };
  const read = smallReader(field);
  // A smaller number is widened by its own sign, and printed by that of the conversion.
  const isWidened = isWide ? field.isSigned : isSigned;
  return (fields, { view, start, length }) => {
    if (end > length) return;
    const low = read(view, start + offset);
    fields.put(place, isWidened ? low >> 31 : 0, low, isSigned);
  };
}

/** Reads a field of at most 32 bits. */
function smallReader({ size, isSigned }: FormatField): (view: DataView, at: number) => number {
  if (size === 1)
    return isSigned ? (view, at) => view.getInt8(at) : (view, at) => view.getUint8(at);
  if (size === 2)
    return isSigned
      ? (view, at) => view.getInt16(at, true)
      : (view, at) => view.getUint16(at, true);
  return (view, at) => view.getInt32(at, true);
}
