// What every view and table means, column by column: `irqtwin schema`. Names that mean the same
// everywhere are described once (schema-shared); a view or table says only what differs. A test holds all of it
// equal to the columns that the migrations make.

import { TwinError } from "../../base/errors.js";
import { TABLES } from "./schema-tables.js";
import { VIEWS } from "./schema-views.js";

/** The type of a column. A column of any type can be NULL. */
export type ColumnType = "integer" | "text" | "blob" | "integer or text";

/** What a column of a view or table means. */
export interface ColumnMeaning {
  /** The name of the column. */
  readonly name: string;
  /** Its type in SQLite. */
  readonly type: ColumnType;
  /** What its numbers count or are; null = a name, or a number without a unit. */
  readonly unit: string | null;
  /** What its value says, and what NULL means. */
  readonly meaning: string;
}

/** What a view or table means. */
export interface RelationMeaning {
  /** The name of the view or table. */
  readonly name: string;
  /** Views are stable: scripts may rely on them. Tables may change with a migration. */
  readonly kind: "view" | "table";
  /** What one row is. */
  readonly row: string;
  /** Its columns, in their order. */
  readonly columns: readonly ColumnMeaning[];
}

/** Every view and table: the views first, each in the order of their names. */
export const SCHEMA: readonly RelationMeaning[] = Object.entries({ ...VIEWS, ...TABLES })
  .map(([name, { row, columns }]): RelationMeaning => ({
    name,
    kind: name.startsWith("v_") ? "view" : "table",
    row,
    columns: Object.entries(columns).map(([column, text]) => columnOf(column, text)),
  }))
  .sort((a, b) => (a.kind === b.kind ? compare(a.name, b.name) : a.kind === "view" ? -1 : 1));

/** The view or table of that name, or all of them. Throws ERR_NAME if there is none. */
export function schemaOf(name?: string): readonly RelationMeaning[] {
  if (name === undefined) return SCHEMA;
  const found = SCHEMA.filter((relation) => relation.name === name);
  if (found.length > 0) return found;
  throw new TwinError(
    "ERR_NAME",
    `${name} is not a view or table of a timeline: there are ${SCHEMA.map((each) => each.name).join(", ")}`,
  );
}

/** Reads `type [unit]: meaning`. */
function columnOf(name: string, text: string): ColumnMeaning {
  const [, type = "", unit, meaning = ""] =
    /^(integer or text|integer|text|blob)(?: \[([^\]]+)\])?: (.+)$/.exec(text) ?? [];
  return { name, type: type as ColumnType, unit: unit ?? null, meaning };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : 1;
}
