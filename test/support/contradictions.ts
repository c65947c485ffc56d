// Contradictions as a recording may have them: few functions, vCPUs and entries, so that they meet.

import { fc } from "@fast-check/vitest";
import { type Contradiction } from "../../src/domain/platform/consistency.js";
import { type IrteKey } from "../../src/domain/values/ids.js";

/** A few events before this one, and the event. */
const evidenceUpTo = (seq: number): fc.Arbitrary<number[]> =>
  fc
    .array(fc.integer({ min: Math.max(1, seq - 30), max: seq }), { maxLength: 4 })
    .map((seqs) => [...new Set([...seqs, seq])].sort((a, b) => a - b));

/** A key of one of three entries. */
export const someKey: fc.Arbitrary<IrteKey> = fc
  .integer({ min: 1, max: 3 })
  .map((n) => n as unknown as IrteKey);

/** A row of one of three vCPUs. */
export const someVcpu = fc.integer({ min: 1, max: 3 });

const contradiction: fc.Arbitrary<Contradiction> = fc.integer({ min: 2, max: 120 }).chain((seq) =>
  fc.record({
    id: fc.constant("C1"),
    seq: fc.constant(seq),
    key: fc.option(someKey),
    vcpu: fc.option(someVcpu),
    keys: fc.uniqueArray(someKey, { maxLength: 2 }),
    root: fc.option(fc.integer({ min: 1, max: 12 })),
    evidence: evidenceUpTo(seq),
  }),
);

/** So many at most, mostly in the order of their events. */
export function contradictions(maxLength: number): fc.Arbitrary<Contradiction[]> {
  const all = fc.array(contradiction, { maxLength });
  return fc.oneof(
    all.map((each) => each.toSorted((a, b) => a.seq - b.seq)),
    all,
  );
}
