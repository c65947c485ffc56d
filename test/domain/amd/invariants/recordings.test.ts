// The shipped recordings of each profile show every invariant that holds in it: none holds for want of a case.

import { expect, it } from "vitest";
import { AMD } from "../../../../src/domain/amd/platform.js";
import { RULES_IDS, type RulesId } from "../../../../src/domain/amd/releases/releases.js";
import { checked, readEvents } from "../../../support/events.js";
import { SHIPPED, shippedText } from "../../../support/shipped.js";

/** What they do not show: the host moves no posted IRQ; in two profiles AVIC is never inhibited. */
const NOT_SHOWN: Readonly<Partial<Record<RulesId, readonly string[]>>> = {
  "6.12": ["I8", "I16"],
  "6.16": ["I16"],
  "6.17": ["I16"],
  "6.18": ["I16"],
  "7.3": ["I8", "I16"],
};

/** The profiles of which a recording is shipped. */
const RECORDED = RULES_IDS.filter((id) => SHIPPED.some((name) => name.startsWith(`${id}-`)));

it.each(RECORDED)("the recordings of %s check each invariant that holds in it", (rules) => {
  const times = new Map<string, number>();
  for (const name of SHIPPED.filter((each) => each.startsWith(`${rules}-`))) {
    const { checker } = checked(readEvents(Buffer.from(shippedText(name), "latin1")));
    for (const { id, checked: more } of checker.invariants.counts.values())
      times.set(id, (times.get(id) ?? 0) + more);
  }
  const held = AMD.invariants.filter(
    ({ holds_in, tests }) => tests !== undefined && holds_in.includes(rules),
  );
  expect(held).not.toEqual([]);
  const notShown = held.map(({ id }) => id).filter((id) => (times.get(id) ?? 0) === 0);
  expect(notShown).toEqual(NOT_SHOWN[rules]);
});
