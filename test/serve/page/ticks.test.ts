// An interrupt is a sign on the lane of its IRTE: the tooltip and the table say its path and its verdict, as v_interrupt
// has them.

import { beforeAll, describe, expect, it } from "vitest";
import { rowsOf } from "../../../src/query/rows/query.js";
import { Scratch } from "../../support/scratch.js";
import { CHROMIUM, shown, type Shown } from "./browser.js";

interface Interrupt {
  readonly id: number;
  readonly time_ns: string;
  readonly irte: string;
  readonly verdict: string;
  readonly path: string;
}

describe.skipIf(CHROMIUM === undefined)("an interrupt on a lane", () => {
  let all: Shown;
  let lost: Interrupt;

  beforeAll(async () => {
    all = await shown(new Scratch(), "6.17-x-uaf-crash");
    const sql = `SELECT id, cast(time_ns AS text) AS time_ns, irte, verdict, path FROM v_interrupt
      WHERE verdict = 'lost' AND sure = 1 AND irte IS NOT NULL ORDER BY id LIMIT 1`;
    const [found] = await rowsOf<Interrupt>(all.timeline.queryPages(sql));
    if (found === undefined) throw new Error("no interrupt is lost");
    lost = found;
  });

  it("is told with its path and verdict in the tooltip and in the table of its lane", async () => {
    const start = BigInt(lost.time_ns) - 50_000_000n;
    const page = await all.open(`r=1&t=@${lost.id}&v=${start}+100000000&s=irte:${lost.irte}`);
    const row = page.locator(`[data-lane="irte:${lost.irte}"]`);
    await row.waitFor();
    const says = `interrupt on the host, ${lost.verdict}, path ${lost.path}`;
    await expect
      .poll(async () => {
        await row.focus();
        await page.keyboard.press("v");
        return page.getByRole("tooltip").textContent();
      })
      .toContain(says);
    await page.keyboard.press("Escape");
    await row.focus();
    await page.keyboard.press("t");
    const choice = page.getByRole("combobox", { name: "Lane", exact: true });
    await choice.selectOption(`ticks:${lost.irte}`);
    await page.getByRole("dialog").getByText(says).first().waitFor();
    expect(all.faults).toEqual([]);
  });
});
