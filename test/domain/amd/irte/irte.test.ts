// The worked encodings are those of the kernel-semantics reference, section 1.5.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bigintOf, highOf, lowOf } from "../../../../src/base/words.js";
import {
  IRTE_ALLOCATED,
  IRTE_FREE,
  decodeIrte,
  encodeIrte,
  irteMode,
  type Irte,
  type PostedIrte,
  type RemappedIrte,
} from "../../../../src/domain/amd/irte/irte.js";
import { IRTE, isGuestMode } from "../../../../src/domain/amd/irte/irte-fields.js";
import { sameBits, type IrteBits } from "../../../../src/domain/values/bits.js";
import { RULES } from "../../../../src/domain/amd/releases/releases.js";
import { decodeGaTag, encodeGaTag } from "../../../../src/domain/amd/irte/ga-tag.js";

function bitsOf(hi: bigint, lo: bigint): IrteBits {
  return { loH: highOf(lo), loL: lowOf(lo), hiH: highOf(hi), hiL: lowOf(hi) };
}

function hex(text: string): bigint {
  return BigInt(`0x${text}`);
}

/** vm_id 1, vCPU value 3, guest vector 0x41, backing page 0x123456000. */
function posted(change: Partial<PostedIrte>): PostedIrte {
  return {
    shape: "posted",
    valid: true,
    no_fault: false,
    ga_log_intr: false,
    is_run: false,
    destination: 0,
    vector: 0x41,
    ga_tag: encodeGaTag({ vm_id: 1, vcpu: 3 }, RULES["6.17"]),
    ga_root_ptr: 0x12_3456n,
    reserved: 0,
    ...change,
  };
}

function remapped(change: Partial<RemappedIrte>): RemappedIrte {
  return {
    shape: "remapped",
    valid: true,
    no_fault: false,
    int_type: 0,
    rq_eoi: false,
    dm: false,
    destination: 0x25,
    vector: 0x22,
    ga_tag: 0,
    ga_root_ptr: 0n,
    reserved: 0,
    ...change,
  };
}

const POSTED_VECTORS: readonly (readonly [string, string, string, Partial<PostedIrte>])[] = [
  ["before: just activated", "0000020300000085", "n/a", { ga_log_intr: true }],
  [
    "before: vCPU running",
    "00000203000025c5",
    "n/a",
    { ga_log_intr: true, is_run: true, destination: 0x25 },
  ],
  ["before: after put", "0000020300002585", "n/a", { ga_log_intr: true, destination: 0x25 }],
  [
    "after: vCPU running",
    "00000203000025c1",
    "00001003000025c1",
    { is_run: true, destination: 0x25 },
  ],
  ["after: preempted", "0000020300002581", "0000100300002581", { destination: 0x25 }],
  [
    "after: blocking",
    "0000020300002585",
    "0000100300002585",
    { ga_log_intr: true, destination: 0x25 },
  ],
  ["after: activated while not loaded", "0000020300000081", "0000100300000081", {}],
  [
    "after: activated while blocking",
    "0000020300000085",
    "0000100300000085",
    { ga_log_intr: true },
  ],
];

describe("a posted IRTE", () => {
  it.each(POSTED_VECTORS)("of the worked encoding %s has lo %s", (_, lo, __, change) => {
    const bits = bitsOf(hex("0000000123456041"), hex(lo));
    expect(decodeIrte(bits)).toEqual(posted(change));
    expect(encodeIrte(posted(change))).toEqual(bits);
    expect(irteMode(bits)).toBe("posted");
    expect(decodeGaTag(bits.loH, RULES["6.16"])).toEqual({ vm_id: 1, vcpu: 3 });
  });

  it.each(POSTED_VECTORS.filter(([, , wide]) => wide !== "n/a"))(
    "of the worked encoding %s has on 7.3, with a 12-bit tag, lo %3$s",
    (_, __, lo, change) => {
      const bits = bitsOf(hex("0000000123456041"), hex(lo));
      const ga_tag = encodeGaTag({ vm_id: 1, vcpu: 3 }, RULES["7.3"]);
      expect(decodeIrte(bits)).toEqual(posted({ ...change, ga_tag }));
      expect(encodeIrte(posted({ ...change, ga_tag }))).toEqual(bits);
      expect(decodeGaTag(bits.loH, RULES["7.3"])).toEqual({ vm_id: 1, vcpu: 3 });
    },
  );

  it.each([
    [47n, "0000800123456041"],
    [51n, "0008000123456041"],
  ])("keeps C-bit %i of the backing page's address", (bit, hi) => {
    const bits = bitsOf(hex(hi), hex("00000203000025c1"));
    const ga_root_ptr = (0x1_2345_6000n | (1n << bit)) >> 12n;
    expect(decodeIrte(bits)).toMatchObject({ ga_root_ptr, vector: 0x41 });
    expect(BigInt(IRTE.ga_root_ptr.read(bits))).toBe(ga_root_ptr);
    expect(encodeIrte(posted({ is_run: true, destination: 0x25, ga_root_ptr }))).toEqual(bits);
  });
});

