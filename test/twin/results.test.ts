// Every result is data: JSON has all of it, and structuredClone gives the same.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  INVARIANTS,
  KNOWN_BUGS,
  emptyState,
  openTimeline,
  RecordingView,
  Timeline,
  type LiveUpdate,
  type TimelineChange,
  type TwinState,
  type QueryPage,
} from "../../src/index.js";
import { methodNames } from "../support/method-names.js";
import { Scratch } from "../support/scratch.js";
import { shippedPath } from "../support/shipped.js";

const scratch = new Scratch();
const irte = "0000:00:08.0/0";
const updates: LiveUpdate[] = [];
let timeline: Timeline;

beforeAll(async () => {
  timeline = await openTimeline(scratch.path(".db"), { create: true });
  timeline.live().subscribe((update) => updates.push(update));
  await timeline.import(shippedPath("6.17-x-uaf-crash"));
});

afterAll(() => {
  timeline.close();
});

/** The next two changes. */
async function changes(): Promise<readonly TimelineChange[]> {
  const told: TimelineChange[] = [];
  for await (const change of timeline.changes({ after: 0 })) if (told.push(change) === 2) break;
  return told;
}

type Asks = Readonly<Record<string, (recording: RecordingView) => unknown>>;

const OF_A_RECORDING: Asks = {
  at: (recording) => recording.at(),
  atAsync: (recording) => recording.atAsync(),
  diff: (recording) => recording.diff(),
  diffAsync: (recording) => recording.diffAsync(),
  stateAt: (recording) => recording.stateAt(),
  frameAt: (recording) => recording.frameAt(),
  hostState: (recording) => recording.hostState(),
  irteAt: (recording) => recording.irteAt({ irte }),
  log: (recording) => [...recording.log(), ...recording.log({ kind: "link" })],
  blame: (recording) => recording.blame({ irte }),
  changesAt: (recording) =>
    [...recording.log({ irte })].flatMap((entry) => recording.changesAt(entry)),
  check: (recording) => recording.check(),
  checkAsync: (recording) => recording.checkAsync(),
  growingCheck: (recording) => recording.growingCheck().report(),
  explain: (recording) => recording.explain("F1"),
  explainQuoted: (recording) => recording.explainQuoted("F1"),
  traceLines: (recording) => recording.traceLines({ line: 2636 }),
  explainWindow: (recording) => recording.explainWindow({ irte, seq: 900 }),
  first: (recording) => recording.first({ tests: ["mode=posted"], irte }),
  capture: (recording) => recording.capture(),
  audit: (recording) => recording.audit({ by: "vcpu" }),
  counters: (recording) => recording.counters({ columns: 8 }),
  findingSpans: (recording) => recording.findingSpans(),
  irteBits: (recording) => recording.irteBits({ irte }),
  irteBitsAsync: (recording) => recording.irteBitsAsync({ irte }),
  laneIntervals: (recording) => recording.laneIntervals({ lanes: ["findings"], columns: 8 }),
  laneStep: (recording) => recording.laneStep({ lane: `irte:${irte}`, seq: 1 }),
  lanes: (recording) => recording.lanes(),
  lastChanges: (recording) => recording.lastChanges(),
  logPage: (recording) => recording.logPage({ limit: 3 }),
  moment: (recording) => recording.moment(),
  overview: (recording) => recording.overview(),
  report: (recording) => recording.report(),
  rewind: (recording) => recording.rewind({ to: scratch.path(".db"), when: "@500" }),
};

const OF_A_TIMELINE: Asks = {
  import: () => timeline.import(shippedPath("6.17-x-uaf-crash")),
  recordings: () => timeline.recordings(),
  recording: () => timeline.recording(),
  drop: async () => {
    const other = await openTimeline(scratch.path(".db"), { create: true });
    try {
      const { recording_id } = await other.import(shippedPath("6.17-s1-one"));
      return await other.drop(recording_id);
    } finally {
      other.close();
    }
  },
  verify: () => timeline.verify(),
  verifyAsync: () => timeline.verifyAsync(),
  info: () => timeline.info(),
  query: () => timeline.query("SELECT * FROM v_irte"),
  queryPages: async () => {
    const pages: QueryPage[] = [];
    for await (const page of timeline.queryPages("SELECT * FROM v_irte")) pages.push(page);
    return pages;
  },
  recipe: () => timeline.recipe("posting"),
  changes,
};

/** Methods that give no data: what they do is done, or they give it later. */
const GIVE_NONE = ["constructor", "close", "rebuild", "batches", "live"];

function methodsOf(prototype: object): string[] {
  return methodNames(prototype).filter((name) => !GIVE_NONE.includes(name));
}

/** Is there a value, and no bigint, function, map or the like that JSON would lose? */
function expectToBeData(value: unknown): void {
  expect(value).toBeDefined();
  expect(value).not.toBeNull();
  expect(structuredClone(value)).toEqual(value);
  expect(JSON.parse(JSON.stringify(value))).toEqual(value);
}

