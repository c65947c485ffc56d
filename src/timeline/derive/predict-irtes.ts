// Where a recording has no line of irte_write: what the rules say of its IRTEs, as intervals.

import type Database from "better-sqlite3";
import { int64 } from "../../base/words.js";
import { stampToInteger } from "../../base/stamp.js";
import { KIND } from "../../domain/events/kinds.js";
import { knownBits } from "../../domain/bits.js";
import { PROBE } from "../../domain/amd/probes.js";
import { partialMode } from "../../domain/amd/known-bits.js";
import { RULES, type RulesId } from "../../domain/amd/releases.js";
import { irteOfKey } from "../../domain/ids.js";
import { type Interval } from "../../projections/intervals.js";
import { Predictor, isLogical, type PredictedIrte } from "../../prediction/predictor.js";
import { eventsBetween, returnsBetween } from "../read/events.js";
import { pickRecording } from "../read/recordings.js";
import { all, q, run } from "../store/sql.js";

const PAGE_EVENTS = 8192;

/** Stores the predicted intervals of a recording that shows no IRTE write; the caller holds the transaction. */
export function predictIrtes(sqlite: Database.Database, id: number): void {
  const { rules, firstSeq, lastSeq } = pickRecording(sqlite, id);
  const names = namesOf(sqlite, id);
  if (rules === null || lastSeq === null || names.has(PROBE.irte_write)) return;
  const predictor = new Predictor(RULES[rules], (name) => names.has(name), {
    apicOfCpu: apicsOf(sqlite, id),
    logical: isLogical(destinationsOf(sqlite, id)),
  });
  const writer = new PredictionWriter(sqlite, id, rules);
  for (let from = firstSeq; from <= lastSeq; from += PAGE_EVENTS) {
    const to = Math.min(lastSeq, from + PAGE_EVENTS - 1);
    predictor.returned(returnsBetween(sqlite, from, to));
    for (const event of eventsBetween(sqlite, from, to)) predictor.step(event);
    const { opened, closed } = predictor.take();
    for (const interval of opened) writer.open(interval);
    for (const interval of closed) writer.close(interval);
  }
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

class PredictionWriter {
  private readonly sqlite: Database.Database;
  private readonly recording: number;
  private readonly rules: RulesId;
  private readonly insert: Database.Statement<Value[]>;
  private readonly update: Database.Statement<Value[]>;
  private isEmpty = true;

  constructor(sqlite: Database.Database, recording: number, rules: RulesId) {
    this.sqlite = sqlite;
    this.recording = recording;
    this.rules = rules;
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
      const row = { recording_id: this.recording, rules: this.rules };
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
      this.recording,
      int64(bits.loH, bits.loL),
      int64(bits.hiH, bits.hiL),
      int64(known.loH, known.loL),
      int64(known.hiH, known.hiL),
      knownBits(value.bits),
      partialMode(value.bits),
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
