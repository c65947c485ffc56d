// "line N" leads to that line of the trace, with those around it.

import { copyFileSync, rmSync } from "node:fs";
import { type Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { Scratch } from "../../support/scratch.js";
import { shippedLines, shippedPath } from "../../support/shipped.js";
import { CHROMIUM, shown, type Shown } from "./browser.js";

const TRACE = "6.17-x-uaf-crash";
const LINE = 2636;

describe.skipIf(CHROMIUM === undefined)("the lines of the trace on the page", () => {
  let all: Shown;
  let page: Page;

  beforeAll(async () => {
    const scratch = new Scratch();
    const moved = scratch.path(".txt.gz");
    copyFileSync(shippedPath("6.18-s1-one"), moved);
    all = await shown(scratch, TRACE, moved);
    rmSync(moved);
    page = await all.open("r=1&t=@1188&f=F1&s=irte:0000:00:08.0/0&tab=events");
    await page.getByRole("list", { name: "Cause chain" }).getByRole("listitem").first().waitFor();
  });

  /** What the dialog shows: the numbers and texts of its lines, and the number of the chosen one. */
  async function told(): Promise<{ lines: [string, string][]; chosen: string | undefined }> {
    const dialog = page.getByRole("dialog", { name: `Line ${LINE} of the trace` });
    await dialog.getByRole("row").first().waitFor();
    const cells =
      "[...document.querySelectorAll('dialog tr')].map((row) => [...row.children].map(({ textContent }) => textContent))";
    const lines = await page.evaluate<[string, string][]>(cells);
    const chosen = await dialog.locator("[aria-current=true] th").textContent();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    return { lines, chosen: chosen ?? undefined };
  }

  const expected = (): [string, string][] =>
    Array.from({ length: 11 }, (_, place) => LINE - 5 + place).map((number) => [
      String(number),
      shippedLines(TRACE)[number - 1] ?? "",
    ]);

  it("are shown from the cause chain", async () => {
    await page.getByRole("list", { name: "Cause chain" }).getByText(`line ${LINE}`).click();
    expect(await told()).toEqual({ lines: expected(), chosen: String(LINE) });
  });

  it("are shown from the list of events, and leave T where it is", async () => {
    const row = page.locator('[role="row"][data-seq="1188"]');
    await row.getByRole("button", { name: `line ${LINE}` }).click();
    expect((await told()).lines).toEqual(expected());
    await page.locator('[role="row"][data-seq="1189"]').focus();
    await page.locator('[role="row"][data-seq="1188"]').focus();
    await page.keyboard.press("Shift+Enter");
    expect((await told()).chosen).toBe(String(LINE));
    await expect.poll(() => page.evaluate("location.hash")).toContain("t=@1188");
  });

  it("are said not to be there where the trace is not", async () => {
    const other = await all.open("r=2&t=@3500&tab=events");
    await other.locator('[role="row"][data-seq="3500"]').getByRole("button").click();
    await other.getByRole("dialog").getByText("The trace cannot be read here: ").waitFor();
    await expect.poll(() => other.getByRole("dialog").getByRole("row").count()).toBe(0);
    await other.context().close();
  });

  it("said no error", () => {
    expect(all.faults).toEqual([]);
  });
});
