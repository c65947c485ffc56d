// The driver's primitives against the worked encodings, and against each other.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeIrte, encodeIrte } from "../../src/domain/amd/irte/irte.js";
import { type IrteBits, agrees, isComplete } from "../../src/domain/values/bits.js";
import {
  activateGuestMode,
  deactivateGuestMode,
  setAffinity,
  setValid,
  updateGa,
} from "../../src/domain/amd/rules/iommu-driver.js";
import { RULES, RULES_IDS } from "../../src/domain/amd/releases/releases.js";
import { encodeGaTag } from "../../src/domain/amd/irte/ga-tag.js";
import { hex64 } from "../../src/base/words.js";

const APIC = 0x25;
const word = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const bits = fc.record({ loH: word, loL: word, hiH: word, hiL: word });
const rulesId = fc.constantFrom(...RULES_IDS);

/** vm_id 1, vCPU 3, vector 0x41, backing page 0x123456000, the shadow valid. */
function target(id: (typeof RULES_IDS)[number]) {
  return {
    ga_tag: encodeGaTag({ vm_id: 1, vcpu: 3 }, RULES[id]),
    ga_root_ptr: 0x123456,
    vector: 0x41,
  };
}

const REMAPPED: IrteBits = { loH: 0, loL: 0x2501, hiH: 0, hiL: 0x22 };

function lo(predicted: { bits: IrteBits }): string {
  return hex64(predicted.bits.loH, predicted.bits.loL);
}

describe("before the series", () => {
  const rules = RULES["6.16"];
  const posted = activateGuestMode(rules, REMAPPED, target("6.16"), -1, true).bits;

  it("activates with the GA log on, not running, destination 0", () => {
    expect(hex64(posted.loH, posted.loL)).toBe("0x0000020300000085");
    expect(hex64(posted.hiH, posted.hiL)).toBe("0x0000000123456041");
  });

  it("sets the CPU on load and keeps the GA log on", () => {
    expect(lo(updateGa(rules, posted, APIC, false))).toBe("0x00000203000025c5");
  });

  it("keeps the destination on put", () => {
    const running = updateGa(rules, posted, APIC, false).bits;
    expect(lo(updateGa(rules, running, -1, false))).toBe("0x0000020300002585");
  });
});

describe.each(["6.17", "6.18", "7.3"] as const)("since the series (%s)", (id) => {
  const rules = RULES[id];
  const tag = id === "7.3" ? "00001003" : "00000203";
  const running = activateGuestMode(rules, REMAPPED, target(id), APIC, false);

  it("activates a running vCPU's entry in one write, without the GA log", () => {
    expect(lo(running)).toBe(`0x${tag}000025c1`);
  });

  it("turns the GA log on only for a blocking vCPU", () => {
    expect(lo(updateGa(rules, running.bits, -1, false))).toBe(`0x${tag}00002581`);
    expect(lo(updateGa(rules, running.bits, -1, true))).toBe(`0x${tag}00002585`);
    expect(lo(activateGuestMode(rules, REMAPPED, target(id), -1, true))).toBe(`0x${tag}00000085`);
    expect(lo(activateGuestMode(rules, REMAPPED, target(id), -1, false))).toBe(`0x${tag}00000081`);
  });
});

describe("unposting", () => {
  it("goes back to the host's vector and CPU, with nothing of the guest left", () => {
    const host = { vector: 0x22, dest_apicid: 0x1234567, logical: false };
    const { bits: back } = deactivateGuestMode({ loH: 5, loL: 0x25c1, hiH: 1, hiL: 0x41 }, host);
    expect(hex64(back.loH, back.loL)).toBe("0x0000000023456701");
    expect(hex64(back.hiH, back.hiL)).toBe("0x0100000000000022");
  });

  it("predicts only what is known of the host", () => {
    const predicted = deactivateGuestMode(REMAPPED, {
      vector: null,
      dest_apicid: 3,
      logical: null,
    });
    expect(isComplete(predicted)).toBe(false);
    expect(agrees(predicted, { loH: 0, loL: 0x341, hiH: 0, hiL: 0x99 })).toBe(true);
    expect(agrees(predicted, { loH: 0, loL: 0x441, hiH: 0, hiL: 0x99 })).toBe(false);
  });
});

describe("every primitive", () => {
  it("keeps the valid bit, but for setValid", () => {
    fc.assert(
      fc.property(rulesId, bits, word, (id, shadow, dest) => {
        const valid = shadow.loL & 1;
        const host = { vector: 1, dest_apicid: dest, logical: true };
        expect(activateGuestMode(RULES[id], shadow, target(id), 1, false).bits.loL & 1).toBe(valid);
        expect(deactivateGuestMode(shadow, host).bits.loL & 1).toBe(valid);
        expect(updateGa(RULES[id], shadow, dest, true).bits.loL & 1).toBe(valid);
        expect(setAffinity(shadow, 7, dest).bits.loL & 1).toBe(valid);
        expect(setValid(RULES[id], shadow, false).bits.loL & 1).toBe(0);
      }),
    );
  });

  it("changes no field but its own", () => {
    fc.assert(
      fc.property(bits, fc.integer({ min: 0, max: 0xffff_ffff }), (shadow, dest) => {
        const before = decodeIrte(shadow);
        const moved = decodeIrte(setAffinity(shadow, 0x33, dest).bits);
        expect({ ...moved, vector: before.vector, destination: before.destination }).toEqual(
          before,
        );
        expect(encodeIrte(moved)).toEqual(setAffinity(shadow, 0x33, dest).bits);
        const stopped = decodeIrte(updateGa(RULES["6.16"], shadow, -1, null).bits);
        const { destination, vector, ga_tag, ga_root_ptr } = stopped;
        expect({ destination, vector, ga_tag, ga_root_ptr }).toEqual({
          destination: before.destination,
          vector: before.vector,
          ga_tag: before.ga_tag,
          ga_root_ptr: before.ga_root_ptr,
        });
      }),
    );
  });
});
