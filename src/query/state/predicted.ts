// Predicted IRTEs as of an event: of a recording that shows no IRTE write, what the rules say.

import type Database from "better-sqlite3";
import { highOf, lowOf } from "../../base/words.js";
import { stampOf, stampText } from "../../base/stamp.js";
import { type Stamp, irteKey } from "../../domain/values/ids.js";
import { causeName } from "../../domain/events/causes.js";
import { type IrteBits, type Predicted, UNKNOWN_BITS } from "../../domain/values/bits.js";
import { type IommuState, type IrteState } from "../../domain/fold/state.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { prepared } from "../../timeline/store/sql.js";
import { type Platform } from "../../domain/platform/platform.js";
import { predictedFields, type ToldIrte } from "./irte-fields.js";

/** An IRTE as the rules predict it: which of its bits are known, and since when. */
export interface PredictedEntry {
  /** The PCI segment. */
  readonly segment: number;
  /** Bus, device and function. */
  readonly devid: number;
  /** The index of the entry in the device's table. */
  readonly index: number;
  /** The bits, and which of them are known. */
  readonly state: Predicted;
  /** The event since which they are so, and its time. */
  readonly since: {
    /** The event. */
    readonly seq: number;
  } & Stamp;
  /** The code of the cause; null = unknown. */
  readonly cause: number | null;
}

type Row = Record<
  | "segment"
  | "devid"
  | "irte_index"
  | "from_seq"
  | "from_ns"
  | "lo"
  | "hi"
  | "lo_known"
  | "hi_known",
  bigint
> & { readonly cause: bigint | null };

/** The predicted IRTEs after event `seq`, by irteKey(); null = the recording's IRTEs are not predicted. */
export function predictedAt(
  sqlite: Database.Database,
  { id }: Recording,
  seq: number,
): ReadonlyMap<number, PredictedEntry> | null {
  if (!isPredicted(sqlite, id)) return null;
  const rows = sqlite
    .prepare<[number, number, number], Row>(
      `SELECT segment, devid, irte_index, from_seq, from_ns, lo, hi, lo_known, hi_known, cause
       FROM irte_predicted_interval
       WHERE recording_id = ? AND from_seq <= ? AND (to_seq IS NULL OR to_seq > ?)`,
    )
    .safeIntegers()
    .all(id, seq, seq);
  return new Map(
    rows.map((row) => {
      const entry = entryOf(row);
      return [irteKey(entry.segment, entry.devid, entry.index), entry];
    }),
  );
}

/** Are the IRTEs of the recording predicted, because it shows no write of them? */
export function isPredicted(sqlite: Database.Database, recording: number): boolean {
  const sql = "SELECT 1 FROM prediction WHERE recording_id = ?";
  return prepared<[number], unknown>(sqlite, sql).get(recording) !== undefined;
}

/**
 * Which share of the bits of a recording's predicted IRTEs is known, 0 to 1, over all of its events; null = no
 * IRTE is predicted.
 */
export function knownShare(sqlite: Database.Database, { id, lastSeq }: Recording): number | null {
  return (
    sqlite
      .prepare<[number, number], number | null>(
        `SELECT sum(known_bits * length) / (128.0 * sum(length)) FROM (
           SELECT known_bits, coalesce(to_seq, ? + 1) - from_seq AS length
           FROM irte_predicted_interval WHERE recording_id = ?)`,
      )
      .pluck()
      .get(lastSeq ?? 0, id) ?? null
  );
}

function entryOf(row: Row): PredictedEntry {
  const words = (lo: bigint, hi: bigint): IrteBits => ({
    loH: highOf(lo),
    loL: lowOf(lo),
    hiH: highOf(hi),
    hiL: lowOf(hi),
  });
  return {
    segment: Number(row.segment),
    devid: Number(row.devid),
    index: Number(row.irte_index),
    state: { bits: words(row.lo, row.hi), known: words(row.lo_known, row.hi_known) },
    since: { seq: Number(row.from_seq), ...stampOf(row.from_ns) },
    cause: row.cause === null ? null : Number(row.cause),
  };
}

/** The entries of a state, and after them those that only the prediction has, with nothing known of them. */
export function entriesOf(
  { irtes }: IommuState,
  predicted: ReadonlyMap<number, PredictedEntry> | null,
): IrteState[] {
  const others = [...(predicted ?? [])].filter(([key]) => !irtes.has(key));
  const unknown = { bits: null, shadow: null, host_irq: null, cause: null, cause_seq: null };
  return [
    ...irtes.values(),
    ...others.map(([, { segment, devid, index, since }]) => {
      return { segment, devid, index, since, born: false, ...unknown };
    }),
  ];
}

const NOT_TOLD = "predicted, and what the recording shows leaves it open";

/** What the rules say of an entry. Fields that they leave open are added to `unknown`, with the reason. */
export function predictedIrte(
  platform: Platform,
  predicted: ReadonlyMap<number, PredictedEntry>,
  entry: IrteState,
  unknown: [string, string][],
): ToldIrte {
  const found = predicted.get(irteKey(entry.segment, entry.devid, entry.index));
  const { state, since, cause } = found ?? { ...entry, state: UNKNOWN_BITS, cause: null };
  const fields = predictedFields(platform, state);
  const isTagged = fields.mode === "posted" && fields.ga_tag !== null;
  for (const [field, value] of Object.entries(fields))
    if (value === null) unknown.push([field, NOT_TOLD]);
  if (cause === null) unknown.push(["cause", NOT_TOLD]);
  if (fields.mode === "unknown" || (fields.mode === "posted" && !isTagged))
    unknown.push(["vm_id", NOT_TOLD], ["vcpu", NOT_TOLD]);
  return {
    tagged: isTagged ? state.bits : null,
    fields,
    origin: {
      source: "predicted",
      since_seq: since.seq,
      since_ns: stampText(since.billions, since.rest),
      cause: causeName(cause),
    },
  };
}
