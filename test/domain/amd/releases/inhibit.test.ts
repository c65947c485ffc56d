import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  APICV_INHIBIT_REASONS,
  inhibitName,
  inhibitNames,
} from "../../../../src/domain/amd/releases/inhibit.js";

describe("AVIC inhibits", () => {
  // As kvm_apicv_inhibit_changed printed them in the recordings of 6.16 and 6.17.
  it.each([
    [0x2, ["HYPERV"]],
    [0x4, ["ABSENT"]],
    [0x40, ["APIC_BASE_MODIFIED"]],
    [0x800, ["LOGICAL_ID_ALIASED"]],
    [0xa, ["HYPERV", "BLOCKIRQ"]],
    [0x208, ["BLOCKIRQ", "PIT_REINJ"]],
    [0x300, ["IRQWIN", "PIT_REINJ"]],
  ])("mask %i is %j", (mask, names) => {
    expect(inhibitNames(mask)).toEqual(names);
  });

  it("are none where no bit is set", () => {
    expect(inhibitNames(0)).toEqual([]);
  });

  it("have a name for every bit that is set and for no other, lowest first", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(30)), (reasons) => {
        const mask = reasons.reduce((sum, reason) => sum + 2 ** reason, 0);
        const ordered = reasons.toSorted((a, b) => a - b);
        expect(inhibitNames(mask)).toEqual(ordered.map(inhibitName));
      }),
    );
  });

  it("keep the number of a reason that has no name", () => {
    expect(inhibitName(APICV_INHIBIT_REASONS.length)).toBe("reason 13");
  });
});
