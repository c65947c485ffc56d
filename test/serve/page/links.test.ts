// A link in a bug report shows in a new profile what was shown where it was made: the lists too.

import { type Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { Scratch } from "../../support/scratch.js";
import { CHROMIUM, settledHash, shown, type Shown } from "./browser.js";

const IRTE = "0000:00:08.0/0";
const COUNTED = "SELECT time_ns, count(*) OVER (ORDER BY seq) AS events FROM v_event LIMIT 50";

describe.skipIf(CHROMIUM === undefined)("a link to the page", () => {
  let all: Shown;
  let page: Page;

  beforeAll(async () => {
    all = await shown(new Scratch(), "6.17-x-uaf-crash");
    page = await all.open("r=1&t=@1188");
    await page.getByRole("row", { name: IRTE, exact: true }).waitFor();
  });

  const hash = (of: Page): Promise<string> => of.evaluate<string>("location.hash.slice(1)");

  /** Opens the present link in a new profile, and asks it. */
  async function elsewhere(ask: (other: Page) => Promise<unknown>): Promise<void> {
    const link = await settledHash(page);
    const other = await all.open(link);
    await ask(other);
    await expect.poll(() => hash(other)).toBe(link);
    await other.context().close();
  }

  const isChosen = (of: Page, name: string): Promise<void> =>
    expect
      .poll(() => of.getByRole("radio", { name, exact: true }).getAttribute("aria-checked"))
      .toBe("true");

  it("has by what the audit counts, and that it counts what is in view", async () => {
    await page.getByRole("tab", { name: "Audit" }).click();
    await page.getByRole("radio", { name: "task" }).click();
    await page.getByRole("radio", { name: "in view" }).click();
    await expect.poll(() => hash(page)).toMatch(/&rows=view&by=task/);
    await elsewhere(async (other) => {
      await isChosen(other, "task");
      await isChosen(other, "in view");
    });
    await page.getByRole("radio", { name: "all", exact: true }).click();
    await page.getByRole("radio", { name: "cause" }).click();
    await expect.poll(() => hash(page)).not.toMatch(/&rows=|&by=/);
  });

  it("has the fields of Compare that do not differ", async () => {
    await page.getByRole("tab", { name: "Compare" }).click();
    await page.getByRole("checkbox", { name: "only differences" }).uncheck();
    await expect.poll(() => hash(page)).toContain("&fields=all");
    await elsewhere(async (other) => {
      const box = other.getByRole("checkbox", { name: "only differences" });
      await expect.poll(() => box.isChecked()).toBe(false);
    });
    await page.getByRole("checkbox", { name: "only differences" }).check();
  });

  it("has the result of SQL, as a plot where it is one", async () => {
    await page.getByRole("tab", { name: "SQL" }).click();
    await page.getByRole("textbox", { name: "SQL" }).click();
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText(COUNTED);
    await page.keyboard.press("Control+Enter");
    await page.getByRole("table", { name: "Result" }).waitFor();
    await elsewhere((other) => other.getByRole("table", { name: "Result" }).waitFor());
    await page.getByRole("radio", { name: "plot" }).click();
    await elsewhere((other) => other.getByRole("img", { name: "Plot of events" }).waitFor());
  });

  it("has them still when the reader comes back to SQL from another tab", async () => {
    await page.getByRole("tab", { name: "Events" }).click();
    await page.getByRole("table", { name: "Events" }).waitFor();
    await page.getByRole("tab", { name: "SQL" }).click();
    await page.getByRole("img", { name: "Plot of events" }).waitFor();
    await expect.poll(() => hash(page)).toMatch(/&tab=sql&q=SELECT.*&as=plot/);
  });

  it("of a query without a result gives the text, and runs nothing", async () => {
    const asked: string[] = [];
    const link = (await settledHash(page)).replace(/&as=\w+/, "");
    const other = await all.open(link, {
      before: (each) => Promise.resolve(each.on("request", (one) => asked.push(one.url()))),
    });
    await other.getByRole("textbox", { name: "SQL" }).getByText("OVER").first().waitFor();
    await other.getByRole("row", { name: IRTE, exact: true }).waitFor();
    expect(asked.filter((url) => url.endsWith("/api/sql"))).toEqual([]);
    await other.context().close();
  });

  it("has the rules that the finding is judged by", async () => {
    await page.getByRole("tab", { name: "Findings" }).click();
    await page.locator('[data-finding="F1"]').click();
    await page.getByRole("combobox", { name: "Judge by rules" }).selectOption("6.18");
    const said = (of: Page): Promise<string | null> =>
      of.getByRole("region", { name: "Judge by rules" }).locator("p").textContent();
    await expect.poll(() => said(page)).not.toContain("judging");
    const verdict = await said(page);
    await elsewhere((other) => expect.poll(() => said(other)).toBe(verdict));
  });

  it("of a window alone shows that window, with T in the middle of it", async () => {
    const window = "v=40700000000+1000000";
    const other = await all.open(`r=1&${window}`);
    await expect.poll(() => hash(other)).toContain("t=40700500000");
    expect(await settledHash(other)).toContain(window);
    await other.context().close();
  });

  it("has that the lists are folded", async () => {
    await page.getByRole("button", { name: "Fold the lists" }).click();
    await elsewhere((other) => other.getByRole("button", { name: "Unfold the lists" }).waitFor());
    await page.keyboard.press("1");
    await page.getByRole("table", { name: "Events" }).waitFor();
    await expect.poll(() => hash(page)).not.toContain("lists=");
  });

  it("said no error", () => {
    expect(all.faults).toEqual([]);
  });
});
