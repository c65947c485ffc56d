// A host CPU can be selected as a vCPU can: the inspector says which vCPU runs there at T, as v_vcpu has it.

import { type Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { rowsOf } from "../../../src/query/rows/query.js";
import { Scratch } from "../../support/scratch.js";
import { CHROMIUM, shown, type Shown } from "./browser.js";

interface Running {
  readonly pcpu: number;
  readonly vcpu: string;
  readonly from_seq: number;
  readonly to_seq: number;
}

describe.skipIf(CHROMIUM === undefined)("a host CPU", () => {
  let all: Shown;
  let page: Page;
  let running: Running;

  beforeAll(async () => {
    all = await shown(new Scratch(), "6.17-x-uaf-crash");
    const sql = `SELECT pcpu, 'vm' || vm_id || '/vcpu' || vcpu_id AS vcpu, from_seq, to_seq FROM v_vcpu
      WHERE run_state = 'running' AND pcpu IS NOT NULL AND to_seq > from_seq + 1 AND from_seq > 1200
      ORDER BY from_seq LIMIT 1`;
    const [found] = await rowsOf<Running>(all.timeline.queryPages(sql));
    if (found === undefined) throw new Error("no vCPU ever runs");
    running = found;
    page = await all.open(`r=1&t=@${running.from_seq + 1}`);
  });

  const inspector = (): ReturnType<Page["getByRole"]> =>
    page.getByRole("complementary", { name: "Inspector" });

  it("is selected by a key, and says what runs there at T and what set it", async () => {
    const row = page.locator(`[data-lane="cpu:${running.pcpu}"]`);
    await row.focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => row.getAttribute("aria-selected")).toBe("true");
    await inspector()
      .getByRole("heading", { name: `CPU ${running.pcpu}`, exact: true })
      .waitFor();
    await inspector()
      .getByRole("button", { name: `@${running.from_seq}`, exact: true })
      .waitFor();
    expect(await page.evaluate<string>("location.hash")).toContain(`s=cpu:${running.pcpu}`);
    const fields = inspector().getByRole("table", { name: "Fields" });
    expect(await fields.textContent()).toContain(`runs${running.vcpu}`);
  });

  it("steps to its next change, where it says that of no vCPU it is known", async () => {
    await page.keyboard.press("n");
    await expect
      .poll(() => page.evaluate<string>("location.hash"))
      .not.toContain(`t=@${running.from_seq + 1}&`);
    const last = all.timeline.recording().last_seq ?? 0;
    await page.evaluate(`location.hash = "r=1&t=@${last}&s=cpu:${running.pcpu}"`);
    const sql = `SELECT count(*) AS n FROM v_vcpu WHERE run_state = 'running' AND to_seq IS NULL
      AND pcpu = ${running.pcpu}`;
    const [still] = await rowsOf<{ n: number }>(all.timeline.queryPages(sql));
    await inspector()
      .getByText(still?.n === 0 ? "no vCPU is known to run here" : "runs here")
      .waitFor();
  });

  it("leads to its vCPU, and is found by its name", async () => {
    await page.evaluate(`location.hash = "r=1&t=@${running.from_seq + 1}"`);
    const search = page.getByRole("searchbox", { name: "Go to" });
    await search.fill(`CPU ${running.pcpu}`);
    await search.press("Enter");
    const link = inspector().getByRole("button", { name: running.vcpu, exact: true });
    await link.click();
    await inspector().getByRole("heading", { name: running.vcpu, exact: true }).waitFor();
    expect(all.faults).toEqual([]);
  });
});
