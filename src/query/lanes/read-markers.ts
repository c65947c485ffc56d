// The lane of the texts that users wrote to trace_marker.

import { type Steps } from "../../base/steps.js";
import { prepared } from "../../timeline/store/sql.js";
import { LANE_SOURCES } from "./lane-styles.js";
import { type LaneSource } from "./lane-reader.js";
import { type LaneRows, type LaneRowsBuilder } from "./lane-rows.js";
import { momentRows } from "./moment-rows.js";
import { PackReader, packHeads } from "./packs.js";

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

/** Decoding so many takes some thousandths of a second. */
const TIMES_PER_STEP = 262_144;

const TEXT_SQL = "SELECT text FROM marker WHERE seq = ?";

/** The same lane from its pack, with texts that are read when they are drawn; null = it has none, or time steps back. */
export function* packedMarkers(source: LaneSource): Steps<LaneRows | null> {
  const [head] = packHeads(source, "marker");
  if (head === undefined) return null;
  const from = new Float64Array(head.changes);
  const seqs = new Uint32Array(head.changes);
  const pack = new PackReader(source, "marker", 0);
  let before = -Infinity;
  for (let at = 0; pack.hasNext(); at++) {
    seqs[at] = pack.nextSeq();
    const time = pack.nextTime();
    if (time < before) return null;
    from[at] = before = time;
    if (at % TIMES_PER_STEP === 0) yield;
  }
  const text = prepared<[number], string>(source.sqlite, TEXT_SQL).pluck();
  const meaning = { state: "marker", label: "", source: LANE_SOURCES.observed, flags: 0 };
  return momentRows(from, seqs, meaning, (seq) => text.get(seq) ?? "");
}
