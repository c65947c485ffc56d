// Of what a merged column is made.

import { describe, expect, it } from "vitest";
import { sharesOf, sharesText } from "../../../../src/serve/page/pure/shares.js";
import { type LaneRows } from "../../../../src/serve/page/pure/wire.js";

const WORDS = ["running", "out"];

/** Rows [from, to, state]; an end of null goes on. */
function rowsOf(...all: readonly (readonly [number, number | null, number])[]): LaneRows {
  const { length } = all;
  return {
    ...{ id: "vcpu:vm1/vcpu0", pending: false, rows: length, words: WORDS },
    from: Float64Array.from(all, ([from]) => from),
    to: Float64Array.from(all, ([, to]) => to ?? NaN),
    seq: new Float64Array(length),
    state: Uint16Array.from(all, ([, , state]) => state),
    label: new Uint16Array(length),
    source: new Uint8Array(length),
    flags: new Uint8Array(length),
    count: new Uint32Array(length).fill(1),
  };
}

const text = (rows: LaneRows, from: number, to: number): string | null => {
  const shares = sharesOf(rows, from, to);
  return shares === null ? null : sharesText(shares, (state) => state);
};

describe("the shares of a column", () => {
  it("count what lies in it, the largest first", () => {
    const rows = rowsOf([-50, 10, 1], [10, 71, 0], [71, null, 1]);
    expect(text(rows, 0, 100)).toBe("running 61 %, out 39 %");
    expect(text(rows, 71, 171)).toBe("out 100 %");
  });

  it("leave out what is not known, and round nothing away", () => {
    expect(text(rowsOf([0, 1, 0], [50, 100, 1]), 0, 1000)).toBe("out 5 %, running < 1 %");
    expect(text(rowsOf([0, 999, 0], [999, 1000, 1]), 0, 1000)).toBe("running > 99 %, out < 1 %");
  });

  it("are none where rows overlap, or are moments", () => {
    expect(text(rowsOf([0, 60, 0], [50, 100, 1]), 0, 100)).toBe(null);
    expect(text(rowsOf([3, 3, 0], [5, 5, 0]), 0, 100)).toBe(null);
  });
});
