// Recordings are told apart by their names, and by their numbers where the names are the same.

import { expect, it } from "vitest";
import { recordingName } from "../../../../src/serve/page/pure/names.js";

const ALL = ["s1-one.txt.gz", "s1-one.txt", "other.dat"].map((file, at) => ({ id: at + 1, file }));

it.each([
  [1, "s1-one (1)"],
  [2, "s1-one (2)"],
  [3, "other.dat"],
])("recording %i is %s", (id, name) => {
  expect(recordingName(ALL[id - 1] ?? { id, file: "" }, ALL)).toBe(name);
});
