// Which functions may have changed a value of the state without a line.

import { describe, expect, it } from "vitest";
import { PROBES } from "../../../../src/domain/amd/probes/probes.js";
import { unfollowed } from "../../../../src/domain/amd/probes/unfollowed.js";
import { STATE_VALUES, type StateValue } from "../../../../src/domain/platform/state-values.js";

const VALUES = Object.keys(STATE_VALUES) as readonly StateValue[];
const ALL = PROBES.map(({ name }) => name as string);
const STANDARD = PROBES.filter(({ level }) => level !== "full").map(({ name }) => name as string);

interface Of {
  readonly names: readonly string[];
  readonly isCounted?: boolean;
  readonly rules?: string | null;
}

function lacking(value: StateValue, { names, isCounted = false, rules = "6.17" }: Of) {
  const sees = (name: string): boolean => names.includes(name);
  return unfollowed(value, { sees, isCounted, rules });
}

const without = (...gone: readonly string[]): string[] =>
  ALL.filter((name) => !gone.includes(name));

describe("where nothing counts the lines", () => {
  it.each(VALUES)("%s is followed by lines of every probe", (value) => {
    expect(lacking(value, { names: ALL })).toEqual([]);
  });

  it.each(VALUES.filter((value) => value !== "life of a VM"))(
    "%s is followed by lines of every probe of the standard set",
    (value) => {
      expect(lacking(value, { names: STANDARD })).toEqual([]);
    },
  );

  it.each(VALUES)("%s is not followed by lines of the scheduler", (value) => {
    expect(lacking(value, { names: ["sched_switch"] })).not.toEqual([]);
  });

  it.each<[StateValue, string]>([
    ["life of an entry", "irte_free"],
    ["run state", "avic_blocking"],
    ["run state", "svm_vcpu_put"],
    ["AVIC state", "avic_refresh"],
    ["links", "ir_set_vcpu_affinity"],
    ["connections", "del_producer"],
    ["routes", "set_irq_routing"],
    ["inhibits", "kvm_apicv_inhibit_changed"],
    ["life of a VM", "vm_destroy"],
    ["entry", "avic_pi_update"],
    ["every rule", "irte_free"],
  ])("%s needs a line of %s", (value, name) => {
    expect(lacking(value, { names: without(name) })).toContain(name);
  });

  it("the loads of the standard set stand for those of the full one only where that is not there", () => {
    const avic = ["avic_vcpu_load", "avic_vcpu_put", "avic_refresh"];
    const names = [...avic, "avic_blocking", "avic_unblocking"];
    expect(lacking("run state", { names })).toEqual([]);
    expect(lacking("run state", { names: [...names, "avic_vcpu_load_ret"] })).toEqual([
      "svm_vcpu_load",
      "svm_vcpu_put",
    ]);
  });

  it("the direct store of 6.1 is needed where the release has it, or is not known", () => {
    const names = without("irte_store");
    expect(lacking("entry", { names, rules: "6.16" })).toEqual([]);
    for (const rules of ["6.1", null])
      expect(lacking("entry", { names, rules })).toContain("irte_store");
  });
});

describe("below a header that counts the lines", () => {
  const isCounted = true;

  it("a probe of the recording's own set had nothing to print", () => {
    const names = without("avic_refresh", "irte_free", "svm_vcpu_free", "vm_destroy");
    for (const value of VALUES) expect(lacking(value, { names, isCounted }), value).toEqual([]);
  });

  it("one of a larger set was not set", () => {
    expect(lacking("life of a VM", { names: STANDARD, isCounted })).toEqual(["vm_destroy"]);
    const names = ["irte_write", "irte_alloc_ret", "kvm_apicv_inhibit_changed"];
    expect(lacking("entry", { names, isCounted })).toEqual([]);
    expect(lacking("life of an entry", { names, isCounted })).toEqual([]);
    expect(lacking("run state", { names, isCounted })).not.toEqual([]);
  });

  it("one whose function is shown to have run by another line was not set", () => {
    const names = without("avic_blocking");
    expect(lacking("run state", { names, isCounted })).toEqual(["avic_blocking"]);
  });
});
