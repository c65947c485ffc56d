// Fields in the place of an event's text, as `trace-cmd report -R` prints them, in the kernel's own words.

import { describe, expect, it, test } from "vitest";
import { KIND, kindName } from "../../../src/domain/events/kinds.js";
import { kernelWords, stateWords } from "../../../src/ftrace/text/raw-words.js";
import { schedSwitchOf, wakeupOf } from "../../../src/ftrace/text/sched-switch.js";
import { readText } from "../../support/ftrace-text.js";

/** Each with its fields and the kernel's words for them. */
const WORDS: readonly (readonly [name: string, fields: string, words: string])[] = [
  ["kvm_msi_set_irq", "address=0xfee0300c data=0xc4a5", "dst 3 vec 165 (NMI|logical|level|rh)"],
  // The kernel casts the data to a byte: the mode is not told.
  ["kvm_msi_set_irq", "address=4276097024 data=165", "dst 1 vec 165 (unknown|physical|edge)"],
  ["kvm_msi_set_irq", "address=0xfee01000 data=0xa5", "dst 1 vec 165 (Fixed|physical|edge)"],
  [
    "kvm_pi_irte_update",
    "host_irq=30 vcpu_id=2 gsi=0x18 gvec=0xa5 pi_desc_addr=0x100e44000 set=1",
    "PI is enabled and being updated for irq 30, vcpu 2, gsi: 0x18, gvec: 0xa5, pi_desc_addr: 0x100e44000",
  ],
  [
    "kvm_pi_irte_update",
    "host_irq=30 vcpu_id=-1 gsi=24 gvec=0 set=0",
    "PI is disabled for irq 30, vcpu -1, gsi: 0x18, gvec: 0x0",
  ],
  ["kvm_apicv_inhibit_changed", "reason=2 set=1 inhibits=0x4", "set reason=2, inhibits=0x4"],
  ["kvm_apicv_inhibit_changed", "reason=2 set=0 inhibits=0x0", "cleared reason=2, inhibits=0x0"],
  ["kvm_vcpu_wakeup", "ns=8208513 waited=1 valid=1", "wait time 8208513 ns, polling valid"],
  ["kvm_vcpu_wakeup", "ns=7 waited=0 valid=0", "poll time 7 ns, polling invalid"],
  ["kvm_inj_virq", "vector=0xa5 soft=0 reinjected=1", "IRQ 0xa5 [reinjected]"],
  ["kvm_inj_virq", "vector=3 soft=1 reinjected=0", "Soft/INTn 0x3"],
  ["kvm_apicv_accept_irq", "apicid=16 dm=0x400 tm=1 vec=50", "apicid 10 vec 50 (NMI|level)"],
  [
    "kvm_apic_accept_irq",
    "[FAILED TO PARSE] apicid=1 dm=0 tm=0 vec=50",
    "apicid 1 vec 50 (Fixed|edge)",
  ],
];

test.each(WORDS)("%s %s", (name, fields, words) => {
  expect(kernelWords(name, fields)).toBe(words);
});

it("leaves a text as it is that lacks a field, or is the kernel's", () => {
  for (const text of ["reason=2 set=1", "set reason=2, inhibits=0x4 ABSENT", "reason=x set=1 in=1"])
    expect(kernelWords("kvm_apicv_inhibit_changed", text)).toBe(text);
  expect(kernelWords("irte_write", "devid=0x40 index=0")).toBe("devid=0x40 index=0");
});

test.each([
  ["0", "R"],
  ["0x100", "R+"],
  ["256", "R+"],
  ["1", "S"],
  ["0x2", "D"],
  ["0x81", "S|I"],
  ["R+", "R+"],
  ["S", "S"],
])("state %s is %s", (state, words) => {
  expect(stateWords(state)).toBe(words);
});

it("reads sched_switch and sched_wakeup in fields and in the plugin's words", () => {
  const raw =
    "prev_comm=a b prev_pid=7 prev_prio=120 prev_state=256 next_comm=c next_pid=9 next_prio=120";
  expect(schedSwitchOf(raw)).toEqual({ prev_pid: 7, prev_state: "R+", next_pid: 9 });
  for (const text of [
    "comm=a b pid=7 prio=120 target_cpu=002",
    "a b:7 [120] CPU:002",
    "a b:7 [120] success=1 CPU:002",
  ])
    expect(wakeupOf(text)).toEqual({ pid: 7, cpu: 2 });
  expect(wakeupOf("a b")).toBeNull();
});

describe("a change of inhibits", () => {
  const read = (payload: string): ReturnType<typeof readText> =>
    readText(
      `             vmm-4410    [000]   500.000010: kvm_apicv_inhibit_changed: ${payload}\n`,
    );

  it("is read from its fields", () => {
    const kinds = ["reason=2 set=1 inhibits=0x4", "reason=2 set=0 inhibits=0x0"].map((payload) =>
      read(payload).events.map(({ kind }) => kind),
    );
    expect(kinds).toEqual([[KIND.avic_inhibit_set], [KIND.avic_inhibit_cleared]]);
  });

  it("is rejected where nothing says whether the reason is set or cleared", () => {
    const { events, rejected } = read("s?t reason=2, inhibits=0x4");
    expect(events.map(({ kind }) => kindName(kind))).toEqual([]);
    expect(rejected[0]?.reason).toContain("set or cleared");
  });
});
