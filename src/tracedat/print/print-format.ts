// `print fmt:` of an event, ready to print records: a format string, and an expression for each of its conversions.

import { type EventFormat } from "./event-format.js";
import { type Expression, ExpressionReader, NotUnderstood } from "./expression.js";
import { type FormatString, formatStringOf, printed } from "./printf.js";
import { NO_RECORD, type RecordBytes } from "./record.js";
import { tokensOf } from "./tokens.js";

/** How an event is printed. */
export interface PrintFormat extends FormatString {
  /** What each conversion prints. */
  readonly values: readonly Expression[];
}

/** Reads `print fmt:`; null = it is not understood. */
export function printFormatOf({ print, fields }: EventFormat): PrintFormat | null {
  const tokens = tokensOf(print);
  if (tokens === null) return null;
  try {
    const reader = new ExpressionReader(tokens, 0, fields);
    const text = reader.expression().valueIn(NO_RECORD);
    if (typeof text !== "string") return null;
    const values: Expression[] = [];
    while (reader.takes(",")) values.push(reader.expression());
    const format = formatStringOf(text);
    if (!reader.isAtEnd || values.length !== format.conversions.length) return null;
    return { ...format, values };
  } catch (error) {
    if (error instanceof NotUnderstood) return null;
    throw error;
  }
}

/** What a record prints behind `KEY=`, which may be several values without a space between them; null = nothing. */
export function valueOfKey(
  { conversions, values }: PrintFormat,
  key: string,
  record: RecordBytes,
): string | null {
  const first = conversions.findIndex(({ before }) => before.endsWith(`${key}=`));
  if (first < 0) return null;
  let text = "";
  for (let i = first; i === first || conversions[i]?.before === ""; i++) {
    const conversion = conversions[i];
    if (conversion !== undefined) text += printed(conversion, values[i]?.valueIn(record) ?? null);
  }
  return text;
}

/** A record as its event prints it. */
export function textOfRecord(
  { conversions, values, after }: PrintFormat,
  record: RecordBytes,
): string {
  let text = "";
  conversions.forEach((conversion, i) => {
    text += conversion.before + printed(conversion, values[i]?.valueIn(record) ?? null);
  });
  return text + after;
}
