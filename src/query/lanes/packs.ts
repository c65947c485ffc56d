// Packs of lanes (src/projections/pack.ts) as they are stored: which there are, and the rows of one.

import { VarintReader } from "../../domain/values/varints.js";
import { PACKS_VERSION, type PackKind } from "../../projections/pack.js";
import { timeOf } from "../../timeline/read/events.js";
import { prepared } from "../../timeline/store/sql.js";
import { type LaneSource } from "./lane-reader.js";
import { forEachRow, numbersSql } from "./number-rows.js";

/** Which packs a recording has: none, those of its events, or those of fates and CPUs too. */
export type PacksThere = "none" | "events" | "whole";

const WHOLE_SQL =
  "SELECT changes FROM lane_pack WHERE recording_id = ? AND kind = 'whole' AND subject = 0 AND last = ?";

/** Which packs a recording has. */
export function packsThere({ sqlite, recording }: LaneSource): PacksThere {
  const whole = prepared<[number, number], number>(sqlite, WHOLE_SQL)
    .pluck()
    .get(recording.id, PACKS_VERSION);
  return whole === undefined ? "none" : whole === 1 ? "whole" : "events";
}

/** What is known of a pack without its rows. */
export interface PackHead {
  /** Whose it is. */
  readonly subject: number;
  /** How many rows a lane of it has. */
  readonly changes: number;
  /** The last value; -1 = it has none. */
  readonly last: number;
}

const HEADS_SQL = `SELECT ${numbersSql(["subject", "changes", "last"])} FROM (
  SELECT subject, changes, last FROM lane_pack
  WHERE recording_id = :recording AND kind = :kind ORDER BY subject)`;

/** The packs of one kind by their subjects, which rise. */
export function packHeads({ sqlite, recording }: LaneSource, kind: PackKind): readonly PackHead[] {
  const heads: PackHead[] = [];
  const asked = { recording: recording.id, kind };
  forEachRow(sqlite, HEADS_SQL, asked, 3, ([subject = 0, changes = 0, last = 0]) => {
    heads.push({ subject, changes, last });
  });
  return heads;
}

/** How many rows all packs of one kind have. */
export function packedEvents(source: LaneSource, kind: PackKind): number {
  return packHeads(source, kind).reduce((sum, { changes }) => sum + changes, 0);
}

/** Reads the rows of one pack. */
export class PackReader {
  private readonly numbers: VarintReader;
  private seq = 0;
  private time: number;

  /** A subject without a pack has no row. */
  constructor({ sqlite, recording, base }: LaneSource, kind: PackKind, subject: number) {
    const bytes = prepared<[number, string, number], Buffer>(
      sqlite,
      "SELECT numbers FROM lane_pack WHERE recording_id = ? AND kind = ? AND subject = ?",
    )
      .pluck()
      .get(recording.id, kind, subject);
    this.numbers = new VarintReader(bytes ?? new Uint8Array(0));
    // Packs count from the first event, lanes from the first line.
    this.time = bytes === undefined ? 0 : Number(timeOf(sqlite, recording.firstSeq) - base);
  }

  /** Is there a further row? */
  hasNext(): boolean {
    return !this.numbers.isDone;
  }

  /** The seq of the next row. */
  nextSeq(): number {
    return (this.seq += this.numbers.getSigned());
  }

  /** The time of the row, in units since the recording's first line. */
  nextTime(): number {
    return (this.time += this.numbers.getSigned());
  }

  /** The next value of the row. */
  next(): number {
    return this.numbers.get();
  }
}
