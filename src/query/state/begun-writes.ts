// Writes that have begun and of which no exchange is shown: until the next line of the task the entry may hold what it
// held before. Where a filter took the exchanges out, the rest of the recording shows when each took place.

import type Database from "better-sqlite3";
import { KIND } from "../../domain/events/kinds.js";
import { type IrteState, type TwinState } from "../../domain/fold/state.js";
import { prepared } from "../../timeline/store/sql.js";

/** A task that prints nothing in so many events has carried its write out long ago. */
const EVENTS_MAX = 1024;

const HAS_ENDED_SQL = `
  SELECT w.kind <> ${KIND.irte_written} OR EXISTS (
    SELECT 1 FROM event AS e WHERE e.seq > w.seq AND e.seq <= ? AND e.task = w.task) AS ended
  FROM event AS w WHERE w.seq = ?`;

/** The state after event `seq`, less the entries of which a write has begun and is not known to be over. */
export function withoutBegun(sqlite: Database.Database, state: TwinState, seq: number): TwinState {
  const { iommu } = state;
  if (iommu.seesExchanges) return state;
  const hasEnded = prepared<[number, number], { ended: number }>(sqlite, HAS_ENDED_SQL);
  const isBegun = ({ since }: IrteState): boolean =>
    since.seq > seq - EVENTS_MAX && hasEnded.get(seq, since.seq)?.ended === 0;
  const irtes = new Map(
    [...iommu.irtes].map(([key, irte]) => [
      key,
      isBegun(irte) ? { ...irte, bits: null, shadow: null, cause: null } : irte,
    ]),
  );
  return { ...state, iommu: { ...iommu, irtes } };
}
