// Which entry a host IRQ has, where a loss may hide that it was freed and allocated anew.

import { expect, test } from "vitest";
import { kindName } from "../../../src/domain/events/kinds.js";
import { readText } from "../../support/ftrace-text.js";

const AFFINITY =
  "ir_set_vcpu_affinity: (amd_ir_set_vcpu_affinity+0x4/0xd0) irq=30 ir_data=0x6 devid=0x40 index=2 is_guest_mode=1";
const UPDATE =
  "avic_pi_update: (avic_pi_update_irte+0x4/0x770 [kvm_amd]) kvm=0x1000 vm_id=1 host_irq=30 gsi=24 set=1";

/** The index of the entry that each update is said to be of. */
function entries(bodies: readonly string[]): readonly (number | null)[] {
  const text = bodies.map((body, i) =>
    body.startsWith("CPU:") ? `${body}\n` : `  piwl-226     [000] d..1. ${41_000 + i}: ${body}\n`,
  );
  const { events, rejected } = readText(text.join(""), { rules: "6.16" });
  expect(rejected).toEqual([]);
  return events
    .filter(({ kind }) => kindName(kind) === "pi_update_requested")
    .map(({ irte_index }) => irte_index);
}

test("behind a loss the entry of a host IRQ is unknown until a line shows it", () => {
  const lost = "CPU:1 [LOST 17 EVENTS]";
  expect(entries([AFFINITY, UPDATE, lost, UPDATE, AFFINITY, UPDATE])).toEqual([2, null, 2]);
});
