import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { Doubts, type Difference } from "../../src/check/doubts.js";
import { type Contradiction } from "../../src/domain/platform/consistency.js";
import { contradictions, someKey, someVcpu } from "../support/contradictions.js";

const difference = fc.record<Difference>({
  seq: fc.integer({ min: 1, max: 130 }),
  key: fc.option(someKey),
  vcpu: fc.option(someVcpu),
  cause_seq: fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 12 })),
  evidence: fc.array(fc.integer({ min: 1, max: 130 }), { maxLength: 3 }),
});

/** Of the same function, about the same entry or vCPU and not over before, or resting on one of the same lines. */
function isExplainedBy(asked: Difference, each: Contradiction): boolean {
  const { seq, cause_seq = null, key, vcpu } = asked;
  if (each.root !== null && (each.root === seq || each.root === cause_seq)) return true;
  if (asked.evidence.some((line) => each.evidence.includes(line))) return true;
  if (Math.max(seq, ...asked.evidence) < Math.min(each.seq, ...each.evidence)) return false;
  const isSameKey = key !== null && (key === each.key || each.keys.includes(key));
  return isSameKey || (vcpu !== null && vcpu === each.vcpu);
}

test.prop([contradictions(20), fc.array(difference, { maxLength: 20 })])(
  "a difference is evidence of the first contradiction that explains it",
  (all, differences) => {
    const doubts = new Doubts(all);
    for (const asked of differences) {
      const before = [...doubts.found];
      const place = before.findIndex((each) => isExplainedBy(asked, each));
      expect(doubts.explains(asked)).toBe(place >= 0);
      for (const [i, each] of before.entries()) {
        const told = doubts.found[i]?.evidence ?? [];
        if (i !== place) expect(told).toBe(each.evidence);
        else if (each.evidence.length < 12 && asked.seq <= each.seq)
          expect(told).toContain(asked.seq);
      }
    }
  },
);
