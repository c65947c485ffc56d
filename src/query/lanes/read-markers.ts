// The lane of the texts that users wrote to trace_marker.

import { type Steps } from "../../base/steps.js";
import { prepared } from "../../timeline/store/sql.js";
import { LANE_SOURCES } from "./lane-styles.js";
import { type LaneSource } from "./lane-reader.js";
import { type LaneRowsBuilder } from "./lane-rows.js";

const MARKERS_SQL = `SELECT m.seq, e.time_ns - ? AS begin, m.text FROM marker AS m JOIN event AS e ON e.seq = m.seq
  WHERE m.recording_id = ? AND m.seq BETWEEN ? AND ? ORDER BY m.seq LIMIT ?`;

const MARKERS_PER_STEP = 16_384;

/** The lane of the markers of a recording. They can be millions, so no list of all of them is made. */
export function* markersLane(
  { sqlite, recording, base }: LaneSource,
  rows: LaneRowsBuilder,
): Steps<void> {
  const { id, firstSeq, lastSeq } = recording;
  const statement = prepared<unknown[], [seq: number, begin: number, text: string]>(
    sqlite,
    MARKERS_SQL,
  ).raw();
  const codes = new Map<string, number>();
  let seq = firstSeq - 1;
  for (let found = MARKERS_PER_STEP; found === MARKERS_PER_STEP;) {
    const page = statement.all(base, id, seq + 1, lastSeq ?? 0, MARKERS_PER_STEP);
    for (const [own, begin, text] of page) {
      let code = codes.get(text);
      if (code === undefined) {
        const meaning = { state: "marker", label: text, source: LANE_SOURCES.observed, flags: 0 };
        codes.set(text, (code = rows.codeOf(meaning)));
      }
      rows.addCoded(begin, begin, own, code);
      seq = own;
    }
    found = page.length;
    yield;
  }
}
