// What is not known, as text: of as many entities as there may be.

import { expect, test } from "vitest";
import { openTimeline } from "../../src/index.js";
import { unknownText } from "../../src/cli/unknowns.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

/** If each name were copied for each other one, these would take minutes. */
const VMS = 100_000;

test("one reason stands once with the names of all that it is about", async () => {
  using timeline = await openTimeline(new Scratch().path(".db"), { create: true });
  await timeline.import(shippedPath("6.17-s1-one"));
  const document = timeline.recording().at();
  const [one] = document.vms;
  if (one === undefined) throw new Error("the recording has no VM");
  const vms = Array.from({ length: VMS }, (_, i) => ({ ...one, vm: `vm${i + 1}` }));
  const unknown = vms.map((_, i) => ({ path: `vms[${i}].inhibits`, reason: "not observed yet" }));

  const text = unknownText({ ...document, vms, unknown })
    .join("")
    .replaceAll(/ +/g, " ")
    .trim();
  const names = vms.map(({ vm }) => vm).join(",");
  expect(text.replaceAll(", ", ",")).toBe(`inhibits of ${names}: not observed yet`);
});
