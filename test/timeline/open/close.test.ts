// A timeline that is closed while somebody reads its file.

import { expect, it } from "vitest";
import { openTimeline } from "../../../src/index.js";
import { openForReading } from "../../../src/timeline/open/open.js";
import { Scratch } from "../../support/scratch.js";

const scratch = new Scratch();

it("does not wait for those who go on reading, and loses nothing", async () => {
  const file = scratch.path(".db");
  const timeline = await openTimeline(file, { create: true });
  const reader = openForReading(file);
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM recording").get();
  await timeline.import("data/6.17-s1-one.txt.gz");
  const began = performance.now();
  timeline.close();
  expect(performance.now() - began).toBeLessThan(3000);
  reader.close();
  const again = await openTimeline(file);
  expect(again.recordings()).toHaveLength(1);
  again.close();
});
