// A recording of two traces, the second of which is older: times fall, and nothing of it stands outside of its window.

import { expect, test } from "vitest";
import { openTimeline } from "../../../src/index.js";
import { Scratch } from "../../support/scratch.js";
import { shippedText } from "../../support/shipped.js";

test("the window holds all events of a recording in which times fall", async () => {
  const traces = ["6.17-s1-one", "6.17-x-uaf-crash"].map(shippedText).join("");
  using timeline = await openTimeline(new Scratch().path(".db"), { create: true });
  await timeline.import(Buffer.from(traces, "latin1"));
  const recording = timeline.recording();
  const times = [...recording.log()].map(({ time_ns }) => BigInt(time_ns));
  const least = times.reduce((a, b) => (b < a ? b : a));
  expect(recording.time_anomalies).toBeGreaterThan(0);
  expect(least).toBeLessThan(BigInt(recording.first_ns ?? 0));

  const lanes = await recording.lanes();
  expect(lanes).toMatchObject({ start_ns: String(least), end_ns: recording.last_ns });
  const { from_ns, to_ns, density } = await recording.overview({ columns: 100 });
  const [from, to] = [BigInt(from_ns ?? 0), BigInt(to_ns ?? 0)];
  const counted = new Array<number>(100).fill(0);
  for (const time of times) {
    const column = Number(((time - from) * 100n) / (to - from));
    counted[column] = (counted[column] ?? 0) + 1;
  }
  expect(from).toBe(least);
  expect(density).toEqual(counted);
});
