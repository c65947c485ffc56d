// The driver refuses an update: it wrote nothing, and KVM has linked nothing.

import { describe, it } from "vitest";
import { RULES, RULES_IDS } from "../../../../src/domain/amd/releases/releases.js";
import { given } from "../../../support/given.js";
import { A, B, E, POSTED_RUNNING, loaded, routed } from "../../../support/small-host.js";

const AFTER = RULES_IDS.filter((id) => RULES[id].unlinksFirst);
const BEFORE = RULES_IDS.filter((id) => !RULES[id].unlinksFirst);

describe.each(AFTER)("%s, a posting that is refused", (rules) => {
  it("leaves the entry on no list", () => {
    given(rules, POSTED_RUNNING)
      .when(routed(E, { to: B, fails: true }))
      .then([])
      .andListOf(A, [])
      .andListOf(B, []);
  });

  it("so that the next load of the vCPU writes nothing", () => {
    given(rules, [...POSTED_RUNNING, routed(E, { to: B, fails: true })])
      .when(loaded(B, 6))
      .then([]);
  });
});

describe.each(BEFORE)("%s, an unposting that is refused", (rules) => {
  it("does not keep the next one from unlinking the entry", () => {
    given(rules, [...POSTED_RUNNING, routed(E, { to: null, fails: true })])
      .when(routed(E, { to: null }))
      .andListOf(A, []);
  });
});
