// Where events were lost, each of them may have changed a fate: in such a span no fate is known.

import type Database from "better-sqlite3";
import { type FateCases } from "../../projections/fate-cases.js";
import { type Recording } from "../read/recordings.js";
import { CHANGES_PER_EVENT_MAX, fateChangeId } from "../store/fate-rows.js";
import { lostSpans } from "./known-until.js";

/** The reason of a fate that is not known because events were lost. */
export const LOST_REASON = "events were lost";

/** A row of `fate_change`. */
interface ChangeRow {
  readonly id: number;
  readonly fate_case: number;
}

/**
 * Puts a case of nothing known in the place of all fates in the spans of lost events of a recording. `lostCase`: makes
 * that case of an entry, by its place in `cases.keys`. The caller holds the transaction.
 */
export function blankLostSpans(
  sqlite: Database.Database,
  recording: Recording,
  cases: FateCases,
  lostCase: (place: number) => number,
): void {
  const spans = lostSpans(sqlite, recording);
  if (spans.length === 0) return;
  const made = new Map<number, number>();
  const lostOf = (place: number): number => {
    const id = made.get(place) ?? lostCase(place);
    made.set(place, id);
    return id;
  };
  const blanker = new Blanker(sqlite, recording, cases, lostOf);
  for (const [from, to] of spans) blanker.blank(Math.max(from, recording.firstSeq), to);
}

class Blanker {
  private readonly sqlite: Database.Database;
  private readonly recording: Recording;
  private readonly cases: FateCases;
  private readonly lostOf: (place: number) => number;
  /** By the place of an entry in `cases.keys`: its case at the end of what was read; one whose bits are not known has nothing to lose. */
  private readonly now = new Map<number, number>();
  private readUpTo = 0;

  constructor(
    sqlite: Database.Database,
    recording: Recording,
    cases: FateCases,
    lostOf: (place: number) => number,
  ) {
    this.sqlite = sqlite;
    this.recording = recording;
    this.cases = cases;
    this.lostOf = lostOf;
  }

  /** Nothing is known from event `from` on, and from event `to` on what the events say. Spans come in their order. */
  blank(from: number, to: number): void {
    this.read(from);
    const before = [...this.now.keys()];
    this.read(to);
    this.remove(from, to);
    before.forEach((place, nth) => {
      this.insert(fateChangeId(from, nth), this.lostOf(place));
    });
    this.resume(to);
  }

  /** Follows the changes up to the event, exclusive. */
  private read(seq: number): void {
    const rows = this.rows(this.readUpTo, seq);
    for (const { fate_case } of rows) {
      const { cases, now } = this;
      if (!cases.has(fate_case)) continue;
      const place = cases.placeOf(fate_case);
      if (cases.facts[cases.factsIn(fate_case) - 1]?.entry == null) now.delete(place);
      else now.set(place, fate_case);
    }
    this.readUpTo = seq;
  }

  /** What the event itself does not change is again as it was within the span. */
  private resume(seq: number): void {
    if (seq > (this.recording.lastSeq ?? 0)) return;
    const rows = this.rows(seq, seq + 1);
    const changed = new Set(rows.map(({ fate_case }) => this.cases.placeOf(fate_case)));
    let nth = rows.length;
    for (const [place, fate_case] of this.now)
      if (!changed.has(place)) this.insert(fateChangeId(seq, nth++), fate_case);
  }

  private rows(from: number, to: number): readonly ChangeRow[] {
    return this.sqlite
      .prepare<number[], ChangeRow>(
        "SELECT id, fate_case FROM fate_change WHERE recording_id = ? AND id >= ? AND id < ? ORDER BY id",
      )
      .all(this.recording.id, from * CHANGES_PER_EVENT_MAX, to * CHANGES_PER_EVENT_MAX);
  }

  private remove(from: number, to: number): void {
    const bounds = [from * CHANGES_PER_EVENT_MAX, to * CHANGES_PER_EVENT_MAX];
    for (const sql of [
      "DELETE FROM fate_change WHERE recording_id = ? AND id >= ? AND id < ?",
      "DELETE FROM fate_state WHERE recording_id = ? AND fate_change >= ? AND fate_change < ?",
    ])
      this.sqlite.prepare(sql).run(this.recording.id, ...bounds);
  }

  private insert(id: number, fate_case: number): void {
    this.sqlite
      .prepare("INSERT INTO fate_change (id, fate_case, recording_id) VALUES (?, ?, ?)")
      .run(id, fate_case, this.recording.id);
  }
}
