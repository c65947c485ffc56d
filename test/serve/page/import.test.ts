// Traces that a reader gives to the page: how far they are, how to stop them, and what is shown then.

import { gzipSync } from "node:zlib";
import { type Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { largeTrace } from "../../support/large.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath, shippedText } from "../../support/shipped.js";
import { CHROMIUM, shown, type Shown } from "./browser.js";
import { growing } from "./growing.js";

const HEALTHY = "6.18-s1-one";
const TRACE = "6.17-x-uaf-crash";

/** Lets the browser send so many bytes a second. */
async function throttle(page: Page, uploadThroughput: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const others = { offline: false, latency: 0, downloadThroughput: -1 };
  await session.send("Network.emulateNetworkConditions", { ...others, uploadThroughput });
}

/** Chooses files by keys alone. */
async function choose(page: Page, name: string | RegExp, paths: readonly string[]): Promise<void> {
  const choosing = page.waitForEvent("filechooser");
  await page.getByRole("button", { name }).focus();
  await page.keyboard.press("Enter");
  await (await choosing).setFiles([...paths]);
}

/** Drops files with these contents on the page. */
async function drop(page: Page, files: Readonly<Record<string, string>>): Promise<void> {
  await page.evaluate(
    `(() => {
      const dataTransfer = new DataTransfer();
      for (const [name, text] of Object.entries(${JSON.stringify(files)}))
        dataTransfer.items.add(new File([text], name));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    })()`,
  );
}

/** Notes each thing that the page says of an import, with the seconds since the first one. */
const WATCH = `(() => {
  window.told = [];
  let started = null;
  new MutationObserver(() => {
    const group = document.querySelector('[aria-label="Import"][role="group"]');
    const bar = group?.querySelector("progress");
    if (!group) return;
    const part = bar.hasAttribute("value") ? bar.value : null;
    const text = group.textContent;
    if (window.told.at(-1)?.text === text) return;
    started ??= performance.now();
    window.told.push({ text, part, seconds: (performance.now() - started) / 1000 });
  }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
})()`;

/** Stops an import at the moment at which the page says something of it; the server in this process would be too busy to wait for. */
const stopAt = (said: RegExp): string => `new Promise((resolve) => {
  new MutationObserver((_, observer) => {
    const group = document.querySelector('[aria-label="Import"][role="group"]');
    if (!${String(said)}.test(group?.textContent ?? "")) return;
    observer.disconnect();
    group.querySelector("button").click();
    resolve();
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
})`;

interface Told {
  readonly text: string;
  readonly part: number | null;
  readonly seconds: number;
}

const LINES = /([\d.]+)( [kM])? lines\/s/;

/** Lines a second that the page tells. */
function rateOf(text: string): number {
  const [, number = "", unit = ""] = LINES.exec(text) ?? [];
  return Number(number) * ({ " k": 1e3, " M": 1e6 }[unit] ?? 1);
}

describe.skipIf(CHROMIUM === undefined)("a trace that is given to the page", () => {
  const empty = (page: Page) => page.getByRole("heading", { name: "No recording yet" });
  const group = (page: Page) => page.getByRole("group", { name: "Import" });
  const message = (page: Page) => page.getByRole("status", { name: "Message" });
  const recordings = (all: Shown): readonly string[] =>
    all.timeline.recordings().map(({ file, state }) => `${file} ${state}`);

  it("tells how much of it has gone up, then how fast its lines are read, and opens", async () => {
    const scratch = new Scratch();
    const all = await shown(scratch);
    const page = await all.open();
    const bytes = largeTrace(9);
    await throttle(page, 8_000_000);
    await page.evaluate(WATCH);
    await choose(page, "Choose …", [scratch.file(".txt", bytes)]);
    await expect.poll(() => page.evaluate("location.hash")).toContain("r=1");
    const told = await page.evaluate<Told[]>("window.told");
    const parts = told.filter(({ text }) => text.startsWith("sending")).map(({ part }) => part);
    expect(
      new Set(parts.filter((part) => part !== null && part > 0 && part < 1)).size,
    ).toBeGreaterThan(3);
    expect(parts).toEqual([...parts].sort((one, other) => Number(one) - Number(other)));
    const lines = bytes.toString("latin1").split("\n").length;
    for (const { text, seconds } of told.filter(({ text }) => LINES.test(text)))
      expect(rateOf(text) * seconds).toBeLessThan(lines * 1.1);
    await expect.poll(() => group(page).count()).toBe(0);
    expect(all.faults).toEqual([]);
    await page.context().close();
  });

  it.each([
    ["goes up", 300_000, /^sending .*[1-9]\d %/],
    ["is imported", -1, /^importing .*lines/],
  ] as const)("can be stopped while it %s: the empty page is back", async (_step, speed, said) => {
    const scratch = new Scratch();
    const all = await shown(scratch);
    const page = await all.open();
    page.setDefaultTimeout(20_000);
    const path = scratch.file(".txt.gz", gzipSync(largeTrace(36), { level: 1 }));
    await throttle(page, speed);
    const stopped = page.evaluate(stopAt(said));
    await choose(page, "Choose …", [path]);
    await stopped;
    await message(page)
      .getByText(/^The import of .* was stopped$/)
      .waitFor();
    await empty(page).waitFor();
    await expect.poll(() => group(page).count()).toBe(0);
    expect(recordings(all)).toEqual([]);
    await expect.poll(() => page.getByRole("status", { name: "Verdict" }).textContent()).toBe("");
    await choose(page, "Choose …", [shippedPath(TRACE)]);
    await page.getByRole("status", { name: "Verdict" }).getByText("4 findings").waitFor();
    await page.getByRole("heading", { name: "0000:00:08.0/0" }).waitFor();
    expect(all.faults).toEqual([]);
    await page.context().close();
  });

  it("comes with others, which are imported one after the other; what is no trace is told", async () => {
    const all = await shown(new Scratch());
    const page = await all.open();
    await empty(page).waitFor();
    await drop(page, {
      "first.txt": shippedText(TRACE),
      "no-trace.txt": "nothing of a trace\n",
      "last.txt": shippedText(HEALTHY),
    });
    await message(page)
      .getByText(/^no-trace\.txt: .*\(ERR_FORMAT_UNKNOWN\); last\.txt is imported$/)
      .waitFor();
    expect(recordings(all)).toEqual(["first.txt complete", "last.txt complete"]);
    await expect
      .poll(() => page.getByRole("combobox", { name: "Recording" }).inputValue())
      .toBe("1");
    expect(all.faults).toEqual([]);
    await page.context().close();
  });

  it("is chosen by keys beside a recording that is open, which it takes the place of", async () => {
    const all = await shown(new Scratch(), TRACE);
    const page = await all.open("r=1&t=@1188");
    page.setDefaultTimeout(20_000);
    await page.getByRole("row", { name: "0000:00:08.0/0", exact: true }).waitFor();
    await choose(page, "Import", [shippedPath(HEALTHY)]);
    await page.getByRole("status", { name: "Verdict" }).getByText("No findings").waitFor();
    await expect.poll(() => page.evaluate("location.hash")).toMatch(/^#r=2&/);
    await page.goBack();
    await expect.poll(() => page.evaluate("location.hash")).toMatch(/^#r=1&.*t=@1188/);
    expect(all.faults).toEqual([]);
    await page.context().close();
  });

  it("that another process gives up leaves the empty page", async () => {
    const all = await shown(new Scratch());
    const trace = growing(all.timeline, TRACE, 2000);
    await expect.poll(() => recordings(all).length).toBe(1);
    const page = await all.open();
    await page.getByText("● live").waitFor();
    await trace.fail();
    await empty(page).waitFor();
    await expect.poll(() => page.getByRole("status", { name: "Verdict" }).textContent()).toBe("");
    await expect.poll(() => page.evaluate("location.hash")).not.toContain("r=1");
    // What was under way when the recording went is answered with 404.
    expect(all.faults.filter((text) => !text.includes("status of 404"))).toEqual([]);
    await page.context().close();
  });
});
