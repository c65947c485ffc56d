// Where the fate of an entry's interrupts is not known, nobody says that no function is at work on it.

import { expect, test } from "vitest";
import { openTimeline } from "../../../src/index.js";
import { valueOf } from "../../support/content.js";
import { Scratch } from "../../support/scratch.js";
import { shippedLines } from "../../support/shipped.js";

const scratch = new Scratch();

test("in_flight is null with an unknown fate, unless a function is seen at work", async () => {
  const timeline = await openTimeline(scratch.path(".db"), { create: true });
  // The middle of a trace: entries are seen whose vCPUs are not known yet.
  const lines = shippedLines("6.16-m2-mono-standard").filter((line) => !line.startsWith("#"));
  await timeline.import(Buffer.from(`${lines.slice(900).join("\n")}\n`), { name: "part.txt" });
  const recording = timeline.recording();
  const { first_seq, last_seq } = recording;
  const seen = { unknown: 0, known: 0 };
  for (let seq = first_seq; seq <= (last_seq ?? 0); seq += 20)
    for (const { fate, in_flight } of recording.at({ when: `@${seq}` }).irtes) {
      if (fate === "unknown") expect(in_flight).not.toBe(false);
      else expect(in_flight).not.toBeNull();
      seen[fate === "unknown" ? "unknown" : "known"]++;
    }
  expect(seen.unknown).toBeGreaterThan(0);
  expect(seen.known).toBeGreaterThan(0);
  const wrong =
    "SELECT count(*) FROM v_fate WHERE (fate = 'unknown' AND in_flight = 0) OR (fate <> 'unknown' AND in_flight IS NULL)";
  expect(valueOf(timeline.file, wrong)).toBe(0n);
  expect(valueOf(timeline.file, "SELECT count(*) FROM v_fate WHERE in_flight IS NULL")).not.toBe(
    0n,
  );
  timeline.close();
});
