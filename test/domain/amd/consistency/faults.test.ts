import { test } from "@fast-check/vitest";
import { expect } from "vitest";
import { Faults } from "../../../../src/domain/amd/consistency/faults.js";
import { type Contradiction } from "../../../../src/domain/platform/consistency.js";
import { contradictions } from "../../../support/contradictions.js";

/** The same function, or the same entry or vCPU while the other one is not settled. */
function isOneFault(known: Contradiction, made: Contradiction): boolean {
  if (known.root !== null && known.root === made.root) return true;
  const [first = 0] = made.evidence;
  const isSame =
    (known.vcpu !== null && known.vcpu === made.vcpu) ||
    (made.key !== null && (known.key === made.key || known.keys.includes(made.key)));
  return isSame && first < known.seq;
}

test.prop([contradictions(40)])("what is found joins the last fault that it belongs to", (all) => {
  const faults = new Faults();
  for (const made of all) {
    const before = [...faults.found];
    const place = before.findLastIndex((known) => isOneFault(known, made));
    faults.add(made);
    const changed = place < 0 ? before.length : place;
    expect(faults.found).toHaveLength(Math.max(before.length, changed + 1));
    for (const [i, known] of before.entries())
      if (i !== changed) expect(faults.found[i]).toBe(known);
    expect(faults.found[changed]).not.toBe(before[changed]);
    expect(faults.found[changed]?.seq).toBe(Math.max(before[changed]?.seq ?? 0, made.seq));
  }
});
