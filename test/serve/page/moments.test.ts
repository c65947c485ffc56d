// What the page says of a moment, and what it takes for one, in a real browser.

import { type Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { Scratch } from "../../support/scratch.js";
import { CHROMIUM, settledHash, shown, type Shown } from "./browser.js";

const TRACE = "6.17-x-uaf-crash";
const HEALTHY = "6.16-s1-one";

describe.skipIf(CHROMIUM === undefined)("moments of the page in Chromium", () => {
  let all: Shown;

  beforeAll(async () => {
    all = await shown(new Scratch(), TRACE, HEALTHY);
  });

  it("names no single state of a lane at T where several changes share its column", async () => {
    const page = await all.open("r=1&t=@2039&s=vcpu:vm1/vcpu0");
    const cells = page.locator('[data-lane="vcpu:vm1/vcpu0"] > [role="gridcell"]');
    await expect.poll(() => cells.nth(0).textContent()).toMatch(/^\d+ changes here$/);
    await expect.poll(() => cells.nth(1).textContent()).toBe("");
    const [vcpu] = all.timeline.recording(1).at({ when: "@2039", vcpu: "vm1/vcpu0" }).vcpus;
    expect(vcpu?.run_state).toBe("blocking");
    // Where the view has a column for each change the state is told.
    const time = BigInt(all.timeline.recording(1).at({ when: "@2039" }).time_ns);
    const near = await all.open(`r=1&t=@2039&v=${time - 500n}+1000&s=vcpu:vm1/vcpu0`);
    const cell = near.locator('[data-lane="vcpu:vm1/vcpu0"] > [role="gridcell"]').first();
    await expect.poll(() => cell.textContent()).toContain("blocking");
    for (const each of [page, near]) await each.context().close();
  });

  it("refuses a time before 0, of T and of a marker", async () => {
    const page = await all.open("r=1&t=@2039&s=vcpu:vm1/vcpu0");
    await page.getByRole("heading", { name: "vm1/vcpu0" }).waitFor();
    for (const name of ["T", "A"]) {
      await typed(page, name, "-5");
      await said(page, "-5 is a time before 0, and the trace clock has none");
    }
    const hash = await settledHash(page);
    expect(hash).toContain("t=@2039");
    expect(hash).not.toMatch(/[ta]=-5/);
    await page.context().close();
  });

  it("lists the whole state where nothing is selected: routes and ir_lists too", async () => {
    const page = await all.open("r=1&t=@1188");
    const told = await page.getByRole("table", { name: "State" }).textContent();
    const { irqfds, vcpus } = all.timeline.recording(1).at({ when: "@1188" });
    expect(irqfds.length).toBeGreaterThan(1);
    for (const { vm_id, gsi, route, irte, state } of irqfds)
      expect(told).toContain(
        `vm${vm_id ?? ""}/gsi${gsi}route ${route ?? ""} → ${irte ?? "no entry"}, ${state ?? ""}`,
      );
    const held = vcpus.filter(({ ir_list }) => (ir_list?.length ?? 0) > 0);
    expect(held.length).toBeGreaterThan(0);
    for (const { ir_list } of held) expect(told).toContain(`ir_list ${ir_list?.join(" ") ?? ""}`);
    await page.context().close();
  });

  it("does not say at another moment that a finding is there", async () => {
    const page = await all.open("r=1&t=@100&s=irte:0000:00:08.0/0&f=F1");
    const { seq } = (await all.timeline.recording(1).report()).findings[0] ?? {};
    await page.getByText(`F1 is not at T, but at @${seq ?? ""}`).waitFor();
    await expect.poll(() => page.locator(".verdict-card.warm").count()).toBe(0);
    await page.context().close();
  });

  it("draws what is wrong as wrong where two recordings are compared", async () => {
    const page = await all.open("r=2&t=@3800&s=irte:0000:00:08.0/0&tab=compare");
    await page.getByRole("combobox", { name: "Compare with" }).selectOption("1");
    const warm = `Math.max(0, ...[...document.querySelectorAll(".two-drawn canvas")].slice(1).map((canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width || 1, canvas.height || 1);
      let found = 0;
      for (let i = 0; i < data.length; i += 4) if (data[i] > data[i + 2] + 50) found++;
      return found;
    }))`;
    await page.getByRole("combobox", { name: "Subject there" }).selectOption("irte:0000:00:08.0/0");
    await expect.poll(() => page.evaluate<number>(warm)).toBeGreaterThan(20);
    await page.context().close();
  });

  it("asks for no events while a filter is being typed that names nothing yet", async () => {
    const page = await all.open("r=1&t=@2039&tab=events");
    await page.getByRole("table", { name: "Events" }).getByRole("row").nth(3).waitFor();
    const refused: string[] = [];
    page.on("response", (response) => {
      if (!response.ok()) refused.push(response.url());
    });
    // In the page, whose timers keep their order on a busy machine too.
    await page.evaluate(`(async () => {
      const field = document.querySelector('input.tab-filter');
      for (const letter of "kind=irte_written") {
        field.value += letter;
        field.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })()`);
    await expect.poll(() => page.evaluate("location.hash")).toMatch(/kind(?:=|%3D)irte_written/);
    const kinds = (): Promise<unknown> =>
      page.evaluate(`[...new Set([...document.querySelectorAll('[aria-label="Events"] [role="row"] , [aria-label="Events"] tr')]
        .slice(1, 8).map((row) => row.textContent.includes("irte_written")))]`);
    await expect.poll(kinds).toEqual([true]);
    expect(refused).toEqual([]);
    await page.context().close();
  });

  it("takes a filter of lanes with a space as it is typed", async () => {
    const page = await all.open("r=1&t=@2039");
    await page.getByRole("row", { name: "CPU 1", exact: true }).waitFor();
    const filter = page.getByRole("searchbox", { name: "Filter lanes" });
    await filter.focus();
    await page.keyboard.type("CPU 1", { delay: 20 });
    await expect.poll(() => filter.inputValue()).toBe("CPU 1");
    await page.getByRole("row", { name: "CPU 1", exact: true }).waitFor();
    await expect.poll(() => page.getByRole("row", { name: "CPU 0", exact: true }).count()).toBe(0);
    await page.context().close();
  });

  it("shows a link that is given while an own change of the address waits to be written", async () => {
    const page = await all.open("r=1&t=@2039&s=vcpu:vm1/vcpu0");
    await page.getByRole("heading", { name: "vm1/vcpu0" }).waitFor();
    const link = `r=2&t=@${all.timeline.recording(2).first_seq + 473}`;
    // The wheel changes the view at once and the address a tenth of a second later, which is over when the link comes.
    await page.evaluate(`(() => {
      const zoom = { deltaY: -100, ctrlKey: true, bubbles: true, cancelable: true };
      const lane = document.querySelector('[data-lane="vcpu:vm1/vcpu0"]');
      for (let n = 0; n < 3; n++) lane.dispatchEvent(new WheelEvent("wheel", zoom));
      const begin = performance.now();
      while (performance.now() < begin + 200);
      location.hash = ${JSON.stringify(link)};
    })()`);
    await expect.poll(() => page.evaluate("location.hash")).toContain("r=2");
    await expect.poll(() => page.title()).toContain("6.16-s1-one");
    await page.context().close();
  });

  it("goes to a lane whose subject does not exist yet at T", async () => {
    const when = `@${all.timeline.recording(2).first_seq + 473}`;
    const page = await all.open(`r=2&t=${when}`);
    const lane = page.locator('[data-lane="vcpu:vm2/vcpu0"]');
    await lane.waitFor();
    const { vcpus } = all.timeline.recording(2).at({ when });
    expect(vcpus.map(({ vcpu }) => vcpu)).not.toContain("vm2/vcpu0");
    await typed(page, "Go to", "vm2/vcpu0");
    await page.getByRole("heading", { name: "vm2/vcpu0" }).waitFor();
    await page.context().close();
  });

  it("shows the selected lane of a link, though it is far below", async () => {
    const { irte } = all.timeline.recording(1).at({ when: "@2039" }).irtes.at(-1) ?? {};
    for (const height of [420, 900]) {
      const page = await all.open(`r=1&t=@2039&s=irte:${irte}`, { height });
      const place = `(() => {
        const box = document.querySelector(".lanes").getBoundingClientRect();
        const row = document.querySelector('[data-lane="irte:${irte}"]')?.getBoundingClientRect();
        return row !== undefined && row.top >= box.top && row.bottom <= box.bottom;
      })()`;
      await page.getByRole("status", { name: "Verdict" }).getByText("4 findings").waitFor();
      await expect.poll(() => page.evaluate(place), { timeout: 10_000 }).toBe(true);
      await page.context().close();
    }
  });
});

async function typed(page: Page, name: string, text: string): Promise<void> {
  const field = page.getByLabel(name, { exact: true });
  await field.fill(text);
  await field.press("Enter");
}

async function said(page: Page, text: string): Promise<void> {
  const message = page.getByRole("status", { name: "Message" });
  await expect.poll(() => message.textContent()).toBe(text);
}
