// A real Chromium that shows the page as it was built. Where there is none, the tests say so and are skipped.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { afterAll } from "vitest";
import { openTimeline, type Timeline } from "../../../src/index.js";
import { startServer, type RunningServer } from "../../../src/serve/server.js";
import { shippedPath } from "../../support/shipped.js";
import { type Scratch } from "../../support/scratch.js";

/** The shell is Chromium without its windows, which take half of the time of these tests. */
const PLACES = [
  process.env["CHROMIUM"] ?? "",
  "/usr/bin/chromium-headless-shell",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
];

/** Where Chromium is; undefined = nowhere. */
export const CHROMIUM = PLACES.find((path) => path !== "" && existsSync(path));

/** The page as `npm run build` wrote it. */
export const BUILT = fileURLToPath(new URL("../../../dist/bin/page/", import.meta.url));

if (CHROMIUM === undefined)
  console.warn(
    "SKIPPED: the tests of the page need Chromium (Debian: apt-get install chromium-headless-shell)",
  );

/** A server with a recording, and a browser. */
export interface Shown {
  readonly server: RunningServer;
  readonly timeline: Timeline;
  /** A new profile that has opened the page by a link of its own; `hash` is what stands behind the `#`. */
  readonly open: (hash?: string, options?: OpenOptions) => Promise<Page>;
  /** What pages said that they should not: errors, and requests to other origins. */
  readonly faults: string[];
}

/** How a profile looks. */
export interface OpenOptions {
  readonly dark?: boolean;
  readonly width?: number;
  readonly height?: number;
  /** The time zone of the browser, by its IANA name. Absent = that of the host. */
  readonly timeZone?: string;
  /** What is done with the page before it loads. */
  readonly before?: (page: Page) => Promise<unknown>;
}

/**
 * Serves recordings, shipped ones by their names and others by their paths, and starts a browser. What it has
 * opened ends when the tests of the file have run.
 */
export async function shown(scratch: Scratch, ...recordings: readonly string[]): Promise<Shown> {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  for (const name of recordings)
    await timeline.import(name.includes("/") ? name : shippedPath(name));
  const server = await startServer({ timeline, version: "1.2.3", page: BUILT });
  const browser = await launched();
  const contexts: BrowserContext[] = [];
  const faults: string[] = [];
  afterAll(async () => {
    for (const context of contexts) await context.close();
    await server.close();
    timeline.close();
  });
  const open: Shown["open"] = async (
    hash = "",
    { dark = false, width = 1440, height = 900, timeZone, before } = {},
  ) => {
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? "dark" : "light",
      reducedMotion: "reduce",
      ...(timeZone === undefined ? {} : { timezoneId: timeZone }),
    });
    contexts.push(context);
    // Two cores may be busy with other tests.
    context.setDefaultTimeout(90_000);
    const page = await context.newPage();
    listen(context, page, server.url, faults);
    await page.addInitScript('localStorage.setItem("irqtwin.hint", "seen")');
    await before?.(page);
    const place = hash === "" ? "" : `#${hash}`;
    await page.goto(`${server.url}/?token=${server.session.newLink()}${place}`);
    return page;
  };
  return { server, timeline, open, faults };
}

let started: Promise<Browser> | undefined;

/** The browser of this process, in which each file of tests has profiles of its own. It ends with the process. */
function launched(): Promise<Browser> {
  started ??= chromium.launch({
    executablePath: CHROMIUM ?? "",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
  });
  return started;
}

function listen(context: BrowserContext, page: Page, origin: string, faults: string[]): void {
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(error.message));
  context.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(?:data|blob):/.test(url)) faults.push(`asked for ${url}`);
  });
}

/** The script of axe-core, which audits a page. */
export const AXE = join(BUILT, "../../../node_modules/axe-core/axe.min.js");

/** The page writes its address a moment after a change: what stands behind the `#` once that stays the same. */
export async function settledHash(page: Page): Promise<string> {
  const hash = (): Promise<string> => page.evaluate<string>("location.hash.slice(1)");
  for (let before = await hash(); ;) {
    await page.waitForTimeout(400);
    const now = await hash();
    if (now === before) return now;
    before = now;
  }
}

/** What the slider says of T. */
export async function timeOf(page: Page): Promise<string | null> {
  return page.getByRole("slider", { name: "Time" }).getAttribute("aria-valuetext");
}
