// What a reader does second: what the page showed before is not taken for what it shows now.

import { type Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { Scratch } from "../../support/scratch.js";
import { CHROMIUM, shown, type Shown } from "./browser.js";

const TRACE = "6.17-x-uaf-crash";

describe.skipIf(CHROMIUM === undefined)("the page, used on", () => {
  let all: Shown;
  let page: Page;
  const paths: string[] = [];

  beforeAll(async () => {
    all = await shown(new Scratch(), TRACE, "6.16-x-stale-route-removed");
    page = await all.open("r=1&t=@1188", {
      ...{ width: 1280, height: 720 },
      before: (each) => Promise.resolve(each.on("request", (asked) => paths.push(asked.url()))),
    });
    await page.getByRole("row", { name: "0000:00:08.0/0", exact: true }).waitFor();
  });

  it("asks for nothing that keeps the server busy and is not shown", () => {
    expect(paths.some((path) => path.includes("/api/r/1/at?"))).toBe(true);
    expect(paths.filter((path) => path.includes("/info"))).toEqual([]);
  });

  it("drops a complaint when something else is done", async () => {
    const said = page.getByRole("status", { name: "Message" });
    await page.getByRole("searchbox", { name: "Go to" }).fill("nowhere");
    await page.keyboard.press("Enter");
    await said.getByText("nowhere is no time").waitFor();
    await page.getByRole("searchbox", { name: "Go to" }).fill("@900");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate("location.hash")).toContain("t=@900");
    await expect.poll(() => said.textContent()).toBe("");
  });

  it("shows no result beside the error of another query", async () => {
    await page.getByRole("tab", { name: "SQL" }).click();
    const editor = page.getByRole("textbox", { name: "SQL" });
    const run = async (sql: string): Promise<void> => {
      await editor.click();
      await page.keyboard.press("Control+a");
      await page.keyboard.insertText(sql);
      await page.getByRole("button", { name: "Run", exact: true }).click();
    };
    await run("SELECT count(*) AS n FROM v_event");
    await page.getByRole("cell", { name: "3397" }).waitFor();
    await run("SELECT nothing FROM v_event");
    await page.getByRole("alert").getByText("nothing").first().waitFor();
    await expect.poll(() => page.getByRole("table", { name: "Result" }).count()).toBe(0);
  });

  it("tells in the audit what could not be decided", async () => {
    await page.getByRole("tab", { name: "Audit" }).click();
    const table = page.getByRole("table", { name: "Audit" });
    await table.getByRole("columnheader", { name: "undecided" }).waitFor();
    const { rows } = all.timeline.recording(1).audit({ by: "cause" });
    const told = await page.evaluate<string[][]>(
      `[...document.querySelectorAll('[aria-label="Audit"] tbody tr')].map((row) => [0, 3, 4].map((at) => row.children[at].textContent))`,
    );
    expect(told).toEqual(
      rows.map(({ key, not_allowed, undecided }) => [key, String(not_allowed), String(undecided)]),
    );
  });

  it("closes and opens a group that a filter has opened, and leaves the group as it was", async () => {
    const head = page.getByRole("row", { name: /^VM vm1/ });
    const lane = page.getByRole("row", { name: "vm1/vcpu0", exact: true });
    await head.click();
    await expect.poll(() => lane.count()).toBe(0);
    const filter = page.getByRole("searchbox", { name: "Filter lanes" });
    await filter.fill("vm1/vcpu");
    await lane.waitFor();
    await head.click();
    await expect.poll(() => lane.count()).toBe(0);
    await head.click();
    await lane.waitFor();
    await head.click();
    // Another filter finds anew; without one the group is closed, as it was.
    await filter.fill("vm1/vcpu0");
    await lane.waitFor();
    await filter.fill("");
    await expect.poll(() => lane.count()).toBe(0);
    await expect.poll(() => page.evaluate("location.hash")).toContain("fold=vm:vm1");
    await head.click();
    await lane.waitFor();
  });

  it("cuts no name in Compare that there is room for", async () => {
    const other = await all.open("r=1&t=@1188&tab=compare&cmp=2,starts&s=irte:0000:00:08.0/0", {
      width: 1280,
      height: 720,
    });
    await other.locator(".two-head").nth(1).waitFor();
    const cut = await other.evaluate<string[]>(
      `[...document.querySelectorAll(".two-head > *, .compare-tools *")]
        .filter((each) => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 0)
        .map((each) => each.textContent)`,
    );
    expect(cut).toEqual([]);
    await other.context().close();
  });

  it.each(["events", "findings", "audit", "compare", "sql"])(
    "has its tools in one line above %s in a small window",
    async (tab) => {
      const other = await all.open(`r=1&t=@1188&tab=${tab}&grep=irte`, {
        width: 1280,
        height: 720,
      });
      await other.getByRole("row", { name: "0000:00:08.0/0", exact: true }).waitFor();
      const spilled = await other.evaluate<string[]>(
        `(() => {
          const bar = document.querySelector(".tab-bar").getBoundingClientRect();
          return [...document.querySelectorAll(".tab-bar *")]
            .filter((each) => {
              const box = each.getBoundingClientRect();
              return box.width > 0 && (box.top < bar.top - 1 || box.bottom > bar.bottom + 1 || box.right > bar.right);
            })
            .map((each) => each.textContent);
        })()`,
      );
      expect(spilled).toEqual([]);
      await other.context().close();
    },
  );

  it("said no error", () => {
    expect(all.faults.filter((text) => !text.includes("status of 400"))).toEqual([]);
  });
});
