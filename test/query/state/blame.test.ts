// blame: who gave each field its value, in the entry's present life.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTimeline, type Timeline } from "../../../src/index.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath } from "../../support/shipped.js";

const scratch = new Scratch();
const IRTE = "0000:00:08.0/0";
let timeline: Timeline;

beforeAll(async () => {
  timeline = await openTimeline(scratch.path(".db"), { create: true });
  await timeline.import(shippedPath("6.17-x-uaf-crash"));
});

afterAll(() => {
  timeline.close();
});

describe("blame", () => {
  test("does not reach past the event that freed or allocated the entry last", () => {
    const lives = [...timeline.recording().log({ irte: IRTE, reverse: true })]
      .filter(({ kind }) => kind === "irte_freed" || kind === "irte_allocated")
      .map(({ seq }) => seq);
    expect(lives.length).toBeGreaterThan(4);
    for (const { seq } of timeline
      .recording()
      .log({ irte: IRTE, kind: "irte_written", reverse: true })) {
      const born = lives.findLast((each) => each <= seq) ?? 0;
      const changes = timeline.recording().blame({ irte: IRTE, when: `@${seq}` });
      expect(
        changes.filter((each) => each.seq < born || each.seq > seq),
        `@${seq}`,
      ).toEqual([]);
    }
  });

  test("names the value that the state has", () => {
    for (const { seq } of timeline
      .recording()
      .log({ irte: IRTE, kind: "irte_written", reverse: true })) {
      const [irte] = timeline.recording().at({ when: `@${seq}`, irte: IRTE }).irtes;
      for (const { field, new: value } of timeline
        .recording()
        .blame({ irte: IRTE, when: `@${seq}` })) {
        const now = irte?.[field];
        if (value === null || now === null || now === undefined) continue;
        expect([seq, field, now]).toEqual([seq, field, value]);
      }
    }
  });
});
