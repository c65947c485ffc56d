// One IRTE at a moment: without a frame, which holds all of them.

import type Database from "better-sqlite3";
import { type IrteBits, knownBits } from "../../domain/values/bits.js";
import { irteKey } from "../../domain/values/ids.js";
import { irteName, parseIrteName } from "../../domain/values/names.js";
import { isInGap } from "../../timeline/read/gaps.js";
import { anchorsOf } from "../../timeline/read/header.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { prepared } from "../../timeline/store/sql.js";
import { type Moment } from "../subject/when.js";
import { type FrameIrte } from "./frame-document.js";
import { predictedAt, type PredictedEntry } from "./predicted.js";

/** One observed IRTE: its interval is found by its key, which for one entity beats a frame. */
const IRTE_SQL = `
  SELECT from_seq, known_to_seq, lo >> 32 AS loH, (lo << 32) >> 32 AS loL, hi >> 32 AS hiH, (hi << 32) >> 32 AS hiL
  FROM irte_interval WHERE devid = ? AND irte_index = ? AND segment = ? AND from_seq BETWEEN ? AND ?
  ORDER BY from_seq DESC LIMIT 1`;

type IrteRow = { readonly [Half in keyof IrteBits]: number | null } & {
  readonly from_seq: number;
  readonly known_to_seq: number | null;
};

/**
 * One IRTE after the event of a moment, by its name; null = not seen until then, not known because events were lost
 * around it, or no IRTE's name.
 */
export function irteAt(
  sqlite: Database.Database,
  recording: Recording,
  moment: Moment,
  name: string,
): FrameIrte | null {
  const ref = parseIrteName(name);
  if (ref === null) return null;
  const { segment, devid, index } = ref;
  const predicted = predictedAt(sqlite, recording, moment.seq);
  if (predicted !== null) {
    if (isInGap(sqlite, recording, moment.seq)) return null;
    const entry = predicted.get(irteKey(segment, devid, index));
    return entry === undefined ? null : frameIrteOf(entry);
  }
  const row = prepared<number[], IrteRow>(sqlite, IRTE_SQL).get(
    ...[devid, index, segment, recording.firstSeq, moment.seq],
  );
  if (row === undefined || (row.known_to_seq ?? Infinity) <= moment.seq) return null;
  const { from_seq, loH, loL, hiH, hiL } = row;
  const isKnown = loH !== null && loL !== null && hiH !== null && hiL !== null;
  return {
    irte: irteName(segment, devid, index),
    segment,
    devid,
    index,
    bits: isKnown ? { loH, loL, hiH, hiL } : null,
    source: anchorsOf(sqlite, recording).has(from_seq) ? "anchor" : "observed",
    since_seq: from_seq,
  };
}

/** A predicted entry as a frame tells it. */
export function frameIrteOf({ segment, devid, index, state, since }: PredictedEntry): FrameIrte {
  return {
    irte: irteName(segment, devid, index),
    segment,
    devid,
    index,
    bits: knownBits(state) === 128 ? state.bits : null,
    source: "predicted",
    predicted: state,
    since_seq: since.seq,
  };
}
