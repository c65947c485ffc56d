// Who prints lines, and whom the scheduler's lines name: a CPU or a task that must have printed some has none.

import { describe, expect, it } from "vitest";
import { Printers } from "../../../src/ftrace/order/printers.js";
import { Line } from "../../../src/ftrace/text/line.js";

const SWITCH = "prev_prio=120 prev_state=S ==> next_comm=CPU 0/KVM next_pid=77 next_prio=120";
const to77 = (cpu: number): string =>
  `          <idle>-0       [00${cpu}] d..2.  10.000000: sched_switch: prev_comm=swapper/${cpu} prev_pid=0 ${SWITCH}`;
const wakes77 = (on: number): string =>
  `             vmm-50      [000] d..2.  10.000000: sched_wakeup: comm=CPU 0/KVM pid=77 prio=120 target_cpu=00${on}`;
const MOVES = `             vmm-50      [000] d..2.  10.000000: sched_migrate_task: comm=CPU 0/KVM pid=77 prio=120 orig_cpu=2 dest_cpu=1`;
const BY_77 = `       CPU 0/KVM-77      [001] d..2.  10.000000: svm_vcpu_load: (svm_vcpu_load+0x0/0x70) id=0 cpu=1`;

function printersOf(...lines: readonly string[]): Printers {
  const printers = new Printers();
  const line = new Line();
  for (const text of lines) {
    const buffer = Buffer.from(text, "latin1");
    expect(line.scan(buffer, 0, buffer.length)).toBe(true);
    printers.note(line, line.name());
  }
  return printers;
}

describe("a task that is woken twice on a CPU", () => {
  it("has run there: the CPU has a line", () => {
    expect(printersOf(to77(1), BY_77, wakes77(2), wakes77(2)).lackLines).toBe(true);
    expect(printersOf(to77(1), BY_77, wakes77(2), to77(2), wakes77(2)).lackLines).toBe(false);
  });

  it("has run: it has a line of its own", () => {
    expect(printersOf(to77(1), wakes77(1), wakes77(1)).lackLines).toBe(true);
    expect(printersOf(to77(1), BY_77, wakes77(1), wakes77(1)).lackLines).toBe(false);
  });

  it("may have been pulled to another CPU", () => {
    expect(printersOf(to77(1), BY_77, wakes77(2), MOVES, wakes77(2)).lackLines).toBe(false);
  });

  it("is not looked at where no line follows whom the CPUs switch to", () => {
    expect(printersOf(BY_77, wakes77(2), wakes77(2)).lackLines).toBe(false);
  });

  it("may be woken once, and run after the end", () => {
    expect(printersOf(to77(1), BY_77, wakes77(2)).lackLines).toBe(false);
  });
});

it("counts the tasks that print a name", () => {
  const printers = printersOf(to77(1), to77(2), wakes77(1), BY_77);
  expect(printers.tasksThatPrint("sched_switch")).toBe(1);
  expect(printers.tasksThatPrint("svm_vcpu_load")).toBe(1);
  expect(printers.tasksThatPrint("irte_write")).toBe(0);
});
