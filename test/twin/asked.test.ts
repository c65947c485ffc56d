// What a program without a compiler may get wrong in its options: a name that there is not must not be passed over.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTimeline, TwinError, type Timeline } from "../../src/index.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const scratch = new Scratch();
const file = scratch.path(".db");
let timeline: Timeline;

beforeAll(async () => {
  timeline = await openTimeline(file, { create: true });
  await timeline.import(shippedPath("6.17-s1-one"));
});
afterAll(() => {
  timeline.close();
});

/** Calls without types. */
type Untyped = (...args: readonly unknown[]) => unknown;

const ofTimeline =
  (name: keyof Timeline, ...first: readonly unknown[]): Untyped =>
  (options) =>
    (timeline[name] as Untyped).call(timeline, ...first, options);

const ofRecording =
  (name: string, ...first: readonly unknown[]): Untyped =>
  (options) => {
    const recording = timeline.recording() as unknown as Record<string, Untyped>;
    return recording[name]?.call(recording, ...first, options);
  };

const QUESTIONS: readonly (readonly [name: string, ask: Untyped])[] = [
  ["openTimeline", (options) => openTimeline(file, options as object)],
  ["import", ofTimeline("import", shippedPath("6.17-s1-one"))],
  ["verify", ofTimeline("verify")],
  ["verifyAsync", ofTimeline("verifyAsync")],
  ["info", ofTimeline("info")],
  ["query", ofTimeline("query", "SELECT 1", [])],
  ["changes", ofTimeline("changes")],
  ...["at", "diff", "stateAt", "frameAt", "irteAt", "blame", "log", "check"].map(
    (name) => [name, ofRecording(name)] as const,
  ),
  ...["checkAsync", "first", "audit", "rewind"].map((name) => [name, ofRecording(name)] as const),
  ["explain", ofRecording("explain", "F1")],
  ["explainQuoted", ofRecording("explainQuoted", "F1")],
];

async function thrownBy(ask: Untyped, options: unknown): Promise<unknown> {
  try {
    return await ask(options);
  } catch (error) {
    return error;
  }
}

describe.each(QUESTIONS)("%s", (name, ask) => {
  test.each([{ irtee: "0000:00:08.0/0" }, { onli: [] }, { "": 1 }, null, "end", 5])(
    "refuses %j",
    async (options) => {
      const thrown = await thrownBy(ask, options);
      expect(thrown).toBeInstanceOf(TwinError);
      expect(thrown).toMatchObject({ code: "ERR_USAGE" });
      expect(String(thrown)).toContain(name);
    },
  );
});

test("what the option may have been is said", async () => {
  const [, check = () => undefined] = QUESTIONS.find(([name]) => name === "check") ?? [];
  expect(String(await thrownBy(check, { onli: ["I1"] }))).toContain(
    "check has no option onli (did you mean only?): there are rules, store, only",
  );
});

test.each([
  ["blame", {}, "blame needs the option irte"],
  ["irteAt", { when: "end" }, "irteAt needs the option irte"],
  ["changesAt", {}, "changesAt needs the option seq"],
  ["rewind", {}, "rewind needs the option to"],
  ["first", {}, "first needs one of the options tests and only"],
  ["first", { tests: [], only: [] }, "first needs one of the options tests and only"],
])("%s of %j", async (name, options, says) => {
  const thrown = await thrownBy(ofRecording(name), options);
  expect(thrown).toMatchObject({ code: "ERR_USAGE", message: says });
});
