// The findings of a recording that grows: they appear as they arise, and a link to one opens it later.

import { type Page } from "playwright-core";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { shippedLines } from "../../support/shipped.js";
import { Scratch } from "../../support/scratch.js";
import { CHROMIUM, shown, type Shown } from "./browser.js";
import { growing, type Growing } from "./growing.js";

const TRACE = "6.17-x-uaf-crash";

describe.skipIf(CHROMIUM === undefined)("the findings of a recording that grows", () => {
  const lines = shippedLines(TRACE);
  let all: Shown;
  let trace: Growing;
  let page: Page;
  let there = 0;

  beforeAll(async () => {
    all = await shown(new Scratch());
    // Of less the reader is not sure, and begins anew.
    there = 2000;
    trace = growing(all.timeline, TRACE, there);
    await vi.waitUntil(() => lastSeq() > 0, 60_000);
    page = await all.open("r=1&t=live&tab=findings");
    page.setDefaultTimeout(30_000);
  });

  const lastSeq = (): number => all.timeline.recordings()[0]?.last_seq ?? 0;
  const verdict = () => page.getByRole("status", { name: "Verdict" });
  const rows = () => page.getByRole("table", { name: "Findings" }).locator("tbody tr");
  const hash = (): Promise<string> => page.evaluate<string>("location.hash");

  /** Lets it grow until the page lists so many findings. */
  async function growTo(count: number): Promise<void> {
    while ((await rows().count()) < count && there < lines.length) {
      trace.grow(300);
      there += 300;
      const stored = Math.min(there, lines.length);
      await vi.waitUntil(() => (all.timeline.recordings()[0]?.lines.total ?? 0) >= stored, 60_000);
      const last = String(lastSeq());
      // The list says up to where it counts: all but what waits for an exchange.
      await expect
        .poll(async () => {
          const text = await page.locator("#tab-panel").textContent();
          return Number(/So far up to @(\d+)/.exec(text ?? "")?.[1] ?? 0);
        })
        .toBeGreaterThan(Number(last) - 260);
    }
  }

  it("are listed so far, without a verdict that is final", async () => {
    await verdict()
      .getByText(/^so far: /)
      .waitFor();
    const before = await rows().count();
    await growTo(before + 1);
    expect(there).toBeLessThan(lines.length);
    await rows().nth(before).waitFor();
    await verdict()
      .getByText(/so far: \d finding/)
      .waitFor();
    const badge = page.getByRole("tab", { name: "Findings" }).locator(".badge");
    await expect.poll(() => badge.textContent()).toBe(String(await rows().count()));
  });

  it("are reached by a key, and named by their events in the address", async () => {
    await page.locator(".lane-canvas").click({ position: { x: 5, y: 5 } });
    await page.keyboard.press("Home");
    await page.keyboard.press("[");
    await page.keyboard.press("]");
    await expect.poll(hash).toMatch(/&f=@\d+(?:&|$)/);
    const [, seq] = /&f=@(\d+)/.exec(await hash()) ?? [];
    await expect.poll(hash).toContain(`t=@${seq ?? ""}`);
    await page
      .getByRole("list", { name: "Cause chain" })
      .getByText(`@${seq ?? ""}`)
      .first()
      .waitFor();
  });

  it("open by a link while it grows, and when it is complete", async () => {
    const link = await hash();
    const [, seq] = /&f=@(\d+)/.exec(link) ?? [];
    const other = await all.open(link.slice(1));
    await other.locator("tr.chosen[data-finding]").waitFor();
    await trace.end();
    await verdict()
      .getByText(/^.{0,3}4 findings/)
      .waitFor();
    expect(await page.locator("#tab-panel").textContent()).not.toContain("So far");
    const later = await all.open(link.slice(1));
    await later.locator("tr.chosen[data-finding]").waitFor();
    const list = await all.timeline.recording(1).report();
    const wanted = list.findings.find((each) => each.seq === Number(seq));
    const id = await later.locator("tr.chosen[data-finding]").getAttribute("data-finding");
    expect(id).toBe(wanted?.id);
    expect(all.faults).toEqual([]);
  });
});
