// One IRTE at a moment: without a frame, which holds all of them.

import type Database from "better-sqlite3";
import { hex64 } from "../../base/words.js";
import { type IrteBits } from "../../domain/values/bits.js";
import { irteKey } from "../../domain/values/ids.js";
import { irteName, type IrteRef } from "../../domain/values/names.js";
import { isInGap } from "../../timeline/read/gaps.js";
import { anchorsOf } from "../../timeline/read/header.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { prepared } from "../../timeline/store/sql.js";
import { irteOf, seenIrte } from "../subject/named.js";
import { type Moment } from "../subject/when.js";
import { type FrameIrte, type WordsText } from "./frame-document.js";
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
 * One IRTE after the event of a moment, by its name; null = not seen until then, or not known because events were lost
 * around it. Throws ERR_NAME for what is no IRTE's name, or the name of none in the whole recording.
 */
export function irteAt(
  sqlite: Database.Database,
  recording: Recording,
  moment: Moment,
  name: string,
): FrameIrte | null {
  const irte = irteOf(name);
  return seenIrte(sqlite, recording, irte, foundAt(sqlite, recording, moment, irte));
}

function foundAt(
  sqlite: Database.Database,
  recording: Recording,
  moment: Moment,
  { segment, devid, index }: IrteRef,
): FrameIrte | null {
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
  return {
    irte: irteName(segment, devid, index),
    segment,
    devid,
    index,
    lo: loH === null || loL === null ? null : hex64(loH, loL),
    hi: hiH === null || hiL === null ? null : hex64(hiH, hiL),
    source: anchorsOf(sqlite, recording).has(from_seq) ? "anchor" : "observed",
    since_seq: from_seq,
  };
}

/** A predicted entry as a frame tells it. */
export function frameIrteOf({ segment, devid, index, state, since }: PredictedEntry): FrameIrte {
  const [bits, known] = [wordsOf(state.bits), wordsOf(state.known)];
  return {
    irte: irteName(segment, devid, index),
    segment,
    devid,
    index,
    lo: known.lo === ALL ? bits.lo : null,
    hi: known.hi === ALL ? bits.hi : null,
    source: "predicted",
    bits,
    known,
    since_seq: since.seq,
  };
}

/** Every bit of a word. */
const ALL = hex64(-1, -1);

function wordsOf({ loH, loL, hiH, hiL }: IrteBits): WordsText {
  return { lo: hex64(loH, loL), hi: hex64(hiH, hiL) };
}
