// A byte of zero damages the line in which it stands, wherever that is, and no other.

import { describe, expect, it } from "vitest";
import { LineCutter } from "../../src/source/lines.js";
import { readEvents } from "../support/events.js";
import { shippedLines } from "../support/shipped.js";

const LINES = shippedLines("6.17-s1-one");
const HEAD = 12;
const textOf = (lines: readonly string[]): Buffer => Buffer.from(`${lines.join("\n")}\n`, "latin1");
const whole = readEvents(textOf(LINES));

describe("a line with a byte of zero", () => {
  it.each([0, HEAD, 300, LINES.length - 1])("between others is rejected, as line %i", (at) => {
    const lines = [...LINES.slice(0, at), "a\0b", ...LINES.slice(at)];
    const read = readEvents(textOf(lines), whole.rules);
    expect(read.rejected).toEqual([at + 1]);
    expect(read.reasons).toEqual(["the line holds a byte of zero"]);
    expect(read.events).toHaveLength(whole.events.length);
  });

  it("that were an event's is none, and the last one without an end is cut", () => {
    const at = LINES.findIndex((line) => line.includes(" irte_write: "));
    const lines = LINES.map((line, i) => (i === at ? line.replace("devid", "\0devid") : line));
    expect(readEvents(textOf(lines), whole.rules).rejected).toEqual([at + 1]);
    const cut = Buffer.concat([textOf(LINES), Buffer.from("a\0b")]);
    expect(readEvents(cut, whole.rules).rejected).toEqual([LINES.length + 1]);
  });

  it.each([1, 2, 3, 7, 64])("is found in chunks of %i bytes too", (size) => {
    const bytes = Buffer.from("one\n\0two\nthree\0\n\0\nfour\n");
    const seen: string[] = [];
    const cutter = new LineCutter({
      line: (buffer, start, end) => seen.push(`line ${buffer.toString("latin1", start, end)}`),
      broken: (_, start, end) => seen.push(`broken ${end - start}`),
    });
    for (let at = 0; at < bytes.length; at += size) cutter.feed(bytes.subarray(at, at + size));
    cutter.end();
    expect(seen).toEqual(["line one", "broken 4", "broken 6", "broken 1", "line four"]);
  });

  it("is no text where no line is an event's", () => {
    expect(() => readEvents(Buffer.from("\0\0binary\0\n\0"))).toThrow("the input is binary");
  });
});
