// An agent that is killed again and again while it follows a growing file loses nothing, and waits for no one.

import { expect, test } from "vitest";
import { openTimeline } from "../../src/index.js";
import { contentOf, chainOf } from "../support/content.js";
import { Scratch } from "../support/scratch.js";
import { shippedLines } from "../support/shipped.js";
import { END_LINE, follow } from "./follow.js";

const scratch = new Scratch();

test("an agent that is killed at random ends with what a whole import stores", async () => {
  const lines = shippedLines("6.17-x-uaf-crash");
  const db = scratch.path(".db");
  const file = scratch.path(".txt");
  const { kills, delays } = await follow(lines, { file, db, seed: 20260923, kills: 5 });
  expect(kills).toBeGreaterThan(1);
  // The lease of an import whose process is gone is taken at once; that of one which is silent after ten seconds.
  for (const delay of delays) expect(delay).toBeLessThan(8000);
  const whole = await openTimeline(scratch.path(".db"), { create: true });
  const text = Buffer.from(`${lines.join("\n")}\n${END_LINE}`, "latin1");
  await whole.import(text, { name: "followed" });
  const timeline = await openTimeline(db, { readonly: true });
  expect(timeline.verify()).toMatchObject({ verdict: "intact", findings: [] });
  expect(timeline.recording().at()).toEqual(whole.recording().at());
  expect(contentOf(db)).toEqual(contentOf(whole.file));
  expect(chainOf(db)).toEqual(chainOf(whole.file));
  timeline.close();
  whole.close();
});
