// The file `format` of an event: its number, its fields and how it is printed.
// Source: Documentation/trace/events.rst, "Event formats".

/** A field of an event's record. */
export interface FormatField {
  /** Its name. */
  readonly name: string;
  /** Where it begins in the record. */
  readonly offset: number;
  /** Bytes; 0 = all that follow. */
  readonly size: number;
  /** Is it a signed number? */
  readonly isSigned: boolean;
  /**
   * number: of `size` bytes; text: characters, up to a zero; data: `u16 offset, u16 length` of text in the record
   * (__data_loc); relative: the same, counted from behind the field (__rel_loc); bytes: anything else.
   */
  readonly form: "number" | "text" | "data" | "relative" | "bytes";
}

/** What a file `format` says. */
export interface EventFormat {
  /** The first word of the event's records. */
  readonly id: number;
  /** The name of the event. */
  readonly name: string;
  /** Its fields, those of all events among them. */
  readonly fields: ReadonlyMap<string, FormatField>;
  /** What follows `print fmt:`. */
  readonly print: string;
}

const FIELD =
  /^\s*field:([^;]{1,400});\s*offset:(\d{1,6});\s*size:(\d{1,6});(?:\s*signed:([01]);)?/gm;
/** `type name`, `type name[16]`, `__data_loc char[] name`. */
const DECLARATION = /^(.*?)([A-Za-z_]\w*)\s*(\[[^\]]*\])?$/;

/** Reads a file `format`; null = it has no number or no name. */
export function eventFormatOf(text: string): EventFormat | null {
  const name = /^name: (\S{1,200})$/m.exec(text)?.[1];
  const id = /^ID: (\d{1,5})$/m.exec(text)?.[1];
  if (name === undefined || id === undefined) return null;
  const fields = new Map<string, FormatField>();
  for (const [, declaration = "", offset, size, signed] of text.matchAll(FIELD)) {
    const place = { offset: Number(offset), size: Number(size), isSigned: signed === "1" };
    const field = fieldOf(declaration, place);
    if (field !== null) fields.set(field.name, field);
  }
  const print = /^print fmt: (.*)$/ms.exec(text)?.[1] ?? "";
  return { id: Number(id), name, fields, print };
}

function fieldOf(
  declaration: string,
  place: Pick<FormatField, "offset" | "size" | "isSigned">,
): FormatField | null {
  const [, type = "", name, array] = DECLARATION.exec(declaration.trim()) ?? [];
  return name === undefined ? null : { name, ...place, form: formOf(type, array, place.size) };
}

function formOf(type: string, array: string | undefined, size: number): FormatField["form"] {
  if (type.includes("__data_loc")) return "data";
  if (type.includes("__rel_loc")) return "relative";
  if (array !== undefined) return /\bchar\b/.test(type) ? "text" : "bytes";
  return [1, 2, 4, 8].includes(size) ? "number" : "bytes";
}
