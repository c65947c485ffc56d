// The expressions of the probe table.

import { describe, expect, it } from "vitest";
import { PROBES } from "../../../src/domain/amd/probes/probes.js";
import { parseField } from "../../../src/capture/plan/expression.js";

const defined = PROBES.filter(({ type }) => type !== "tracepoint");

describe("the probe table", () => {
  it("defines every probe, and no tracepoint", () => {
    expect(defined.filter(({ definitions }) => definitions.length === 0)).toEqual([]);
    const others = PROBES.filter(({ type }) => type === "tracepoint");
    expect(others.filter(({ definitions }) => definitions.length > 0)).toEqual([]);
  });

  it.each(defined.map((probe) => [probe.name, probe] as const))(
    "%s: its fields can be taken apart, and what is read is fetched",
    (_, { definitions, fields }) => {
      const names = definitions.flatMap((form) => form.fields.map((text) => parseField(text).name));
      // The segment is read where a recording has it; vm_id of some lines comes from other lines.
      const read = fields.filter((name) => name !== "seg" && name !== "vm_id");
      expect(read.filter((name) => !names.includes(name))).toEqual([]);
    },
  );
});

describe("a field", () => {
  it("is a name, an expression and a type", () => {
    expect(parseField("apicv_active=vcpu->arch.apic->apicv_active:u8")).toEqual({
      name: "apicv_active",
      expression: {
        ...{ names: ["vcpu"], isRegister: false, isReturn: false, isAddress: false },
        steps: [
          { step: "follow", members: ["arch", "apic"] },
          { step: "follow", members: ["apicv_active"] },
        ],
      },
      type: "u8",
      bytes: 1,
    });
    expect(parseField("a=%b|c in s.m->* as t:x64").expression).toEqual({
      ...{ names: ["b", "c"], isRegister: true, isReturn: false, isAddress: false },
      steps: [
        { step: "in", struct: "s", member: "m" },
        { step: "follow", members: [] },
        { step: "as", struct: "t" },
      ],
    });
  });

  it.each(["vcpu", "a=b", "a=b:x7", "a=b->:x64", "a=b as:x64", "a= b:x64"])(
    "%s is none",
    (text) => {
      expect(() => parseField(text)).toThrow(/the probe table has/);
    },
  );
});
