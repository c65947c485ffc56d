// The types of the views against what `irqtwin schema` says of them, and against rows.

import { fileURLToPath } from "node:url";
import ts from "typescript";
import { beforeAll, describe, expect, test } from "vitest";
import {
  openTimeline,
  SCHEMA,
  views,
  type ColumnMeaning,
  type IrteMode,
} from "../../../src/index.js";
import { rowsOf } from "../../support/content.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath } from "../../support/shipped.js";

const FILE = fileURLToPath(new URL("../../../src/query/sql/views.ts", import.meta.url));
const program = ts.createProgram([FILE], {
  ...{ target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.Node20, strict: true },
  ...{ skipLibCheck: true, types: ["node"], noEmit: true },
});
const checker = program.getTypeChecker();
const scratch = new Scratch();

/** The members of a type: name and type, in the order in which they are written. */
function membersOf(type: ts.Type | undefined): ReadonlyMap<string, ts.Type> {
  const members = type?.getProperties() ?? [];
  return new Map(members.map((member) => [member.name, checker.getTypeOfSymbol(member)]));
}

/** The rows of each view. */
const VIEWS = membersOf(
  program
    .getSourceFile(FILE)
    ?.statements.filter(ts.isInterfaceDeclaration)
    .filter(({ name }) => name.text === "Views")
    .map((declared) => checker.getTypeAtLocation(declared))[0],
);
const columnsOf = (view: string): ReadonlyMap<string, ts.Type> => membersOf(VIEWS.get(view));

const canBeNull = (type: ts.Type): boolean =>
  checker.isTypeAssignableTo(checker.getNullType(), type);

/** The parts of a union, or the type alone. */
function partsOf(type: ts.Type): readonly ts.Type[] {
  const whole = checker.getNonNullableType(type);
  return whole.isUnion() ? whole.types : [whole];
}

/** The texts that a column can have; null = it can have any, or has none. */
function wordsOf(type: ts.Type): readonly string[] | null {
  const words = partsOf(type).map((part) => (part.isStringLiteral() ? part.value : null));
  const known = words.filter((word) => word !== null);
  return known.length === words.length ? known : null;
}

/** What the values of a column are. */
function toldOf(type: ts.Type): string {
  const parts = partsOf(type);
  const isOf = (base: ts.Type) => (part: ts.Type) => checker.isTypeAssignableTo(part, base);
  const isText = isOf(checker.getStringType());
  const isNumber = isOf(checker.getNumberType());
  const numbers = parts.map((part) => (part.isNumberLiteral() ? part.value : null));
  if (numbers.every((value) => value !== null)) return numbers.sort().join(" or ");
  if (parts.every(isNumber)) return "number";
  if (parts.every(isText)) return "text";
  return parts.every((part) => isNumber(part) || isText(part)) ? "number or text" : "else";
}

/** What the values of a column of SQL are. */
function typeOf({ type, unit }: ColumnMeaning): string {
  if (type === "integer or text") return "number or text";
  if (type !== "integer") return "text";
  if (unit === "0 or 1") return unit;
  return unit === "bits" || unit === "ns or ticks" ? "number or text" : "number";
}

const RELATIONS = SCHEMA.filter(({ kind }) => kind === "view");

describe("the types of the views", () => {
  test("are there for every view, and for no other", () => {
    expect([...VIEWS.keys()].sort()).toEqual(RELATIONS.map(({ name }) => name));
  });

  test.each(RELATIONS)("have the columns of $name in their order", ({ name, columns }) => {
    const told = [...columnsOf(name)].map(([column, type]) => [column, toldOf(type)]);
    expect(told).toEqual(columns.map((column) => [column.name, typeOf(column)]));
    for (const column of columns)
      if (/\bNULL\b/.test(column.meaning))
        expect(
          [...columnsOf(name)].filter(([, type]) => canBeNull(type)).map(([of]) => of),
        ).toContain(column.name);
  });

  test("run nothing by themselves, and say who does", async () => {
    const query = views.selectFrom("v_finding").selectAll();
    const refused = {
      code: "ERR_USAGE",
      message: expect.stringContaining("`timeline.query()`") as string,
    };
    await expect(query.execute()).rejects.toMatchObject(refused);
    await expect(query.executeTakeFirst()).rejects.toMatchObject(refused);
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
    const typed: readonly { irte: string; mode: IrteMode | "unknown" | null; from_seq: number }[] =
      rows;
    // @ts-expect-error no entry is ever that
    views.selectFrom("v_irte").select("irte").where("mode", "=", "postd");
    expect(typed).toHaveLength(2);
    expect(typed[0]).toMatchObject({ irte: "0000:00:08.0/0", mode: "posted" });
    timeline.close();
  });
});

describe("of recordings", () => {
  const file = scratch.path(".db");
  beforeAll(async () => {
    const timeline = await openTimeline(file, { create: true });
    for (const name of ["6.17-x-uaf-crash", "7.3-s2-two", "6.16-m2-mono-standard"])
      await timeline.import(shippedPath(name));
    for (const recording of timeline.recordings()) recording.check();
    timeline.close();
  });

  test.each(RELATIONS)("$name has no NULL and no word that its types do not tell", (view) => {
    const columns = [...columnsOf(view.name)];
    const sure = columns.filter(([, type]) => !canBeNull(type)).map(([column]) => column);
    const counts = sure.map((column) => `count(*) - count(${column}) AS ${column}`);
    const [nulls] = rowsOf(file, `SELECT ${["0", ...counts].join(", ")} FROM ${view.name}`);
    expect(nulls).toEqual([0n, ...sure.map(() => 0n)]);
    for (const [column, type] of columns) {
      const words = wordsOf(type);
      if (words === null) continue;
      const rows = rowsOf(
        file,
        `SELECT DISTINCT ${column} AS word FROM ${view.name} WHERE word IS NOT NULL`,
      );
      expect(words, column).toEqual(expect.arrayContaining(rows.flat()));
    }
  });

  test("closed sets of words are types", () => {
    const sets = RELATIONS.flatMap(({ name }) =>
      [...columnsOf(name)].filter(([, type]) => wordsOf(type) !== null).map(([of]) => of),
    );
    expect(new Set(sets)).toEqual(
      new Set([
        ...["bug", "cause", "clock_unit", "delivery_mode", "difference", "fate", "field", "format"],
        ...["invariant", "kind", "mode", "added_by", "removed_by", "rule", "rules", "rules_from"],
        ...[
          "platform",
          "rules_read",
          "run_state",
          "severity",
          "source",
          "state",
          "type",
          "vcpu_by",
        ],
        ...["vcpu_idx_by", "verdict", "vm_id_by", "witness"],
      ]),
    );
  });
});
