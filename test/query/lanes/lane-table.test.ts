// The table of a platform's lanes is all that says which lanes there are: of every shipped recording the lanes of the
// table are listed, no other, and each kind and state of the table occurs; another platform's table gives other lanes.

import { beforeAll, describe, expect, it } from "vitest";
import {
  LANE_KINDS,
  openTimeline,
  type LaneFacts,
  type LaneSubject,
  type LaneKindsTable,
  type Lanes,
  type RecordingView,
  type Timeline,
} from "../../../src/index.js";
import { AMD_LANES } from "../../../src/domain/amd/lanes.js";
import { LANE_STATES } from "../../../src/domain/platform/lane-states.js";
import { LANE_GROUPS, named } from "../../../src/domain/platform/lanes.js";
import { addPlatform, allPlatforms } from "../../../src/platforms/registry.js";
import { rowsOf } from "../../support/content.js";
import { traceWithLosses } from "../../support/losses.js";
import { Scratch } from "../../support/scratch.js";
import { SHIPPED, shippedPath } from "../../support/shipped.js";
import { TOY, TOY_VOCABULARY, toyEntry } from "../../support/toy-platform.js";

addPlatform(TOY, TOY_VOCABULARY);

const scratch = new Scratch();

/** What SQL says whose lanes there are, in the order of their groups. */
const SUBJECTS_SQL: Readonly<Record<LaneSubject, string | null>> = {
  recording: "SELECT '' AS name",
  cpu: "SELECT DISTINCT pcpu AS name FROM v_vcpu WHERE run_state = 'running' AND pcpu IS NOT NULL",
  vm: "SELECT DISTINCT coalesce('vm' || vm_id, 'vm?') AS name FROM vm",
  vcpu: `SELECT DISTINCT coalesce('vm' || vm_id, 'vm?') || '/vcpu' || vcpu_id AS name
    FROM vcpu JOIN vm ON vm.id = vcpu.vm`,
  irte: "SELECT DISTINCT irte AS name FROM v_irte",
  counter: null,
};

/** The ids that a table gives for what SQL lists. */
async function idsOf(
  db: string,
  timeline: Timeline,
  { kinds }: LaneKindsTable,
): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const of of Object.values<LaneFacts>(kinds)) {
    const sql = SUBJECTS_SQL[of.subject];
    if (sql === null) continue;
    const all = rowsOf(db, sql).map(([name]) => named(of.id, String(name)));
    if (all.length === 0) continue;
    const { lanes } = await timeline.recording().laneIntervals({ lanes: all });
    const hasRows = lanes.filter(({ rows }) => rows.from.length > 0).map(({ id }) => id);
    ids.push(...(of.listed === "always" ? all : hasRows));
  }
  return ids.sort();
}

describe("the table of AMD's lanes", () => {
  const statesOf = new Map<string, object>(
    Object.entries(AMD_LANES.kinds).map(([kind, { states }]) => [kind, states]),
  );
  const seen = { kinds: new Set<string>(), states: new Set<string>() };

  async function check(input: string | Uint8Array): Promise<void> {
    const db = scratch.path(".db");
    const timeline = await openTimeline(db, { create: true });
    await timeline.import(input);
    await timeline.recording().report();
    const recording = timeline.recording();
    const { groups, table, states }: Lanes = await recording.lanes();
    const lanes = groups.flatMap((group) => group.lanes);
    const ids = lanes.filter(({ kind }) => kind !== "counter").map(({ id }) => id);
    expect([...ids].sort()).toEqual(await idsOf(db, timeline, table));
    for (const group of groups) {
      const kinds = Object.keys(table.kinds);
      const places = group.lanes.map(({ kind }) => kinds.indexOf(kind));
      expect(places).not.toContain(-1);
      for (const { kind, id } of group.lanes) {
        const { under, group: own } = table.kinds[kind] ?? {};
        expect(own).toBe(group.kind);
        const parent = under == null ? null : table.kinds[under];
        const name = id.slice(id.indexOf(":") + 1);
        if (parent !== null) expect(ids).toContain(named(parent?.id ?? "", name));
      }
    }
    const kindOf = new Map(lanes.map(({ id, kind }) => [id, kind]));
    const { lanes: read } = await recording.laneIntervals({ lanes: ids });
    for (const { id, words, rows } of read) {
      const kind = kindOf.get(id) ?? "";
      seen.kinds.add(kind);
      for (const place of new Set(rows.state)) {
        const state = words[place] ?? "";
        expect(Object.keys(states)).toContain(state);
        expect(Object.keys(statesOf.get(kind) ?? {}), id).toContain(state);
        seen.states.add(state);
      }
    }
    timeline.close();
  }

  it.each(SHIPPED)("gives the lanes of %s, and no others", async (name) => {
    await check(shippedPath(name));
  });

  it("gives those of a recording that lost events", async () => {
    await check(Buffer.from(traceWithLosses(), "latin1"));
  });

  it("has no kind that never occurs, and no state but those of which a built history is needed", () => {
    const kinds = Object.keys(LANE_KINDS).filter((kind) => kind !== "counter");
    expect([...seen.kinds].sort()).toEqual(kinds.sort());
    const missing = Object.keys(LANE_STATES).filter((state) => !seen.states.has(state));
    expect(missing.sort()).toEqual(BUILT);
  });
});