test("every method is asked here", () => {
  expect(Object.keys(OF_A_RECORDING).sort()).toEqual(methodsOf(RecordingView.prototype).sort());
  expect(Object.keys(OF_A_TIMELINE).sort()).toEqual(methodsOf(Timeline.prototype).sort());
});

/** With lists in the place of maps: a value of a map has its key. */
function withLists({ iommu, kvm }: TwinState): unknown {
  return {
    iommu: { ...iommu, irtes: [...iommu.irtes.values()] },
    kvm: {
      ...kvm,
      vms: [...kvm.vms.values()],
      vcpus: [...kvm.vcpus.values()],
      routes: [...kvm.routes.values()],
    },
  };
}

describe("what is answered passes JSON and structuredClone", () => {
  const asks = Object.entries({ ...OF_A_TIMELINE, ...OF_A_RECORDING });
  test.each(asks.filter(([name]) => name !== "stateAt"))("%s", async (_name, ask) => {
    expectToBeData(await ask(timeline.recording()));
  });

  test("stateAt, whose maps are lists in JSON", () => {
    for (const state of [timeline.recording().stateAt(), emptyState("6.17")]) {
      expect(structuredClone(state)).toEqual(state);
      expect(JSON.parse(JSON.stringify(state))).toEqual(withLists(state));
      // As its docstring warns.
      expect(JSON.parse(JSON.stringify(structuredClone(state.kvm)))).toHaveProperty("vcpus", {});
    }
    expect(timeline.recording().stateAt().kvm.vcpus.size).toBeGreaterThan(0);
  });

  test("updates of live(), whose names are asked and are no data", () => {
    expect(updates.map(({ kind }) => kind)).toEqual(["began", "batch", "complete"]);
    for (const update of updates) {
      if (update.kind === "rolled_back") continue;
      const { names, state, ...rest } = update;
      expect(structuredClone(update)).toEqual(update);
      expect(JSON.parse(JSON.stringify(update))).toEqual({
        ...rest,
        names: {},
        state: withLists(state),
      });
      expect(names.cause(null)).toBeNull();
    }
  });
});

/**
 * The types of values by the names of their fields; `field` names the field whose values `old`, `new`, `from`, `to` are.
 * A payload has what the line has, and no field of a document.
 */
function noteTypes(value: unknown, types: Map<string, Set<string>>, name = ""): void {
  if (value === null || value === undefined) return;
  if (name === "payload") return;
  if (Array.isArray(value)) {
    for (const each of value) noteTypes(each, types, `${name}[]`);
    return;
  }
  if (typeof value !== "object") {
    types.set(name, (types.get(name) ?? new Set()).add(typeof value));
    return;
  }
  const field = (value as { readonly field?: unknown }).field;
  for (const [key, each] of Object.entries(value))
    noteTypes(each, types, typeof field === "string" && VALUES.includes(key) ? field : key);
}

/** The names of fields that are of another style than `since_seq`. */
function otherNames(value: unknown, found = new Set<string>()): ReadonlySet<string> {
  if (Array.isArray(value)) for (const each of value) otherNames(each, found);
  else if (typeof value === "object" && value !== null)
    for (const [name, each] of Object.entries(value)) {
      if (/[a-z][A-Z]/.test(name)) found.add(name);
      otherNames(each, found);
    }
  return found;
}

test("a field has a snake_case name in all results", async () => {
  const asks = Object.entries({ ...OF_A_RECORDING, ...OF_A_TIMELINE });
  for (const [name, ask] of asks.filter(([each]) => !["stateAt", "changes"].includes(each))) {
    const answer: unknown = JSON.parse(JSON.stringify(await ask(timeline.recording())));
    expect([name, ...otherNames(answer)]).toEqual([name]);
  }
  expect([...otherNames(timeline.recording().explain("F1"))]).toEqual([]);
  expect(timeline.recording().explain("F1").explanation.known_bug?.fixed_in).toBeTypeOf("string");
  expect([...otherNames([INVARIANTS, Object.values(KNOWN_BUGS)])]).toEqual([]);
});

/** What a value of a named field is called where one stands beside another. */
const VALUES = ["old", "new", "from", "to"];

/** What is told in row numbers, or as SQL has it. */
const IN_NUMBERS = ["stateAt", "changes", "query", "queryPages", "recipe"];

/**
 * The number of a recording and the name of a finding; how many entries there are, and how they are known; how often an
 * invariant was tested, and whether a recording was; the bounds of a window, and of columns in it.
 */
const OF_TWO_MEANINGS = ["checked", "from", "id", "irtes", "to"];

test("a field has one type in all results", async () => {
  const types = new Map<string, Set<string>>();
  const asks = Object.entries({ ...OF_A_RECORDING, ...OF_A_TIMELINE });
  for (const [, ask] of asks.filter(([name]) => !IN_NUMBERS.includes(name)))
    noteTypes(JSON.parse(JSON.stringify(await ask(timeline.recording()))), types);
  const several = [...types].filter(([, of]) => of.size > 1).map(([name, of]) => [name, ...of]);
  expect(types.size).toBeGreaterThan(100);
  expect(several.map(([name]) => name).sort()).toEqual(OF_TWO_MEANINGS);
});
