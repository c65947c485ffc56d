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
    expect(await page.evaluate("location.hash")).toContain("fold=irte:0000:00:08.0/1");
  });

  it("comes back from the field of places with Escape", async () => {
    await page.keyboard.press("g");
    expect(await focused(page)).toBe("Go to");
    await page.keyboard.press("Escape");
    expect(await focused(page)).not.toBe("Go to");
    await page.keyboard.press("5");
    await page.getByRole("textbox", { name: "SQL" }).waitFor();
  });
});
