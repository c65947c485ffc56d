import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bigintOf } from "../../../src/base/words.js";
import { type FieldName } from "../../../src/domain/amd/probes/probes.js";
import { FIELD, Fields } from "../../../src/ftrace/text/fields.js";

function read(text: string): Fields {
  const fields = new Fields();
  // Bytes around the payload: reading must not look at them.
  const bytes = Buffer.from(`=1 ${text}9 lo=7`);
  fields.read(bytes, 3, bytes.length - 6);
  return fields;
}

/** The field's 64 bits; null where the line has none. */
function bits(fields: Fields, name: FieldName): bigint | null {
  const field = FIELD[name];
  return fields.has(field) ? bigintOf(fields.high(field), fields.low(field)) : null;
}

const number = (text: string, name: FieldName): number | null => read(text).number(FIELD[name]);

describe("the fields of a payload", () => {
  it("of a real irte_write are its device, index and 128 bits", () => {
    const fields = read(
      "(__modify_irte_ga.isra.0+0x0/0x80) devid=0x40 index=3 lo=0x203000025c1 hi=0x123456041",
    );
    expect(fields.number(FIELD.devid)).toBe(0x40);
    expect(fields.number(FIELD.index)).toBe(3);
    expect(bits(fields, "lo")).toBe(0x203000025c1n);
    expect(bits(fields, "hi")).toBe(0x123456041n);
    expect(fields.malformed).toBe(false);
  });

  it("are those of the line read last, not of the one before", () => {
    const fields = new Fields();
    const [first, second] = [Buffer.from("lo=0x1 hi=0x2"), Buffer.from("lo=0x3")];
    fields.read(first, 0, first.length);
    fields.read(second, 0, second.length);
    expect(bits(fields, "lo")).toBe(3n);
    expect(fields.has(FIELD.hi)).toBe(false);
    expect(fields.number(FIELD.hi)).toBeNull();
  });

  it("end with the line", () => {
    expect(number("", "lo")).toBeNull();
    expect(number("cpu=12", "cpu")).toBe(12);
  });

  it("skip the probe's address, with or without a module", () => {
    expect(number("(svm_vcpu_load+0x4/0x100 [kvm_amd]) cpu=1", "cpu")).toBe(1);
    expect(number("(svm_vm_init+0x5d/0xd0 <- avic_vm_init) ret=-22", "ret")).toBe(-22);
  });

  it("may stand after words and before commas, as tracepoints print them", () => {
    const fields = read("set reason=3, inhibits=0x208 BLOCKIRQ|PIT_REINJ");
    expect(fields.number(FIELD.reason)).toBe(3);
    expect(fields.number(FIELD.inhibits)).toBe(0x208);
    expect(fields.malformed).toBe(false);
    expect(number("vmid=1, vcpuid=2", "vcpuid")).toBe(2);
    expect(number("vmid=1,vcpuid=2", "vcpuid")).toBe(2);
  });

  it("that nobody needs are passed over, whatever they hold", () => {
    const fields = read("name=vfio-msix[0](0000:00:08.0) ir_data=0xzz xlo=0x5 lox=0x6 lo=0x7 Lo=8");
    expect(bits(fields, "lo")).toBe(7n);
    expect(fields.malformed).toBe(false);
  });
});

describe("a hexadecimal value", () => {
  it("has all of its 64 bits", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        const fields = read(`lo=0x${value.toString(16)}`);
        expect(bits(fields, "lo")).toBe(value);
        // A number is exact up to 2^53; beyond that only the bits are.
        if (value < 2n ** 53n) expect(fields.number(FIELD.lo)).toBe(Number(value));
        expect(fields.malformed).toBe(false);
      }),
    );
  });

  it("may be padded to 16 digits", () => {
    expect(bits(read("lo=0x00000203000025c1"), "lo")).toBe(0x203000025c1n);
    expect(bits(read("lo=0xffffffffffffffff"), "lo")).toBe(2n ** 64n - 1n);
  });

  it("of 17 digits is malformed", () => {
    expect(read("lo=0x10000000000000000").malformed).toBe(true);
    expect(read("lo=0x00000000000000001").malformed).toBe(true);
  });
});

describe("a decimal value", () => {
  it("is signed", () => {
    fc.assert(fc.property(fc.maxSafeInteger(), (value) => number(`ret=${value}`, "ret") === value));
  });

  it("has all of its 64 bits, where a probe prints a word as u64 or s64", () => {
    const range = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(range, (value) => {
        expect(bits(read(`lo=${value}`), "lo")).toBe(BigInt.asUintN(64, value));
      }),
      { examples: [[-1n], [2n ** 53n + 1n], [2n ** 64n - 1n]] },
    );
  });

  it("beyond 64 bits is malformed", () => {
    expect(read("lo=18446744073709551616").malformed).toBe(true);
    expect(read("lo=99999999999999999999").malformed).toBe(true);
    expect(read("lo=100000000000000000000").malformed).toBe(true);
  });
});

describe("a value that could not be fetched", () => {
  it("is absent and not malformed", () => {
    const fields = read("type=2 new_type=(fault) new_addr=0xfee00000");
    expect(fields.has(FIELD.new_type)).toBe(false);
    expect(fields.number(FIELD.new_type)).toBeNull();
    expect(fields.number(FIELD.new_addr)).toBe(0xfee0_0000);
    expect(fields.malformed).toBe(false);
  });
});

describe("a value that is no number", () => {
  it.each([
    "cpu=x",
    "cpu=",
    "cpu=0x",
    "cpu=-",
    "cpu=1x",
    "cpu=0x1g",
    "cpu=1.5",
    "cpu=--1",
    "cpu=+1",
  ])("is malformed: %j", (text) => {
    expect(read(`${text} lo=0x5`).malformed).toBe(true);
    expect(bits(read(`${text} lo=0x5`), "lo")).toBe(5n);
  });

  it("has no value", () => {
    expect(number("cpu=x", "cpu")).toBeNull();
  });
});

describe("any payload", () => {
  it("is read to its end without an error", () => {
    const piece = fc.constantFrom(
      "lo",
      "hi=",
      "=",
      "0x",
      "f",
      "1",
      " ",
      ",",
      "(",
      ")",
      "-",
      "cpu=1 ",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const fields = read(pieces.join(""));
        const value = fields.number(FIELD.cpu);
        expect(value === null || Number.isFinite(value)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("gives back each field that it has, in whatever order", () => {
    const names = Object.keys(FIELD) as FieldName[];
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.constantFrom(...names), fc.nat()), {
          selector: ([name]) => name,
        }),
        (pairs) => {
          const fields = read(pairs.map(([name, value]) => `${name}=${value}`).join(" "));
          for (const [name, value] of pairs) expect(fields.number(FIELD[name])).toBe(value);
          const given = new Set(pairs.map(([name]) => name));
          expect(names.filter((name) => fields.has(FIELD[name]))).toEqual(
            names.filter((name) => given.has(name)),
          );
        },
      ),
    );
  });
});
