// How the rows of `irqtwin query` are printed.

import { inertCell } from "../base/spreadsheet.js";
import { type QueryValue } from "../index.js";
import { harmless } from "../base/harmless.js";
import { type Output, table } from "./output.js";

/** The formats of `--format`. */
export const FORMATS = ["table", "json", "csv"] as const;

/** One of them. */
export type Format = (typeof FORMATS)[number];

/** Prints the rows of one answer. */
export interface Printer {
  /** The next row, its values in the order of the columns. */
  row(values: readonly QueryValue[]): void;
  /** There are no more. */
  end(): void;
}

/** What prints rows with these columns. `isForSpreadsheets`: in CSV no cell is one that a spreadsheet would run. */
export function printerOf(
  format: Format,
  columns: readonly string[],
  output: Output,
  isForSpreadsheets: boolean,
): Printer {
  return PRINTERS[format](columns, output, isForSpreadsheets);
}

const PRINTERS: Readonly<
  Record<
    Format,
    (columns: readonly string[], output: Output, isForSpreadsheets: boolean) => Printer
  >
> = {
  table: (columns, output) => {
    const rows: (readonly QueryValue[])[] = [];
    return {
      row: (values) => rows.push(values),
      end: () => {
        output.lines(table(columns, rows));
      },
    };
  },
  json: (columns, output) => ({
    row: (values) => {
      output.json(Object.fromEntries(columns.map((column, i) => [column, values[i] ?? null])));
    },
    end: () => undefined,
  }),
  csv: (columns, output, isForSpreadsheets) => {
    const inert = isForSpreadsheets ? inertCell : (text: string): string => text;
    const textOf = (value: QueryValue): string => {
      if (value === null) return "";
      return quoted(typeof value === "string" ? inert(harmless(value)) : String(value));
    };
    output.data(columns.map(textOf).join(","));
    return {
      row: (values) => {
        output.data(values.map(textOf).join(","));
      },
      end: () => undefined,
    };
  },
};

/** RFC 4180. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
