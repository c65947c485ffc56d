// When entries were posted, and when remapped.

import { type Steps } from "../../base/steps.js";
import { countedEntries } from "./interval-counts.js";
import { type LaneSource } from "./lane-reader.js";
import { NO_NUMBER, forEachRow, numbersSql } from "./number-rows.js";

/** The spans of all entries in one mode: how many there are at a time is how many have begun less how many have ended. */
export interface ModeSpans {
  /** Where each begins; rising. */
  readonly begins: Float64Array;
  /** Where each ends, in an order of its own; Infinity = it goes on. */
  readonly ends: Float64Array;
}

/** The spans in which entries are in use. */
export interface EntryModes {
  /** They are posted. */
  readonly posted: ModeSpans;
  /** They are remapped. */
  readonly remapped: ModeSpans;
}

const MODES_SQL = `SELECT ${numbersSql([
  ...["i.from_ns - :base", "i.to_ns - :base", "i.mode = 'posted'"],
])} FROM v_irte AS i
  WHERE i.recording_id = :recording AND i.devid = :devid AND i.irte_index = :index AND i.mode IN ('posted', 'remapped')`;

/** Entries that are read between two turns. */
const ENTRIES_PER_STEP = 16;

/** Reads the modes of all entries. */
export function* entryModes(source: LaneSource): Steps<EntryModes> {
  const { sqlite, recording, base } = source;
  const [remapped, posted] = [new SpansBuilder(), new SpansBuilder()];
  const pairs = new Map(
    countedEntries(source).map(({ devid, irte_index }) => [
      `${devid}/${irte_index}`,
      [devid, irte_index],
    ]),
  );
  let read = 0;
  for (const [devid = 0, index = 0] of pairs.values()) {
    const named = { base, recording: recording.id, devid, index };
    forEachRow(sqlite, MODES_SQL, named, 3, ([begin = 0, end = NO_NUMBER, isPosted = 0]) => {
      (isPosted === 1 ? posted : remapped).add(begin, end === NO_NUMBER ? Infinity : end);
    });
    if (++read % ENTRIES_PER_STEP === 0) yield;
  }
  return { posted: posted.done(), remapped: remapped.done() };
}

/** Collects spans. One that begins where the one before ends goes on with it. */
class SpansBuilder {
  private readonly begins: number[] = [];
  private readonly ends: number[] = [];

  add(begin: number, end: number): void {
    const last = this.ends.length - 1;
    if (this.ends[last] === begin) this.ends[last] = end;
    else {
      this.begins.push(begin);
      this.ends.push(end);
    }
  }

  done(): ModeSpans {
    return {
      begins: Float64Array.from(this.begins).sort(),
      ends: Float64Array.from(this.ends).sort(),
    };
  }
}
