// States, differences and bits that are found in turns are those that are found at once.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTimeline, type RecordingView, type Timeline } from "../../src/index.js";
import { traceWithLosses } from "../support/losses.js";
import { Scratch } from "../support/scratch.js";

const IRTE = "0000:00:08.0/0";

describe("a recording with losses, in turns", () => {
  let timeline: Timeline;
  let recording: RecordingView;

  beforeAll(async () => {
    timeline = await openTimeline(new Scratch().path(".db"), { create: true });
    await timeline.import(Buffer.from(traceWithLosses(), "latin1"));
    recording = timeline.recording();
  });

  afterAll(() => {
    timeline.close();
  });

  it.each(["start", "@700", "@1188", "end"])("is as at once at %s", async (when) => {
    expect(await recording.atAsync({ when })).toEqual(recording.at({ when }));
    expect(await recording.atAsync({ when, irte: IRTE })).toEqual(
      recording.at({ when, irte: IRTE }),
    );
    expect(await recording.diffAsync({ from: "@400", to: when })).toEqual(
      recording.diff({ from: "@400", to: when }),
    );
    expect(await recording.irteBitsAsync({ when, irte: IRTE })).toEqual(
      recording.irteBits({ when, irte: IRTE }),
    );
  });

  it("is stopped by a signal, and refuses what it refuses at once", async () => {
    const signal = AbortSignal.abort();
    await expect(recording.atAsync({ signal })).rejects.toMatchObject({ code: "ERR_ABORTED" });
    await expect(recording.diffAsync({ signal })).rejects.toMatchObject({ code: "ERR_ABORTED" });
    await expect(recording.irteBitsAsync({ irte: IRTE, signal })).rejects.toMatchObject({
      code: "ERR_ABORTED",
    });
    await expect(recording.atAsync({ irte: "00:1f.0/9" })).rejects.toMatchObject({
      code: "ERR_NAME",
    });
  });
});
