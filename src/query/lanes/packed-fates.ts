// The lane of one entry's fates, read from its pack.

import { irteKey } from "../../domain/values/ids.js";
import { type IrteRef } from "../../domain/values/names.js";
import { type LaneReader, type LaneSource } from "./lane-reader.js";
import { type LaneRowsBuilder } from "./lane-rows.js";
import { forEachRow, numbersSql } from "./number-rows.js";
import { PackReader } from "./packs.js";
import { fateMeanings, isUnknownFate } from "./read-fates.js";

const CASES_SQL = `SELECT ${numbersSql(["c.id", "c.vcpu", "f.fate_verdict"])}
  FROM json_each(:ids) AS j CROSS JOIN fate_case AS c ON c.recording_id = :recording AND c.id = j.value
  CROSS JOIN fate_facts AS f ON f.recording_id = c.recording_id AND f.id = c.fate_facts`;

const TIMES_SQL = `SELECT ${numbersSql(["seq", "time_ns - :base"])}
  FROM json_each(:ids) AS j CROSS JOIN event ON event.seq = j.value`;

/** Events whose times are read between two turns. */
const TIMES_PER_STEP = 16_384;

/** What a case of the entry tells. */
interface Told {
  readonly verdict: number;
  /** -1 = none, or of no matter. */
  readonly vcpu: number;
  readonly code: number;
}

/** The fates of an entry, as v_fate has them. */
export function packedFateLane({ segment, devid, index }: IrteRef): LaneReader {
  return function* (source, rows) {
    const pack = new PackReader(source, "fate", irteKey(segment, devid, index));
    const seqs: number[] = [];
    const cases: number[] = [];
    while (pack.hasNext()) {
      seqs.push(pack.nextSeq());
      cases.push(pack.next());
    }
    const told = toldBy(source, new Set(cases), rows);
    const from: number[] = [];
    const codes: number[] = [];
    let before: Told | null = null;
    for (const [at, id] of cases.entries()) {
      const now = told.get(id);
      // What stays the same goes on.
      if (now === undefined || (before?.verdict === now.verdict && before.vcpu === now.vcpu))
        continue;
      before = now;
      from.push(seqs[at] ?? 0);
      codes.push(now.code);
    }
    yield;
    for (let first = 0; first < from.length; first += TIMES_PER_STEP) {
      const next = Math.min(first + TIMES_PER_STEP, from.length);
      addRows(source, rows, from.slice(first, next), codes.slice(first, next));
      yield;
    }
  };
}

/** Adds fates that begin with these events, each of which ends the one before. */
function addRows(
  { sqlite, base }: LaneSource,
  rows: LaneRowsBuilder,
  from: readonly number[],
  codes: readonly number[],
): void {
  let at = 0;
  forEachRow(sqlite, TIMES_SQL, { base, ids: JSON.stringify(from) }, 2, (row) => {
    const [seq = 0, time = 0] = row;
    if (rows.length > 0) rows.endLast(time);
    rows.addCoded(time, Infinity, seq, codes[at++] ?? 0);
  });
}

function toldBy(
  source: LaneSource,
  cases: ReadonlySet<number>,
  rows: LaneRowsBuilder,
): ReadonlyMap<number, Told> {
  const { sqlite, recording } = source;
  const meanings = fateMeanings(source);
  const told = new Map<number, Told>();
  const named = { recording: recording.id, ids: JSON.stringify([...cases]) };
  forEachRow(sqlite, CASES_SQL, named, 3, (row) => {
    const [id = 0, vcpu = -1, verdict = -1] = row;
    const meaning = meanings.get(verdict);
    if (meaning === undefined) return;
    const code = rows.codeOf(meaning);
    told.set(id, { verdict, vcpu: isUnknownFate(meaning) ? -1 : vcpu, code });
  });
  return told;
}
