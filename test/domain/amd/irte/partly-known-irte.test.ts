// Three-valued IRTEs: whatever the unknown bits are, what is claimed known afterwards is so.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Op } from "../../../../src/domain/model/calls.js";
import { IRTE_ALLOCATED, IRTE_FREE, irteMode } from "../../../../src/domain/amd/irte/irte.js";
import {
  type IrteBits,
  agrees,
  isComplete,
  type Predicted,
  UNKNOWN_BITS,
  either,
  exactly,
  knownBits,
  masked,
  samePartial,
} from "../../../../src/domain/values/bits.js";
import { AmdModel } from "../../../../src/domain/amd/rules/amd-model.js";
import { Operations } from "../../../../src/domain/amd/rules/operations.js";
import { applied, partialMode } from "../../../../src/domain/amd/irte/partly-known-irte.js";
import { RULES, RULES_IDS } from "../../../../src/domain/amd/releases/releases.js";

const word = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const bits = fc.record({ loH: word, loL: word, hiH: word, hiL: word });
const partial = fc
  .tuple(bits, bits)
  .map(([some, mask]) => masked(exactly(some), mask)) satisfies fc.Arbitrary<Predicted>;

/** The known bits of an entry, the others from `rest`. */
function completed({ bits: some, known }: Predicted, rest: IrteBits): IrteBits {
  const of = (name: keyof IrteBits): number => some[name] | (rest[name] & ~known[name]);
  return { loH: of("loH"), loL: of("loL"), hiH: of("hiH"), hiL: of("hiL") };
}

const cpu = fc.oneof(fc.constant(null), fc.constant(-1), fc.integer({ min: 0, max: 255 }));
const flag = fc.option(fc.boolean());

const operation = fc.constantFrom(...RULES_IDS).chain((id) => {
  const model = new AmdModel({ apicOfCpu: new Map(), logical: null });
  const ops = new Operations(RULES[id], model);
  return fc.oneof(
    fc.tuple(cpu, flag).map(([dest, log]): Op => ops.update(dest, log)),
    fc.tuple(cpu, flag).map(([dest, log]): Op => ops.activate(dest, log)),
    fc.constant<Op>(ops.deactivate()),
    fc.boolean().map((valid): Op => ops.valid(valid)),
    fc.tuple(fc.option(fc.integer({ min: 0, max: 255 })), cpu).map(([vector, dest]): Op => {
      return ops.affinity(vector, dest);
    }),
  );
});

const irte = new AmdModel({ apicOfCpu: new Map(), logical: null }).irte(0);

describe("an operation on a shadow of which some bits are known", () => {
  it("claims nothing that a shadow with other unknown bits would not have", () => {
    const property = fc.property(partial, bits, operation, (shadow, rest, op) => {
      const whole = completed(shadow, rest);
      const outcome = applied(op, irte, shadow);
      const real = op(irte, whole);
      if (real === "unknown") return;
      if (outcome.writes !== null) expect(outcome.writes).toBe(real !== null);
      const after = real ?? exactly(whole);
      for (const unknown of [IRTE_FREE, { loH: -1, loL: -1, hiH: -1, hiL: -1 }])
        expect(agrees(outcome.shadow, completed(masked(after, after.known), unknown))).toBe(true);
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it("knows all where all was known and the operation leaves nothing open", () => {
    const ops = new Operations(
      RULES["6.17"],
      new AmdModel({ apicOfCpu: new Map(), logical: null }),
    );
    const posted: IrteBits = { loH: 0x200, loL: 0x81, hiH: 1, hiL: 0x063 };
    const { shadow, writes } = applied(ops.update(3, false), irte, exactly(posted));
    expect(writes).toBe(true);
    expect(isComplete(shadow)).toBe(true);
    expect(shadow.bits.loL).toBe(0x3c1);
  });
});

describe("joining", () => {
  it("keeps what both say, and forgets the rest", () => {
    const property = fc.property(partial, partial, bits, (a, b, rest) => {
      const both = either(a, b);
      expect(agrees(both, completed(a, rest))).toBe(true);
      expect(agrees(both, completed(b, rest))).toBe(true);
      expect(samePartial(both, either(b, a))).toBe(true);
      expect(samePartial(either(a, a), a)).toBe(true);
      expect(knownBits(both)).toBeLessThanOrEqual(knownBits(a));
      expect(samePartial(either(a, UNKNOWN_BITS), UNKNOWN_BITS)).toBe(true);
    });
    fc.assert(property);
  });
});

describe("the mode", () => {
  it("is that of the bits where all are known, and never another where some are", () => {
    const property = fc.property(partial, bits, (entry, rest) => {
      const whole = completed(entry, rest);
      expect(partialMode(exactly(whole))).toBe(irteMode(whole));
      expect(["unknown", irteMode(whole)]).toContain(partialMode(entry));
    });
    fc.assert(property);
    expect(partialMode(exactly(IRTE_FREE))).toBe("free");
    expect(partialMode(exactly(IRTE_ALLOCATED))).toBe("allocated");
    expect(partialMode(either(exactly(IRTE_FREE), exactly(IRTE_ALLOCATED)))).toBe("unknown");
  });
});
