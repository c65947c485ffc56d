// The fates of all entries at a moment.

import type Database from "better-sqlite3";
import { type Fate } from "../../domain/platform/fate.js";
import { irteKey, type IrteKey } from "../../domain/values/ids.js";
import { CHANGES_PER_EVENT_MAX } from "../store/fate-change-id.js";
import { prepared } from "../store/sql.js";
import { type Recording } from "./recordings.js";

/** What would become of an interrupt of an entry, as the table `fate_verdict` has it. */
export interface ToldFate {
  /** What becomes of an interrupt that arrives then. */
  readonly fate: Fate;
  /** The platform's own word for its way; null = not known. */
  readonly path: string | null;
  /** A kernel function is at work: the fate is that of the bits before its write. */
  readonly in_flight: boolean;
  /** Why, in a few words. */
  readonly reason: string;
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

/** Few cases come up often: the last change of each case first, and then what they are. */
const SQL = `
  SELECT of.segment, of.devid, of.irte_index, change.last, verdict.fate, verdict.path, verdict.in_flight, verdict.reason
  FROM (SELECT fate_case, max(id) AS last FROM fate_change
    WHERE recording_id = ? AND id >= ? AND id < ? GROUP BY fate_case) AS change
  JOIN fate_case AS of ON of.recording_id = ? AND of.id = change.fate_case
  JOIN fate_verdict AS verdict ON verdict.recording_id = ? AND verdict.id = of.fate_verdict`;

/** The fates after event `seq`; an entry of which nothing is known has none. */
export function fatesAt(
  sqlite: Database.Database,
  { id, firstSeq }: Recording,
  seq: number,
): ReadonlyMap<IrteKey, ToldFate> {
  const from = firstSeq * CHANGES_PER_EVENT_MAX;
  const to = (seq + 1) * CHANGES_PER_EVENT_MAX;
  const rows = prepared<number[], Row>(sqlite, SQL).all(id, from, to, id, id);
  rows.sort((a, b) => a.last - b.last);
  return new Map(
    rows.map(({ segment, devid, irte_index, fate, path, in_flight, reason }) => [
      irteKey(segment, devid, irte_index),
      { fate, path, in_flight: in_flight === 1, reason },
    ]),
  );
}
