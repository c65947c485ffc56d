// The types of the views against what `irqtwin schema` says of them, and against rows.

import { readFileSync } from "node:fs";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { openTimeline, SCHEMA, views, type ColumnMeaning } from "../../../src/index.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath } from "../../support/shipped.js";

const FILE = new URL("../../../src/query/sql/views.ts", import.meta.url);
const source = ts.createSourceFile("views.ts", readFileSync(FILE, "utf8"), ts.ScriptTarget.ES2023);
const scratch = new Scratch();

/** The members of each interface: name and type. */
const INTERFACES = new Map(
  source.statements.filter(ts.isInterfaceDeclaration).map(({ name, members }) => [
    name.text,
    new Map(
      members.filter(ts.isPropertySignature).map((member) => {
        return [member.name.getText(source), member.type?.getText(source) ?? ""];
      }),
    ),
  ]),
);
const VIEWS = INTERFACES.get("Views") ?? new Map<string, string>();
const columnsOf = (view: string): ReadonlyMap<string, string> =>
  INTERFACES.get(VIEWS.get(view) ?? "") ?? new Map();

/** What a column of SQL is in TypeScript, but for null. */
function typeOf({ type, unit }: ColumnMeaning): string {
  if (type === "integer or text") return "number | string";
  if (type !== "integer") return "string";
  if (unit === "0 or 1") return "0 | 1";
  return unit === "bits" || unit === "ns or ticks" ? "Int64" : "number";
}

const RELATIONS = SCHEMA.filter(({ kind }) => kind === "view");

describe("the types of the views", () => {
  test("are there for every view, and for no other", () => {
    expect([...VIEWS.keys()].sort()).toEqual(RELATIONS.map(({ name }) => name));
  });

  test.each(RELATIONS)("have the columns of $name in their order", ({ name, columns }) => {
    const told = [...columnsOf(name)].map(([column, type]) => [
      column,
      type.replace(/ \| null$/, ""),
    ]);
    expect(told).toEqual(columns.map((column) => [column.name, typeOf(column)]));
    for (const column of columns)
      if (/\bNULL\b/.test(column.meaning))
        expect(columnsOf(name).get(column.name), column.name).toMatch(/ \| null$/);
  });

  test("say of no column with a NULL in a recording that it has none", async () => {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    for (const name of ["6.17-x-uaf-crash", "7.3-s2-two", "6.16-m2-mono-standard"])
      await timeline.import(shippedPath(name));
    timeline.recording(1).check();
    for (const { name } of RELATIONS) {
      const sure = [...columnsOf(name)].filter(([, type]) => !type.endsWith("| null"));
      const counts = sure.map(([column]) => `count(*) - count(${column}) AS ${column}`);
      const [nulls] = await timeline.query(
        `SELECT ${["0 AS none", ...counts].join(", ")} FROM ${name}`,
      );
      expect([name, ...Object.values(nulls ?? {})]).toEqual([name, 0, ...sure.map(() => 0)]);
    }
    timeline.close();
  });

  test("let Kysely build what the timeline answers, with typed rows", async () => {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    await timeline.import(shippedPath("6.17-s1-one"));
    const rows = await timeline.query(
      views
        .selectFrom("v_irte")
        .select(["irte", "mode", "from_seq"])
        .where("mode", "=", "posted")
        .limit(2),
    );
    const typed: readonly { irte: string; mode: string | null; from_seq: number }[] = rows;
    expect(typed).toHaveLength(2);
    expect(typed[0]).toMatchObject({ irte: "0000:00:08.0/0", mode: "posted" });
    timeline.close();
  });
});
