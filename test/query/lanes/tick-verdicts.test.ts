// Interrupts on lanes: each of v_interrupt whose event names an entry or a vCPU is one moment of one lane, with its path and its verdict, at any zoom.

import { describe, expect, it } from "vitest";
import { openTimeline, type RecordingView } from "../../../src/index.js";
import { rowsOf } from "../../../src/query/rows/query.js";
import { traceWithLosses } from "../../support/losses.js";
import { Scratch } from "../../support/scratch.js";
import { SHIPPED, shippedText } from "../../support/shipped.js";

const scratch = new Scratch();

interface Interrupt {
  readonly id: number;
  readonly verdict: string;
  readonly path: string | null;
  readonly sure: number;
}

interface Moment {
  readonly seq: number;
  readonly state: string;
  readonly label: string;
}

const RECORDINGS: Readonly<Record<string, () => string>> = {
  ...Object.fromEntries(SHIPPED.map((name) => [name, () => shippedText(name)])),
  // It has no packs of its lanes, and is read in another way.
  "events lost": traceWithLosses,
};

async function momentsOf(recording: RecordingView, columns: number): Promise<readonly Moment[]> {
  const { groups } = await recording.lanes();
  const lanes = groups.flatMap((group) => group.lanes).filter(({ id }) => id.startsWith("ticks:"));
  if (lanes.length === 0) return [];
  const asked = { lanes: lanes.map(({ id }) => id), columns };
  const { lanes: read } = await recording.laneIntervals(asked);
  return read.flatMap(({ words, rows }) =>
    rows.seq.map((seq, at) => ({
      seq: seq ?? 0,
      state: words[rows.state[at] ?? -1] ?? "",
      label: words[rows.label[at] ?? -1] ?? "",
    })),
  );
}

describe.each(Object.entries(RECORDINGS))("the interrupts of %s", (_name, text) => {
  it("are moments of lanes, once each, and say what v_interrupt says", async () => {
    const timeline = await openTimeline(scratch.path(".db"), { create: true });
    await timeline.import(Buffer.from(text(), "latin1"));
    // Whose it was is not always known: such a one has no lane.
    const sql = `SELECT id, verdict, path, sure FROM v_interrupt AS i JOIN v_event AS e ON e.seq = i.id
      WHERE e.irte IS NOT NULL OR e.vcpu IS NOT NULL ORDER BY id`;
    const all = await rowsOf<Interrupt>(timeline.queryPages(sql));
    const moments = await momentsOf(timeline.recording(), 0);
    const ids = new Set(all.map(({ id }) => id));
    const shown = moments.filter(({ seq }) => ids.has(seq));
    expect(shown.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual([...ids]);
    for (const { id, verdict, path, sure } of all) {
      const { state = "", label = "" } = shown.find(({ seq }) => seq === id) ?? {};
      expect(label).toContain(verdict);
      if (path !== null) expect(label.endsWith(`path ${path}`)).toBe(true);
      expect(label.includes("perhaps")).toBe(sure === 0 && verdict !== "unknown");
      const isOwn = sure === 1 && (verdict === "lost" || verdict === "misdirected");
      expect(/^tick\.(?:lost|misdirected)$/.test(state)).toBe(isOwn);
    }
    // In one column of the whole recording none of those is hidden.
    const states = (rows: readonly Moment[]): readonly string[] =>
      rows.map(({ state }) => state).filter((state) => /lost|misdirected/.test(state));
    const merged = new Set(states(await momentsOf(timeline.recording(), 1)));
    expect(merged).toEqual(new Set(states(shown)));
    timeline.close();
  });
});
