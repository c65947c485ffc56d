// A recording that grows while a reader looks at it.

import { type Page } from "playwright-core";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { count } from "../../../src/serve/page/pure/clock.js";
import { Scratch } from "../../support/scratch.js";
import { CHROMIUM, shown, type Shown } from "./browser.js";
import { growing, type Growing } from "./growing.js";

const TRACE = "6.17-x-uaf-crash";
const IRTE = "0000:00:08.0/0";

/** How the reader looks back. */
type Look = (page: Page) => Promise<unknown>;

describe.skipIf(CHROMIUM === undefined)("the page of a recording that grows", () => {
  let all: Shown;
  let trace: Growing;
  let page: Page;

  beforeAll(async () => {
    all = await shown(new Scratch());
    trace = growing(all.timeline, TRACE, 2000);
    await vi.waitUntil(() => lastSeq() > 0, 60_000);
    page = await all.open("r=1&t=live");
    page.setDefaultTimeout(20_000);
    await page.getByText("● live").waitFor();
    await page.getByRole("row", { name: "vm1/vcpu0", exact: true }).waitFor();
  });

  const lastSeq = (): number => all.timeline.recordings()[0]?.last_seq ?? 0;
  const hash = (): Promise<string> => page.evaluate<string>("location.hash");
  const viewNow = async (): Promise<string> => /&v=[^&]*/.exec(await hash())?.[0] ?? "";
  const back = () => page.getByRole("button", { name: /back to now/ });
  const events = (): Promise<string> => page.locator(".facts").textContent().then(String);
  const missed = async (): Promise<string> =>
    String(await back().textContent()).replaceAll(/\D/g, "");
  const live = () => page.getByText("● live");

  /** Waits until the page has what is stored. */
  async function grown(lines: number): Promise<void> {
    const before = lastSeq();
    trace.grow(lines);
    await expect.poll(lastSeq).toBeGreaterThan(before);
    await expect.poll(events).toContain(`${count(lastSeq())} events`);
  }

  const press =
    (key: string): Look =>
    (each) =>
      each.keyboard.press(key);

  /** Clicks on a part of an element, 0 to 1. */
  const click =
    (selector: string, part: number): Look =>
    async (each) => {
      const box = await each.locator(selector).boundingBox();
      if (box === null) throw new Error(`there is no ${selector}`);
      await each.mouse.click(box.x + box.width * part, box.y + box.height / 2);
    };

  /** Plays backwards, until T has moved. */
  const rewind: Look = async (each) => {
    const button = each.getByRole("button", { name: "Rewind" });
    await each.emulateMedia({ reducedMotion: "no-preference" });
    await button.click();
    await back().waitFor();
    await button.click();
    await each.emulateMedia({ reducedMotion: "reduce" });
  };

  it("keeps T and the right edge of the view at the end", async () => {
    await press("w")(page);
    await press("w")(page);
    await live().waitFor();
    const chips: string[] = [];
    for (let step = 0; step < 4; step++) {
      await grown(300);
      // What stands where is one picture: T is in it at each moment.
      chips.push(
        ...(await page.evaluate<string[]>(
          `new Promise((resolve) => {
            const seen = [];
            const look = () => {
              const [ruler, chip] = [".ruler", ".t-chip"].map((each) => document.querySelector(each)?.getBoundingClientRect());
              if (chip === undefined) seen.push("T is out of view");
              if (seen.push("") > 20) resolve(seen); else requestAnimationFrame(look);
            };
            look();
          })`,
        )),
      );
    }
    expect(chips.filter((text) => text !== "")).toEqual([]);
    await expect.poll(() => hash()).toContain("t=live");
  });

  it.each<readonly [string, Look]>([
    ["a key that pans", press("A")],
    ["a click on the minimap", click(".minimap-box", 0.2)],
    [
      "a key that zooms from the minimap",
      async (each) => {
        await each.getByRole("slider", { name: "Overview" }).focus();
        await each.keyboard.press("ArrowUp");
      },
    ],
    ["a click on a lane", click(".lane-canvas", 0.5)],
    [
      "a jump",
      async (each) => {
        await each.getByRole("searchbox", { name: "Go to" }).fill("@300");
        await each.keyboard.press("Enter");
      },
    ],
    ["rewind", rewind],
    [
      "the event before",
      async (each) => {
        await each.getByRole("slider", { name: "Time" }).focus();
        await each.keyboard.press("ArrowLeft");
      },
    ],
  ])("pauses after %s, counts what comes, and comes back", async (_name, look) => {
    await look(page);
    await back().waitFor();
    await expect.poll(hash).not.toContain("t=live");
    await expect.poll(viewNow).not.toBe("");
    const before = await viewNow();
    const seen = lastSeq();
    await grown(60);
    await expect.poll(missed).toBe(String(lastSeq() - seen));
    await grown(60);
    await expect.poll(missed).toBe(String(lastSeq() - seen));
    await expect.poll(() => viewNow()).toBe(before);
    await expect.poll(() => hash()).not.toContain("t=live");
    await back().click();
    await live().waitFor();
    await expect.poll(() => back().count()).toBe(0);
    await expect.poll(hash).toContain("t=live");
  });

  it("comes back by a key, and by the browser's way back", async () => {
    await press("End")(page);
    await live().waitFor();
    await press("A")(page);
    await back().waitFor();
    await expect.poll(hash).not.toContain("t=live");
    await page.goBack();
    await live().waitFor();
    await press("A")(page);
    await back().waitFor();
    await press("End")(page);
    await live().waitFor();
    await grown(60);
    await live().waitFor();
  });

  it("is judged when it is complete", async () => {
    await trace.end();
    await page.getByRole("status", { name: "Verdict" }).getByText("4 findings").waitFor();
    await expect.poll(() => live().count()).toBe(0);
    await page.getByRole("row", { name: IRTE, exact: true }).waitFor();
    expect(all.faults).toEqual([]);
  });
});
