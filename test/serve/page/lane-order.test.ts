// The order of lanes in a real browser: by choice, by key, and in the link.

import { type Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { Scratch } from "../../support/scratch.js";
import { CHROMIUM, shown, type Shown } from "./browser.js";

describe.skipIf(CHROMIUM === undefined)("the order of lanes", () => {
  let all: Shown;
  let page: Page;

  beforeAll(async () => {
    all = await shown(new Scratch(), "6.17-x-uaf-crash");
    page = await all.open("r=1&t=@1188");
    await page.getByRole("row", { name: "0000:00:08.0/0", exact: true }).waitFor();
  });

  /** The IRTEs of the lanes from the top down. */
  const entries = (of: Page): Promise<string[]> =>
    of.evaluate<string[]>(
      "[...document.querySelectorAll('.gutter-row.irte')].map(({ dataset }) => dataset.lane.slice(5))",
    );

  /** The IRTEs that are shown, those that changed last before a moment first, device by device. */
  function byChange(when: string, shownOnes: readonly string[]): readonly string[] {
    const since = new Map(
      all.timeline
        .recording(1)
        .at({ when })
        .irtes.map(({ irte, since_seq }) => [irte, since_seq]),
    );
    const device = (irte: string): string => irte.replace(/\/.*/, "");
    const latest = (irte: string): number =>
      Math.max(
        ...[...since].flatMap(([name, seq]) => (device(name) === device(irte) ? [seq] : [])),
      );
    return [...shownOnes].sort(
      (one, two) => latest(two) - latest(one) || (since.get(two) ?? 0) - (since.get(one) ?? 0),
    );
  }

  it("is by the last change before T, and follows T", async () => {
    const numbered = await entries(page);
    await page
      .getByRole("combobox", { name: "Order of lanes" })
      .selectOption("by last change before T");
    expect(byChange("@1188", numbered)).not.toEqual(numbered);
    await expect.poll(() => entries(page)).toEqual(byChange("@1188", numbered));
    await expect.poll(() => page.evaluate("location.hash")).toContain("&o=change");
    await page.getByRole("textbox", { name: "T", exact: true }).fill("@1000");
    await page.keyboard.press("Enter");
    await expect.poll(() => entries(page)).toEqual(byChange("@1000", numbered));
  });

  it("is that of the link in another profile", async () => {
    const other = await all.open(await page.evaluate<string>("location.hash.slice(1)"));
    await other.getByRole("row", { name: "0000:00:08.0/0", exact: true }).waitFor();
    await expect.poll(() => entries(other)).toEqual(await entries(page));
    await other.context().close();
  });

  it("is the next one by key", async () => {
    const order = page.getByRole("combobox", { name: "Order of lanes" });
    // Keys do nothing in fields.
    await page.getByRole("textbox", { name: "T", exact: true }).blur();
    await page.locator("body").press("o");
    await expect.poll(() => order.inputValue()).toBe("number");
    await page.locator("body").press("o");
    await expect.poll(() => order.inputValue()).toBe("name");
    await expect
      .poll(() => page.getByRole("status", { name: "Message" }).textContent())
      .toBe("Lanes by name");
    expect(all.faults).toEqual([]);
  });
});