describe("a remapped IRTE", () => {
  it.each([
    ["vector 0x22, APIC 0x25, physical", "0000000000000022", "0000000000002501", {}],
    [
      "vector 0x22, destination 2, logical",
      "0000000000000022",
      "0000000000000241",
      { destination: 2, dm: true },
    ],
    [
      "vector 0x22, APIC 0x1234567",
      "0100000000000022",
      "0000000023456701",
      { destination: 0x123_4567 },
    ],
  ])("of the worked encoding %s is %s %s", (_, hi, lo, change) => {
    const bits = bitsOf(hex(hi), hex(lo));
    expect(decodeIrte(bits)).toEqual(remapped(change));
    expect(encodeIrte(remapped(change))).toEqual(bits);
    expect(irteMode(bits)).toBe("remapped");
  });

  it("splits a destination of 32 bits over lo[31:8] and hi[63:56]", () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), (destination) => {
        const bits = encodeIrte(remapped({ destination, vector: 0 }));
        expect(bigintOf(bits.loH, bits.loL) >> 8n).toBe(BigInt(destination) & 0xff_ffffn);
        expect(bigintOf(bits.hiH, bits.hiL) >> 56n).toBe(BigInt(destination) >> 24n);
        expect(IRTE.destination.read(bits)).toBe(destination);
      }),
    );
  });

  it("tells debugfs's example as vector 0x20, logical, destination 2", () => {
    const bits = bitsOf(hex("0000000000000020"), hex("0000000000000241"));
    expect(decodeIrte(bits)).toEqual(remapped({ vector: 0x20, destination: 2, dm: true }));
  });
});

describe("the markers of an entry that no interrupt uses", () => {
  it("free is 128 zeros, allocated is vector 0xff alone", () => {
    expect(IRTE_FREE).toEqual(bitsOf(0n, 0n));
    expect(IRTE_ALLOCATED).toEqual(bitsOf(0xffn, 0n));
    expect(irteMode(IRTE_FREE)).toBe("free");
    expect(irteMode(IRTE_ALLOCATED)).toBe("allocated");
  });

  it("are no more than the exact bits", () => {
    fc.assert(
      fc.property(fc.nat(127), (place) => {
        const flipped = flip(IRTE_ALLOCATED, place);
        expect(irteMode(flipped)).toBe(isGuestMode(flipped) ? "posted" : "remapped");
        expect(sameBits(flipped, IRTE_ALLOCATED)).toBe(false);
      }),
    );
  });
});

/** Flips one of 128 bits: 0 to 63 in lo, 64 to 127 in hi. */
function flip(bits: IrteBits, place: number): IrteBits {
  const key = (["loL", "loH", "hiL", "hiH"] as const)[place >>> 5] ?? "loL";
  return { ...bits, [key]: bits[key] ^ (1 << (place & 31)) };
}

const int = fc.integer();
const anyBits: fc.Arbitrary<IrteBits> = fc.record({ loH: int, loL: int, hiH: int, hiL: int });

const common = {
  valid: fc.boolean(),
  no_fault: fc.boolean(),
  destination: fc.nat(0xffff_ffff),
  vector: fc.nat(0xff),
  ga_tag: fc.nat(0xffff_ffff),
  ga_root_ptr: fc.bigInt({ min: 0n, max: 2n ** 40n - 1n }),
};
const anyIrte: fc.Arbitrary<Irte> = fc.oneof(
  fc.record({
    ...common,
    shape: fc.constant("posted" as const),
    ga_log_intr: fc.boolean(),
    is_run: fc.boolean(),
    reserved: fc.nat(0x7ff),
  }),
  fc.record({
    ...common,
    shape: fc.constant("remapped" as const),
    int_type: fc.nat(7),
    rq_eoi: fc.boolean(),
    dm: fc.boolean(),
    // lo[5:3] belongs to named fields in this shape.
    reserved: fc.nat(0xff).map((bits) => bits << 3),
  }),
);

function changedFields(a: object, b: object): string[] {
  const other = new Map<string, unknown>(Object.entries(b));
  return Object.entries(a)
    .filter(([name, value]) => other.get(name) !== value)
    .map(([name]) => name);
}

describe("the 128-bit codec", () => {
  it("decodes what it encoded", () => {
    fc.assert(
      fc.property(anyIrte, (irte) => {
        expect(decodeIrte(encodeIrte(irte))).toEqual(irte);
      }),
    );
  });

  it("accounts for every one of the 128 bits", () => {
    fc.assert(
      fc.property(anyBits, (bits) => {
        expect(encodeIrte(decodeIrte(bits))).toEqual(bits);
      }),
    );
  });

  const places = Array.from({ length: 128 }, (_, place) => place);
  it.each(places.filter((place) => place !== 7))("gives bit %i to exactly one field", (place) => {
    fc.assert(
      fc.property(anyBits, (bits) => {
        const fields = changedFields(decodeIrte(bits), decodeIrte(flip(bits, place)));
        expect(fields).toHaveLength(1);
      }),
      { numRuns: 20 },
    );
  });

  it("changes the shape, and no field that both shapes have but the reserved bits, with bit 7", () => {
    fc.assert(
      fc.property(anyBits, (bits) => {
        const [a, b] = [decodeIrte(bits), decodeIrte(flip(bits, 7))];
        expect(a.shape).not.toBe(b.shape);
        for (const name of Object.keys(common) as (keyof typeof common)[]) {
          expect(a[name]).toBe(b[name]);
        }
      }),
    );
  });
});
