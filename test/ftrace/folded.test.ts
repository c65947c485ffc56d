// Texts in which lines of a trace are folded, or stand in quotes, are refused by name: cut values would be read as whole ones.

import { describe, expect, test } from "vitest";
import { sniff } from "../../src/ftrace/sniff.js";
import { SHIPPED, shippedText } from "../support/shipped.js";

const TEXT = shippedText("6.16-m2-mono-standard");
const LINES = TEXT.trimEnd().split("\n");

function sniffed(lines: readonly string[]): unknown {
  return sniff(Buffer.from(`${lines.join("\n")}\n`, "latin1"), {});
}

/** Lines of at most so many columns, cut anywhere. */
function cutAt(width: number): string[] {
  const cut = (line: string): string[] => line.match(new RegExp(`.{1,${width}}`, "g")) ?? [""];
  return LINES.flatMap((line) => (line.startsWith("#") ? [line] : cut(line)));
}

/** The same, cut between words. */
function foldedAt(width: number): string[] {
  const fold = (line: string): string[] =>
    line
      .replace(new RegExp(`(.{1,${width}})(?: |$)`, "g"), "$1\n")
      .trimEnd()
      .split("\n");
  return LINES.flatMap((line) => (line.startsWith("#") ? [line] : fold(line)));
}

describe.each([72, 76, 78, 80, 100, 120, 132])("lines that are folded at %s columns", (width) => {
  test.each([
    ["anywhere", cutAt],
    ["between words", foldedAt],
  ])("%s are refused", (_, folded) => {
    expect(() => sniffed(folded(width))).toThrow(/folded at \d+ columns/);
  });

  test("are refused in a mail that quotes them", () => {
    expect(() => sniffed(foldedAt(width).map((line) => `> ${line}`))).toThrow(/folded at/);
  });
});

test.each<[string, (line: string) => string]>([
  ["Docker's log", (line) => JSON.stringify({ log: `${line}\n`, stream: "stdout" })],
  ["JSON lines", (line) => JSON.stringify([line])],
  ["a table", (line) => `"${line}"`],
])("lines that stand in %s are refused", (_, quote) => {
  expect(() => sniffed(LINES.map(quote))).toThrow("stand in quotes or in JSON");
});

test("a trace is none of these, nor is one with lines of something else in it", () => {
  for (const name of SHIPPED) expect(sniffed(shippedText(name).split("\n"))).toBeDefined();
  const stray = LINES.flatMap((line, i) => (i % 20 === 0 ? [line, "something else"] : [line]));
  expect(sniffed(stray)).toBeDefined();
});
