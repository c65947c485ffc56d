// One try of each attack; `npm run attack` makes as many as you like.

import { describe, expect, test } from "vitest";
import { attempt, faultsOf } from "./attack.js";
import { ATTACKS } from "./attacks.js";
import { seedOr } from "../support/seed.js";

const SEED = seedOr(20261126);

describe.each(Object.entries(ATTACKS))("the attack %s", (name, attack) => {
  test("finds nothing", () => {
    const replay = `npm run attack -- --kind ${name} --seed ${SEED} --tries 1`;
    expect(attempt(attack, SEED), replay).toEqual([]);
  });
});

describe("an attack finds", () => {
  const fine = { args: ["info"], status: 0, stdout: "", stderr: "" };
  test.each([
    [{ status: null }, "a signal, or not in time"],
    [{ status: 7 }, "ended with 7"],
    [{ stderr: "Error: x\n    at run (/x/main.js:3:4)\n" }, "stack trace"],
    [{ status: 5, stderr: "error: x (ERR_INTERNAL)\n" }, "failed"],
    [{ stdout: "a\u001b[31mb" }, "raw control character"],
    [{ stderr: "a\u202eb" }, "raw control character in an error"],
    [{ status: 1, stderr: "error: x (ERR_USAGE)\n" }, "like a finding"],
  ])("%j", (tried, said) => {
    expect(faultsOf(fine)).toEqual([]);
    expect(faultsOf({ ...fine, ...tried }).join("\n")).toContain(said);
  });
});
