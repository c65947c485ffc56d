// What the page says of a moment, and what it takes for one, in a real browser.

import { beforeAll, describe, expect, it } from "vitest";
import { Scratch } from "../../support/scratch.js";
import { CHROMIUM, shown, type Shown } from "./browser.js";

const TRACE = "6.17-x-uaf-crash";

describe.skipIf(CHROMIUM === undefined)("moments of the page in Chromium", () => {
  let all: Shown;

  beforeAll(async () => {
    all = await shown(new Scratch(), TRACE);
  });

  it("names no single state of a lane at T where several changes share its column", async () => {
    const page = await all.open("r=1&t=@2034&s=vcpu:vm1/vcpu0");
    const cells = page.locator('[data-lane="vcpu:vm1/vcpu0"] > [role="gridcell"]');
    await expect.poll(() => cells.nth(0).textContent()).toMatch(/^\d+ changes here$/);
    expect(await cells.nth(1).textContent()).toBe("");
    const [vcpu] = all.timeline.recording(1).at({ when: "@2034", vcpu: "vm1/vcpu0" }).vcpus;
    expect(vcpu?.run_state).toBe("blocking");
    // Where the view has a column for each change the state is told.
    const time = BigInt(all.timeline.recording(1).at({ when: "@2034" }).time_ns);
    const near = await all.open(`r=1&t=@2034&v=${time - 500n}+1000&s=vcpu:vm1/vcpu0`);
    const cell = near.locator('[data-lane="vcpu:vm1/vcpu0"] > [role="gridcell"]').first();
    await expect.poll(() => cell.textContent()).toContain("blocking");
    for (const each of [page, near]) await each.context().close();
  });
});
