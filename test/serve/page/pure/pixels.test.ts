import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import {
  columnOf,
  detailOf,
  edges,
  framing,
  offsetOf,
  panned,
  within,
  zoomed,
  type Limits,
} from "../../../../src/serve/page/pure/pixels.js";

const limits: Limits = { start: 1_000n, end: 1_000_000_000_000n, least: 1_000n };
const span = fc
  .tuple(fc.bigInt({ min: 0n, max: 2n * 10n ** 12n }), fc.bigInt({ min: 1n, max: 2n * 10n ** 12n }))
  .map(([start, length]) => ({ start, length }));

describe("an interval on the screen", () => {
  property.prop([fc.nat(999_999), fc.nat(1_000_000), fc.integer({ min: 1, max: 5_000 })])(
    "begins in the column of its first moment and is never thinner than a pixel",
    (from, length, width) => {
      const scale = { width, length: 1_000_000 };
      const { left, right } = edges(from, from + length, scale);
      expect(left).toBe(Math.floor((from * width) / 1_000_000));
      expect(right).toBeGreaterThan(left);
    },
  );

  property.prop([fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: 3, max: 5_000 })])(
    "that begins at the view's last moments is in the picture with all of its columns",
    (before, width) => {
      const { left, right } = edges(1_000_000 - before, 2_000_000, { width, length: 1_000_000 }, 3);
      expect(left).toBeLessThanOrEqual(width - 3);
      expect(right).toBeGreaterThanOrEqual(left + 3);
    },
  );

  property.prop([fc.integer({ min: 1, max: 4_000 }), fc.integer({ min: 1, max: 4_000 })])(
    "is found again in its column",
    (column, width) => {
      const scale = { width, length: width * 4096 };
      const inside = column % width;
      expect(columnOf(offsetOf(inside, scale), scale)).toBe(inside);
    },
  );

  it("that follows another without a hole leaves none on the screen", () => {
    const scale = { width: 777, length: 123_457 };
    for (let cut = 1; cut < 123_457; cut += 997)
      expect(edges(0, cut, scale).right).toBeGreaterThanOrEqual(edges(cut, 123_457, scale).left);
  });
});

describe("a view", () => {
  property.prop([
    span,
    fc.double({ min: 0.01, max: 100, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  ])("stays in the recording whatever is done to it", (view, factor, place) => {
    for (const next of [
      zoomed(view, factor, place, limits),
      panned(view, factor - 1, limits),
      within(view, limits),
    ]) {
      expect(next.start).toBeGreaterThanOrEqual(limits.start);
      expect(next.start + next.length).toBeLessThanOrEqual(limits.end);
      expect(next.length).toBeGreaterThanOrEqual(limits.least);
    }
  });

  it("frames a span with 18 % before and after it", () => {
    const { start, length } = framing(500_000_000n, 564_000_000n, 0.18, limits);
    expect(Number(length)).toBeCloseTo(100_000_000, -2);
    expect(Number(500_000_000n - start)).toBeCloseTo(18_000_000, -2);
  });

  it("of an instant is not empty", () => {
    expect(framing(5_000n, 5_000n, 0.18, limits).length).toBeGreaterThan(0n);
  });

  property.prop([span, fc.integer({ min: 1, max: 5_000 })])(
    "is asked for in whole buckets",
    (view, width) => {
      const { from, to, columns, bucket } = detailOf(view, width);
      expect(from % bucket).toBe(0n);
      expect(to - from).toBe(bucket * BigInt(columns));
      expect(from).toBeLessThanOrEqual(view.start);
      expect(to).toBeGreaterThanOrEqual(view.start + view.length);
      expect(Number(bucket)).toBeLessThanOrEqual(Math.max(1, Number(view.length) / width));
    },
  );
});
