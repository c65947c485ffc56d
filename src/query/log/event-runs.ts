// Which parts of a recording can have events of the subjects that are asked for.

import type Database from "better-sqlite3";
import { VarintReader } from "../../domain/values/varints.js";
import {
  BLOCK_COLUMNS,
  BLOCK_EVENTS,
  blockOf,
  type BlockColumn,
} from "../../projections/event-blocks.js";
import { PACKS_VERSION } from "../../projections/pack.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { WHOLE } from "../../timeline/derive/store-packs.js";
import { prepared } from "../../timeline/store/sql.js";

/** A condition that an event has one of these subjects in a column. */
export interface SubjectsAsked {
  /** The column. */
  readonly column: BlockColumn;
  /** What it may hold. */
  readonly subjects: readonly number[];
}

/** Events from a first seq to a last one, both included. */
export interface Run {
  /** The first seq. */
  readonly from: number;
  /** The last seq. */
  readonly to: number;
}

const WHOLE_SQL =
  "SELECT 1 FROM lane_pack WHERE recording_id = ? AND kind = ? AND subject = 0 AND last = ?";
const BLOCKS_SQL =
  "SELECT numbers FROM lane_pack WHERE recording_id = ? AND kind = ? AND subject = ?";

const NO_BYTES = new Uint8Array(0);

/**
 * The runs within `range` outside of which no event meets all conditions, oldest first. A recording that is not complete,
 * or was stored by an older version, has no blocks: the whole range is one run.
 */
export function runsOf(
  sqlite: Database.Database,
  recording: Recording,
  range: Run,
  asked: readonly SubjectsAsked[],
): readonly Run[] {
  if (range.from > range.to) return [];
  if (asked.length === 0 || !hasBlocks(sqlite, recording)) return [range];
  const { firstSeq } = recording;
  const last = blockOf(range.to, firstSeq);
  const met = conditionsMet(sqlite, recording, asked, last + 1);
  const runs: Run[] = [];
  for (let begin = blockOf(range.from, firstSeq); begin <= last; begin++) {
    if (met[begin] !== asked.length) continue;
    let end = begin;
    while (end < last && met[end + 1] === asked.length) end++;
    const from = Math.max(range.from, firstSeq + begin * BLOCK_EVENTS);
    const to = Math.min(range.to, firstSeq + (end + 1) * BLOCK_EVENTS - 1);
    runs.push({ from, to });
    begin = end;
  }
  return runs;
}

/** By the number of a block: how many of the conditions, from the first one on, events of it meet. */
function conditionsMet(
  sqlite: Database.Database,
  recording: Recording,
  asked: readonly SubjectsAsked[],
  blocks: number,
): Uint8Array {
  const met = new Uint8Array(blocks);
  for (const [nth, each] of asked.entries())
    for (const block of blocksOf(sqlite, recording, each))
      if (met[block] === nth) met[block] = nth + 1;
  return met;
}

function hasBlocks(sqlite: Database.Database, { id }: Recording): boolean {
  return (
    prepared<[number, string, number], number>(sqlite, WHOLE_SQL).get(id, WHOLE, PACKS_VERSION) !==
    undefined
  );
}

/** The blocks of all these subjects; of several there may be some twice. */
function* blocksOf(
  sqlite: Database.Database,
  { id }: Recording,
  { column, subjects }: SubjectsAsked,
): IterableIterator<number> {
  const packs = prepared<[number, string, number], Buffer>(sqlite, BLOCKS_SQL).pluck();
  for (const subject of subjects) {
    const read = new VarintReader(packs.get(id, BLOCK_COLUMNS[column], subject) ?? NO_BYTES);
    for (let block = -1; !read.isDone;) yield (block += 1 + read.get());
  }
}
