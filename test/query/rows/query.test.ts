// SQL of a library's user: what it may do, what it may take, and what its rows are.

import { beforeAll, describe, expect, test } from "vitest";
import { COOKBOOK, openTimeline, type Timeline } from "../../../src/index.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath } from "../../support/shipped.js";

const scratch = new Scratch();
let timeline: Timeline;

beforeAll(async () => {
  timeline = await openTimeline(scratch.path(".db"), { create: true });
  await timeline.import(shippedPath("6.17-s1-one"));
  await timeline.import(shippedPath("7.3-s2-two"));
  return () => {
    timeline.close();
  };
});

const ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT";

describe("a query", () => {
  test("has rows that JSON holds, whatever SQLite has", async () => {
    const sql = `SELECT 9007199254740991 AS safe, 9007199254740993 AS large, x'00ff' AS bytes,
      NULL AS none, 1.5 AS real, 'text' AS text`;
    const expected = { safe: 9007199254740991, large: "9007199254740993", bytes: "00ff" };
    const rows = await timeline.query(sql);
    expect(rows).toEqual([{ ...expected, none: null, real: 1.5, text: "text" }]);
    expect(JSON.parse(JSON.stringify(rows))).toEqual(rows);
    expect(structuredClone(rows)).toEqual(rows);
  });

  test("takes parameters in order and by name, and more rows than one message has", async () => {
    expect(await timeline.query("SELECT ? AS a, ? AS b", [1n << 60n, "x"])).toEqual([
      { a: String(1n << 60n), b: "x" },
    ]);
    expect(await timeline.query("SELECT :a AS a", { a: 7 })).toEqual([{ a: 7 }]);
    const rows = await timeline.query<{ x: number }>(`${ENDLESS} x FROM n LIMIT 2500`);
    expect(rows.map(({ x }) => x)).toEqual(Array.from({ length: 2500 }, (_, i) => i + 1));
  });

  test("sees all recordings, or the one that is named", async () => {
    const sql = "SELECT DISTINCT recording_id AS id FROM v_event ORDER BY id";
    expect(await timeline.query(sql)).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await timeline.query(sql, [], { recording: 1 })).toEqual([{ id: 1 }]);
    await expect(timeline.query(sql, [], { recording: 9 })).rejects.toMatchObject({
      code: "ERR_NO_RECORDING",
    });
  });

  test.each([
    ["DELETE FROM event", "ERR_SQL_NOT_READONLY"],
    ["PRAGMA journal_mode = DELETE", "ERR_SQL_NOT_READONLY"],
    ["ATTACH 'other.db' AS other", "ERR_SQL_NOT_READONLY"],
    ["SELEKT 1", "ERR_SQL"],
    ["SELECT 1; SELECT 2", "ERR_SQL"],
    ["SELECT ? AS a", "ERR_SQL"],
    ["SELECT * FROM nothing", "ERR_SQL"],
  ])("%s is refused with %s", async (sql, code) => {
    await expect(timeline.query(sql)).rejects.toMatchObject({ name: "TwinError", code });
  });

  test.each([
    ["rows", { rows: 10 }, `${ENDLESS} x FROM n`],
    ["bytes", { bytes: 1000 }, `${ENDLESS} x FROM n`],
    ["seconds", { seconds: 0.5 }, `${ENDLESS} count(*) FROM n`],
  ])("that takes more %s than it may is stopped", async (name, options, sql) => {
    await expect(timeline.query(sql, [], options)).rejects.toMatchObject({
      code: "ERR_SQL_LIMIT",
      message: expect.stringContaining(`with \`${name}\``) as string,
    });
  });

  test("with a limit that is none is refused", async () => {
    for (const options of [{ rows: -1 }, { seconds: Number.NaN }, { seconds: 3e6 }])
      await expect(timeline.query("SELECT 1", [], options)).rejects.toMatchObject({
        code: "ERR_USAGE",
      });
  });

  test("lets the program run meanwhile", async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 10);
    const asked = timeline.query(`${ENDLESS} count(*) FROM n`, [], { seconds: 0.3 });
    await expect(asked).rejects.toMatchObject({ code: "ERR_SQL_LIMIT" });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(5);
  });
});

describe("a recipe", () => {
  test("is about the newest recording, or the one that is named", async () => {
    const newest = await timeline.recipe("write-rate");
    expect(newest).toEqual(await timeline.recipe("write-rate", { recording: 2 }));
    expect(newest).not.toEqual(await timeline.recipe("write-rate", { recording: 1 }));
    expect(newest.length).toBeGreaterThan(0);
  });

  test.each(COOKBOOK.map(({ id }) => id))("%s runs", async (id) => {
    expect(Array.isArray(await timeline.recipe(id))).toBe(true);
  });

  test("of another name is refused, with the nearest one", async () => {
    await expect(timeline.recipe("postin")).rejects.toMatchObject({
      code: "ERR_NAME",
      message: expect.stringContaining("did you mean posting?") as string,
    });
  });
});
