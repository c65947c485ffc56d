import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { highOf, lowOf } from "../../../../src/base/words.js";
import {
  decodePhysicalId,
  type PhysicalIdEntry,
} from "../../../../src/domain/amd/irte/physical-id.js";

const decode = (entry: bigint): PhysicalIdEntry => decodePhysicalId(highOf(entry), lowOf(entry));

describe("the physical ID entry", () => {
  it("of a running vCPU names the backing page and the CPU's APIC ID", () => {
    expect(decode(0xc000000101101002n)).toEqual({
      valid: true,
      is_running: true,
      ga_log_intr: false,
      backing_page: 0x101101,
      host_apic_id: 2,
    });
  });

  it("of a blocking vCPU has GA_LOG_INTR in KVM's copy since 6.17", () => {
    expect(decode(0xa00000010406e002n)).toMatchObject({ is_running: false, ga_log_intr: true });
  });

  it("keeps the C-bit in the backing page", () => {
    expect(decode(0x8000_8001_2345_6000n).backing_page).toBe(0x8_0012_3456);
    expect(decode(0x8008_0001_2345_6000n).backing_page).toBe(0x80_0012_3456);
  });

  it("comes back from its fields but for the reserved bits 60:52", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (bits) => {
        const entry = decode(bits);
        const again =
          (BigInt(entry.valid) << 63n) |
          (BigInt(entry.is_running) << 62n) |
          (BigInt(entry.ga_log_intr) << 61n) |
          (BigInt(entry.backing_page) << 12n) |
          BigInt(entry.host_apic_id);
        expect(again).toBe(bits & ~(0x1ffn << 52n));
      }),
    );
  });
});
