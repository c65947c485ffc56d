// Recordings with fewer probes: what cannot be decided is unknown, and nothing is found that is not there.

import { describe, expect, it } from "vitest";
import { checked, readEvents } from "../support/events.js";
import { SHIPPED, shippedText } from "../support/shipped.js";

const FULL = SHIPPED.filter((name) => !/standard|minimal/.test(name));

/** Lines of kprobes have `(function+0x...)`; tracepoints have not. */
const KPROBE = / (\w+): \((?:\w|\.)+[+ ]/;

/** The text with these kprobes alone, and all tracepoints. */
function thinned(text: string, kept: readonly string[]): string {
  return text
    .split("\n")
    .filter((line) => {
      const [, name] = KPROBE.exec(line) ?? [];
      return name === undefined || kept.includes(name);
    })
    .join("\n");
}

const MINIMAL = ["irte_write", "irte_alloc", "irte_alloc_ret", "irte_free"];
/** What a cautious operator sets: no probe on the driver's inner functions. */
const STANDARD = [
  ...MINIMAL,
  ...["ir_set_vcpu_affinity", "irte_set_affinity", "ir_activate", "ir_deactivate"],
  ...["avic_vm_init_ret", "avic_init_vcpu_ret", "svm_vcpu_free", "avic_vcpu_load", "avic_vcpu_put"],
  ...["avic_blocking", "avic_unblocking", "avic_refresh", "avic_pi_update", "add_producer"],
  ...["del_producer", "update_irqfd_routing", "kvm_pi_update", "set_irq_routing", "kvm_irqfd"],
  ...["irqfd_shutdown", "apicv_inhibit"],
];

describe.each(FULL)("%s", (name) => {
  const text = shippedText(name);

  it("with irte_write and tracepoints alone: no finding, and half of the writes decided", () => {
    const { counts, findings, invariants } = checkedText(thinned(text, MINIMAL));
    expect(findings).toEqual([]);
    expect(invariants.violations).toEqual([]);
    expect(counts.explained / counts.observed).toBeGreaterThan(0.5);
  });

  it("with the causes and not the inner functions: all that is defined is explained", () => {
    const { counts, findings } = checkedText(thinned(text, STANDARD));
    expect(findings).toEqual([]);
    expect(counts.explained + counts.undefined + counts.unknown).toBe(counts.observed);
    expect(counts.unknown).toBeLessThanOrEqual(name.includes("stale") ? 1 : 0);
  });
});

/** That the freed entry of a use after free is written is known from irte_free; the note tells the release. */
const TOLD_BY: Readonly<Record<string, readonly string[]>> = {
  "6.16-x-stale-route-removed": ["irte_free", "tracing_mark_write"],
  "6.17-x-uaf-crash": ["tracing_mark_write"],
};

describe.each(SHIPPED)("%s without any one of its names", (name) => {
  it("has no finding that it has not with them all", () => {
    const lines = shippedText(name).split("\n");
    const nameOf = (line: string): string | undefined => /: (\w+): /.exec(line)?.[1];
    const names = new Set(lines.map(nameOf).filter((each) => each !== undefined));
    const broken = (text: string): string[] =>
      checkedText(text).invariants.violations.map(({ id, bug }) => `${id} ${bug ?? ""}`);
    const known = broken(lines.join("\n"));
    // A third of them: the others are left out of the recordings beside this one.
    const some = [...names].sort().filter((_, i) => i % 3 === SHIPPED.indexOf(name) % 3);
    for (const without of some) {
      if (without === "irte_write" || TOLD_BY[name]?.includes(without) === true) continue;
      const text = lines.filter((line) => nameOf(line) !== without).join("\n");
      expect(checkedText(text).findings, `without ${without}`).toEqual([]);
      expect(known, `without ${without}`).toEqual(expect.arrayContaining(broken(text)));
    }
  });
});

function checkedText(text: string) {
  return checked(readEvents(Buffer.from(text, "latin1"))).checker;
}
