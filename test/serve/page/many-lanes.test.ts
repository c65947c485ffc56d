// A recording with many lanes: only those near to what is in sight are elements, and each can still be reached.

import { type Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { repeatedLines, traceTemplate } from "../../bench/generate.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines } from "../../support/shipped.js";
import { CHROMIUM, shown } from "./browser.js";

/** A recording of one VM, and so many of them one after another. */
const TRACE = "6.18-s1-one";
const REPEATED = 120;

describe.skipIf(CHROMIUM === undefined)("a page with many lanes", () => {
  let page: Page;
  const rows = (): Promise<number> =>
    page.evaluate<number>("document.querySelectorAll('.gutter-row').length");

  beforeAll(async () => {
    const scratch = new Scratch();
    const lines = shippedLines(TRACE);
    const template = traceTemplate(lines.join("\n"), 9);
    const repeated = [...repeatedLines(template, lines.length * REPEATED)].join("\n");
    const all = await shown(scratch, scratch.file(".txt", `${repeated}\n`));
    page = await all.open("r=1");
    await page.getByRole("row", { name: "vm1/vcpu0", exact: true }).waitFor();
  });

  it("says how many rows there are, and has those in sight", async () => {
    const grid = page.getByRole("treegrid", { name: "Lanes" });
    expect(Number(await grid.getAttribute("aria-rowcount"))).toBeGreaterThan(400);
    expect(await rows()).toBeLessThan(300);
    expect(await page.getByRole("row", { name: "vm100/vcpu0", exact: true }).count()).toBe(0);
  });

  it("reaches the last row by key, and the rows before it", async () => {
    const grid = page.getByRole("treegrid", { name: "Lanes" });
    await page.locator(".gutter-row").first().focus();
    await page.keyboard.press("End");
    const count = await grid.getAttribute("aria-rowcount");
    const focused = (): Promise<string> =>
      page.evaluate<string>("document.activeElement?.getAttribute('aria-rowindex') ?? ''");
    await expect.poll(focused).toBe(count);
    await page.keyboard.press("ArrowUp");
    expect(await focused()).toBe(String(Number(count) - 1));
    expect(await rows()).toBeLessThan(300);
  });

  it("shows a lane that a filter names, with its state", async () => {
    await page.getByRole("searchbox", { name: "Filter lanes" }).fill("vm100/vcpu0");
    const row = page.getByRole("row", { name: "vm100/vcpu0", exact: true });
    await row.waitFor();
    await row.click();
    await page.getByRole("heading", { name: "vm100/vcpu0" }).waitFor();
  });
});
