// Where there is little room, the header and the bottom line lose nothing: what does not fit goes on in the next line.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { LANE_FORMS } from "../../../src/domain/platform/lanes.js";
import { Scratch } from "../../support/scratch.js";
import { CHROMIUM, shown, type Shown } from "./browser.js";

const LINK = "r=1&t=@1188&a=@1186&b=@1825&f=F1&tab=events";

/** Windows: that of a small laptop, the same at a zoom of 200 %, and between them. */
const WINDOWS = [
  { width: 1280, height: 720 },
  { width: 1100, height: 700 },
  { width: 640, height: 360 },
];

/** Controls of the bar over the lists that lie on another one, but for the one that stays in sight. */
const LYING_ON_OTHERS = `(() => {
  const all = [...document.querySelectorAll(".tab-bar button:not(.fold-tabs), .tab-bar input, .tab-bar a")];
  const boxes = all.map((each) => each.getBoundingClientRect());
  return all
    .filter((_, i) => i > 0 && boxes[i].left < boxes[i - 1].right - 1)
    .map((each) => each.getAttribute("aria-label") ?? each.textContent);
})()`;

describe.skipIf(CHROMIUM === undefined)("a window with little room", () => {
  let all: Shown;

  beforeAll(async () => {
    all = await shown(new Scratch(), "6.17-x-uaf-crash");
  });

  /** Parts of the header and of the bottom that are not whole in the window, by what they say. */
  const hidden = (page: Page): Promise<string[]> =>
    page.evaluate<string[]>(`(() => {
      const parts = [...document.querySelectorAll(
        ".header .button, .header input, .header select, .steps, .verdict, .facts > *, .legend li, .time-field, .status .at, .status input",
      )];
      const bars = (each) => each.closest(".header, .status").getBoundingClientRect();
      return parts
        .filter((each) => {
          const [box, bar] = [each.getBoundingClientRect(), bars(each)];
          const isIn = box.width > 0 && box.height > 0 && box.left >= 0 && box.right <= innerWidth &&
            box.top >= bar.top - 1 && box.bottom <= bar.bottom + 1 && bar.bottom <= innerHeight;
          return !isIn || (each.tagName !== "SELECT" && each.scrollWidth > each.clientWidth + 1);
        })
        .map((each) => each.getAttribute("aria-label") ?? each.textContent);
    })()`);

  it.each(WINDOWS)("has all of the header and the bottom in sight at %j", async (size) => {
    const page = await all.open(LINK, size);
    await page.getByRole("status", { name: "Verdict" }).getByText("4 findings").waitFor();
    await page.getByText("@1188 · line").waitFor();
    const legend = page.getByRole("list", { name: "Legend" }).getByRole("listitem");
    await expect
      .poll(() => legend.allTextContents())
      .toEqual([
        ...["running", "blocking / logged", "posted, not running", "remapped"],
        ...["wrong", "unknown", "predicted"],
      ]);
    expect(await page.evaluate<string[]>(LYING_ON_OTHERS)).toEqual([]);
    // Of a recording's facts only a wide line has all.
    const lost = await hidden(page);
    expect(size.width < 1280 ? lost : lost.filter((text) => !text.startsWith(" · "))).toEqual([]);
    await page.getByRole("searchbox", { name: "Go to" }).fill("@900");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate("location.hash")).toContain("t=@900");
    await page.context().close();
  });

  it("has the inspector over the lanes and the lists, below the overview", async () => {
    const page = await all.open(LINK, { width: 1100, height: 700 });
    await page.getByRole("row", { name: "0000:00:08.0/0", exact: true }).waitFor();
    await page.keyboard.press("i");
    const box = await page.getByRole("complementary", { name: "Inspector" }).boundingBox();
    const lanes = await page.getByRole("main", { name: "Timeline" }).boundingBox();
    const bottom = await page.getByRole("contentinfo").boundingBox();
    expect(box?.y).toBe(lanes?.y);
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBe(1100);
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBe(bottom?.y);
    await page.context().close();
  });

  it("said no error", () => {
    expect(all.faults).toEqual([]);
  });
});

describe("the style sheets", () => {
  const page = join(import.meta.dirname, "../../../src/serve/page");

  function textsIn(folder: string, end: RegExp): string {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => end.test(name))
      .map((name) => readFileSync(join(folder, name), "utf8"))
      .join("\n");
  }

  it("style no class that the page does not have", () => {
    const sheets = textsIn(join(page, "css"), /\.css$/).replace(/\/\*.*?\*\/|@import[^;]*;/gs, "");
    // The form of a lane is a class of its row.
    const forms = Object.keys(LANE_FORMS).map((form) => `form-${form}`);
    const code = [textsIn(page, /\.tsx?$/), ...forms].join("\n");
    const own = [...sheets.matchAll(/\.([a-z][\w-]*)(?=[^{}]*\{)/g)].map(([, name]) => name ?? "");
    // Classes of the libraries for editing and plots begin so.
    const unused = [...new Set(own)].filter(
      (name) => !/^(?:cm|u)-/.test(name) && !new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(code),
    );
    expect(unused).toEqual([]);
  });
});
