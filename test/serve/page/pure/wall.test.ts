// The wall clock, as the header of a recording tells it.

import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { type Clock } from "../../../../src/serve/page/pure/clock.js";
import {
  readWall,
  wallDay,
  wallOf,
  wallText,
  type HeaderClocks,
} from "../../../../src/serve/page/pure/wall.js";

const NS: Clock = { unit: "ns", hz: null };
const TICKS: Clock = { unit: "ticks", hz: null };
/** 2025-11-26 03:33:20 UTC. */
const WALL = "1764128000.123456789";

/** `trace`: the second word of the header's start. */
const headerOf = (trace: string | null, more: Partial<HeaderClocks> = {}): HeaderClocks => ({
  clock: null,
  tsc_khz: null,
  start_wall: WALL,
  start_trace: trace,
  ...more,
});

describe("the wall clock", () => {
  it("is told by the two clocks of the header's start", () => {
    const wall = wallOf(headerOf("15.500000"), NS);
    if (wall === null) throw new Error("it is not told");
    expect(wallText(15_500_000_000n, wall)).toBe("03:33:20.123456");
    expect(wallText(17_000_000_000n, wall)).toBe("03:33:21.623456");
    expect(wallDay(15_500_000_000n, wall)).toBe("2025-11-26");
  });

  it("of a counter needs its rate, which the header or the reader gives", () => {
    const tsc = { clock: "x86-tsc", tsc_khz: "2000000" };
    const start = "4000";
    expect(wallOf(headerOf(start), TICKS)).toBeNull();
    expect(wallOf(headerOf(start, { clock: "counter", tsc_khz: "2000000" }), TICKS)).toBeNull();
    for (const wall of [
      wallOf(headerOf(start, tsc), TICKS),
      wallOf(headerOf(start), { unit: "ticks", hz: 2e9 }),
    ]) {
      if (wall === null) throw new Error("it is not told");
      expect(wallText(4000n + 2_000_000_000n, wall)).toBe("03:33:21.123456");
    }
  });

  it("is not told without both clocks, or by a clock of another unit", () => {
    for (const trace of [null, "", "4000", "x"]) expect(wallOf(headerOf(trace), NS)).toBeNull();
    for (const start_wall of [null, "", "x"])
      expect(wallOf(headerOf("15.5", { start_wall }), NS)).toBeNull();
    expect(wallOf(headerOf("15.5"), { unit: "ticks", hz: 1e9 })).toBeNull();
  });

  property.prop([fc.bigInt({ min: 0n, max: 86_399_999_999n })])(
    "that is typed as it is shown is the same moment, over midnight too",
    (micros) => {
      const wall = wallOf(headerOf("0.123456789"), NS);
      if (wall === null) throw new Error("it is not told");
      const time = micros * 1000n;
      expect(readWall(wallText(time, wall), 0n, wall)).toBe(time);
    },
  );

  it("is told in a zone, whose day may be another", () => {
    const berlin = wallOf(headerOf("15.500000"), NS, "Europe/Berlin");
    const kolkata = wallOf(headerOf("15.500000"), NS, "Asia/Kolkata");
    const chicago = wallOf(headerOf("15.500000"), NS, "America/Chicago");
    if (berlin === null || kolkata === null || chicago === null) throw new Error("it is not told");
    expect(wallText(15_500_000_000n, berlin)).toBe("04:33:20.123456");
    expect(wallText(15_500_000_000n, kolkata)).toBe("09:03:20.123456");
    expect(wallText(15_500_000_000n, chicago)).toBe("21:33:20.123456");
    expect(wallDay(15_500_000_000n, chicago)).toBe("2025-11-25");
  });

  property.prop([
    fc.bigInt({ min: 0n, max: 86_399_999_999n }),
    fc.constantFrom("Europe/Berlin", "Asia/Kolkata", "America/Chicago", "Pacific/Auckland"),
  ])("that is typed as it is shown in a zone is the same moment", (micros, zone) => {
    const wall = wallOf(headerOf("0.123456789"), NS, zone);
    if (wall === null) throw new Error("it is not told");
    const time = micros * 1000n;
    expect(readWall(wallText(time, wall), 0n, wall)).toBe(time);
  });

  it("follows a zone whose clocks are changed", () => {
    // 2025-10-26 00:30 UTC: half an hour later Berlin's clocks go back from three to two.
    const header = headerOf("0.000000", { start_wall: "1761438600.000000000" });
    const wall = wallOf(header, NS, "Europe/Berlin");
    if (wall === null) throw new Error("it is not told");
    expect(wallText(0n, wall)).toBe("02:30:00.000000");
    expect(wallText(1_800_000_000_000n, wall)).toBe("02:00:00.000000");
    expect(readWall("03:30", 0n, wall)).toBe(7_200_000_000_000n);
  });

  it("that is none is refused", () => {
    const wall = wallOf(headerOf("15.5"), NS);
    if (wall === null) throw new Error("it is not told");
    for (const text of ["", "12", "24:00:00", "1:2", "12:00:00.", "@5", "12:00:00.1234567890"])
      expect(readWall(text, 0n, wall)).toBeNull();
  });
});
