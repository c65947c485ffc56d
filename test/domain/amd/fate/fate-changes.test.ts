// The fates that differences between releases change are those that the table of fates gives the entries they write.

import { describe, expect, test } from "vitest";
import { FATE_EFFECTS, fateEffectText } from "../../../../src/domain/amd/fate/fate-changes.js";
import { fateRowOf, type FateFacts } from "../../../../src/domain/amd/fate/fate-rows.js";
import { DIFFERENCES } from "../../../../src/domain/amd/releases/releases.js";

const POSTED: FateFacts = {
  ...{ valid: true, guest_mode: true, is_run: false, ga_log_intr: true, hasHandler: true },
  ...{ vcpu: "running", isOnCpu: true, route: "fits" },
};

describe("the fates that a difference changes", () => {
  test("are named for each difference", () => {
    for (const { name } of DIFFERENCES) expect(fateEffectText(name)).not.toBe("");
    expect(fateEffectText("tagsVcpuIdx")).toBe("no fate");
  });

  test.each([
    ["updatesLostRoute", { ...POSTED, route: "none" }, { ...POSTED, guest_mode: false }],
    ["skipsDeassigned", { ...POSTED, guest_mode: false }, { ...POSTED, route: "not connected" }],
    ["postsInOneWrite", POSTED, { ...POSTED, is_run: true, ga_log_intr: false }],
    ["togglesInOneWrite", POSTED, { ...POSTED, is_run: true, ga_log_intr: false }],
    [
      "logsOnlyBlocking",
      { ...POSTED, vcpu: "out" },
      { ...POSTED, vcpu: "out", ga_log_intr: false },
    ],
    ["linksInhibited", { ...POSTED, guest_mode: false }, { ...POSTED, is_run: true }],
    ["storesRunBits", { ...POSTED, is_run: true }, POSTED],
  ] as const)("%s: as the table of fates has it", (name, without, since) => {
    expect(FATE_EFFECTS[name]?.without).toContain(fateRowOf(without).fate);
    expect(FATE_EFFECTS[name]?.with).toContain(fateRowOf(since).fate);
  });
});
