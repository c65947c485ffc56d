// The table of a counter has the columns of its plot, and counts what SQL counts.

import { type Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { rowsOf } from "../../../src/query/rows/query.js";
import { Scratch } from "../../support/scratch.js";
import { CHROMIUM, shown, type Shown } from "./browser.js";

/** What SQL tells of a span: the rate of events in it, or how many of the entries in use are posted at its end. */
const SQL: Readonly<Record<string, string>> = {
  "counter:writes": rateSql("irte_written"),
  "counter:ga_log": rateSql("ga_log_entry"),
  "counter:posted_share": `SELECT 100.0 * sum(mode = 'posted') / count(*) FROM v_irte
    WHERE mode IN ('posted', 'remapped') AND from_ns < begin + length
    AND (to_ns IS NULL OR to_ns >= begin + length)`,
};

function rateSql(kind: string): string {
  return `SELECT count(*) * 1e9 / length FROM v_event
    WHERE kind = '${kind}' AND time_ns >= begin AND time_ns < begin + length`;
}

/** An expression: from, to and value of each row of the table that is open. */
const LISTED = `[...document.querySelectorAll("dialog .twin tbody tr")]
  .map(({ dataset }) => [dataset.from, dataset.to, dataset.value])`;

describe.skipIf(CHROMIUM === undefined)("the table of a counter", () => {
  let all: Shown;
  let page: Page;

  beforeAll(async () => {
    all = await shown(new Scratch(), "6.17-x-uaf-crash");
    page = await all.open("r=1&t=@2039&v=40000000000+2000000000&s=irte:0000:00:08.0/0");
    await page.getByRole("row", { name: "writes", exact: true }).waitFor();
  });

  it.each(Object.keys(SQL))("of %s says what SQL says", async (id) => {
    await page.locator(`[data-lane="${id}"]`).focus();
    await page.keyboard.press("t");
    const table = page.getByRole("dialog").getByRole("table");
    await table.waitFor();
    const listed = await page.evaluate<(readonly [string, string, string])[]>(LISTED);
    expect(listed.length).toBeGreaterThan(20);
    const spans = listed.map(([from, to]) => `(${from}, ${to} - ${from})`).join(", ");
    const wanted = await rowsOf<{ value: number | null }>(
      all.timeline.queryPages(
        `WITH span(begin, length) AS (VALUES ${spans}) SELECT (${SQL[id] ?? ""}) AS value FROM span`,
      ),
    );
    expect(wanted).toHaveLength(listed.length);
    for (const [row, { value }] of wanted.entries()) {
      const told = listed[row]?.[2];
      if (value === null) expect(told).toBe("");
      else expect(Number(told)).toBeCloseTo(value, 6);
    }
    const values = new Set(wanted.map(({ value }) => value));
    expect(values.size).toBeGreaterThan(id === "counter:ga_log" ? 0 : 2);
    await page.keyboard.press("Escape");
    await table.waitFor({ state: "detached" });
  });

  it("opens by the mouse", async () => {
    await page.locator('[data-lane="counter:writes"]').hover();
    await page.getByRole("button", { name: "Table of writes" }).click();
    await page.getByRole("table", { name: "writes in columns" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });

  it("can be chosen in the table of another lane", async () => {
    await page.locator('[data-lane="cpu:1"]').focus();
    await page.keyboard.press("t");
    await page.getByRole("combobox", { name: "Lane", exact: true }).selectOption("counter:writes");
    await page.getByRole("table", { name: "writes in columns" }).waitFor();
    expect(all.faults).toEqual([]);
  });
});
