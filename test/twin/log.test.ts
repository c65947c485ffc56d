// While the history is iterated, the timeline answers everything else.

import { describe, expect, test } from "vitest";
import { openTimeline } from "../../src/index.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const scratch = new Scratch();

describe("the history, while it is iterated", () => {
  test("lets check store, import append, and close close", async () => {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    await timeline.import(shippedPath("6.17-s1-one"));
    const whole = [...timeline.recording().log({ reverse: true })].map(({ seq }) => seq);
    const seen: number[] = [];
    for (const { seq } of timeline.recording().log({ reverse: true })) {
      if (seen.length === 20) expect(timeline.recording().check().not_stored).toBeNull();
      if (seen.length === 40) await timeline.import(shippedPath("7.3-s2-two"));
      seen.push(seq);
    }
    expect(seen).toEqual(whole);
    const rest = timeline.recording().log();
    rest.next();
    timeline.close();
    expect(() => [...rest]).toThrow("is closed");
  });

  test.each([0, 1, 15, 16, 17, 80, 81, 500])(
    "has the first %i events, in either order",
    async (limit) => {
      const timeline = await openTimeline(scratch.path(".db"), { create: true });
      await timeline.import(shippedPath("6.17-s1-one"));
      const { first_seq: firstSeq, last_seq: lastSeq } = timeline.recording();
      const all = Array.from({ length: (lastSeq ?? 0) - firstSeq + 1 }, (_, i) => firstSeq + i);
      const seqs = (reverse: boolean): number[] =>
        [...timeline.recording().log({ limit, reverse })].map(({ seq }) => seq);
      expect(seqs(true)).toEqual(all.slice(0, limit));
      expect(seqs(false)).toEqual(all.toReversed().slice(0, limit));
      timeline.close();
    },
  );
});
