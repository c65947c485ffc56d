// What a program without a compiler may get wrong in its options: a name that there is not must not be passed over.

import { copyFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  growing,
  joined,
  openTimeline,
  planCapture,
  TwinError,
  type Timeline,
} from "../../src/index.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const scratch = new Scratch();
const file = scratch.path(".db");
let timeline: Timeline;

const TRACE = shippedPath("6.17-s1-one");
const NO_HOST = { root: "/nowhere", btf: null, kallsyms: null, vmlinux: null, release: null };

function fails(): never {
  throw new Error("of the caller");
}

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
  ["drop", ofTimeline("drop", 1)],
  ["joined", (options) => joined([shippedPath("6.17-s1-one")], options as object)],
  ["verify", ofTimeline("verify")],
  ["verifyAsync", ofTimeline("verifyAsync")],
  ["info", ofTimeline("info")],
  ["query", ofTimeline("query", "SELECT 1", [])],
  ["changes", ofTimeline("changes")],
  ...["at", "diff", "stateAt", "frameAt", "irteAt", "blame", "log", "check"].map(
    (name) => [name, ofRecording(name)] as const,
  ),
  [
    "growingReport",
    (options) =>
      timeline
        .recording()
        .growingCheck()
        .report(options as object),
  ],
  ...["growingCheck", "checkAsync", "first", "audit", "rewind"].map(
    (name) => [name, ofRecording(name)] as const,
  ),
  ["explain", ofRecording("explain", "F1")],
  ["traceLines", ofRecording("traceLines")],
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
  ["blame", {}, "blame needs `irte`"],
  ["irteAt", { when: "end" }, "irteAt needs `irte`"],
  ["changesAt", {}, "changesAt needs `seq`"],
  ["rewind", {}, "rewind needs `to`"],
  ["first", {}, "first needs one of `tests` and `only`"],
  ["first", { tests: [], only: [] }, "first needs one of `tests` and `only`"],
])("%s of %j", async (name, options, says) => {
  const thrown = await thrownBy(ofRecording(name), options);
  expect(thrown).toMatchObject({ code: "ERR_USAGE", message: says });
});

test.each([
  ["log", { limit: 1.5 }, "log: limit must be a whole number from 0, not 1.5"],
  ["log", { limit: -1 }, "log: limit must be"],
  ["at", { when: null }, "at: when must be a moment"],
  ["at", { vm_id: "1" }, 'at: vm_id must be a whole number from 0, not "1"'],
  ["check", { only: "I1" }, "check: only must be a list of texts"],
  ["check", { only: [] }, "`only` is empty"],
  ["first", { only: [] }, "`only` is empty"],
  ["check", { baseline: { findings: [] } }, "baseline is no list of findings"],
  ["check", { baseline: [5] }, "baseline is no list of findings"],
  ["check", { baseline: [{}] }, "baseline is no list of findings"],
  ["checkAsync", { signal: 5 }, "checkAsync: signal must be an AbortSignal"],
  ["changesAt", { seq: 1.5 }, "changesAt: seq must be a whole number"],
  [
    "first",
    { tests: ["mode=posted"] },
    "first needs a test, and one of `irte`, `vcpu` and `vm_id`",
  ],
  [
    "first",
    { irte: "08.0/0", tests: [] },
    "first needs a test, and one of `irte`, `vcpu` and `vm_id`",
  ],
  ["rewind", { to: 5 }, "rewind: to must be the path of a file"],
  ["rewind", { to: "" }, "rewind: to must be the path of a file"],
  ["rewind", { to: "a\0b" }, "rewind: to must be the path of a file"],
  ["hostState", { untouched: 5 }, "hostState: untouched must be a bigint"],
  ["traceLines", { line: "5" }, "traceLines: line must be a number"],
  ["audit", { every: "10ms" }, "it needs `by: interval`"],
])("%s of %j is refused", async (name, options, says) => {
  const thrown = await thrownBy(ofRecording(name), options);
  expect(thrown).toMatchObject({ code: "ERR_USAGE" });
  expect(String(thrown)).toContain(says);
});

