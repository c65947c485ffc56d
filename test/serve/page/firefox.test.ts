// The page in Firefox, by what a script may rely on: roles and accessible names.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTimeline, type Timeline } from "../../../src/index.js";
import { startServer, type RunningServer } from "../../../src/serve/server.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath } from "../../support/shipped.js";
import { FOCUSED, STOPS_MOST, type Focused } from "../../support/focus.js";
import { harmless } from "../../../src/base/harmless.js";
import { NAMES, SPILLED, WALK, WATCH, hostileTrace } from "../../support/hostile-names.js";
import {
  LISTED,
  listedOf,
  missing,
  saidOf,
  wrongOf,
  type Listed,
} from "../../support/lane-tables.js";
import { BUILT } from "./browser.js";
import { FIREFOX, firefox, type Fox, type FoxPage } from "./firefox.js";

const TRACE = "6.17-x-uaf-crash";
const FIRST = { seq: 1188, irte: "0000:00:08.0/0" };

/** Keys as WebDriver names them. */
const KEYS = { Tab: "\ue004", Escape: "\ue00c" };

const ofState = (field: string): string =>
  `Object.fromEntries([...document.querySelectorAll('table[aria-label="State"] tbody tr')]
    .map((row) => [...row.children].map(({ textContent }) => textContent)))["${field}"]`;

