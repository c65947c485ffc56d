// The list of events by what the lines of the trace say, in a real browser.

import { copyFileSync, rmSync } from "node:fs";
import { type Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { Scratch } from "../../support/scratch.js";
import { shippedLines, shippedPath } from "../../support/shipped.js";
import { CHROMIUM, settledHash, shown, type Shown } from "./browser.js";

const TRACE = "6.17-x-uaf-crash";
/** A task some of whose lines are no events of ours. */
const TEXT = "kworker/0:5-224";

describe.skipIf(CHROMIUM === undefined)("the search in the lines of the trace", () => {
  const scratch = new Scratch();
  let all: Shown;
  let page: Page;

  beforeAll(async () => {
    all = await shown(scratch, TRACE);
    page = await all.open("r=1&t=@1188&tab=events");
    await page.getByRole("table", { name: "Events" }).getByText("@1188").waitFor();
  });

  it("leaves the events whose lines have the text, and says of how many lines", async () => {
    const lines = shippedLines(TRACE).flatMap((line, at) => (line.includes(TEXT) ? [at + 1] : []));
    const events = [...all.timeline.recording(1).log()].filter(({ line }) => lines.includes(line));
    expect(events.length).toBeGreaterThan(0);
    expect(events.length).toBeLessThan(lines.length);
    await page.getByRole("searchbox", { name: "Grep" }).fill(TEXT);
    const table = page.getByRole("table", { name: "Events" });
    await expect.poll(() => table.getAttribute("aria-rowcount")).toBe(String(events.length + 1));
    await page.getByText(`${events.length} of ${lines.length} lines`).waitFor();
    await expect.poll(() => page.evaluate("location.hash")).toContain("&grep=kworker/0:5-224");
  });

  it("is in the link, and goes together with the filter", async () => {
    const hash = await settledHash(page);
    const other = await all.open(`${hash}&q=kind%3Dirte_written`);
    await expect.poll(() => other.getByRole("searchbox", { name: "Grep" }).inputValue()).toBe(TEXT);
    const rows = other.getByRole("table", { name: "Events" });
    const lines = new Set(
      shippedLines(TRACE).flatMap((line, at) => (line.includes(TEXT) ? [at + 1] : [])),
    );
    const wanted = [...all.timeline.recording(1).log({ kind: "irte_written" })].filter(({ line }) =>
      lines.has(line),
    );
    await expect.poll(() => rows.getAttribute("aria-rowcount")).toBe(String(wanted.length + 1));
    await other.context().close();
  });

  it("says of a text that no event has how many lines have it", async () => {
    await page.getByRole("searchbox", { name: "Grep" }).fill("avic_vcpu_load_ret:");
    const lines = shippedLines(TRACE).filter((line) => line.includes("avic_vcpu_load_ret:")).length;
    expect(lines).toBeGreaterThan(0);
    await page.getByText(/lines of the trace match, and are no event/).waitFor();
    await page.getByRole("button", { name: "Clear" }).click();
    await expect.poll(() => page.getByRole("searchbox", { name: "Grep" }).inputValue()).toBe("");
  });

  it("says where the trace is not there any more", async () => {
    const moved = scratch.path(".txt.gz");
    copyFileSync(shippedPath("6.18-s1-one"), moved);
    await all.timeline.import(moved);
    rmSync(moved);
    const other = await all.open("r=2&tab=events&grep=irq");
    await other
      .getByRole("alert")
      .getByText(/cannot be searched: .*is not there/)
      .waitFor();
    await other.context().close();
  });
});
