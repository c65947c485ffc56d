// The fold of a recording that allows several releases: what they agree on, and null where they do not.

import { describe, expect, it } from "vitest";
import { AMD } from "../../../src/domain/amd/platform.js";
import { emptyKvm, type KvmState } from "../../../src/domain/fold/state.js";
import { type TwinEvent } from "../../../src/domain/events/event.js";
import { event, numbered } from "../../support/twin-event.js";

const IRTE = { vm: 1, gsi: 24, host_irq: 30, devid: 0x40, irte_index: 0 } as const;
const created = event("vcpu_created", { vm: 1, vcpu: 1, payload: { vcpu_idx: 0 } });
const ofOtherVm = event("vcpu_created", { vm: 2, vcpu: 2, payload: { vcpu_idx: 0 } });
const blocks = event("vcpu_blocking", { vm: 1, vcpu: 1, cpu: 2, payload: { apicv_active: 1 } });
const requested = event("pi_update_requested", { ...IRTE, vcpu: 1 });
const posted = event("vcpu_affinity_set", { ...IRTE, payload: { is_guest_mode: 1 } });

const after = (rules: string | null, ...events: readonly TwinEvent[]): KvmState =>
  AMD.fold.evolveKvm(emptyKvm(rules), numbered([created, ofOtherVm, ...events]));
const listsOf = ({ vcpus }: KvmState): unknown[] =>
  [...vcpus.values()].map(({ ir_list }) => ir_list);

describe("the fold", () => {
  it.each([
    ["6.12, 6.16", false],
    ["6.17, 6.18, 7.3", true],
    ["6.16, 6.17", null],
    [null, null],
  ])("by %s knows of a vCPU that blocks whether its wake-ups are logged: %s", (rules, logged) => {
    expect(after(rules, blocks).vcpus.get(1)?.ga_log_intr).toBe(logged);
  });

  it("links what all of them link", () => {
    const linked = listsOf(after("6.17", requested, posted));
    expect(linked).toEqual([[expect.any(Number)], []]);
    expect(listsOf(after("6.17, 7.3", requested, posted))).toEqual(linked);
  });

  it.each(["6.16, 6.17", null])(
    "by %s knows no list of a VM once one of its IRQs is posted",
    (rules) => {
      expect(listsOf(after(rules, posted))).toEqual([null, []]);
      expect(listsOf(after(rules, requested))).toEqual([null, []]);
      const nameless = event("vcpu_affinity_set", { devid: 0x40, irte_index: 0 });
      expect(listsOf(after(rules, nameless))).toEqual([null, null]);
    },
  );
});
