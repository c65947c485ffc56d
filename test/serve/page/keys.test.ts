// The keyboard is never lost: where it goes away with what it was on, or into a field, a key leads back.

import { type Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { Scratch } from "../../support/scratch.js";
import { CHROMIUM, shown } from "./browser.js";

const focused = (page: Page): Promise<string | null> =>
  page.evaluate("document.activeElement.getAttribute('aria-label')");

describe.skipIf(CHROMIUM === undefined)("the keyboard", () => {
  let page: Page;

  beforeAll(async () => {
    const all = await shown(new Scratch(), "6.17-x-uaf-crash");
    page = await all.open("r=1&t=@1188&s=irte:0000:00:08.0/0");
    await page.getByRole("heading", { name: "0000:00:08.0/0" }).waitFor();
  });

  it("goes to the next lane that stays when Space folds one with all that belongs to it", async () => {
    const lane = page.getByRole("row", { name: "0000:00:08.0/1", exact: true });
    await lane.focus();
    await page.keyboard.press("Space");
    await expect.poll(() => lane.count()).toBe(0);
    await expect.poll(() => focused(page)).toBe("0000:00:08.0/2");
    await expect.poll(() => page.evaluate("location.hash")).toContain("fold=irte:0000:00:08.0/1");
  });

  it("has a list of all keys, by where they act, that is made of what binds them", async () => {
    await page.keyboard.press("?");
    const list = page.getByRole("dialog").getByRole("table", { name: "Keys" });
    await list.waitFor();
    const told = await page.evaluate<string[][]>(
      "[...document.querySelectorAll('dialog tbody')].map((part) => [...part.rows].map((row) => row.innerText))",
    );
    const under = (place: string): string =>
      told
        .find(([head]) => head === place)
        ?.join("\n")
        .replaceAll("\t", " ") ?? "";
    expect(under("On the ruler")).toContain("Shift+← Shift+→ previous, next change");
    expect(under("On the overview")).toContain("↑ ↓ zoom in, out");
    expect(under("In the cause chain")).toContain("↑ ↓ the event above, below");
    expect(under("In Events")).toContain("Enter c T to the event; copy its row");
    expect(under("In Findings")).toContain(
      "Enter c Shift+M open the finding; copy its row, its mail",
    );
    expect(under("On a field of the bits")).toContain("c copy");
    expect(under("On the lanes")).toContain("hide a lane that is not pinned");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });

  it("does in lists what the list of keys says", async () => {
    const said = page.getByRole("status", { name: "Message" });
    await page.locator('[data-finding="F3"]').focus();
    await page.keyboard.press("Shift+M");
    await expect.poll(() => said.textContent()).toBe("Copied the mail of F3");
    await page.keyboard.press("c");
    await expect.poll(() => said.textContent()).toBe("Copied F3");
    await page.keyboard.press("1");
    const row = page.locator('[role="row"][data-seq="1188"]');
    await row.focus();
    await page.keyboard.press("c");
    await expect.poll(() => said.textContent()).toBe("Copied @1188");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate("location.hash")).toContain("t=@1189");
  });

  it("goes to the name of the tab that a key opens, and from there on", async () => {
    const at = (): Promise<string | null> => page.evaluate("document.activeElement.textContent");
    for (const [key, name] of [
      ["4", "Compare"],
      ["1", "Events"],
      ["5", "SQL"],
    ] as const) {
      await page.keyboard.press(key);
      const tab = page.getByRole("tab", { name });
      await expect.poll(() => tab.getAttribute("aria-selected")).toBe("true");
      await expect.poll(at).toBe(name);
    }
    await page.keyboard.press("ArrowLeft");
    await expect.poll(at).toBe("Compare");
    await page.getByRole("tabpanel", { name: "Compare" }).waitFor();
  });

  it("is told beside the SQL what it sees", async () => {
    await page.keyboard.press("5");
    await page
      .getByText("Rows of 6.17-x-uaf-crash alone; irqtwin query sees all recordings.")
      .waitFor();
  });

  it("comes back from the field of places with Escape", async () => {
    await page.keyboard.press("g");
    await expect.poll(() => focused(page)).toBe("Go to");
    await page.keyboard.press("Escape");
    await expect.poll(() => focused(page)).not.toBe("Go to");
    await page.keyboard.press("5");
    await page.getByRole("textbox", { name: "SQL" }).waitFor();
  });
});
