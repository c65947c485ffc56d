// Names whose lines come together: where one has many lines and the other none, a filter took them out.

import { describe, expect, it } from "vitest";
import { lacksName } from "../../../../src/domain/amd/probes/come-together.js";
import { SHIPPED, shippedText } from "../../../support/shipped.js";

/** Does a recording with so many lines of each name, each printed by two tasks, lack a name? */
function lacks(lines: Readonly<Record<string, number>>): boolean {
  return lacksName(
    (name) => lines[name] ?? 0,
    (name) => (lines[name] === undefined ? 0 : 2),
  );
}

const FULL = {
  avic_vcpu_load: 4,
  avic_vcpu_put: 4,
  irte_write: 9,
  irte_cmpxchg: 9,
  svm_vcpu_load: 9,
  svm_vcpu_put: 9,
};

describe("a recording of the full set", () => {
  it("has puts as it has loads", () => {
    expect(lacks(FULL)).toBe(false);
    expect(lacks({ ...FULL, svm_vcpu_put: 0 })).toBe(true);
    expect(lacks({ ...FULL, svm_vcpu_load: 0 })).toBe(true);
  });

  it("may end before the other line of a pair comes", () => {
    expect(lacks({ ...FULL, svm_vcpu_load: 4, svm_vcpu_put: 0 })).toBe(false);
  });
});

it("a recording of the minimal set has no line of what larger sets probe", () => {
  expect(lacks({ irte_write: 50, kvm_pi_irte_update: 50, vector_activate: 50 })).toBe(false);
});

it("a recording without IRTE writes is asked nothing", () => {
  expect(lacks({ svm_vcpu_load: 50 })).toBe(false);
});

it.each(SHIPPED)("%s lacks none", (recording) => {
  const lines = new Map<string, number>();
  const tasks = new Map<string, Set<string>>();
  for (const line of shippedText(recording).split("\n")) {
    const [, pid = "", name] = /-(\d+) +\[\d+\] \S+ +[\d.]+: (\w+): /.exec(line) ?? [];
    if (name === undefined) continue;
    lines.set(name, (lines.get(name) ?? 0) + 1);
    tasks.set(name, (tasks.get(name) ?? new Set()).add(pid));
  }
  expect(lines.size).toBeGreaterThan(10);
  expect(
    lacksName(
      (name) => lines.get(name) ?? 0,
      (name) => tasks.get(name)?.size ?? 0,
    ),
  ).toBe(false);
});
