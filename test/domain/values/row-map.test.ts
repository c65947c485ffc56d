// A map by row numbers holds what a Map holds.

import { expect, test } from "vitest";
import { RowMap } from "../../../src/domain/values/row-map.js";

/** Close behind one another, from anywhere on, and some far away. */
const NUMBERS = [-1, 0, 63, 64, 1000, 2 ** 31, 2 ** 33 + 5, 2 ** 40].flatMap((first) =>
  Array.from({ length: 130 }, (_, at) => first + ((at * 37) % 130)),
);

test("each number has the value that it was given last", () => {
  const [map, rows] = [new Map<number, number>(), new RowMap<number>()];
  for (const [at, number] of NUMBERS.entries()) {
    map.set(number, at);
    rows.set(number, at);
  }
  const asked = NUMBERS.flatMap((number) => [number, number + 200, number - 7]);
  expect(asked.map((number) => rows.get(number))).toEqual(asked.map((number) => map.get(number)));
  expect(asked.map((number) => rows.has(number))).toEqual(asked.map((number) => map.has(number)));
});

test("none has one when all were taken out, and each can get one again", () => {
  const rows = new RowMap<object>();
  const value = {};
  rows.set(3, value);
  rows.clear();
  expect(rows.get(3)).toBeUndefined();
  rows.set(3, value);
  expect(rows.get(3)).toBe(value);
});
