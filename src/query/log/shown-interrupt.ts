// `log --verdict`: what is said of the interrupt that an event shows first, and why, as v_interrupt has it.

import type Database from "better-sqlite3";
import { type InterruptVerdict } from "../../domain/platform/interrupt.js";
import { type IrteName, type Seq } from "../../domain/values/ids.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { prepared } from "../../timeline/store/sql.js";

/** What is said of an interrupt. */
export interface InterruptSaid {
  /** What became of it. */
  readonly verdict: InterruptVerdict;
  /** Does nothing else that the recording shows explain what it is paired with? */
  readonly sure: boolean;
  /** Why the verdict is that, in a few words. */
  readonly reason: string;
  /** The IRTE that raised it; null = not known. */
  readonly irte: IrteName | null;
}

type Row = Omit<InterruptSaid, "sure"> & { readonly sure: number };

/** What is said of the interrupt that the event `seq` shows first; undefined = it shows none. */
export function interruptSaid(
  sqlite: Database.Database,
  { id }: Recording,
  seq: Seq,
): InterruptSaid | undefined {
  const row = prepared<[number, number], Row>(
    sqlite,
    "SELECT verdict, sure, reason, irte FROM v_interrupt WHERE id = ? AND recording_id = ?",
  ).get(seq, id);
  return row === undefined ? undefined : { ...row, sure: row.sure === 1 };
}
