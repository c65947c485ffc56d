// The fates of all entries at a moment.

import type Database from "better-sqlite3";
import { type Fate } from "../../domain/platform/fate.js";
import { irteKey, type IrteKey } from "../../domain/values/ids.js";
import { type IrteRef } from "../../domain/values/names.js";
import { CHANGES_PER_EVENT_MAX, decodeCases, IN_FLIGHT_UNKNOWN } from "../store/fate-rows.js";
import { prepared } from "../store/sql.js";
import { type Recording } from "./recordings.js";

/** What would become of an interrupt of an entry, as the table `fate_verdict` has it. */
export interface ToldFate {
  /** What becomes of an interrupt that arrives then. */
  readonly fate: Fate;
  /** The platform's own word for its way; null = not known. */
  readonly path: string | null;
  /** A kernel function is at work: the fate is that of the bits before its write. null = not known. */
  readonly in_flight: boolean | null;
  /** Why, in a few words. */
  readonly reason: string;
}

interface StateRow {
  readonly fate_change: number;
  readonly cases: Buffer;
}

interface Row {
  readonly segment: number;
  readonly devid: number;
  readonly irte_index: number;
  readonly last: number;
  readonly fate: Fate;
  readonly path: string | null;
  readonly in_flight: number;
  readonly reason: string;
}

/** The cases that are so after a change, and the last one before a moment at which they are all stored. */
const STATE_SQL = `
  SELECT fate_change, cases FROM fate_state
  WHERE recording_id = ? AND fate_change >= ? AND fate_change < ? ORDER BY fate_change DESC LIMIT 1`;

/**
 * Few cases come up often: the last change of each case first, and then what they are. CROSS JOIN keeps that order:
 * SQLite would go through all cases of the recording, and through these for each.
 */
const SQL = `
  SELECT of.segment, of.devid, of.irte_index, now.last, verdict.fate, verdict.path, verdict.in_flight, verdict.reason
  FROM (
    SELECT fate_case, max(id) AS last FROM fate_change
    WHERE recording_id = ? AND id > ? AND id < ? GROUP BY fate_case
    UNION ALL
    SELECT value, 0 FROM json_each(?)) AS now
  CROSS JOIN fate_case AS of ON of.recording_id = ? AND of.id = now.fate_case
  JOIN fate_facts AS facts ON facts.recording_id = of.recording_id AND facts.id = of.fate_facts
  JOIN fate_verdict AS verdict ON verdict.recording_id = of.recording_id AND verdict.id = facts.fate_verdict`;

const OF_ONE_SQL = `${SQL}
  WHERE of.segment = ? AND of.devid = ? AND of.irte_index = ?`;

/** The fates after event `seq`, of all entries or of one; an entry of which nothing is known has none. */
export function fatesAt(
  sqlite: Database.Database,
  { id, firstSeq }: Recording,
  seq: number,
  one: IrteRef | null = null,
): ReadonlyMap<IrteKey, ToldFate> {
  const from = firstSeq * CHANGES_PER_EVENT_MAX;
  const to = (seq + 1) * CHANGES_PER_EVENT_MAX;
  const state = prepared<number[], StateRow>(sqlite, STATE_SQL).get(id, from, to);
  const cases = JSON.stringify(state === undefined ? [] : decodeCases(state.cases));
  const after = state?.fate_change ?? from - 1;
  const sql = one === null ? SQL : OF_ONE_SQL;
  const of = one === null ? [] : [one.segment, one.devid, one.index];
  const found = prepared<(number | string)[], Row>(sqlite, sql);
  const rows = found.all(id, after, to, cases, id, ...of);
  rows.sort((a, b) => a.last - b.last);
  return new Map(
    rows.map(({ segment, devid, irte_index, fate, path, in_flight, reason }) => [
      irteKey(segment, devid, irte_index),
      { fate, path, in_flight: flightOf(in_flight), reason },
    ]),
  );
}

function flightOf(code: number): boolean | null {
  return code === IN_FLIGHT_UNKNOWN ? null : code === 1;
}
