// `irqtwin schema` describes the columns that there are, all of them, and nothing else.

import { beforeAll, describe, expect, test } from "vitest";
import { SCHEMA, openTimeline, schemaOf, type RelationMeaning } from "../../../src/index.js";
import { rowsOf, valueOf } from "../../support/content.js";
import { irqtwin } from "../../support/irqtwin.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath } from "../../support/shipped.js";

const scratch = new Scratch();
const db = scratch.path(".db");

beforeAll(async () => {
  const timeline = await openTimeline(db, { create: true });
  for (const name of ["6.17-s1-one", "6.17-x-uaf-crash"]) {
    await timeline.import(shippedPath(name));
    timeline.recording().check();
  }
  timeline.close();
});

test("has every view and every table, but those of SQLite and of the migrator", () => {
  const real = rowsOf(
    db,
    `SELECT name, type FROM sqlite_schema WHERE type IN ('table', 'view')
       AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'kysely%' ORDER BY name`,
  ).map(([name, type]) => [name, type]);
  const described = SCHEMA.map(({ name, kind }) => [name, kind]);
  expect(described.sort()).toEqual(real.sort());
});

describe.each(SCHEMA.map((relation): [string, RelationMeaning] => [relation.name, relation]))(
  "%s",
  (name, { columns }) => {
    test("has the real columns, with their types", () => {
      const real = rowsOf(db, `PRAGMA table_info(${name})`).map(([, column, type]) => [
        String(column),
        String(type).toLowerCase(),
      ]);
      expect(columns.map((column) => column.name).sort()).toEqual(
        real.map(([column]) => column).sort(),
      );
      // SQLite knows no type for an expression of a view.
      for (const [column, type] of real.filter(([, each]) => each !== ""))
        expect(columns.find((each) => each.name === column)?.type, column).toBe(type);
    });

    test("has values of these types", () => {
      for (const { name: column, type } of columns) {
        const kinds = rowsOf(db, `SELECT DISTINCT typeof("${column}") FROM ${name}`).flat();
        const allowed = ["null", ...type.split(" or ")];
        expect(allowed, column).toEqual(expect.arrayContaining(kinds));
      }
    });

    test("says what each means", () => {
      for (const column of columns) expect(column.meaning, column.name).toMatch(/^\S.{2,}[^.]$/);
    });

    test("keeps 0 or 1 where it says so", () => {
      for (const { name: column } of columns.filter(({ unit }) => unit === "0 or 1"))
        expect(
          valueOf(db, `SELECT count(*) FROM ${name} WHERE "${column}" NOT IN (0, 1)`),
          column,
        ).toBe(0n);
    });
  },
);

test("a value that can be missing in a table says what NULL means", () => {
  for (const { name, columns } of SCHEMA.filter(({ kind }) => kind === "table")) {
    for (const column of columns) {
      const has = valueOf(db, `SELECT count(*) FROM ${name} WHERE "${column.name}" IS NULL`);
      if (has !== 0n && !/^(?:a|b|c|d|devid|irte_index|host_irq)$|_(?:lo|hi)$/.test(column.name))
        expect(column.meaning, `${name}.${column.name}`).toContain("NULL");
    }
  }
});

test("schemaOf() picks one; a name of nothing is refused", () => {
  expect(schemaOf("v_irte").map(({ name }) => name)).toEqual(["v_irte"]);
  expect(schemaOf()).toBe(SCHEMA);
  expect(() => schemaOf("irtes")).toThrow(expect.objectContaining({ code: "ERR_NAME" }) as Error);
});

test("the command prints them as text and as JSON, without a timeline", () => {
  const text = irqtwin(["schema", "v_vcpu"]);
  expect(text.status).toBe(0);
  expect(text.stdout).toMatch(/^v_vcpu \(view\): one row is an interval of one vCPU's state\n/);
  expect(text.stdout).toMatch(/from_ns +integer +ns or ticks +begin, inclusive/);
  const lines = irqtwin(["schema", "--json"]).stdout.trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line) as RelationMeaning)).toEqual(SCHEMA);
  expect(irqtwin(["schema", "x"])).toMatchObject({ status: 2, stdout: "" });
});
