// Where a recording has no line of irte_write: what the rules say of its IRTEs, as intervals.

import type Database from "better-sqlite3";
import { type Steps } from "../../base/steps.js";
import { int64 } from "../../base/words.js";
import { stampToInteger } from "../../base/stamp.js";
import { KIND } from "../../domain/events/kinds.js";
import { knownBits, samePartial } from "../../domain/values/bits.js";
import { irteOfKey, type IrteKey } from "../../domain/values/ids.js";
import { Track, type Interval } from "../../projections/intervals.js";
import { platformOf } from "../../platforms/registry.js";
import { AgreedPredictor } from "../../domain/platform/agreed-predictor.js";
import { differentProfiles } from "../../domain/platform/different-profiles.js";
import {
  type PredictedIrte,
  type Platform,
  type Predictor,
} from "../../domain/platform/platform.js";
import { readBy } from "../../domain/platform/read-by.js";
import { eventsBetween, returnsBetween } from "../read/events.js";
import { pickRecording, type Recording } from "../read/recordings.js";
import { all, q, run } from "../store/sql.js";

const PAGE_EVENTS = 2048;

/** Runs what writes; in a transaction, if the caller holds none. */
type Within = (write: () => void) => void;

/**
 * Predicts the IRTEs of a recording and stores their intervals in the place of those that are stored, if it has no line
 * of irte_write and its rules profile is known.
 */
export function* predictIrtes(
  sqlite: Database.Database,
  id: number,
  within: Within = (write) => {
    write();
  },
): Steps<void> {
  const recording = pickRecording(sqlite, id);
  const { firstSeq, lastSeq } = recording;
  const platform = platformOf(recording);
  const names = namesOf(sqlite, id);
  const sees = (name: string): boolean => names.has(name);
  if (lastSeq === null || platform.shows(sees, "IRTE writes")) return;
  const predictor = predictorOf(sqlite, recording, sees);
  const rules = readBy(recording);
  if (predictor === null || rules === null) return;
  within(() => {
    for (const table of ["irte_predicted_interval", "prediction"] as const)
      run(sqlite, q.deleteFrom(table).where("recording_id", "=", id));
  });
  const track = new Track<IrteKey, PredictedIrte>((a, b) => samePartial(a.bits, b.bits));
  const writer = new PredictionWriter(sqlite, platform, { recording: id, rules });
  for (let from = firstSeq; from <= lastSeq; from += PAGE_EVENTS) {
    const to = Math.min(lastSeq, from + PAGE_EVENTS - 1);
    predictor.returned(returnsBetween(sqlite, from, to));
    for (const event of eventsBetween(sqlite, from, to))
      for (const irte of predictor.advance(event)) track.change(irte.key, irte, event);
    const { opened, closed } = track.drain();
    within(() => {
      for (const interval of opened) writer.open(interval);
      for (const interval of closed) writer.close(interval);
    });
    yield;
  }
}

/** A predictor by the rules that the recording allows; null = it allows none, or its platform predicts nothing. */
function predictorOf(
  sqlite: Database.Database,
  recording: Recording,
  sees: (name: string) => boolean,
): Predictor | null {
  const { id, rulesAllowed } = recording;
  const platform = platformOf(recording);
  const host = { apicOfCpu: apicsOf(sqlite, id), logical: isLogical(destinationsOf(sqlite, id)) };
  const all = differentProfiles(platform, rulesAllowed).flatMap((profile) => {
    return platform.newPredictor?.(profile, sees, host) ?? [];
  });
  const [only] = all;
  if (only === undefined) return null;
  return all.length === 1 ? only : new AgreedPredictor(all);
}

/**
 * apic->dest_mode_logical, from destinations of single CPUs (vector_config): a logical one has one bit
 * of its low 16 set. null = any of them could be either.
 */
export function isLogical(destinations: Iterable<number>): false | null {
  for (const destination of destinations) {
    const low = destination & 0xffff;
    if (low === 0 || (low & (low - 1)) !== 0) return false;
  }
  return null;
}

function namesOf(sqlite: Database.Database, id: number): ReadonlySet<string> {
  const rows = all(
    sqlite,
    q.selectFrom("recording_name").select("name").where("recording_id", "=", id),
  );
  return new Set(rows.map(({ name }) => name));
}

function apicsOf(sqlite: Database.Database, id: number): ReadonlyMap<number, number> {
  const rows = all(
    sqlite,
    q.selectFrom("host_cpu").select(["cpu", "apic_id"]).where("recording_id", "=", id),
  );
  return new Map(rows.map(({ cpu, apic_id }) => [cpu, apic_id]));
}

/** The destinations that vector_config printed. */
function destinationsOf(sqlite: Database.Database, id: number): readonly number[] {
  const rows = all(
    sqlite,
    q
      .selectFrom("event")
      .select("c")
      .distinct()
      .where("recording_id", "=", id)
      .where("kind", "=", KIND.host_vector_assigned),
  );
  return rows.flatMap(({ c }) => (c === null ? [] : [c]));
}

type Value = number | bigint | string | null;

/** Whose prediction it is, and by which rules. */
interface PredictionRow {
  readonly recording: number;
  readonly rules: string;
}

class PredictionWriter {
  private readonly sqlite: Database.Database;
  private readonly platform: Platform;
  private readonly of: PredictionRow;
  private readonly insert: Database.Statement<Value[]>;
  private readonly update: Database.Statement<Value[]>;
  private isEmpty = true;

  constructor(sqlite: Database.Database, platform: Platform, of: PredictionRow) {
    this.sqlite = sqlite;
    this.platform = platform;
    this.of = of;
    this.insert = sqlite.prepare(
      `INSERT INTO irte_predicted_interval (devid, irte_index, segment, from_seq, to_seq, from_ns, to_ns,
         recording_id, lo, hi, lo_known, hi_known, known_bits, mode, cause, cause_seq)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.update = sqlite.prepare(
      `UPDATE irte_predicted_interval SET to_seq = ?, to_ns = ?
       WHERE devid = ? AND irte_index = ? AND segment = ? AND from_seq = ?`,
    );
  }

  open({ value, from, to }: Interval<PredictedIrte>): void {
    if (this.isEmpty) {
      const row = { recording_id: this.of.recording, rules: this.of.rules };
      run(this.sqlite, q.insertInto("prediction").values(row));
      this.isEmpty = false;
    }
    const { devid, index, segment } = irteOfKey(value.key);
    const { bits, known } = value.bits;
    this.insert.run(
      devid,
      index,
      segment,
      from.seq,
      to?.seq ?? null,
      stampToInteger(from.billions, from.rest),
      to === null ? null : stampToInteger(to.billions, to.rest),
      this.of.recording,
      int64(bits.loH, bits.loL),
      int64(bits.hiH, bits.hiL),
      int64(known.loH, known.loL),
      int64(known.hiH, known.hiL),
      knownBits(value.bits),
      this.platform.describe(value.bits).mode,
      value.cause,
      value.cause_seq,
    );
  }

  close({ value, from, to }: Interval<PredictedIrte>): void {
    if (to === null) return;
    const { devid, index, segment } = irteOfKey(value.key);
    const end = stampToInteger(to.billions, to.rest);
    this.update.run(to.seq, end, devid, index, segment, from.seq);
  }
}
