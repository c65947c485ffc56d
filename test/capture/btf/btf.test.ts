// BTF as the kernel writes it, and as it comes if something went wrong on the way.

import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TwinError } from "../../../src/base/errors.js";
import { BTF_KIND, Btf } from "../../../src/capture/btf/btf.js";
import { memberOf, pointedTo, sizeOf } from "../../../src/capture/btf/types.js";
import { BtfEncoder } from "../../support/btf-encoder.js";

function small(): BtfEncoder {
  const btf = new BtfEncoder();
  const u32 = btf.typedef("u32", btf.int("unsigned int", 4));
  const inner = btf.union("", 8, [
    { name: "low", type: u32, bit: 0 },
    { name: "pointer", type: btf.pointer(u32), bit: 0 },
  ]);
  btf.struct("outer", 24, [
    { name: "first", type: u32, bit: 0 },
    { name: "", type: inner, bit: 64 },
    { name: "flag", type: u32, bit: 131, bits: 3 },
  ]);
  btf.function("f", 0, [["outer", btf.pointer(0)]]);
  return btf;
}

function refusal(make: () => unknown): TwinError {
  try {
    make();
  } catch (error) {
    if (error instanceof TwinError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("BTF", () => {
  it.each([true, false])("is read in the byte order that it has (little: %s)", (little) => {
    const btf = new Btf("vmlinux", small().bytes({ little }));
    const outer = btf.named("outer", BTF_KIND.struct)[0];
    if (outer === undefined) throw new Error("no struct");
    const ref = { btf, id: outer.id };
    expect(sizeOf(ref)).toBe(24);
    expect(memberOf(ref, "first")?.bitOffset).toBe(0);
    expect(memberOf(ref, "low")?.bitOffset).toBe(64);
    expect(memberOf(ref, "flag")).toMatchObject({ bitOffset: 131, bits: 3 });
    expect(memberOf(ref, "none")).toBeNull();
    const pointer = memberOf(ref, "pointer");
    expect(pointer === null ? null : sizeOf(pointer.type)).toBe(8);
    expect(pointer === null ? null : sizeOf(pointedTo(pointer.type) ?? pointer.type)).toBe(4);
    expect(btf.functionNames()).toEqual(["f"]);
  });

  it("of a module goes on where vmlinux ends", () => {
    const encoder = small();
    const base = new Btf("vmlinux", encoder.bytes());
    const module = new BtfEncoder(encoder.end);
    const own = module.struct("own", 32, [{ name: "outer", type: 5, bit: 64 }]);
    // A type that the base has too, as the kernels from 6.16 to 7.2 repeat them.
    module.struct("outer", 8, []);
    const btf = new Btf("kvm", module.bytes(), base);
    expect(own).toBe(encoder.end.types + 1);
    const outer = memberOf({ btf, id: own }, "outer");
    expect(outer?.type).toMatchObject({ id: 5 });
    expect(outer === null ? null : sizeOf(outer.type)).toBe(24);
    expect(btf.named("outer", BTF_KIND.struct)).toHaveLength(1);
    expect(btf.named("u32", BTF_KIND.typedef)).toEqual([]);
  });

  it("of a module is refused with the vmlinux of another kernel", () => {
    const encoder = small();
    const module = new BtfEncoder({ ...encoder.end, strings: 4 });
    module.struct("a_struct_with_a_long_name", 8, []);
    expect(
      refusal(() => new Btf("kvm", module.bytes(), new Btf("vmlinux", encoder.bytes()))),
    ).toMatchObject({
      code: "ERR_BTF",
      message: expect.stringContaining("kvm does not go on from vmlinux") as string,
    });
  });

  it.each([
    ["is empty", Buffer.alloc(0)],
    ["is cut off in its header", small().bytes().subarray(0, 20)],
    ["is no BTF", Buffer.from("\x7fELF".padEnd(64))],
    ["is cut off: it has", small().bytes().subarray(0, -1)],
  ])("that %s is refused", (why, bytes) => {
    const error = refusal(() => new Btf("vmlinux", bytes));
    expect(error.code).toBe("ERR_BTF");
    expect(error.message).toContain(`vmlinux ${why}`);
  });

  it("with a kind of type that nobody knows is refused", () => {
    const btf = small();
    btf.add(27, "", 0, 0);
    expect(refusal(() => new Btf("vmlinux", btf.bytes())).message).toContain("kind 27");
  });

  it("with types that contain themselves is read, and has no answer where there is none", () => {
    const btf = new BtfEncoder();
    btf.typedef("round", 1);
    btf.struct("self", 8, [{ name: "", type: 2, bit: 0 }]);
    btf.array(3, 2);
    const read = new Btf("vmlinux", btf.bytes());
    expect(sizeOf({ btf: read, id: 1 })).toBeNull();
    expect(memberOf({ btf: read, id: 2 }, "none")).toBeNull();
    expect(sizeOf({ btf: read, id: 3 })).toBeNull();
    expect(sizeOf({ btf: read, id: 99 })).toBeNull();
  });

  it("of 100 MB is read", () => {
    const btf = new BtfEncoder();
    btf.int("unsigned int", 4);
    const one = btf.bytes();
    const count = 8_000_000;
    const bytes = Buffer.alloc(24 + 12 * count + one.length - 40);
    one.copy(bytes, 0, 0, 24);
    bytes.writeUInt32LE(12 * count, 12);
    bytes.writeUInt32LE(12 * count, 16);
    // Pointers to void, as many as there is room for.
    for (let i = 0; i < count; i++) bytes.writeUInt32LE(2 << 24, 24 + 12 * i + 4);
    one.copy(bytes, 24 + 12 * count, 40);
    expect(bytes.length).toBeGreaterThan(90_000_000);
    expect(new Btf("vmlinux", bytes).end).toBe(count + 1);
  });

  test.prop([fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 })])(
    "that is damaged is read or refused, and never answers without an end",
    (changes) => {
      const bytes = small().bytes();
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      let btf: Btf;
      try {
        btf = new Btf("vmlinux", bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(TwinError);
        return;
      }
      for (let id = 0; id <= btf.end; id++) {
        sizeOf({ btf, id });
        memberOf({ btf, id }, "none");
      }
    },
  );
});
