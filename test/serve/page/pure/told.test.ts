// Texts of the server: what a browser or a terminal would obey is written out, and nothing else is changed.

import { expect, it } from "vitest";
import { toldBy } from "../../../../src/serve/page/pure/told.js";

it.each([
  ["turned \u202e012", "turned \\u202e012"],
  ["\u001b[31mred\u0007", "\\x1b[31mred\\x07"],
  ["a\u0085b\u2028c", "a\\x85b\\u2028c"],
  // A text that looks like an escape is one of its own.
  ["\\u001b stays", "\\u001b stays"],
  ["line\nand\ttab", "line\nand\ttab"],
  ["<b>ü→</b>", "<b>ü→</b>"],
])("writes %j as %j", (text, wanted) => {
  expect(toldBy(JSON.stringify({ text: [text] }))).toEqual({ text: [wanted] });
  expect(toldBy(JSON.stringify([1, null, text, true]))).toEqual([1, null, wanted, true]);
});
