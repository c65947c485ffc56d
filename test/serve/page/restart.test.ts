// The page whose server ends, and another one that runs in its place.

import { describe, expect, it } from "vitest";
import { startServer } from "../../../src/serve/server.js";
import { Scratch } from "../../support/scratch.js";
import { BUILT, CHROMIUM, shown } from "./browser.js";

const TRACE = "6.17-x-uaf-crash";

describe.skipIf(CHROMIUM === undefined)("the page whose server ends", () => {
  it("says so, also while another server refuses it, until a link to that one is opened", async () => {
    const all = await shown(new Scratch(), TRACE, "6.18-s1-one");
    const page = await all.open("r=1&t=@1188");
    page.setDefaultTimeout(30_000);
    await page.getByRole("row", { name: "0000:00:08.0/0", exact: true }).waitFor();
    const message = page.getByRole("status", { name: "Message" });
    await all.server.close();
    await message.getByText("irqtwin serve has ended; this view is what was loaded").waitFor();
    const port = Number(new URL(all.server.url).port);
    const other = await startServer({
      timeline: all.timeline,
      version: "1.2.3",
      page: BUILT,
      port,
    });
    try {
      const refused =
        "irqtwin serve has ended; to go on, open the link that irqtwin serve --link prints";
      await message.getByText(refused).waitFor();
      // Nothing that is said in passing takes its place.
      await page.keyboard.press("m");
      await page.getByRole("searchbox", { name: "Go to" }).fill("nowhere");
      await page.keyboard.press("Enter");
      await expect.poll(() => message.textContent()).toBe(refused);
      await expect
        .poll(() => page.getByRole("row", { name: "0000:00:08.0/0", exact: true }).count())
        .toBe(1);
      const second = await page.context().newPage();
      await second.goto(`${other.url}/?token=${other.session.newLink()}`);
      await expect
        .poll(() => message.textContent(), { timeout: 30_000 })
        .not.toContain("has ended");
      // What was lost on the way is asked for again.
      await page.getByRole("status", { name: "Verdict" }).getByText("4 findings").waitFor();
    } finally {
      await page.context().close();
      await other.close();
    }
  });
});
