// A recording's questions with option objects answer as the timeline does, and what they answer is data.

import { beforeAll, expect, test } from "vitest";
import { openTimeline, type RecordingView, type Timeline } from "../../src/index.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const scratch = new Scratch();
const irte = "0000:00:08.0/0";
let timeline: Timeline;
let one: RecordingView;

beforeAll(async () => {
  timeline = await openTimeline(scratch.path(".db"), { create: true });
  await timeline.import(shippedPath("6.17-s1-one"));
  await timeline.import(shippedPath("7.3-s2-two"));
  one = timeline.recording(1);
  return () => {
    timeline.close();
  };
});

test("each question is about the recording of the view", () => {
  expect(one.at({ when: "@358", irte })).toEqual(timeline.at("@358", { irte }, 1));
  expect(one.at()).toEqual(timeline.at("end", {}, 1));
  expect(one.diff({ from: "@100" })).toEqual(timeline.diff("@100", "end", {}, 1));
  expect([...one.log({ limit: 9 })]).toEqual([...timeline.log({ limit: 9, recording: 1 })]);
  expect(one.blame({ irte })).toEqual(timeline.blame(irte, "end", 1));
  expect(one.check({ store: false }).recording_id).toBe(1);
  const test = { field: "mode", isEqual: true, value: "posted" };
  const first = timeline.first([test], { irte }, { recording: 1 });
  expect(one.firstThat({ tests: ["mode=posted"], irte })).toEqual(first);
  expect(one.audit().rows).toEqual(timeline.audit("cause", { recording: 1 }).rows());
  expect(() => one.firstThat({ tests: ["mode"], irte })).toThrow("mode is no test");
});

test("a moment is text, a bigint or an event", () => {
  const { time_ns } = one.at({ when: "@358" });
  expect(one.at({ when: { seq: 358 } })).toEqual(one.at({ when: "@358" }));
  expect(one.at({ when: BigInt(time_ns) })).toEqual(one.at({ when: `${time_ns}ns` }));
  for (const when of [-1n, { seq: 1.5 }, { seq: -1 }])
    expect(() => one.at({ when })).toThrow("is not a moment");
});

test("what is answered passes JSON and structuredClone", () => {
  const answers = [
    ...[one.at(), one.diff(), [...one.log({ limit: 5 })], one.blame({ irte })],
    ...[one.check({ store: false }), one.audit(), timeline.info(), timeline.verify()],
    one.firstThat({ tests: ["mode=posted"], irte }),
  ];
  for (const answer of answers) {
    expect(structuredClone(answer)).toEqual(answer);
    expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
  }
});
