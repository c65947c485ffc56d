// When each entry was in use, and as what.

import { type Steps } from "../../base/steps.js";
import { type LaneSource } from "./lane-reader.js";
import { NO_NUMBER, forEachRow, numbersSql } from "./number-rows.js";

/** The intervals of all entries, as far as they are in use. */
export interface EntryModes {
  /** Where each begins. */
  readonly from: readonly number[];
  /** Where it ends; Infinity = it goes on. */
  readonly to: readonly number[];
  /** 1 = posted, 0 = remapped. */
  readonly posted: readonly number[];
}

const MODES_SQL = `SELECT ${numbersSql([
  ...["i.from_ns - :base", "i.to_ns - :base", "i.mode = 'posted'"],
])} FROM v_irte AS i
  WHERE i.recording_id = :recording AND i.mode IN ('posted', 'remapped') AND i.from_seq BETWEEN :first AND :last`;

const SEQS_PER_PAGE = 131_072;

/** Reads the modes of all entries. */
export function* entryModes({ sqlite, recording, base }: LaneSource): Steps<EntryModes> {
  const modes = { from: [] as number[], to: [] as number[], posted: [] as number[] };
  for (let first = recording.firstSeq; first <= (recording.lastSeq ?? 0); first += SEQS_PER_PAGE) {
    const named = { base, recording: recording.id, first, last: first + SEQS_PER_PAGE - 1 };
    forEachRow(sqlite, MODES_SQL, named, 3, (row) => {
      const end = row[1] ?? NO_NUMBER;
      modes.from.push(row[0] ?? 0);
      modes.to.push(end === NO_NUMBER ? Infinity : end);
      modes.posted.push(row[2] ?? 0);
    });
    yield;
  }
  return modes;
}
