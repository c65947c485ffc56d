// Markers that share a column have a text where it can be read, and each by itself has its own.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTimeline, type RecordingView, type Timeline } from "../../../src/index.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath } from "../../support/shipped.js";

describe("the texts of markers", () => {
  let timeline: Timeline;
  let recording: RecordingView;

  beforeAll(async () => {
    timeline = await openTimeline(new Scratch().path(".db"), { create: true });
    await timeline.import(shippedPath("6.17-x-uaf-crash"));
    recording = timeline.recording();
  });

  afterAll(() => {
    timeline.close();
  });

  it.each([40, 400, 4000])("are read where there is room, at %d columns", async (columns) => {
    const { bucket, lanes } = await recording.laneIntervals({ lanes: ["markers"], columns });
    const [lane] = lanes;
    const texts = new Map(
      [...recording.log({ kind: "marker" })].map(({ seq, payload }) => [
        seq,
        "text" in payload ? payload.text : "",
      ]),
    );
    const { from = [], seq = [], label = [], count = [] } = lane?.rows ?? {};
    expect(count.some((each) => each > 1)).toBe(true);
    for (const [at, own] of label.entries()) {
      const room = (from[at + 1] ?? Infinity) - (from[at] ?? 0);
      const isRead = count[at] === 1 || room >= 48 * bucket;
      expect(lane?.words[own]).toBe(isRead ? texts.get(seq[at] ?? 0) : "");
    }
  });
});
