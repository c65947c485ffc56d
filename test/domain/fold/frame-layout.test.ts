import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import {
  highWord,
  integerOf,
  packVcpu,
  unpackVcpu,
} from "../../../src/domain/fold/frame-layout.js";

const flag = fc.constantFrom(true, false, null);
const vcpu = fc.record({
  run_state: fc.constantFrom("running", "out", "blocking", "freed", null),
  pcpu: fc.option(fc.integer({ min: -1, max: 0x3f_fffc })),
  avic_active: flag,
  is_running: flag,
  ga_log_intr: flag,
});

describe("a vCPU's word", () => {
  test.prop([vcpu])("is read back as it was, unknown and none apart", (state) => {
    expect(unpackVcpu(packVcpu(state))).toEqual(state);
  });

  test.prop([vcpu, fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -9, max: -2 }))])(
    "says that a CPU does not fit, and keeps the rest",
    (state, pcpu) => {
      fc.pre(pcpu < -1 || pcpu > 0x3f_fffc);
      expect(unpackVcpu(packVcpu({ ...state, pcpu }))).toEqual({ ...state, pcpu: undefined });
    },
  );
});

test.prop([fc.maxSafeInteger()])("any safe integer is two words", (value) => {
  const words = Int32Array.of(highWord(value), value | 0);
  expect(integerOf(words[0] ?? 0, words[1] ?? 0)).toBe(value);
});