/** States that no shipped recording shows: tests of fates, losses and findings build histories that have them. */
const BUILT: readonly string[] = [
  ...["cpu.unknown", "fate.freed memory", "fate.lost wake-up", "fate.software", "fate.storm"],
  ...["finding.consistency", "irqfd.unknown"],
];

describe("the tables of all platforms", () => {
  const read = allPlatforms().filter(({ isNameOnly }) => isNameOnly !== true);
  const rows = read.flatMap(({ id, lanes }) =>
    Object.entries(lanes.kinds).map(([kind, of]) => ({ id, kind, of, lanes })),
  );

  it("have lanes, words for each state that lanes can have, and a legend", () => {
    expect(read.length).toBeGreaterThan(1);
    for (const { lanes } of read) {
      expect(Object.keys(lanes.kinds).length).toBeGreaterThan(0);
      expect(Object.keys(lanes.legend).length).toBeGreaterThan(0);
      expect(Object.keys(lanes.groups)).toEqual(expect.arrayContaining(Object.keys(LANE_GROUPS)));
    }
  });

  it.each(rows)("$id: $kind is whole", ({ kind, of, lanes }) => {
    expect(of.says).not.toBe("");
    if (of.subject !== "counter") expect(Object.keys(of.states).length).toBeGreaterThan(0);
    if (of.under !== null) expect(lanes.kinds[of.under]?.subject).toBe(of.subject);
    const sameId = Object.entries(lanes.kinds).filter(
      ([other, each]) => other !== kind && each.id === of.id && each.subject === of.subject,
    );
    expect(sameId).toEqual([]);
    expect(of.id.includes("{name}")).toBe(of.subject !== "recording");
  });
});

describe("the lanes of a platform with a table of its own", () => {
  let lanes: Lanes;
  let recording: RecordingView;

  beforeAll(async () => {
    const line = (time: number, text: string): string =>
      `  kworker/0-7  [000] d.... ${time}.000000: ${text}`;
    const lines = [
      "# entries-in-buffer/entries-written: 2/2   #P:1",
      line(1, "toy_set: (toy_set+0x0/0x10) devid=8 index=0 vector=49"),
      line(
        2,
        `toy_write: (toy_write+0x0/0x10) devid=8 index=0 lo=0x${toyEntry(0x31).toString(16)} hi=0x0`,
      ),
      "",
    ];
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    await timeline.import(scratch.file(".txt", lines.join("\n")), { kernel: "9.9-toy" });
    recording = timeline.recording();
    lanes = await recording.lanes();
  });

  it("are those of the table, called as it calls them", () => {
    expect(lanes.groups.map(({ id, lanes: own }) => [id, own.map(({ id: lane }) => lane)])).toEqual(
      [
        ["findings", ["findings"]],
        ["device:0000:00:01.0", ["slot:0000:00:01.0/0", "fate:0000:00:01.0/0"]],
      ],
    );
    expect(lanes.groups[1]?.lanes[0]).toMatchObject({
      ...{ name: "slot 0000:00:01.0/0", label: "slot 0", kind: "slot" },
    });
    expect(lanes.states["irte.remapped"]).toMatchObject({ text: "set", kind: "slot" });
  });

  it("are read by its ids, and by no other platform's", async () => {
    const { lanes: read } = await recording.laneIntervals({ lanes: ["slot:0000:00:01.0/0"] });
    const { words = [], rows } = read[0] ?? {};
    expect(rows?.state.map((place) => words[place])).toContain("irte.remapped");
    await expect(recording.laneIntervals({ lanes: ["irte:0000:00:01.0/0"] })).rejects.toThrow(
      "irte:0000:00:01.0/0 is no lane of this recording",
    );
  });

  it("are told of by their own ids where they changed last", async () => {
    expect(await recording.lastChanges()).toMatchObject([{ lane: "slot:0000:00:01.0/0", seq: 2 }]);
  });
});