test.each([
  [() => timeline.import("x", { rules: "9.9" }), "ERR_NAME", "9.9 are no rules"],
  [() => timeline.import("x", { anchor: "nix" as never }), "ERR_USAGE", "import: anchor must be"],
  [() => timeline.changes({ everyMs: 0 }), "ERR_USAGE", "changes: everyMs must be"],
  [() => timeline.recording("1" as never), "ERR_USAGE", 'not "1"'],
  [() => timeline.recording().explain(undefined as never), "ERR_USAGE", "undefined is no finding"],
  [() => timeline.query(undefined as never), "ERR_USAGE", "undefined is no SQL statement"],
  [() => timeline.query("SELECT ?", [(() => 1) as never]), "ERR_USAGE", "parameter 0 is () => 1"],
  [() => timeline.query("SELECT :a", { a: true as never }), "ERR_USAGE", "parameter a is true"],
  [() => timeline.query("SELECT ?", 5 as never), "ERR_USAGE", "parameters are a list"],
  [() => timeline.recipe(5 as never), "ERR_USAGE", "a recipe has a name: 5 is no name"],
  [() => openTimeline(10n as never), "ERR_USAGE", "a timeline is a file: 10 names none"],
  [() => joined("x" as never), "ERR_USAGE", 'joined puts files together: "x" is no list'],
  [() => planCapture({ ...NO_HOST, root: 5 as never }, "full"), "ERR_USAGE", "give its root"],
  [() => planCapture(NO_HOST, "Full" as "full"), "ERR_NAME", "did you mean full?"],
  [() => timeline.import("x", { notes: [{ kind: "x" }] as never }), "ERR_USAGE", "notes must be"],
  [() => timeline.query("DELETE FROM v_event"), "ERR_SQL_NOT_READONLY", "v_event"],
  [() => openTimeline(":memory:", { create: true }), "ERR_USAGE", "a timeline is a file"],
  [() => openTimeline("", { create: true }), "ERR_USAGE", "a timeline is a file"],
  [() => openTimeline("a\0b", { create: true }), "ERR_USAGE", "a timeline is a file"],
  [() => openTimeline(5 as never), "ERR_USAGE", "a timeline is a file: 5 names none"],
  [() => openTimeline(undefined as never), "ERR_USAGE", "a timeline is a file"],
  [() => timeline.recording().changesAt({ seq: 1e9 }), "ERR_WHEN", "@1000000000 is not in"],
  [() => growing(5 as never).next(), "ERR_USAGE", "growing follows a file: 5 names none"],
  [() => growing("x", { everyMs: 0 }).next(), "ERR_USAGE", "growing: everyMs must be"],
  [() => growing("x", { every: 5 } as never).next(), "ERR_USAGE", "growing has no option every"],
  [
    () => growing(TRACE, { fromByteOf: fails }).next(),
    "ERR_USAGE",
    "fromByteOf failed: of the caller",
  ],
  [
    () => growing(TRACE, { fromByteOf: () => Promise.resolve(1.5) }).next(),
    "ERR_USAGE",
    "fromByteOf must answer null or the number of a byte, not 1.5",
  ],
])("%s is refused", async (ask, code, says) => {
  const thrown = await thrownBy(ask, undefined);
  expect(thrown).toMatchObject({ code });
  expect(String(thrown)).toContain(says);
});

test.each([
  [fails, "import: part failed: of the caller"],
  [() => ({ from_byte: 0 }), "import: part must answer an object with from_byte"],
])("an import whose `part` is %s fails, and nothing of it stays", async (part, says) => {
  const thrown = await thrownBy(
    () => timeline.import(shippedPath("7.3-s2-two"), { part: part as never }),
    undefined,
  );
  expect(thrown).toMatchObject({ code: "ERR_USAGE" });
  expect(String(thrown)).toContain(says);
  expect(timeline.recordings()).toHaveLength(1);
});

test("a writer that closes leaves all in the file, though a reader has it open", async () => {
  const db = scratch.path(".db");
  const writer = await openTimeline(db, { create: true });
  const reader = await openTimeline(db, { readonly: true });
  await writer.import(shippedPath("6.17-s1-one"));
  expect(reader.recordings()).toHaveLength(1);
  writer.close();
  const copy = scratch.path(".db");
  copyFileSync(db, copy);
  const copied = await openTimeline(copy, { readonly: true });
  expect(copied.recording().at()).toEqual(reader.recording().at());
  copied.close();
  reader.close();
});
