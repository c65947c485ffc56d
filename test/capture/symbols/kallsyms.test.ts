// Kallsyms: which symbols are functions, and whose.

import { describe, expect, it } from "vitest";
import { Kallsyms, kindOfSymbol } from "../../../src/capture/symbols/kallsyms.js";

const TEXT = [
  "ffffffff81000000 T _text",
  "ffffffff81000000 T _stext",
  "ffffffff81000010 t __pfx_free_irte",
  "ffffffff81000020 t free_irte",
  "ffffffff81000060 t twice",
  "ffffffff81000070 t twice",
  "ffffffff81000080 t f.isra.0",
  "ffffffff81000090 t f.cold",
  "ffffffff820000a0 D free_data",
  "ffffffffc0000000 t avic_vcpu_load\t[kvm_amd]",
  "ffffffffc0001000 t bpf_prog\t[bpf]",
].join("\n");

describe("kallsyms", () => {
  const kallsyms = new Kallsyms("kallsyms", `${TEXT}\n`);

  it("has the functions, by name, with their modules", () => {
    expect(kallsyms.named("free_irte")).toEqual([
      { name: "free_irte", module: null, address: 0xffffffff81000020n },
    ]);
    expect(kallsyms.named("twice")).toHaveLength(2);
    expect(kallsyms.named("avic_vcpu_load")[0]?.module).toBe("kvm_amd");
    expect(kallsyms.named("free_data")).toEqual([]);
    expect([...kallsyms.modules]).toEqual(["kvm_amd"]);
    expect(kallsyms.madeFrom("f")).toEqual(["f.isra.0", "f.cold"]);
    expect(kallsyms.has("f")).toBe(true);
    expect(kallsyms.has("g")).toBe(false);
  });

  it("tells how long a function is", () => {
    const [symbol] = kallsyms.named("free_irte");
    if (symbol === undefined) throw new Error("no symbol");
    expect(kallsyms.sizeOf(symbol)).toBe(0x40);
  });

  it("may hide its addresses", () => {
    const hidden = new Kallsyms("kallsyms", TEXT.replace(/^f{8}\w{8}/gm, "0000000000000000"));
    const [symbol] = hidden.named("free_irte");
    expect(hidden.showsAddresses).toBe(false);
    expect(symbol).toMatchObject({ address: null });
    expect(symbol === undefined ? 0 : hidden.sizeOf(symbol)).toBeNull();
    expect(kallsyms.showsAddresses).toBe(true);
  });

  it.each(["", "no symbols here\n".repeat(9), "ffffffff81000000 D data\n"])(
    "is refused where it is none: %j",
    (text) => {
      expect(() => new Kallsyms("file", text)).toThrow(/^file has no symbols of functions/);
    },
  );

  it.each([
    ["f", "whole"],
    ["f.llvm.123", "whole"],
    ["f.isra.0", "specialised"],
    ["f.constprop.0", "specialised"],
    ["f.constprop.0.isra.1", "specialised"],
    ["f.part.0", "piece"],
    ["f.cold", "piece"],
    ["f.isra.0.cold", "piece"],
    ["f.part.0.isra.0", "piece"],
    ["f.0", "piece"],
  ] as const)("%s is %s", (name, kind) => {
    expect(kindOfSymbol(name)).toBe(kind);
  });
});
