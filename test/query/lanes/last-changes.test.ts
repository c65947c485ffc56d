// The last change of each lane up to a moment is the begin of the view's interval at that moment.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTimeline, type RecordingView, type Timeline } from "../../../src/index.js";
import { rowsOf } from "../../../src/query/rows/query.js";
import { Scratch } from "../../support/scratch.js";
import { shippedPath } from "../../support/shipped.js";

describe("the last changes of lanes", () => {
  let timeline: Timeline;
  let recording: RecordingView;

  beforeAll(async () => {
    timeline = await openTimeline(new Scratch().path(".db"), { create: true });
    await timeline.import(shippedPath("6.17-x-uaf-crash"));
    recording = timeline.recording();
  });

  afterAll(() => {
    timeline.close();
  });

  it.each(["@1188", "@900", "@3", "end"])("are those of the views at %s", async (when) => {
    const { seq } = recording.moment({ when });
    const sql = `SELECT 'irte:' || irte AS lane, max(from_seq) AS seq FROM v_irte WHERE from_seq <= :seq GROUP BY irte
      UNION ALL SELECT printf('vcpu:vm%d/vcpu%d', vm_id, vcpu_id), max(from_seq) FROM v_vcpu
      WHERE from_seq <= :seq GROUP BY vm_id, vcpu_id`;
    const rows = await rowsOf<{ lane: string; seq: number }>(timeline.queryPages(sql, { seq }));
    const changes = await recording.lastChanges({ when });
    const found = new Map(changes.map((each) => [each.lane, each.seq]));
    for (const { lane, seq: wanted } of rows)
      expect([lane, found.get(lane)]).toEqual([lane, wanted]);
    const shown = changes.filter(({ lane }) => /^(?:irte|vcpu):/.test(lane));
    expect(shown.filter(({ seq: each }) => each !== null)).toHaveLength(rows.length);
    for (const { seq: each, time_ns } of changes)
      expect(time_ns).toBe(
        each === null ? null : recording.moment({ when: { seq: each } }).time_ns,
      );
  });

  it("are refused outside of the recording", async () => {
    await expect(recording.lastChanges({ when: "@99999" })).rejects.toMatchObject({
      code: "ERR_WHEN",
    });
  });
});
