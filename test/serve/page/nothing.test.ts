// The page where there is nothing to show: recordings that were dropped, and one without an event.

import { describe, expect, it } from "vitest";
import { Scratch } from "../../support/scratch.js";
import { CHROMIUM, shown } from "./browser.js";

const TRACE = "6.16-s1-one";

/** A recording without a line. */
const NO_LINE = "# tracer: nop\n#\n";

/** A recording of one line, which is no event. */
const NO_EVENT = `${NO_LINE}          <idle>-0       [001] d..1.   100.000001: foo_bar: x=1\n`;

const PAINTED = `[...document.querySelectorAll(".minimap-box canvas, .lane-canvas")].map((canvas) => {
  if (canvas.width === 0 || canvas.height === 0) return 0;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.reduce((sum, each) => sum + (each === 0 ? 0 : 1), 0);
})`;

describe.skipIf(CHROMIUM === undefined)("the page where there is nothing to show", () => {
  it("says that a recording has no event, and shows nothing of the one before", async () => {
    const all = await shown(new Scratch(), TRACE);
    for (const text of [NO_LINE, NO_EVENT]) await all.timeline.import(Buffer.from(text));
    const page = await all.open("r=1");
    await expect
      .poll(() => page.evaluate(`${PAINTED}.every((painted) => painted > 1000)`))
      .toBe(true);
    await page.getByRole("combobox", { name: "Recording" }).selectOption("2");
    await page.getByText("This recording has no event, and no state.").waitFor();
    await expect.poll(() => page.evaluate(PAINTED)).toEqual([0, 0]);
    // Beside another one it has no lanes, and nothing fails.
    const other = await all.open("r=1&t=@474&tab=compare&cmp=3,starts");
    await other
      .getByRole("region", { name: /^Lanes of / })
      .nth(1)
      .waitFor();
    await other.getByRole("combobox", { name: "Compare with" }).selectOption("2");
    await other.getByRole("alert").getByText("recording 2 (-) has no event").waitFor();
    expect(all.faults.filter((text) => !text.includes("the server responded"))).toEqual([]);
    for (const each of [page, other]) await each.context().close();
  });

  it("says that all recordings were dropped, and offers none that is", async () => {
    const all = await shown(new Scratch(), TRACE, "6.18-s1-one", "6.17-s1-one");
    await all.timeline.drop(2);
    const page = await all.open("r=1&t=@474&tab=compare");
    const choice = page.getByRole("combobox", { name: "Compare with" });
    await expect
      .poll(() => choice.locator("option").allTextContents())
      .toEqual(["B of this recording", "6.17-s1-one"]);
    for (const id of [1, 3]) await all.timeline.drop(id);
    const empty = await all.open();
    await empty.getByRole("heading", { name: "All 3 recordings were dropped" }).waitFor();
    const linked = await all.open("r=1&t=@474");
    await linked.getByRole("heading", { name: "All 3 recordings were dropped" }).waitFor();
    for (const each of [page, empty, linked]) await each.context().close();
  });
});
