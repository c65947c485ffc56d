// How the page looks where there is little room, and what it shows while an answer is awaited.

import { type Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { Scratch } from "../../support/scratch.js";
import { CHROMIUM, shown, type Shown } from "./browser.js";

const SMALL = { width: 1280, height: 720 };
const LARGE = { width: 2560, height: 1440 };
const PLOTTED =
  "SELECT time_ns, seq, count(*) OVER (ORDER BY seq) AS events FROM v_event LIMIT 500";

describe.skipIf(CHROMIUM === undefined)("the look of the page", () => {
  let all: Shown;

  beforeAll(async () => {
    all = await shown(new Scratch(), "6.17-x-uaf-crash");
  });

  it.each([SMALL, LARGE])("draws the posted share without stripes at %j", async (size) => {
    const page = await all.open("r=1&fold=cpus,vm:vm1,vm:vm2,vm:vm3,vm:vm4", size);
    const chart = page.getByRole("img", { name: /^posted share, at most/ });
    await chart.scrollIntoViewIfNeeded();
    const stripes = `(() => {
      const canvas = document.querySelector('.counter-plot[aria-label^="posted share"] canvas');
      const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const row = [...Array(width).keys()].map((x) => data[((height - 2) * width + x) * 4 + 3]);
      const painted = row.filter((alpha) => alpha > 0).length;
      const holes = row.filter((alpha, x) => alpha < 255 && row[x - 1] > 0 && row[x + 1] > 0).length;
      return { painted, holes };
    })()`;
    await expect
      .poll(() => page.evaluate<{ painted: number }>(stripes))
      .toMatchObject({ holes: 0 });
    const { painted } = await page.evaluate<{ painted: number }>(stripes);
    expect(painted).toBeGreaterThan(100);
    await page.context().close();
  });

  it("opens all groups that there is room for, and says of a bug where it is fixed", async () => {
    for (const [size, rows] of [
      [SMALL, 0],
      [LARGE, 1],
    ] as const) {
      const page = await all.open("", size);
      const card = page.locator(".verdict-card");
      await card.getByText("Kernel bug B6, fixed in 6.18.").waitFor();
      await page
        .locator('[data-finding="F1"]')
        .getByText("fixed in 6.18")
        .waitFor({
          state: rows === 0 ? "hidden" : "visible",
        });
      await expect.poll(() => page.locator('[data-lane="vcpu:vm3/vcpu0"]').count()).toBe(rows);
      // The head of the group stands above the selected lane.
      await page.getByRole("row", { name: /^0000:00:08.0 4 IRTEs/ }).waitFor();
      const lanes = await page.locator(".lanes").boundingBox();
      const head = await page.getByRole("row", { name: /^0000:00:08.0 4 IRTEs/ }).boundingBox();
      expect(head?.y).toBeGreaterThanOrEqual(lanes?.y ?? Infinity);
      await page.context().close();
    }
  });

  it("plots a result with times that can be read, and names its lines", async () => {
    const page = await all.open(`r=1&t=@1188&tab=sql&q=${encodeURIComponent(PLOTTED)}`, SMALL);
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.getByText(/^500 rows, \d+ ms$/).waitFor();
    await expect.poll(() => cut(page, ".result-head *, .sql-tools *")).toEqual([]);
    await page.getByRole("radio", { name: "plot" }).click();
    const plot = page.getByRole("img", { name: "Plot of events" });
    await plot.locator("canvas").waitFor();
    const place = `(() => {
      const box = (selector) => document.querySelector(selector).getBoundingClientRect();
      const [plot, over] = [box(".plot"), box(".plot .u-over")];
      return { high: over.height / plot.height, below: box(".plot .uplot").bottom - plot.bottom };
    })()`;
    const { high, below } = await page.evaluate<{ high: number; below: number }>(place);
    expect(high).toBeGreaterThan(0.5);
    expect(below).toBeLessThanOrEqual(1);
    await expect.poll(() => page.locator(".plot-legend").textContent()).toBe("events");
    await plot.hover();
    await page
      .locator(".plot-legend")
      .getByText(/^at \d+$/)
      .waitFor();
    await page.context().close();
  });

  it("has each part of a recording's facts whole or not at all", async () => {
    const page = await all.open("r=1&t=@1188", SMALL);
    await page.getByRole("status", { name: "Verdict" }).getByText("4 findings").waitFor();
    await expect.poll(() => cut(page, ".facts *")).toEqual([]);
    const seen = await page.evaluate<string[]>(
      `[...document.querySelectorAll(".facts > *")]
        .filter((part) => part.offsetTop < part.parentElement.offsetTop + 18)
        .map((part) => part.textContent)`,
    );
    expect(seen[0]).toBe("kernel 6.17.13");
    await page.context().close();
  });

  it.each([SMALL, { width: 1600, height: 900 }])(
    "cuts nothing that the bottom says at %j",
    async (size) => {
      const page = await all.open("r=1&f=F1&a=@1100&b=@1188&t=@1188", size);
      await page.getByRole("status", { name: "Verdict" }).getByText("4 findings").waitFor();
      await page.getByText("A–B").waitFor();
      const place = page.getByRole("searchbox", { name: "Go to" });
      await place.fill(
        `a place of which there is none in the whole of this recording, ${"x".repeat(90)}`,
      );
      await place.press("Enter");
      await page.getByRole("status", { name: "Message" }).getByText("is no time").waitFor();
      expect(await cut(page, ".status, .status *")).toEqual([]);
      const spilled = `[...document.querySelectorAll(".status, .status *")]
        .filter((each) => each.scrollHeight > each.clientHeight + 2 && each.clientHeight > 0)
        .map((each) => each.textContent)`;
      expect(await page.evaluate<string[]>(spilled)).toEqual([]);
      await page.context().close();
    },
  );

  it("tells what is wrong by crossing lines where the system forces its colours", async () => {
    const page = await all.open("r=1&f=F1&t=@1188&s=irte:0000:00:08.0/0&fold=cpus", {
      ...SMALL,
      before: (each) => each.emulateMedia({ forcedColors: "active" }),
    });
    await page.getByRole("status", { name: "Verdict" }).getByText("4 findings").waitFor();
    const lane = page.locator('[data-lane="fate:0000:00:08.0/0"]');
    await lane.waitFor();
    // How often the middle of the lane changes between dark and light.
    const changes = `(() => {
      const canvas = document.querySelector(".lane-canvas");
      const [box, row] = [canvas, document.querySelector('[data-lane="fate:0000:00:08.0/0"]')].map((each) => each.getBoundingClientRect());
      const scale = canvas.width / box.width;
      const y = (row.top + row.height / 2 - box.top) * scale;
      const lines = [-2, -1, 0, 1, 2].map((step) => canvas.getContext("2d").getImageData(0, Math.round(y + step), canvas.width, 1).data);
      const points = lines.flatMap((data) => [...Array(canvas.width).keys()].map((x) => data[4 * x + 3] > 0 && data[4 * x] < 128));
      return points.filter((isDark, at) => isDark !== points[at - 1]).length;
    })()`;
    await expect.poll(() => page.evaluate<number>(changes)).toBeGreaterThan(20);
    const swatches = page.locator(".legend .swatch");
    const pictures = await Promise.all(
      (await swatches.all()).map(async (each) => (await each.screenshot()).toString("base64")),
    );
    expect(pictures.length).toBe(7);
    expect(new Set(pictures).size).toBe(7);
    await page.context().close();
  });

  it("has the source and the cause of each interval in sight", async () => {
    const page = await all.open("r=1&t=@1188&s=irte:0000:00:08.0/0", SMALL);
    await page.getByRole("heading", { name: "0000:00:08.0/0" }).waitFor();
    await page.keyboard.press("t");
    const table = page.getByRole("table", { name: "0000:00:08.0/0 intervals" });
    await table
      .getByText(/changes here/)
      .first()
      .waitFor();
    const spilled = await page.evaluate<number>(
      `(() => { const box = document.querySelector(".twin"); return box.scrollWidth - box.clientWidth; })()`,
    );
    expect(spilled).toBeLessThanOrEqual(0);
    await page.context().close();
  });

  it("says no number of proofs before they are there", async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const page = await all.open("r=1", {
      before: (each) =>
        each.route(/\/findings\/F3$/, async (route) => {
          await released;
          await route.continue();
        }),
    });
    const why = page.getByRole("region", { name: "Why" });
    await why.getByText("5 events prove F1").waitFor();
    await page
      .getByRole("row", { name: /^✕ F3|F3 safety/ })
      .first()
      .click();
    await page.getByRole("heading", { name: "0000:00:08.0/1" }).waitFor();
    await expect.poll(() => why.getByText(/prove/).count()).toBe(0);
    await expect.poll(() => why.getByRole("listitem").count()).toBe(0);
    release();
    await why.getByText(/events prove F3/).waitFor();
    await page.context().close();
  });

  it("keeps the tab and the finding of a link that names no moment", async () => {
    const page = await all.open("r=1&tab=events");
    await page.waitForURL(/f=F1/);
    await expect.poll(() => page.evaluate("location.hash")).toContain("tab=events");
    const other = await all.open("r=1&f=F3");
    await other.waitForURL(/t=@/);
    await expect.poll(() => other.evaluate("location.hash")).toContain("f=F3");
    for (const each of [page, other]) await each.context().close();
  });

  it("said no error", () => {
    expect(all.faults).toEqual([]);
  });
});

/** The texts of elements in which there is more than is seen. */
async function cut(page: Page, selector: string): Promise<string[]> {
  return page.evaluate<string[]>(
    `[...document.querySelectorAll(${JSON.stringify(selector)})]
      .filter((each) => each.clientWidth > 0 && each.scrollWidth > each.clientWidth + 1)
      .map((each) => each.textContent)`,
  );
}
