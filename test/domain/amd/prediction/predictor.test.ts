// The IRTEs that the rules predict for a recording without IRTE probes, against those that the whole
// recording shows: at every moment at rest, no bit that is claimed known may differ.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ALL_IRTE_NAMES, IRTE_PROBES, compare } from "../../../support/predicted.js";
import {
  NO_REAL_TRACES,
  REAL_TRACES,
  WHERE_TRACES_ARE,
  realTrace,
} from "../../../support/real-traces.js";
import { SHIPPED, shippedText } from "../../../support/shipped.js";

/** The share of bits that is known, where it is less than nine in ten, and why. */
const LITTLE: Readonly<Record<string, number>> = {
  // No probe names an IRTE.
  "6.16-m3-local-minimal": 0,
  // Host only: nothing shows that KVM is not there. The valid bit is known.
  "6.16-s0-boot": 0.007,
  "6.17-s0-boot": 0.007,
  // The end of the recording is past a deassignment that leaves a freed element on a list.
  "6.17-s1u-one-irqfd-first": 0.79,
};

function check(name: string, bytes: Buffer): void {
  for (const without of [IRTE_PROBES, ALL_IRTE_NAMES]) {
    const { wrong, compared, known } = compare(bytes, { without });
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(50);
    expect(known).toBeGreaterThanOrEqual(LITTLE[name] ?? 0.9);
  }
}

describe("shipped recordings", () => {
  it.each(SHIPPED)("no bit of %s is predicted wrong", (name) => {
    check(name, Buffer.from(shippedText(name), "latin1"));
  });
});

describe.skipIf(NO_REAL_TRACES)(`all recordings ${WHERE_TRACES_ARE}`, () => {
  it.each(REAL_TRACES)("no bit of %s is predicted wrong", (name) => {
    check(name.replace("/", "-"), realTrace(name));
  });
});

/** What else may have no probe. */
const NAMES = (
  "irte_set_affinity vector_config ir_activate ir_deactivate ir_set_vcpu_affinity " +
  "ir_set_vcpu_affinity_ret avic_pi_update avic_pi_update_ret kvm_pi_irte_update kvm_msi_set_irq " +
  "avic_vcpu_load avic_vcpu_load_ret avic_vcpu_put avic_vcpu_put_ret avic_blocking avic_unblocking " +
  "avic_refresh kvm_apicv_inhibit_changed apicv_inhibit add_producer add_producer_ret del_producer " +
  "del_producer_ret update_irqfd_routing update_irqfd_routing_ret set_irq_routing " +
  "set_irq_routing_ret svm_vcpu_load svm_vcpu_put svm_vcpu_free avic_init_vcpu_ret avic_vm_init_ret " +
  "vm_init vm_destroy sched_switch irte_alloc irte_alloc_ret irte_free irte_prepare"
).split(" ");

const texts = new Map(SHIPPED.map((name) => [name, Buffer.from(shippedText(name), "latin1")]));

describe("with less and less in the recording", () => {
  it("what is claimed known is so: names left out, its start cut off, events of a CPU lost", () => {
    const loss = fc.record({
      name: fc.constantFrom(...SHIPPED),
      gone: fc.subarray(NAMES, { maxLength: 10 }),
      keepsLives: fc.boolean(),
      from: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.7, noNaN: true })),
      lost: fc.option(
        fc.record({
          cpu: fc.constantFrom("000", "001", "002", "003"),
          at: fc.double({ min: 0, max: 1, noNaN: true }),
          lines: fc.integer({ min: 1, max: 400 }),
        }),
      ),
    });
    const property = fc.property(loss, ({ name, gone, keepsLives, from, lost }) => {
      const bytes = texts.get(name) ?? Buffer.alloc(0);
      const lines = bytes.toString("latin1").split("\n").length;
      const lives = keepsLives ? [] : ["irte_alloc", "irte_alloc_ret", "irte_free", "irte_prepare"];
      const names = ["irte_write", "irte_cmpxchg", "irte_flush", ...lives, ...gone];
      const at = lost === null ? 0 : Math.floor(lost.at * lines);
      const { wrong } = compare(bytes, {
        without: new RegExp(`: (?:${names.join("|")}): `),
        from: Math.floor(from * lines),
        ...(lost === null ? {} : { lost: { cpu: lost.cpu, from: at, to: at + lost.lines } }),
      });
      expect(wrong).toEqual([]);
    });
    // Without ir_activate an entry that was freed may be in use again.
    const gone = ["irte_set_affinity", "vector_config", "ir_activate"];
    const reused = { name: "6.16-m2-mono-standard", gone, keepsLives: true, from: 0, lost: null };
    // A call whose return is not shown does not go on when another one must have begun.
    const ends = ["add_producer_ret", "del_producer"];
    const removed = { name: "6.18-s1-one", gone: ends, keepsLives: false, from: 0, lost: null };
    fc.assert(property, { numRuns: 60, examples: [[reused], [removed]] });
  });
});
