// Two recordings that are aligned at an event of each.

import { describe, expect, it } from "vitest";
import {
  alignedMoment,
  alignedSpan,
  readCompared,
  writeCompared,
} from "../../../../src/serve/page/pure/align.js";

const bounds = { first: 1000n, last: 2000n };
const ns = (time: bigint): { time: bigint; unit: "ns" } => ({ time, unit: "ns" });

describe("the moment of the other recording", () => {
  it("is as far from its event as T is from the own one", () => {
    expect(alignedMoment(150n, ns(100n), ns(1500n), bounds)).toEqual({ time: 1550n, note: null });
    expect(alignedMoment(50n, ns(100n), ns(1500n), bounds)).toEqual({ time: 1450n, note: null });
  });

  it("is within the recording, and says where it had to be moved", () => {
    const early = alignedMoment(0n, ns(900n), ns(1500n), bounds);
    expect([early.time, early.note]).toEqual([1000n, expect.stringContaining("begins later")]);
    const late = alignedMoment(900n, ns(0n), ns(1500n), bounds);
    expect([late.time, late.note]).toEqual([2000n, expect.stringContaining("ends earlier")]);
  });

  it("is the event itself where the clocks count different units", () => {
    const found = alignedMoment(150n, { time: 100n, unit: "ticks" }, ns(1500n), bounds);
    expect([found.time, found.note]).toEqual([1500n, expect.stringContaining("different units")]);
  });
});

describe("the span of the other recording", () => {
  it("is as long, and as far from its event", () => {
    const span = { start: 150n, length: 30n };
    expect(alignedSpan(span, ns(100n), ns(1500n))).toEqual({ start: 1550n, length: 30n });
  });

  it("is none where the clocks count different units", () => {
    const own = { time: 100n, unit: "ticks" } as const;
    expect(alignedSpan({ start: 150n, length: 30n }, own, ns(1500n))).toBeNull();
  });
});

describe("what the address says of it", () => {
  it.each([
    "2,starts",
    "2,ends",
    "2,posting",
    "2,event",
    "17,@913",
    "2,ends,vcpu:vm1/vcpu0",
    "2,@9,irte:0000:00:08.0/1",
  ])("is read back: %s", (text) => {
    const read = readCompared(text);
    expect(read).not.toBeNull();
    if (read !== null) expect(writeCompared(read)).toBe(text);
  });

  it("is nothing where it is malformed", () => {
    for (const text of [
      undefined,
      "",
      "x",
      "2,",
      "2,middle",
      "2,@",
      "-1,starts",
      "2,ends,",
      "2,ends,irte",
    ])
      expect(readCompared(text)).toBeNull();
    expect(readCompared("3")).toEqual({ right: 3, by: "starts", seq: null, subject: null });
    expect(readCompared("3,ends,irte:0000:00:08.0/1")?.subject).toEqual({
      kind: "irte",
      name: "0000:00:08.0/1",
    });
  });
});
