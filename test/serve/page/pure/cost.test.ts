// The cost of a finding, in the page's words.

import { expect, test } from "vitest";
import { costSentence } from "../../../../src/serve/page/pure/cost.js";

test("a cost is counted, or said not to be known and why; most findings have none", () => {
  const [one, two] = [1, 2].map((logged) => costSentence({ logged, unknown: null }));
  expect(one).toBe("1 entry of the GA log woke nobody");
  expect(two).toBe("2 entries of the GA log woke nobody");
  expect(costSentence({ logged: null, unknown: "events were lost" })).toBe(
    "not known how many entries of the GA log woke nobody: events were lost",
  );
  expect(costSentence(null)).toBeNull();
});
