// A recording with many lanes: only those near to what is in sight are elements, and each can still be reached.

import { type Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { repeatedLines, traceTemplate } from "../../bench/generate.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines } from "../../support/shipped.js";
import { CHROMIUM, shown, type Shown } from "./browser.js";

/** A recording of one VM, and so many of them one after another. */
const TRACE = "6.18-s1-one";
const REPEATED = 120;

describe.skipIf(CHROMIUM === undefined)("a page with many lanes", () => {
  let all: Shown;
  let page: Page;
  const rows = (): Promise<number> =>
    page.evaluate<number>("document.querySelectorAll('.gutter-row').length");

  beforeAll(async () => {
    const scratch = new Scratch();
    const lines = shippedLines(TRACE);
    const template = traceTemplate(lines.join("\n"), 9);
    const repeated = [...repeatedLines(template, lines.length * REPEATED)].join("\n");
    all = await shown(scratch, scratch.file(".txt", `${repeated}\n`));
    page = await all.open("r=1");
    await page.getByRole("row", { name: "vm1/vcpu0", exact: true }).waitFor();
  });

  it("says how many rows there are, and has those in sight", async () => {
    const grid = page.getByRole("treegrid", { name: "Lanes" });
    expect(Number(await grid.getAttribute("aria-rowcount"))).toBeGreaterThan(400);
    await expect.poll(() => rows()).toBeLessThan(300);
    await expect
      .poll(() => page.getByRole("row", { name: "vm100/vcpu0", exact: true }).count())
      .toBe(0);
  });

  it("reaches the last row by key, and the rows before it", async () => {
    const grid = page.getByRole("treegrid", { name: "Lanes" });
    await page.locator(".gutter-row").first().focus();
    await page.keyboard.press("End");
    const count = await grid.getAttribute("aria-rowcount");
    const focused = (): Promise<string> =>
      page.evaluate<string>("document.activeElement?.getAttribute('aria-rowindex') ?? ''");
    await expect.poll(focused).toBe(count);
    await page.keyboard.press("ArrowUp");
    await expect.poll(() => focused()).toBe(String(Number(count) - 1));
    await expect.poll(() => rows()).toBeLessThan(300);
  });

  it("tells the first of all, and how many more there are, where nothing is selected", async () => {
    const { last_seq } = all.timeline.recording();
    const { irtes, vcpus, irqfds, vms } = all.timeline.recording().at();
    const more = [irtes, vcpus, irqfds, vms].map(({ length }) => Math.max(0, length - 100));
    expect(more.filter((each) => each > 0).length).toBeGreaterThan(2);
    const sum = more.reduce((total, each) => total + each, 0);
    const other = await all.open(`r=1&t=@${last_seq ?? 0}`);
    await other.getByText(`${sum} more VMs, vCPUs, irqfds and entries`).waitFor();
    await other.context().close();
  });

  it("tells of an entry what the library tells, and whom it reaches", async () => {
    const { last_seq } = all.timeline.recording();
    const when = `@${Math.floor((last_seq ?? 0) / 2)}`;
    const entry = all.timeline
      .recording()
      .at({ when })
      .irtes.find(({ mode }) => mode === "posted");
    const other = await all.open(`r=1&t=${when}&s=irte:${entry?.irte ?? ""}`);
    await other
      .getByRole("button", { name: entry?.vcpu ?? "", exact: true })
      .first()
      .waitFor();
    const told = await other.evaluate<[string, string][]>(
      `[...document.querySelectorAll('table[aria-label="State"] tbody tr')]
        .map((row) => [...row.children].map(({ textContent }) => textContent))`,
    );
    const { lo, hi, fate } = Object.fromEntries(told);
    expect({ lo, hi, fate }).toEqual({ lo: entry?.lo, hi: entry?.hi, fate: entry?.fate });
    await other.context().close();
  });

  it("shows a lane that a filter names, with its state", async () => {
    await page.getByRole("searchbox", { name: "Filter lanes" }).fill("vm100/vcpu0");
    const row = page.getByRole("row", { name: "vm100/vcpu0", exact: true });
    await row.waitFor();
    await row.click();
    await page.getByRole("heading", { name: "vm100/vcpu0" }).waitFor();
  });
});
