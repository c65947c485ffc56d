// Lanes that are read from packs are those that passes over all events make, at every zoom.

import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { openTimeline } from "../../../src/index.js";
import { byCpu, textOf } from "../../support/cut-up.js";
import { randomOf } from "../../support/random.js";
import { Scratch } from "../../support/scratch.js";
import { coarseTrace, shippedLines, shippedText } from "../../support/shipped.js";

const scratch = new Scratch();
const NAME = "6.17-x-uaf-crash";

function withLoss(): string {
  const lines = shippedLines(NAME);
  return textOf([...lines.slice(0, 1500), "CPU:1 [LOST 7 EVENTS]", ...lines.slice(1500)]);
}

function part(): string {
  const random = randomOf(3);
  return textOf(shippedLines(NAME).filter((line) => line.startsWith("#") || random() < 0.95));
}

function garbled(): string {
  const random = randomOf(5);
  const lines = shippedLines(NAME).map((line) =>
    !line.startsWith("#") && random() < 0.004
      ? `${line.slice(0, 40)}\u0001${line.slice(50)}`
      : line,
  );
  return textOf(lines);
}

/** The file's order stays where the lines of one CPU step back. */
function steppingBack(): string {
  const lines = shippedLines("6.12-s2-two");
  const [a, b] = [Math.floor(lines.length / 3), Math.floor((2 * lines.length) / 3)];
  const last = lines.slice(-30);
  return textOf([...lines.slice(0, a), ...lines.slice(b, -30), ...lines.slice(a, b), ...last]);
}

/** Of each function that ends a run some lines are not there, so that vCPUs run on one CPU at a time. */
function withoutExits(): string {
  const random = randomOf(7);
  return textOf(shippedLines(NAME).filter((line) => !line.includes("vcpu_put") || random() < 0.5));
}

/** The last line of a wake-up is stamped three months too late. */
function farStamp(): string {
  const lines = shippedLines("6.17-s1-one");
  const at = lines.findLastIndex((line) => line.includes("kvm_vcpu_wakeup"));
  return textOf(
    lines.map((line, i) => (i === at ? line.replace(/ \d+: /, " 9000000000000000: ") : line)),
  );
}

/** What each has: packs of all lanes, of all but those that lost events end, or none. */
const RECORDINGS: Readonly<
  Record<string, { text: () => string; packs: "whole" | "events" | "none" }>
> = {
  "the whole trace": { text: () => shippedText(NAME), packs: "whole" },
  "a route that was removed": {
    ...{ text: () => shippedText("6.16-x-stale-route-removed"), packs: "whole" },
  },
  "a part of a trace": { text: part, packs: "whole" },
  "lines that cannot be read": { text: garbled, packs: "whole" },
  "lines of each CPU": { text: () => textOf(byCpu(shippedLines(NAME))), packs: "whole" },
  "time that steps back": { text: steppingBack, packs: "whole" },
  "runs without an end": { text: withoutExits, packs: "whole" },
  "many events of one time": { text: coarseTrace, packs: "whole" },
  "events lost": { text: withLoss, packs: "events" },
  "a stamp far away": { text: farStamp, packs: "none" },
};

const COLUMNS = [0, 7, 60, 900] as const;

/** All that is drawn of a timeline's recording. */
async function drawnOf(path: string): Promise<readonly unknown[]> {
  const timeline = await openTimeline(path);
  try {
    const recording = timeline.recording();
    await recording.report();
    const lanes = await recording.lanes();
    const ids = lanes.groups
      .flatMap((group) => group.lanes)
      .filter(({ kind }) => kind !== "counter")
      .map(({ id }) => id);
    const [start, end] = [BigInt(lanes.start_ns ?? 0), BigInt(lanes.end_ns ?? 0)];
    const third = (end - start) / 3n;
    const drawn: unknown[] = [lanes, await recording.counters({ columns: 50 })];
    for (const columns of COLUMNS) {
      drawn.push(await recording.laneIntervals({ lanes: ids, columns }));
      const inside = { from: String(start + third), to: String(end - third) };
      drawn.push(await recording.laneIntervals({ lanes: ids, columns, ...inside }));
    }
    return drawn;
  } finally {
    timeline.close();
  }
}

describe.each(Object.entries(RECORDINGS))("%s", (_name, { text, packs }) => {
  it("is drawn from packs as from all events", async () => {
    const path = scratch.path(".db");
    const timeline = await openTimeline(path, { create: true });
    await timeline.import(Buffer.from(text(), "latin1"));
    timeline.close();
    const stored = packsOf(path);
    expect(stored.get("whole")).toBe({ whole: 1, events: 0, none: undefined }[packs]);
    expect([stored.has("fate"), stored.has("cpu")]).toEqual([packs === "whole", packs === "whole"]);
    const packed = await drawnOf(path);
    const sqlite = new Database(path);
    sqlite.exec("DELETE FROM lane_pack");
    sqlite.close();
    const passed = await drawnOf(path);
    for (const [at, each] of packed.entries()) expect(each).toEqual(passed[at]);
  });
});

/** The kinds of packs that are stored, each with the rows of one. */
function packsOf(path: string): ReadonlyMap<string, number> {
  const sqlite = new Database(path, { readonly: true });
  const rows = sqlite
    .prepare<[], [string, number]>("SELECT kind, max(changes) FROM lane_pack GROUP BY kind")
    .raw()
    .all();
  sqlite.close();
  return new Map(rows);
}
