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
  const { first_seq, last_seq } = one;
  const isOfOne = (seq: number | null): boolean =>
    seq !== null && seq >= first_seq && seq <= (last_seq ?? 0);
  expect(one.at().recording_id).toBe(1);
  expect(one.diff({ from: "@100" }).recording_id).toBe(1);
  expect(one.check({ store: false }).recording_id).toBe(1);
  const seqs = [
    ...[...one.log({ limit: 9 })].map(({ seq }) => seq),
    ...one.blame({ irte }).map(({ seq }) => seq),
    ...[one.frameAt().seq, one.irteAt({ irte })?.since_seq ?? null],
    one.first({ tests: ["mode=posted"], irte }).seq,
    one.check({ rules: "6.16", store: false }).findings[0]?.seq ?? null,
  ];
  expect(seqs.filter((seq) => !isOfOne(seq))).toEqual([]);
  const writes = [...one.log({ kind: "irte_written" })];
  const counted = one.audit().rows.reduce((sum, row) => sum + row.writes, 0);
  expect(counted).toBe(writes.length);
  const write = [...one.log({ kind: "irte_exchanged" })].find(
    ({ seq }) => one.changesAt({ seq }).length > 0,
  );
  expect(one.changesAt(write ?? { seq: 0 })[0]).toMatchObject({ seq: write?.seq });
  expect(() => timeline.recording(2).changesAt(write ?? { seq: 0 })).toThrow("ask recording 1");
});

test("what is malformed is refused", () => {
  expect(() => one.first({ tests: ["mode"], irte })).toThrow("mode is no test");
  expect(() => one.audit({ by: "moon" as "task" })).toThrow("name one of");
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
    one.first({ tests: ["mode=posted"], irte }),
  ];
  for (const answer of answers) {
    expect(structuredClone(answer)).toEqual(answer);
    expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
  }
});
