// A question whose answer is as short costs about as much in a long recording as in a short one: each function of the
// program is counted, and may run hardly more often where the recording is four times as long.

import { afterAll, beforeAll, expect, test } from "vitest";
import { type RecordingView, type Timeline } from "../src/index.js";
import { repeatedLines, traceTemplate } from "./bench/generate.js";
import { Operations } from "./support/operations.js";
import { Scratch } from "./support/scratch.js";
import { shippedText } from "./support/shipped.js";

const TAG_BITS = 9;
const SIZES = [19_000, 76_000] as const;
const IRTE = "0000:00:08.0/0";

const scratch = new Scratch();
const operations = new Operations();
const timelines: Timeline[] = [];

beforeAll(async () => {
  await operations.begin();
  const { openTimeline } = await import("../src/index.js");
  const template = traceTemplate(shippedText("6.16-m2-mono-standard"), TAG_BITS);
  for (const size of SIZES) {
    const lines = [...repeatedLines(template, size)];
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    await timeline.import(scratch.file(".txt", `${lines.join("\n")}\n`));
    timeline.recording().check();
    timelines.push(timeline);
  }
}, 300_000);
afterAll(async () => {
  await operations.end();
  for (const timeline of timelines) timeline.close();
});

/** What grows all the same: a checkpoint is read as a whole, and events are replayed from it. */
const GROWS: readonly RegExp[] = [
  /^src\/timeline\/store\/checkpoint\.ts /,
  /^src\/timeline\/read\/(?:state-at|events)\.ts /,
  /^src\/domain\//,
];
const GROWTH_MAX = 1.3;
/** Functions that run seldom say nothing. */
const COUNT_MIN = 200;

const QUESTIONS: Readonly<Record<string, (recording: RecordingView, when: string) => unknown>> = {
  "at a moment, of one IRTE": (recording, when) => recording.at({ when, irte: IRTE }),
  "the difference of two early moments": (recording) =>
    recording.diff({ from: "@1000", to: "@2000" }),
  "the first event with a value": (recording) =>
    recording.first({ irte: IRTE, tests: ["mode=posted"], until: "@5000" }),
  "the first finding of an invariant that holds": (recording) => recording.first({ only: ["I10"] }),
  "why a finding is one": (recording) => recording.explain("F1"),
  "why a finding is one, with its lines": (recording) => recording.explainQuoted("F1"),
};

test.each(Object.entries(QUESTIONS))("%s", async (_name, ask) => {
  const counts: ReadonlyMap<string, number>[] = [];
  for (const timeline of timelines) {
    const recording = timeline.recording();
    const when = `@${Math.floor((recording.last_seq ?? 0) / 2)}`;
    await ask(recording, when);
    await operations.taken();
    await ask(recording, when);
    counts.push(await operations.taken());
  }
  const [short, long] = counts;
  expect(short?.size).toBeGreaterThan(10);
  const growing = [...(long ?? [])].filter(
    ([name, count]) =>
      count >= COUNT_MIN &&
      count > GROWTH_MAX * (short?.get(name) ?? 0) &&
      !GROWS.some((each) => each.test(name)),
  );
  expect(growing.map(([name, count]) => `${name}: ${short?.get(name) ?? 0}, ${count}`)).toEqual([]);
});
