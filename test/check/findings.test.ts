// How bad a finding is, and what it is called.

import { AMD } from "../../src/domain/amd/platform.js";
import { describe, expect, it } from "vitest";
import { severityOf, titleOf, type AnyFinding } from "../../src/check/findings.js";
import { type IrteBits } from "../../src/domain/values/bits.js";

const POSTED = 0x81;
const IS_RUN = 0x40;
const GA_LOG_INTR = 0x04;

function mismatch(flags: number): AnyFinding {
  const observed: IrteBits = { loH: 0x200, loL: POSTED | flags, hiH: 1, hiL: 0x41 };
  return {
    kind: "mismatch",
    rule: "T5",
    seq: 1,
    key: 1,
    vcpu: 1,
    expected: null,
    observed,
    cause_seq: null,
    evidence: [1],
  };
}

describe("the severity of a mismatch", () => {
  it.each([
    ["is_run", IS_RUN, "safety", "the IOMMU signals a CPU where the vCPU is not"],
    ["is_run", 0, "performance", "the GA log finds it"],
    ["is_run", GA_LOG_INTR, "performance", "the GA log finds it"],
    ["ga_log_intr", 0, "safety", "nothing wakes the vCPU"],
    ["ga_log_intr", GA_LOG_INTR, "performance", "a wake-up too many"],
    ["ga_log_intr", IS_RUN, "performance", "a running vCPU needs no log"],
    ["vector", 0, "safety", "another interrupt"],
  ])("%s wrong, flags %i: %s, %s", (field, flags, severity) => {
    expect(severityOf(AMD, mismatch(flags), [field])).toBe(severity);
  });

  it("is performance for a GA log entry too many (B7), which breaks half of I6", () => {
    const finding: AnyFinding = { ...mismatch(0), kind: "invariant", invariant: "I6", bug: "B7" };
    expect(severityOf(AMD, finding, [])).toBe("performance");
    expect(severityOf(AMD, { ...finding, bug: null }, [])).toBe("safety");
  });
});

describe("a title", () => {
  it("names a rule by its id", () => {
    const finding: AnyFinding = { ...mismatch(0), kind: "missing", rule: "T1 second" };
    expect(titleOf(AMD, finding, "0000:00:08.0/0", [], String)).toMatch(/demand it \(T1\)$/);
  });
});
