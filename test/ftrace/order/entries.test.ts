import { describe, expect, it } from "vitest";
import { EntryCount } from "../../../src/ftrace/order/entries.js";

const HEADER = (count: number): string =>
  `# entries-in-buffer/entries-written: ${count}/${count + 7}   #P:4`;

/** Sections of a file: what the header counts, and how many entries follow it. */
function leftOut(...sections: readonly (readonly [counted: number, present: number])[]) {
  const entries = new EntryCount();
  let present = 0;
  for (const [counted, follow] of sections) {
    entries.header(HEADER(counted), present);
    present += follow;
  }
  return entries.leftOut(present);
}

describe("entries that the header counts and the file does not have", () => {
  it("are none where there is no header, or as many entries as it counts, or more", () => {
    expect(leftOut()).toBeNull();
    expect(leftOut([100, 100])).toBeNull();
    // The trace went on while it was read.
    expect(leftOut([100, 130])).toBeNull();
  });

  it("are what the header counts more", () => {
    expect(leftOut([250, 100])).toBe(150);
  });

  it("are counted over all CPUs: the header of a CPU's own file counts the entries of all", () => {
    expect(leftOut([250, 100], [250, 150])).toBeNull();
    expect(leftOut([250, 100], [250, 120])).toBe(30);
    expect(leftOut([250, 100])).toBe(150);
  });

  it("are counted header by header where each counts its own", () => {
    expect(leftOut([54, 54], [11, 11])).toBeNull();
    expect(leftOut([54, 50], [11, 11])).toBe(4);
  });

  it("are less by what markers say is lost, and cannot be told where one does not say how many", () => {
    const entries = new EntryCount();
    entries.header(HEADER(100), 0);
    entries.marker(30);
    expect(entries.leftOut(70)).toBeNull();
    expect(entries.leftOut(60)).toBe(10);
    entries.marker(null);
    expect(entries.leftOut(60)).toBeNull();
  });
});
