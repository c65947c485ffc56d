import { describe, expect, it } from "vitest";
import { PROBES } from "../../src/domain/amd/probes/probes.js";
import { irqtwin } from "../support/irqtwin.js";

interface Document {
  readonly platform: string;
  readonly kernel: string | null;
  readonly level: string | null;
  readonly probes: readonly Record<string, unknown>[];
}

function json(...args: readonly string[]): Document {
  const { stdout, status } = irqtwin(["probes", ...args, "--json"]);
  expect(status).toBe(0);
  return JSON.parse(stdout) as Document;
}

const namesOf = ({ probes }: Document): unknown[] => probes.map(({ name }) => name);

describe("irqtwin probes", () => {
  it("prints every probe, its function and what needs it", () => {
    const { stdout, status } = irqtwin(["probes"]);
    expect(status).toBe(0);
    for (const { name } of PROBES) expect(stdout).toMatch(new RegExp(`(?:^|\\s)${name}(?:\\s|$)`));
    expect(stdout).toMatch(
      /^avic_vcpu_blocking +avic_blocking +entry +standard +kvm id apicv_active entry +vcpu_blocking +vcpu block +.*T6/m,
    );
  });

  it("gives the whole table as JSON", () => {
    const document = json();
    expect(document).toMatchObject({ platform: "amd", kernel: null, level: null });
    expect(namesOf(document)).toEqual(PROBES.map(({ name }) => name));
    expect(document.probes.find(({ name }) => name === "irte_write")).toMatchObject({
      function: "__modify_irte_ga",
      fields: ["seg", "devid", "index", "lo", "hi"],
      events: ["irte_written"],
      level: "minimal",
    });
  });

  it("tells everything of a probe that is named", () => {
    const { stdout } = irqtwin(["probes", "avic_pi_update"]);
    expect(stdout).toMatch(
      /^avic_pi_update: entry, avic_pi_update_irte\(\), arch\/x86\/kvm\/svm\/avic\.c\n {2}KVM decides/,
    );
    expect(stdout).toMatch(/^ {2}needed by {5}T1 second, T3 presumed,/m);
  });

  it.each([
    ["amd_iommu_update_ga()", ["irte_store", "iommu_update_ga"]],
    ["modify_irte_ga", ["irte_write", "irte_cmpxchg"]],
    ["vcpu_created", ["avic_init_vcpu_ret"]],
    ["host affinity", ["irte_set_affinity"]],
    ["T10", ["irte_alloc", "irte_alloc_ret"]],
    ["avic_vcpu_load", ["avic_vcpu_load"]],
  ])("finds %s", (name, found) => {
    expect(namesOf(json(name))).toEqual(found);
  });

  it("names the symbol of a kernel, and says where it has none", () => {
    const symbols = json("--kernel", "6.16.12+deb14-amd64", "irte_write", "kvm_pi_update").probes;
    expect(symbols.map(({ name, served, symbol }) => [name, served, symbol])).toEqual([
      ["irte_write", "symbol", "__modify_irte_ga.isra.0"],
      ["kvm_pi_update", "absent", null],
    ]);
    expect(irqtwin(["probes", "vcpu_kick", "--kernel", "6.14"]).stdout).toContain("(not known)");
    expect(irqtwin(["probes", "--kernel", "6.17"]).stdout).toMatch(/^\(absent\) +route_changed /m);
  });

  it("narrows the table to a set of probes", () => {
    expect(namesOf(json("--level", "minimal"))).toEqual([
      "irte_write",
      "irte_alloc",
      "irte_alloc_ret",
      "irte_free",
    ]);
    expect(json("--level", "full").probes.every(({ type }) => type !== "tracepoint")).toBe(true);
    expect(irqtwin(["probes", "svm_vcpu_load", "--level", "minimal"]).stdout).toBe(
      "no probe of that name is in the set\n",
    );
  });

  it.each([
    [["irte_wrote"], "ERR_NAME", 2],
    [["--platform", "arm64"], "ERR_USAGE", 2],
    [["--level", "most"], "ERR_USAGE", 2],
    [["--kernel", "5.10"], "ERR_KERNEL_UNKNOWN", 3],
  ])("refuses %s", (args, code, status) => {
    const run = irqtwin(["probes", ...args]);
    expect(run.stderr).toContain(`(${code})`);
    expect(run.status).toBe(status);
  });
});
