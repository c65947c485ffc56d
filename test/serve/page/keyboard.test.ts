// All that a reader does, by keys alone: nothing here touches a mouse or calls an element.

import { readFileSync } from "node:fs";
import { type Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { Scratch } from "../../support/scratch.js";
import { FOCUSED, STOPS_MOST, type Focused } from "../../support/focus.js";
import { CHROMIUM, shown, type Shown } from "./browser.js";

const TRACE = "6.17-x-uaf-crash";
const HEALTHY = "6.18-s1-one";
const IRTE = "0000:00:08.0/0";

describe.skipIf(CHROMIUM === undefined)("the page by keys alone", () => {
  let all: Shown;
  let page: Page;

  beforeAll(async () => {
    all = await shown(new Scratch(), TRACE, HEALTHY);
    page = await all.open("r=1");
    await page.getByRole("heading", { name: IRTE }).waitFor();
  });

  const hash = (): Promise<string> => page.evaluate<string>("location.hash");
  const says = (part: string): Promise<void> => expect.poll(hash).toContain(part);
  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const focused = (): Promise<Focused> => page.evaluate<Focused>(FOCUSED);
  const message = (): Promise<string | null> =>
    page.getByRole("status", { name: "Message" }).textContent();

  /** Presses Tab until what has the focus has this name. */
  async function tabTo(name: string | RegExp, key = "Tab"): Promise<void> {
    const passed: string[] = [];
    for (let stop = 0; stop < STOPS_MOST; stop++) {
      await press(key);
      const at = await focused();
      if (typeof name === "string" ? at.name === name : name.test(at.name)) return;
      passed.push(at.name);
    }
    throw new Error(`Tab does not reach ${String(name)}: ${passed.join(" | ")}`);
  }

  /** What a key saves. */
  async function savedBy(key: string): Promise<{ readonly name: string; readonly bytes: Buffer }> {
    const saving = page.waitForEvent("download");
    await press(key);
    const saved = await saving;
    return { name: saved.suggestedFilename(), bytes: readFileSync(await saved.path()) };
  }

  it("goes through every part and out again, and the focus is always to be seen", async () => {
    const stops: Focused[] = [];
    const first = (await press("Tab"), await focused());
    for (let stop = 0; stop < STOPS_MOST; stop++) {
      const at = await focused();
      if (at.role === "body" || (stops.length > 0 && at.name === first.name)) break;
      stops.push(at);
      await press("Tab");
    }
    expect(stops.length).toBeLessThan(STOPS_MOST);
    expect(stops.filter(({ name, marked, seen }) => name === "" || !marked || !seen)).toEqual([]);
    const names = stops.map(({ name }) => name);
    for (const name of ["Recording", "Theme", "Overview", "Time", "Order of lanes", "T", "A", "B"])
      expect(names).toContain(name);
  });

  it("selects, pins, folds and filters lanes, and changes their order", async () => {
    await press("Escape", "ArrowDown");
    await press("Home", "ArrowDown", "ArrowDown");
    await expect.poll(async () => (await focused()).role).toBe("row");
    await press("/");
    await expect.poll(async () => (await focused()).name).toBe("Filter lanes");
    await page.keyboard.type("vm1/vcpu1");
    await page
      .getByRole("row", { name: "0000:00:08.0/1", exact: true })
      .waitFor({ state: "detached" });
    await press("Enter", "ArrowDown");
    await tabToLane("vm1/vcpu1");
    await press("Enter");
    await says("s=vcpu:vm1/vcpu1");
    await press("k");
    await expect.poll(() => hash()).toContain("pin=vcpu:vm1/vcpu1");
    await expect.poll(async () => (await focused()).name).toBe("vm1/vcpu1");
    await press("k");
    await expect.poll(() => hash()).not.toContain("pin=");
    await press("/", "Control+a", "Delete", "Enter");
    await page.getByRole("row", { name: "0000:00:08.0/1", exact: true }).waitFor();
    await press("ArrowDown", "Home");
    const group = page.getByRole("row", { name: /^VM vm1/ });
    const open = await group.getAttribute("aria-expanded");
    await tabToLane(/^VM vm1/);
    await press("Space");
    await expect.poll(() => group.getAttribute("aria-expanded")).not.toBe(open);
    await press("Space", "o");
    await expect.poll(() => message()).toBe("Lanes by name");
    await press("o", "o");
    await expect.poll(() => hash()).not.toContain("&o=");
  });

  /** Walks the lanes to the one of this name. */
  async function tabToLane(name: string | RegExp): Promise<void> {
    await press("Home");
    for (let row = 0; row < STOPS_MOST; row++) {
      const at = await focused();
      if (typeof name === "string" ? at.name === name : name.test(at.name)) return;
      await press("ArrowDown");
    }
    throw new Error(`no lane ${String(name)}`);
  }

  it("opens a lane's table, and comes back to the lane", async () => {
    await tabToLane(IRTE);
    await press("Enter", "t");
    await page.getByRole("table", { name: `${IRTE} intervals` }).waitFor();
    await press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await expect.poll(async () => (await focused()).name).toBe(IRTE);
  });

  it("moves T along the ruler, through changes, events and findings, and sets A and B", async () => {
    await press("]");
    await says("&f=F");
    await press("]", "[");
    const before = await hash();
    await press("n");
    await expect.poll(hash).not.toBe(before);
    await press("m");
    const at = /t=(@\d+)/.exec(await hash())?.[1] ?? "";
    await expect.poll(() => hash()).toContain(`a=${at}`);
    await press(".");
    await expect.poll(hash).not.toContain(`t=${at}&`);
    await press("Shift+M", "N", ",");
    const slider = page.getByRole("slider", { name: "Time" });
    await tabTo("Time");
    const time = await slider.getAttribute("aria-valuetext");
    await press("ArrowRight", "ArrowRight");
    await expect.poll(() => slider.getAttribute("aria-valuetext")).not.toBe(time);
  });

  it("compares the two moments", async () => {
    await press("x");
    await page.getByRole("dialog").getByRole("table", { name: "Differences" }).waitFor();
    await press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await expect.poll(async () => (await focused()).name).toBe("Time");
    await press("4");
    await page.getByRole("table", { name: "Differences" }).waitFor();
  });

  it("compares two recordings, aligned as chosen", async () => {
    await tabTo("Compare with");
    await press("ArrowDown");
    await says("cmp=2");
    await page.getByRole("region", { name: `Lanes of ${HEALTHY}` }).waitFor();
    await expect.poll(async () => (await focused()).name).toBe("Compare with");
    await tabTo("Aligned at");
    await press("End", "ArrowUp");
    await says("cmp=2,posting");
    const choice = page.getByRole("combobox", { name: "Subject there" });
    await choice.waitFor();
    await tabTo("Subject there");
    const subject = await choice.inputValue();
    await press("End");
    await expect.poll(() => choice.inputValue()).not.toBe(subject);
    await expect.poll(async () => (await focused()).name).toBe("Subject there");
    await tabTo("Compare with", "Shift+Tab");
    await press("Home");
    await expect.poll(hash).not.toContain("cmp=");
  });

  it("goes through the tabs, and filters and opens what they list", async () => {
    // Keys do nothing in fields.
    await tabTo("only differences");
    await press("1");
    const events = page.getByRole("table", { name: "Events" });
    await events.waitFor();
    await tabTo("Filter");
    // A part of a word is a name that nothing has, and is refused.
    await page.keyboard.insertText("kind=irte_written");
    await says("q=kind");
    const others = `[...document.querySelectorAll('[role="row"][data-seq]')]
      .filter(({ textContent }) => !textContent.includes("irte_written")).length`;
    await expect.poll(() => page.evaluate(others)).toBe(0);
    do await tabTo("Events");
    while ((await focused()).role !== "table");
    await press("ArrowDown", "ArrowDown");
    const focusedSeq = (): Promise<unknown> => page.evaluate("document.activeElement.dataset.seq");
    await expect.poll(focusedSeq).toMatch(/^\d+$/);
    const seq = String(await focusedSeq());
    await press("Enter");
    await says(`t=@${seq}&`);
    await press("2");
    await page.getByRole("table", { name: "Findings" }).waitFor();
    await tabTo(/^(?:✕ )?F\d/);
    await press("ArrowDown", "Enter");
    await says("f=F");
    await press("3");
    await page.getByRole("table", { name: "Audit" }).waitFor();
    await tabTo("task");
    await press("Enter");
    await page.getByRole("table", { name: "Audit" }).getByText("piwl").first().waitFor();
  });

  it("runs SQL and saves what it answers, and leaves the editor with Tab", async () => {
    await press("5");
    await page.getByRole("textbox", { name: "SQL" }).waitFor();
    do await tabTo("SQL");
    while ((await focused()).role !== "textbox");
    await press("Control+a");
    await page.keyboard.insertText("SELECT count(*) AS n FROM v_event");
    await press("Control+Enter");
    await page.getByRole("table", { name: "Result" }).getByRole("cell", { name: "3397" }).waitFor();
    await tabTo("CSV of Result");
    expect((await savedBy("Enter")).bytes.toString()).toBe("n\r\n3397\r\n");
  });

  it("saves pictures from the list of keys, which has every key, and goes back", async () => {
    await tabTo("Theme", "Shift+Tab");
    await press("?");
    const list = page.getByRole("dialog").getByRole("table", { name: "Keys" });
    const told = await list.textContent();
    for (const key of ["End", "Backspace", "Shift+M", "←", "Space", "Home"])
      expect(told).toContain(key);
    await tabTo("Lanes as SVG");
    expect((await savedBy("Enter")).name).toBe(`${TRACE}.svg`);
    await tabTo("Lanes as PNG");
    expect((await savedBy("Enter")).name).toBe(`${TRACE}.png`);
    await press("Escape");
    await expect.poll(async () => (await focused()).name).toBe("Theme");
  });

  it("changes the theme, the times and the recording", async () => {
    const theme = "document.documentElement.dataset.theme";
    const before = await page.evaluate<string>(theme);
    await press("Enter");
    await expect.poll(() => page.evaluate<string>(theme)).not.toBe(before);
    await press("Enter");
    await tabTo("Times");
    await press("ArrowDown");
    await says("z=a");
    await press("Home");
    await tabTo("Recording", "Shift+Tab");
    await press("ArrowDown");
    await says("r=2");
    await page.getByText("No findings. 142 writes explained").first().waitFor();
    await expect.poll(async () => (await focused()).name).toBe("Recording");
  });

  it("gives the rate of the clock, and goes back to what chose it", async () => {
    await tabTo("Times");
    await press("End");
    await page.getByRole("dialog", { name: "Ticks as seconds" }).waitFor();
    await tabTo("Rate in GHz");
    await page.keyboard.type("2.596");
    await press("Enter");
    await says("hz=2596000000");
    await expect.poll(async () => (await focused()).name).toBe("Times");
    expect(all.faults).toEqual([]);
  });
});
