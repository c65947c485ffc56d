// The page in Firefox, by what a script may rely on: roles and accessible names.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTimeline, type Timeline } from "../../../src/index.js";
import { startServer, type RunningServer } from "../../../src/serve/server.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath } from "../../support/shipped.js";
import { BUILT } from "./browser.js";
import { FIREFOX, firefox, type Fox, type FoxPage } from "./firefox.js";

const TRACE = "6.17-x-uaf-crash";
const FIRST = { seq: 1188, irte: "0000:00:08.0/0" };
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
    expect(await page.evaluate("location.hash")).toContain(`t=@${FIRST.seq}`);
    const entry = timeline
      .recording()
      .at({ when: `@${FIRST.seq}` })
      .irtes.find(({ irte }) => irte === FIRST.irte);
    expect(await page.evaluate(ofState("mode"))).toBe(entry?.mode);
    expect(await page.evaluate(ofState("lo"))).toBe(entry?.lo);
    expect(await page.evaluate(ofState("hi"))).toBe(entry?.hi);
  });

  it("draws the lanes", async () => {
    const colours = `(() => {
      const canvas = document.querySelector(".lane-canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    })()`;
    await page.until(`${colours} > 8`);
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
    expect(await other.evaluate(ofState("lo"))).toBe(await page.evaluate(ofState("lo")));
  });

  it("says nothing in its console that it should not", () => {
    expect(fox.faults()).toEqual([]);
  });
});
