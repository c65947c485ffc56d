// Times by the wall clock, in a real browser.

import { describe, expect, it } from "vitest";
import { Scratch } from "../../support/scratch.js";
import { shippedLines } from "../../support/shipped.js";
import { CHROMIUM, shown, timeOf } from "./browser.js";

describe.skipIf(CHROMIUM === undefined)(
  "the page of a recording whose header tells the time",
  () => {
    it("shows times by the wall clock, and takes them", async () => {
      const all = await shown(new Scratch());
      const header = ["# irqtwin capture: 1", "# irqtwin start: wall=1764128000.5 trace=14.000000"];
      const text = [...header, ...shippedLines("6.16-m2-mono-standard"), ""].join("\n");
      await all.timeline.import(Buffer.from(text, "latin1"));
      const page = await all.open("r=1");
      await page
        .getByText(/No findings|inconclusive|finding/)
        .first()
        .waitFor();
      await page.getByRole("combobox", { name: "Times" }).selectOption({ label: "UTC 2025-11-26" });
      const field = page.getByRole("textbox", { name: "T", exact: true });
      await field.fill("03:33:21.5");
      await field.press("Enter");
      await expect.poll(() => page.evaluate("location.hash")).toContain("t=15000000000");
      await expect.poll(() => page.evaluate("location.hash")).toContain("z=wall");
      await expect.poll(() => field.inputValue()).toBe("03:33:21.500000");
      await expect.poll(() => timeOf(page)).toMatch(/^15\.000000 s/);

      const berlin = await all.open("r=1&t=15000000000", { timeZone: "Europe/Berlin" });
      const times = berlin.getByRole("combobox", { name: "Times" });
      await times.selectOption({ label: "Europe/Berlin 2025-11-26" });
      const own = berlin.getByRole("textbox", { name: "T", exact: true });
      await expect.poll(() => own.inputValue()).toBe("04:33:21.500000");
      await own.fill("04:33:22.5");
      await own.press("Enter");
      await expect.poll(() => berlin.evaluate("location.hash")).toContain("t=16000000000");
      const link = await berlin.evaluate<string>("location.hash");
      expect(link).toContain("z=Europe/Berlin");
      // A link shows the zone that it was made with, wherever it is opened.
      const there = await all.open(link.slice(1), { timeZone: "Asia/Tokyo" });
      const shownThere = there.getByRole("textbox", { name: "T", exact: true });
      await expect.poll(() => shownThere.inputValue()).toBe("04:33:22.500000");
      await there
        .getByRole("combobox", { name: "Times" })
        .selectOption({ label: "Asia/Tokyo 2025-11-26" });
      await expect.poll(() => shownThere.inputValue()).toBe("12:33:22.500000");
      expect(all.faults).toEqual([]);
    });
  },
);
