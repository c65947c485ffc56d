// The page in a real Chromium: from nothing to its first picture, from a click on the minimap to painted lanes, and frames
// while lanes are dragged. Times are taken inside the page, so that the driver does not count.

import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { chromium, type Page } from "playwright-core";
import { PROGRAM, type Inputs } from "./inputs.js";
import { pinToOneCore, quantile, unpin } from "./measure.js";
import { goal, significant, type Section } from "./report.js";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const SETTLE_MS = 5000;
const CLICKS = 41;
const STEPS = 60;
const WIDTH = 1440;
const HEIGHT = 900;

/** What was measured, in milliseconds. */
export interface Measured {
  readonly firstPaint: number;
  readonly firstLanes: number;
  readonly clicks: readonly number[];
  readonly frames: readonly number[];
  readonly serverMB: number;
}

/** Measures on a timeline of so many lines. */
export async function benchPage(inputs: Inputs, lines: number): Promise<Section> {
  const title = "Page";
  if (!existsSync(CHROMIUM))
    return { title, note: `Skipped: no ${CHROMIUM}.`, header: [], rows: [] };
  const measured = await measurePage(`${inputs.folder}/${inputs.timeline(lines)}`);
  const [p50, p90] = [0.5, 0.9].map((part) => quantile(measured.clicks, part));
  const frame = quantile(measured.frames, 0.5);
  return {
    title,
    goals: [
      goal("The page: first paint", { atMost: 1000, unit: " ms" }, measured.firstPaint),
      goal("The page: minimap to lanes, p50", { atMost: 100, unit: " ms" }, p50 ?? NaN),
      goal("The page: a frame while panning, p50", { atMost: 33, unit: " ms" }, frame),
      goal("The page: the server's memory", { atMost: 300, unit: " MB" }, measured.serverMB),
    ],
    note:
      `A timeline of ${lines} lines in Chromium, ${WIDTH}x${HEIGHT}, drawn without a GPU. ` +
      `Milliseconds; the click counts from its event to the frame after the last interval has come.`,
    header: ["", "value"],
    rows: [
      ["first paint", significant(measured.firstPaint)],
      ["first painted lanes", significant(measured.firstLanes)],
      ["click on the minimap to painted lanes, p50", significant(p50 ?? NaN)],
      ["the same, p90", significant(p90 ?? NaN)],
      ["frame while panning, p50", significant(frame)],
      ["server's peak, MB", significant(measured.serverMB)],
    ],
  };
}

/** Measures on a timeline; its browser and its server share all cores, as they do for a reader. */
export async function measurePage(timeline: string): Promise<Measured> {
  unpin();
  try {
    return await measureOn(timeline);
  } finally {
    pinToOneCore();
  }
}

async function measureOn(timeline: string): Promise<Measured> {
  const server = spawn(process.execPath, [PROGRAM, "serve", "--db", timeline], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
  });
  try {
    const link = await linkOf(server);
    const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT } });
    page.setDefaultTimeout(120_000);
    await page.addInitScript(WATCH);
    await page.goto(link);
    const firstLanes = await page.evaluate<number>("watched.drawn()");
    const firstPaint = await page.evaluate<number>(
      `performance.getEntriesByName("first-contentful-paint")[0].startTime`,
    );
    // What follows the first picture has its own time.
    await page.waitForTimeout(SETTLE_MS);
    const clicks = await clicksOn(page);
    const frames = await framesOf(page);
    return { firstPaint, firstLanes, clicks, frames, serverMB: peakMB(server) };
  } finally {
    await browser.close();
    server.kill("SIGTERM");
  }
}

async function linkOf({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error("the server says nothing");
  for await (const line of createInterface({ input: stdout })) {
    const link = /http:\/\/\S+token=\S+/.exec(line)?.[0];
    if (link !== undefined) return link;
  }
  throw new Error("the server ended");
}

/** Clicks at places all over the minimap, each measured to its painted lanes. */
async function clicksOn(page: Page): Promise<readonly number[]> {
  const box = await page.locator(".minimap-box").boundingBox();
  if (box === null) throw new Error("there is no minimap");
  // A view of a tenth of the recording: a click moves it.
  for (let step = 0; step < 7; step++) await page.keyboard.press("w");
  const taken: number[] = [];
  for (let click = 0; click < CLICKS; click++) {
    const place = ((click * 17) % CLICKS) / CLICKS;
    await page.evaluate("watched.start()");
    await page.mouse.click(box.x + box.width * (0.02 + 0.96 * place), box.y + box.height / 2);
    taken.push(await page.evaluate<number>("watched.taken()"));
  }
  return taken;
}

/** Drags the lanes, and takes the time of each frame. */
async function framesOf(page: Page): Promise<readonly number[]> {
  const box = await page.locator(".lane-canvas").boundingBox();
  if (box === null) throw new Error("there are no lanes");
  await page.mouse.move(box.x + box.width * 0.8, box.y + 120);
  await page.mouse.down();
  await page.evaluate("watched.frames = []");
  await page.mouse.move(box.x + box.width * 0.2, box.y + 120, { steps: STEPS });
  const frames = await page.evaluate<number[]>("watched.frames");
  await page.mouse.up();
  return frames;
}

/** The most memory that the server has had. */
function peakMB({ pid }: ChildProcess): number {
  const status = `/proc/${pid ?? 0}/status`;
  if (!existsSync(status)) return NaN;
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(status, "latin1"))?.[1]) / 1024;
}

/** Watches what the page asks for and paints. */
const WATCH = `(() => {
  let [pending, ended, begun] = [0, null, null];
  const own = window.fetch;
  window.fetch = async (path, options) => {
    if (!String(path).includes("/intervals?")) return own(path, options);
    pending++;
    try {
      const answer = await own(path, options);
      const read = answer.arrayBuffer.bind(answer);
      answer.arrayBuffer = async () => {
        try {
          return await read();
        } finally {
          done();
        }
      };
      return answer;
    } catch (error) {
      done();
      throw error;
    }
  };
  const done = () => {
    pending--;
    ended = performance.now();
  };
  const frame = () => new Promise(requestAnimationFrame);
  /** Nothing is awaited, and the frame after it has been painted. */
  const still = async () => {
    for (let calm = 0; calm < 2; calm = pending === 0 ? calm + 1 : 0) await frame();
    return performance.now();
  };
  addEventListener("pointerdown", ({ timeStamp }) => (begun = timeStamp), true);
  window.watched = {
    frames: [],
    start: () => (begun = null),
    drawn: async () => {
      while (ended === null) await frame();
      return still();
    },
    taken: async () => {
      while (begun === null) await frame();
      return (await still()) - begun;
    },
  };
  let last = null;
  const count = (time) => {
    if (last !== null) window.watched.frames.push(time - last);
    last = time;
    requestAnimationFrame(count);
  };
  requestAnimationFrame(count);
})();`;
