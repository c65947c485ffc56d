// Numbers come back from packs as they were put.

import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { VarintReader, VarintWriter } from "../../../src/domain/values/varints.js";

test.prop([fc.array(fc.tuple(fc.maxSafeNat(), fc.integer({ min: -(2 ** 51), max: 2 ** 51 })))])(
  "numbers come back as they were put",
  (pairs) => {
    const writer = new VarintWriter();
    for (const [natural, signed] of pairs) {
      writer.put(natural);
      writer.putSigned(signed);
    }
    const reader = new VarintReader(writer.written);
    for (const [natural, signed] of pairs) {
      expect(reader.get()).toBe(natural);
      expect(reader.getSigned()).toBe(signed);
    }
    expect(reader.isDone).toBe(true);
  },
);
