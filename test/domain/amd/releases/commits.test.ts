// Patches and bugs can be looked up in the kernel's own tree.

import { describe, expect, test } from "vitest";
import { KNOWN_BUGS } from "../../../../src/domain/amd/invariants/reference.js";
import { COMMITS, SERIES, fixBy } from "../../../../src/domain/amd/releases/commits.js";
import { PATCHES } from "../../../../src/domain/amd/releases/patches.js";
import { RULES_IDS } from "../../../../src/domain/amd/releases/releases.js";

describe("a patch", () => {
  test.each(PATCHES)("$patch has a subject of its own", ({ patch, subject, commit }) => {
    expect(subject).toMatch(/^(?:KVM|iommu)[:/]/);
    expect(PATCHES.filter((each) => each.subject === subject)).toHaveLength(1);
    // The first patch of the series was merged before the others, by another maintainer.
    if (patch === "01") expect(commit).toBeNull();
    else expect(commit).toMatch(/^[0-9a-f]{12}$/);
  });

  test("of the series is found by its own mail", () => {
    expect(Object.keys(COMMITS).filter((patch) => /^\d\d$/.test(patch))).toHaveLength(
      SERIES.patches,
    );
    expect(fixBy("04").link).toBe(
      "https://lore.kernel.org/r/20250611224604.313496-6-seanjc@google.com",
    );
    expect(() => fixBy("63")).toThrow(RangeError);
  });
});

describe("a known bug", () => {
  test.each(Object.values(KNOWN_BUGS))(
    "$id says what is right, where, and how it is provoked",
    (bug) => {
      expect(bug.where).toMatch(/^\w+\(\)(?:, \w+\(\))?, [\w/-]+\.c$/);
      expect(bug.should.length).toBeGreaterThan(20);
      expect(bug.stimulus.length).toBeGreaterThan(40);
      expect(bug.in).not.toContain(bug.fixed_in);
      expect(RULES_IDS).toContain(bug.fixed_in);
      expect(bug.fixes.length).toBeGreaterThan(0);
      for (const { patch } of bug.fixes) expect(bug.fixed_by).toContain(patch);
    },
  );

  test("has the words for its fix that it had", () => {
    expect(KNOWN_BUGS.B1.fixed_by).toBe("patches 07 and 23 (6.17)");
    expect(KNOWN_BUGS.B5.fixed_by).toBe("patch 43 (6.17)");
    expect(KNOWN_BUGS.B6.fixed_by).toBe(
      '"KVM: Don\'t clobber irqfd routing type when deassigning irqfd" (CVE-2026-23198, 6.18)',
    );
  });
});
