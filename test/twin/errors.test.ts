// Every method of the library throws TwinErrors alone.

import { existsSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import {
  openTimeline,
  RecordingView,
  Timeline,
  TwinError,
  type LiveUpdate,
} from "../../src/index.js";
import { methodNames } from "../support/method-names.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath, shippedText } from "../support/shipped.js";

const scratch = new Scratch();
const db = scratch.path(".db");

beforeAll(async () => {
  const timeline = await openTimeline(db, { create: true });
  await timeline.import(shippedPath("6.17-s1-one"));
  timeline.close();
});

/** What a call throws or rejects with; null = it does not. */
async function thrownBy(call: () => unknown): Promise<unknown> {
  try {
    const answer = await call();
    if (typeof answer === "object" && answer !== null && Symbol.iterator in answer)
      Array.from(answer as Iterable<unknown>);
    return null;
  } catch (error) {
    return error;
  }
}

describe("a file that is not there", () => {
  test("is made only when the caller says so", async () => {
    const none = scratch.path(".db");
    for (const options of [{}, { readonly: true }, { derives: true }, { create: false }]) {
      expect(await thrownBy(() => openTimeline(none, options))).toMatchObject({
        code: "ERR_NO_TIMELINE",
      });
      expect(existsSync(none)).toBe(false);
    }
    (await openTimeline(none, { create: true })).close();
    expect(existsSync(none)).toBe(true);
  });

  test("cannot be made and only be read", async () => {
    const none = scratch.path(".db");
    const thrown = await thrownBy(() => openTimeline(none, { create: true, readonly: true }));
    expect(thrown).toMatchObject({ code: "ERR_USAGE" });
  });
});

/** Members that need no open file, or only close it. */
const NEED_NO_FILE = new Set(["constructor", "close", "batches"]);
const methodsOf = (prototype: object): readonly string[] =>
  methodNames(prototype).filter((name) => !NEED_NO_FILE.has(name) && !name.endsWith("Now"));
const METHODS = [
  ...methodsOf(Timeline.prototype).map((name) => ["Timeline", name] as const),
  ...methodsOf(RecordingView.prototype).map((name) => ["RecordingView", name] as const),
];
const irte = "0000:00:08.0/0";
/** Arguments that are right, for those methods that would refuse none before they read. */
const ARGUMENTS: Readonly<Record<string, readonly unknown[]>> = {
  import: [shippedPath("6.17-s1-one")],
  drop: [1],
  rewind: [{ to: scratch.path(".db") }],
  first: [{ tests: ["mode=posted"], irte }],
  irteAt: [{ irte }],
  blame: [{ irte }],
  irteBits: [{ irte }],
  irteBitsAsync: [{ irte }],
  laneIntervals: [{ lanes: ["findings"] }],
  explainWindow: [{ irte, seq: 1 }],
  laneStep: [{ lane: "findings", seq: 1 }],
  changesAt: [{ seq: 1 }],
  explain: ["F1"],
  explainQuoted: ["F1"],
  traceLines: [{ line: 1 }],
  recipe: ["posting"],
  query: ["SELECT 1"],
};

/** Calls a method of a timeline, or of a view of its recording. */
function called(
  timeline: Timeline,
  recording: RecordingView,
  [of, name]: readonly [string, string],
  args: readonly unknown[],
): unknown {
  const receiver = of === "Timeline" ? timeline : recording;
  const method = Reflect.get(receiver, name) as (...args: unknown[]) => unknown;
  return method.apply(receiver, [...args]);
}

describe("a closed timeline", () => {
  test.each(METHODS)("answers %s.%s with ERR_CLOSED", async (of, name) => {
    const timeline = await openTimeline(db);
    const recording = timeline.recording();
    timeline.close();
    timeline.close();
    const thrown = await thrownBy(() =>
      called(timeline, recording, [of, name], ARGUMENTS[name] ?? []),
    );
    expect(thrown).toBeInstanceOf(TwinError);
    expect(thrown).toMatchObject({ code: "ERR_CLOSED" });
  });

  test("answers what was handed out while it was open with ERR_CLOSED", async () => {
    const timeline = await openTimeline(db);
    const updates: LiveUpdate[] = [];
    timeline.live().subscribe((update) => updates.push(update));
    await timeline.import(Buffer.from(shippedText("7.3-s2-two"), "latin1"));
    const recording = timeline.recording(1);
    const frame = recording.frameAt();
    const log = recording.log();
    log.next();
    const changes = timeline.changes({ after: 0 });
    await changes.next();
    const [update] = updates;
    const query = thrownBy(() => timeline.query("SELECT 1 AS one"));
    timeline.close();
    const asked: readonly (() => unknown)[] = [
      ...[() => frame.irtes, () => frame.vcpus, () => frame.routes, () => frame.links],
      ...[() => frame.irte(irte), () => frame.vcpu("vm1/vcpu0"), () => [...log]],
      ...[() => JSON.stringify(frame), () => structuredClone(frame)],
      ...["vm", "vcpu"].map((name) => () => {
        if (update === undefined || update.kind === "rolled_back") return null;
        const ask = Reflect.get(update.names, name) as (row: number) => unknown;
        return ask.call(update.names, 1);
      }),
    ];
    for (const ask of asked) {
      const thrown = await thrownBy(ask);
      expect(thrown, String(ask)).toBeInstanceOf(TwinError);
      expect(thrown, String(ask)).toMatchObject({ code: "ERR_CLOSED" });
    }
    // What runs is stopped; changes have been told all that was committed.
    expect(await changes.next()).toEqual({ done: true, value: undefined });
    expect(await query).toMatchObject({ code: "ERR_CLOSED" });
  });
});

describe("an open timeline", () => {
  test.each(METHODS)("answers %s.%s of nonsense with a TwinError, or at all", async (of, name) => {
    const timeline = await openTimeline(db);
    const recording = timeline.recording(1);
    for (const nonsense of [
      ["\0", "\0", "\0"],
      [{}, {}, {}],
      [-1, -1, -1],
    ]) {
      const thrown = await thrownBy(() => called(timeline, recording, [of, name], nonsense));
      if (thrown !== null) expect(thrown).toBeInstanceOf(TwinError);
    }
    timeline.close();
  });
});