describe.skipIf(FIREFOX === undefined)("the page in Firefox", () => {
  let timeline: Timeline;
  let server: RunningServer;
  let fox: Fox;
  let page: FoxPage;

  beforeAll(async () => {
    timeline = await openTimeline(new Scratch().path(".db"), { create: true });
    await timeline.import(shippedPath(TRACE));
    server = await startServer({ timeline, version: "1.2.3", page: BUILT });
    fox = await firefox();
    page = await fox.open(`${server.url}/?token=${server.session.newLink()}`);
  }, 60_000);

  afterAll(async () => {
    await fox.close();
    await server.close();
    timeline.close();
  }, 30_000);

  it("opens on the first finding, and tells what at --json says", async () => {
    await page.until(`document.body.innerText.includes("as of @${FIRST.seq}")`);
    await expect.poll(() => page.evaluate("location.hash")).toContain(`t=@${FIRST.seq}`);
    const entry = timeline
      .recording()
      .at({ when: `@${FIRST.seq}` })
      .irtes.find(({ irte }) => irte === FIRST.irte);
    await expect.poll(() => page.evaluate(ofState("mode"))).toBe(entry?.mode);
    await expect.poll(() => page.evaluate(ofState("lo"))).toBe(entry?.lo);
    await expect.poll(() => page.evaluate(ofState("hi"))).toBe(entry?.hi);
  });

  it("draws the lanes", async () => {
    const colours = `(() => {
      const canvas = document.querySelector(".lane-canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    })()`;
    await page.until(`${colours} > 8`);
  });

  it("goes through every part by Tab and out again, and the focus is always to be seen", async () => {
    const stops: Focused[] = [];
    await page.evaluate("document.activeElement?.blur()");
    const at = async (): Promise<Focused> => (await page.evaluate(FOCUSED)) as Focused;
    for (let stop = 0; stop < STOPS_MOST; stop++) {
      await page.press(KEYS.Tab);
      const now = await at();
      if (stops.length > 0 && now.name === stops[0]?.name) break;
      stops.push(now);
    }
    expect(stops.length).toBeLessThan(STOPS_MOST);
    // Where the focus leaves the page for the browser's own parts, nothing of the page has it.
    const own = stops.filter(({ role }) => role !== "body");
    expect(own.filter(({ name, marked, seen }) => name === "" || !marked || !seen)).toEqual([]);
    const names = own.map(({ name }) => name);
    for (const name of ["Recording", "Theme", "Overview", "Time", "Order of lanes", "T", "A", "B"])
      expect(names).toContain(name);
  });

  it("goes to the next finding by button, and back by key", async () => {
    await page.click("button", "Next finding");
    await page.until('location.hash.includes("f=F2")');
    await page.evaluate("document.activeElement?.blur()");
    await page.press("[");
    await page.until('location.hash.includes("f=F1")');
  });

  it("runs SQL", async () => {
    await page.click("tab", "SQL");
    await page.until(`document.querySelector('[aria-label="SQL"]') !== null`);
    await page.click("button", "Run");
    await page.until(`document.querySelectorAll('table[aria-label="Result"] tbody tr').length > 0`);
  });

  it("shows the same view where its link is opened in another profile", async () => {
    const hash = String(await page.evaluate("location.hash"));
    const other = await fox.open(`${server.url}/?token=${server.session.newLink()}${hash}`);
    await other.until(`document.body.innerText.includes("as of @${FIRST.seq}")`);
    await other.until(`location.hash === ${JSON.stringify(hash)}`);
    await expect.poll(() => other.evaluate(ofState("lo"))).toBe(await page.evaluate(ofState("lo")));
  });

  it.each([
    ["irte:0000:00:08.0/0", 0.1, 0.2],
    ["vcpu:vm1/vcpu1", 0.08, 0.01],
    ["fate:0000:00:08.0/1", 0.1, 0.002],
    ["cpu:1", 0.1, 0.1],
    ["markers", 0.05, 1],
  ])("has a table of %s that is what SQL says, and comes back from it", async (id, at, length) => {
    const { groups, start_ns, end_ns } = await timeline.recording(1).lanes();
    const lane = groups.flatMap(({ lanes }) => lanes).find((each) => each.id === id);
    if (lane === undefined) throw new Error(`there is no lane ${id}`);
    const whole = Number(BigInt(end_ns ?? 0) - BigInt(start_ns ?? 0));
    const start = BigInt(start_ns ?? 0) + BigInt(Math.floor(whole * at));
    const end = start + BigInt(Math.floor(whole * length));
    const hash = `r=1&t=@${FIRST.seq}&v=${start}+${end - start}`;
    await page.evaluate(`(location.hash = ${JSON.stringify(hash)})`);
    await page.evaluate(`document.querySelector('[data-lane="${id}"]').focus()`);
    await page.press("t");
    const said = await saidOf(timeline, 1, lane);
    const inView = said.filter(({ from, to }) => from < end && (to === null || to > start));
    const listed = async (): Promise<readonly Listed[]> =>
      listedOf((await page.evaluate(LISTED)) as readonly (readonly [string, string, string])[]);
    await expect.poll(async () => missing(inView, await listed()), { timeout: 20_000 }).toEqual([]);
    for (const each of await listed()) expect(wrongOf(each, said)).toBeNull();
    await page.press(KEYS.Escape);
    await page.until(`document.activeElement?.getAttribute("data-lane") === ${JSON.stringify(id)}`);
  });

  it("shows hostile names as text", async () => {
    await timeline.import(hostileTrace(TRACE, 210), { name: NAMES.file });
    const other = await fox.open(`${server.url}/?token=${server.session.newLink()}#r=2`);
    await other.evaluate(`(${WATCH.replace(/;\s*$/, "").replace("; ", ", ")}, null)`);
    await other.until('document.querySelector("h2") !== null');
    for (const [key, text] of [
      ["1", NAMES.task],
      ["2", "F1"],
      ["3", "activate"],
      ["4", "B"],
    ] as const) {
      await other.evaluate("document.activeElement?.blur()");
      await other.press(key);
      await other.until(
        `document.querySelector("#tab-panel").textContent.includes(${JSON.stringify(text)})`,
      );
      await expect.poll(() => other.evaluate(WALK)).toEqual({ violations: [], strange: 0 });
      await expect.poll(() => other.evaluate(SPILLED)).toEqual([]);
    }
    await expect
      .poll(() => other.evaluate('document.querySelector("select.recording").title'))
      .toBe(harmless(NAMES.file));
  });

  it("says nothing in its console that it should not", () => {
    expect(fox.faults()).toEqual([]);
  });
});
