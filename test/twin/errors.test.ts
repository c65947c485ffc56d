// Every method of the library throws TwinErrors alone.

import { existsSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { openTimeline, Timeline, TwinError } from "../../src/index.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

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

/** Methods that need no open file, or only close it. */
const NEED_NO_FILE = new Set(["constructor", "close", "batches"]);
const METHODS = Object.getOwnPropertyNames(Timeline.prototype).filter(
  (name) => !NEED_NO_FILE.has(name) && !name.endsWith("Now"),
);
/** Arguments that are right, for those methods that would refuse none before they read. */
const ARGUMENTS: Readonly<Record<string, readonly unknown[]>> = {
  import: [shippedPath("6.17-s1-one")],
  rewind: ["end", scratch.path(".db")],
  first: [[], { irte: "0000:00:08.0/0" }],
  firstFinding: [["I10"]],
  audit: ["cause"],
  explain: ["F1"],
  explainQuoted: ["F1"],
  recipe: ["posting"],
  query: ["SELECT 1"],
  live: [{}],
};

describe("a closed timeline", () => {
  test.each(METHODS)("answers %s with ERR_CLOSED", async (name) => {
    const timeline = await openTimeline(db);
    timeline.close();
    timeline.close();
    const method = Reflect.get(timeline, name) as (...args: unknown[]) => unknown;
    const thrown = await thrownBy(() =>
      method.apply(timeline, [...(ARGUMENTS[name] ?? ["end", "end"])]),
    );
    expect(thrown).toBeInstanceOf(TwinError);
    expect(thrown).toMatchObject({ code: "ERR_CLOSED" });
  });
});

describe("an open timeline", () => {
  test.each(METHODS)("answers %s of nonsense with a TwinError, or at all", async (name) => {
    const timeline = await openTimeline(db);
    const method = Reflect.get(timeline, name) as (...args: unknown[]) => unknown;
    for (const nonsense of [
      ["\0", "\0", "\0"],
      [{}, {}, {}],
      [-1, -1, -1],
    ]) {
      const thrown = await thrownBy(() => method.apply(timeline, nonsense));
      if (thrown !== null) expect(thrown).toBeInstanceOf(TwinError);
    }
    timeline.close();
  });
});
