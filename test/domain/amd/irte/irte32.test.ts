import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  IRTE32_ALLOCATED,
  decodeIrte32,
  encodeIrte32,
  type Irte32,
} from "../../../../src/domain/amd/irte/irte32.js";

/** How many fields two entries differ in. */
function changes(a: Irte32, b: Irte32): number {
  return (Object.keys(a) as (keyof Irte32)[]).filter((name) => a[name] !== b[name]).length;
}

describe("the 32-bit codec", () => {
  const vector: Irte32 = {
    valid: true,
    no_fault: false,
    int_type: 0,
    rq_eoi: false,
    dm: false,
    reserved: 0,
    destination: 0x25,
    vector: 0x22,
  };

  it("reads the worked encoding 00222501", () => {
    expect(decodeIrte32(0x0022_2501)).toEqual(vector);
    expect(encodeIrte32(vector)).toBe(0x0022_2501);
  });

  it("has ~1 for an allocated entry, which is not valid", () => {
    expect(IRTE32_ALLOCATED).toBe(~1 >>> 0);
    expect(decodeIrte32(IRTE32_ALLOCATED).valid).toBe(false);
  });

  it("decodes what it encoded", () => {
    const anyIrte32: fc.Arbitrary<Irte32> = fc.record({
      valid: fc.boolean(),
      no_fault: fc.boolean(),
      int_type: fc.nat(7),
      rq_eoi: fc.boolean(),
      dm: fc.boolean(),
      reserved: fc.nat(0x1ff),
      destination: fc.nat(0xff),
      vector: fc.nat(0xff),
    });
    fc.assert(
      fc.property(anyIrte32, (irte) => {
        expect(decodeIrte32(encodeIrte32(irte))).toEqual(irte);
      }),
    );
  });

  it("accounts for every one of the 32 bits, and gives each to one field", () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), fc.nat(31), (word, place) => {
        expect(encodeIrte32(decodeIrte32(word))).toBe(word);
        const other = (word ^ (1 << place)) >>> 0;
        expect(changes(decodeIrte32(word), decodeIrte32(other))).toBe(1);
      }),
    );
  });
});
