// A recording whose every name is an attack, in a real browser: nothing of it runs, all of it is shown as text, and the
// page keeps its shape.

import { readFileSync } from "node:fs";
import { type Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { harmless } from "../../../src/base/harmless.js";
import { Scratch } from "../../support/scratch.js";
import { shippedText } from "../../support/shipped.js";
import {
  FORMULA,
  IMAGE,
  MARKS,
  NAMES,
  SCRIPT,
  SPILLED,
  WALK,
  WATCH,
  hostileTrace,
  type Walk,
} from "../../support/hostile-names.js";
import { CHROMIUM, shown, type Shown } from "./browser.js";

describe.skipIf(CHROMIUM === undefined)("hostile names in Chromium", () => {
  let all: Shown;
  let page: Page;
  const dialogs: string[] = [];

  const open = (hash: string): Promise<Page> =>
    all.open(hash, {
      before: async (each) => {
        each.on("dialog", (dialog) => {
          dialogs.push(dialog.message());
          void dialog.dismiss();
        });
        await each.addInitScript(WATCH);
      },
    });

  beforeAll(async () => {
    all = await shown(new Scratch());
    await all.timeline.import(hostileTrace("6.17-x-uaf-crash", 210), { name: NAMES.file });
    await all.timeline.import(hostileTrace("6.18-x-stale-route-removed", 209), {
      name: `2${NAMES.file}`,
    });
    // A line with a NUL is damaged: what it said is in doubt.
    const damaged = shippedText("6.16-s1-one").replace("PI 3 done", `\0${IMAGE}\0`);
    await all.timeline.import(Buffer.from(damaged), { name: `3\0${NAMES.file}` });
    page = await open("r=1");
    await page.getByRole("heading", { level: 2 }).first().waitFor();
  });

  /** Nothing ran, and nothing stands outside of the window. */
  async function isInert(of: Page): Promise<void> {
    const walk = await of.evaluate<Walk>(WALK);
    expect(walk).toEqual({ violations: [], hit: undefined, strange: 0 });
    expect(dialogs).toEqual([]);
    const spilled = await of.evaluate<string[]>(SPILLED);
    expect(spilled).toEqual([]);
  }

  it("stand in the title, the header and the list of recordings as text", async () => {
    expect(all.timeline.recording(1).kernel).toBe(NAMES.release);
    const chosen = page.getByRole("combobox", { name: "Recording" });
    await expect.poll(() => chosen.getAttribute("title")).toBe(harmless(NAMES.file));
    await isInert(page);
  });

  it("stand in every tab as text", async () => {
    const shownIn = async (tab: string, text: string): Promise<void> => {
      await page.getByRole("tab", { name: tab }).click();
      await expect.poll(() => page.locator("#tab-panel").textContent()).toContain(text);
      await isInert(page);
    };
    await shownIn("Events", NAMES.task);
    await page.getByRole("searchbox", { name: "Filter", exact: true }).fill("kind=marker");
    await shownIn("Events", SCRIPT);
    await shownIn("Findings", "F1");
    await page.getByRole("tab", { name: "Audit" }).click();
    await page.getByRole("radio", { name: "task" }).click();
    await shownIn("Audit", NAMES.task);
    await page.getByRole("tab", { name: "Compare" }).click();
    await page.getByRole("combobox", { name: "Compare with" }).selectOption({ index: 1 });
    await shownIn("Compare", "2<img");
  });

  it("stand in what SQL answers as text, and as cells that no spreadsheet runs in what is saved", async () => {
    const sql = "SELECT comm, vm_name FROM v_event GROUP BY comm, vm_name";
    const other = await open(`r=1&t=@1188&tab=sql&q=${encodeURIComponent(sql)}`);
    await other.getByRole("button", { name: "Run", exact: true }).click();
    const result = other.getByRole("table", { name: "Result" });
    for (const name of [NAMES.task, NAMES.halted])
      await result.getByRole("cell", { name, exact: true }).first().waitFor();
    await isInert(other);
    const saving = other.waitForEvent("download");
    await other.getByRole("button", { name: "CSV of Result" }).click();
    const saved = readFileSync(await (await saving).path(), "utf8");
    expect(saved).toContain(NAMES.task);
    expect(saved).toContain(`'${FORMULA}`);
    expect(saved).not.toMatch(/(?:^|,)"?=/m);
    await other.context().close();
  });

  it("stand in tables of lanes, tooltips and explanations as text", async () => {
    const other = await open("r=1&t=@1188&tab=findings&f=F1");
    await other.getByRole("heading", { level: 2 }).first().waitFor();
    await other.getByRole("list", { name: "Cause chain" }).getByText(NAMES.task).first().waitFor();
    await isInert(other);
    await other.locator('[data-lane="markers"]').focus();
    await other.keyboard.press("t");
    await other
      .getByRole("table", { name: "markers intervals" })
      .getByText(SCRIPT)
      .first()
      .waitFor();
    await isInert(other);
    await other.keyboard.press("Escape");
    await other.locator('[data-lane="markers"]').focus();
    await other.keyboard.press("v");
    await other.getByRole("tooltip").waitFor();
    await isInert(other);
    await other.keyboard.press("e");
    await other.getByRole("dialog").getByText(NAMES.task).first().waitFor();
    await isInert(other);
    await other.context().close();
  });

  it("stand in a picture as text, which is an image and nothing else", async () => {
    const other = await open("r=1&t=@1188");
    await other.getByRole("heading", { level: 2 }).first().waitFor();
    await other.getByRole("button", { name: "Keys" }).click();
    const saving = other.waitForEvent("download");
    await other.getByRole("button", { name: "Lanes as SVG" }).click();
    const saved = await saving;
    expect(saved.suggestedFilename()).not.toMatch(/[<>\u202e\u2066\u0007]/);
    const svg = readFileSync(await saved.path(), "utf8");
    expect(svg).toContain("&lt;img src=x");
    const names = await other.evaluate<string[]>(`(() => {
      const read = new DOMParser().parseFromString(${JSON.stringify(svg)}, "image/svg+xml");
      return [...new Set([...read.querySelectorAll("*")].map(({ localName }) => localName))].sort();
    })()`);
    expect(names).toEqual(["clipPath", "defs", "g", "path", "pattern", "rect", "svg", "text"]);
    await isInert(other);
    await other.context().close();
  });

  it("of a damaged line are in no way of what is shown of the others", async () => {
    const other = await open("r=3");
    await other.getByRole("status", { name: "Verdict" }).getByText("inconclusive").waitFor();
    await isInert(other);
    await other.context().close();
  });

  it("in an address choose nothing and run nothing", async () => {
    const bad = encodeURIComponent(`${IMAGE}${SCRIPT}${MARKS}`);
    const keys = ["t", "v", "a", "b", "l", "pin", "fold", "q", "z", "f", "cmp", "o", "x", "hz"];
    const hash = keys.map((key) => `${key}=${bad}`).join("&");
    const other = await open(`r=1&s=irte:${bad}&tab=sql&${hash}`);
    await other.getByRole("status", { name: "Verdict" }).getByText("finding").waitFor();
    await isInert(other);
    await other.context().close();
  });

  it("said no error", () => {
    expect(all.faults).toEqual([]);
  });
});
