// Each event and each cause stands for a function of the kernel, by its name in the recorded release.

import { describe, expect, test } from "vitest";
import { functionsOfCause, functionsOfKind } from "../../../../src/domain/amd/probes/functions.js";
import { PROBE } from "../../../../src/domain/amd/probes/probes.js";
import { CAUSES } from "../../../../src/domain/events/causes.js";
import { EVENT_KINDS } from "../../../../src/domain/events/kinds.js";

const all = (): boolean => true;
const only =
  (...names: readonly string[]) =>
  (name: string): boolean =>
    names.includes(name);

describe("the kernel function of", () => {
  test.each(Object.keys(EVENT_KINDS))("%s is told, unless no function prints it", (kind) => {
    const isOfTheTrace = kind.endsWith("_anchored") || kind === "events_lost";
    expect(functionsOfKind(kind, all, "7.3.4").length > 0).toBe(!isOfTheTrace);
  });

  test.each(CAUSES)("the cause %s is told", (cause) => {
    expect(functionsOfCause(cause, all, null)).not.toEqual([]);
  });

  test("a write has the name that the release's source gives it, without the compiler's suffix", () => {
    const seen = only(PROBE.irte_write);
    expect(functionsOfKind("irte_written", seen, "6.17.13+deb13-amd64")).toEqual([
      "__modify_irte_ga",
    ]);
    expect(functionsOfKind("irte_written", seen, "6.1.0-50-amd64")).toEqual(["modify_irte_ga"]);
    expect(functionsOfKind("irte_written", seen, null)).toEqual(["__modify_irte_ga"]);
  });

  test("a tracepoint is printed by another function before the series", () => {
    expect(functionsOfKind("irqfd_msi", all, "6.16.12")).toEqual(["kvm_set_msi_irq"]);
    expect(functionsOfKind("irqfd_msi", all, "6.17.13")).toEqual(["kvm_msi_to_lapic_irq"]);
    expect(functionsOfKind("pi_update_decided", all, "6.1.0-50-amd64")).toEqual([
      "avic_pi_update_irte",
    ]);
  });

  test("of several functions those count whose lines the recording has, and all where it has none", () => {
    expect(functionsOfCause("vcpu load", only(PROBE.avic_vcpu_load), null)).toEqual([
      "avic_vcpu_load",
    ]);
    expect(functionsOfCause("vcpu load", only(), null)).toEqual([
      "avic_vcpu_load",
      "svm_vcpu_load",
    ]);
  });
});
