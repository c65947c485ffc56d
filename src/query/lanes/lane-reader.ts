// What every reader of a lane needs: the recording, its first time, and pages of rows of a view.

import type Database from "better-sqlite3";
import { type Steps } from "../../base/steps.js";
import { type LaneTable } from "../../domain/platform/lanes.js";
import { platformOf } from "../../platforms/registry.js";
import { timeBounds, type TimeBounds } from "../../timeline/read/events.js";
import { prepared } from "../../timeline/store/sql.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { type Known } from "./known.js";
import { type LaneRowsBuilder } from "./lane-rows.js";

/** A recording that is read, and where its time begins. */
export interface LaneSource {
  /** The timeline. */
  readonly sqlite: Database.Database;
  /** The recording. */
  readonly recording: Recording;
  /** The lanes of its platform. */
  readonly table: LaneTable;
  /** The least and the greatest time of it; null = it has no line. */
  readonly bounds: TimeBounds | null;
  /** The least time of it. Rows are in units since then. */
  readonly base: bigint;
}

/** The source of a recording. One without a line begins at 0. */
export function laneSource(sqlite: Database.Database, recording: Recording): LaneSource {
  const { lanes: table } = platformOf(recording);
  const bounds = timeBounds(sqlite, recording);
  return { sqlite, recording, table, bounds, base: bounds?.least ?? 0n };
}

/** How many events one page covers: what is read of them takes some hundredths of a second at most. */
const SEQS_PER_PAGE = 131_072;

/**
 * Reads rows page by page of `seq`. The statement has three parameters before those of the subject: the time that is
 * subtracted, and the first and the last seq of a page.
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the columns of the statement.
export function* pagesOf<Row>(
  { sqlite, recording, base }: LaneSource,
  sql: string,
  subject: readonly (number | string | null)[],
  onRow: (row: Row) => void,
): Steps<void> {
  const statement = prepared<unknown[], Row>(sqlite, sql);
  const { firstSeq, lastSeq } = recording;
  for (let first = firstSeq; first <= (lastSeq ?? 0); first += SEQS_PER_PAGE) {
    const last = Math.min(first + SEQS_PER_PAGE - 1, lastSeq ?? 0);
    const named = { base, first, last, recording: recording.id };
    for (const row of statement.all(named, ...subject)) onRow(row);
    yield;
  }
}

/** A reader of one lane fills it. */
export type LaneReader = (source: LaneSource, rows: LaneRowsBuilder, known: Known) => Steps<void>;
