import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DELIVERY_MODES, decodeMsi, isPostableMode } from "../../../src/domain/values/msi.js";

describe("an MSI message", () => {
  it("of a real trace is vector 0x41 to APIC 0, fixed and physical", () => {
    expect(decodeMsi(0xfee0_0000, 0x41)).toEqual({
      dest: 0,
      vector: 0x41,
      delivery_mode: 0,
      dest_mode: false,
    });
  });

  it("has its destination in address bits 19:12 and its mode in bit 2", () => {
    expect(decodeMsi(0xfeef_f004, 0)).toMatchObject({ dest: 0xff, dest_mode: true });
    expect(decodeMsi(0xfee0_3008, 0)).toMatchObject({ dest: 3, dest_mode: false });
  });

  it("comes back from its fields", () => {
    const message = fc.record({
      dest: fc.nat(255),
      vector: fc.nat(255),
      delivery_mode: fc.nat(7),
      dest_mode: fc.boolean(),
    });
    fc.assert(
      fc.property(message, ({ dest, vector, delivery_mode, dest_mode }) => {
        const address = 0xfee0_0000 + dest * 0x1000 + (dest_mode ? 4 : 0);
        const data = vector + delivery_mode * 0x100;
        expect(decodeMsi(address, data)).toEqual({ dest, vector, delivery_mode, dest_mode });
      }),
    );
  });

  it("can be posted only if it is fixed or of lowest priority", () => {
    expect(DELIVERY_MODES.filter((_, mode) => isPostableMode(mode))).toEqual(["Fixed", "LowPrio"]);
  });
});
