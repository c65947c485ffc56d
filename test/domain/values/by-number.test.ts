import { expect, test } from "vitest";
import { byNumber } from "../../../src/domain/values/by-number.js";

test("ids stand in the order of their numbers", () => {
  const ids = ["I10", "I6b", "T2", "I7", "I6", "B1", "I25", "I6a", "T10"];
  expect(ids.sort(byNumber)).toEqual([
    ...["B1", "I6", "I6a", "I6b", "I7", "I10", "I25"],
    ...["T2", "T10"],
  ]);
});
