// Where events were lost, each of them may have changed a fate: in such a span no fate is known.

import type Database from "better-sqlite3";
import { type IrteKey } from "../../domain/values/ids.js";
import { type FateCase } from "../../projections/fate-cases.js";
import { type Recording } from "../read/recordings.js";
import { CHANGES_PER_EVENT_MAX, fateChangeId } from "../store/fate-change-id.js";
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
 * that case of an entry. The caller holds the transaction.
 */
export function blankLostSpans(
  sqlite: Database.Database,
  recording: Recording,
  cases: readonly FateCase[],
  lostCase: (key: IrteKey) => number,
): void {
  const spans = lostSpans(sqlite, recording);
  if (spans.length === 0) return;
  const made = new Map<IrteKey, number>();
  const lostOf = (key: IrteKey): number => {
    const id = made.get(key) ?? lostCase(key);
    made.set(key, id);
    return id;
  };
  const blanker = new Blanker(sqlite, recording, cases, lostOf);
  for (const [from, to] of spans) blanker.blank(Math.max(from, recording.firstSeq), to);
}

class Blanker {
  private readonly sqlite: Database.Database;
  private readonly recording: Recording;
  private readonly cases: readonly FateCase[];
  private readonly lostOf: (key: IrteKey) => number;
  /** The case of each entry at the end of what was read; one whose bits are not known has nothing to lose. */
  private readonly now = new Map<IrteKey, number>();
  private readUpTo = 0;

  constructor(
    sqlite: Database.Database,
    recording: Recording,
    cases: readonly FateCase[],
    lostOf: (key: IrteKey) => number,
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
    before.forEach((key, nth) => {
      this.insert(fateChangeId(from, nth), this.lostOf(key));
    });
    this.resume(to);
  }

  /** Follows the changes up to the event, exclusive. */
  private read(seq: number): void {
    const rows = this.rows(this.readUpTo, seq);
    for (const { fate_case } of rows) {
      const of = this.cases[fate_case - 1];
      if (of === undefined) continue;
      if (of.entry === null) this.now.delete(of.key);
      else this.now.set(of.key, fate_case);
    }
    this.readUpTo = seq;
  }

  /** What the event itself does not change is again as it was within the span. */
  private resume(seq: number): void {
    if (seq > (this.recording.lastSeq ?? 0)) return;
    const rows = this.rows(seq, seq + 1);
    const changed = new Set(rows.map(({ fate_case }) => this.cases[fate_case - 1]?.key));
    let nth = rows.length;
    for (const [key, fate_case] of this.now)
      if (!changed.has(key)) this.insert(fateChangeId(seq, nth++), fate_case);
  }

  private rows(from: number, to: number): readonly ChangeRow[] {
    return this.sqlite
      .prepare<number[], ChangeRow>(
        "SELECT id, fate_case FROM fate_change WHERE recording_id = ? AND id >= ? AND id < ? ORDER BY id",
      )
      .all(this.recording.id, from * CHANGES_PER_EVENT_MAX, to * CHANGES_PER_EVENT_MAX);
  }

  private remove(from: number, to: number): void {
    this.sqlite
      .prepare("DELETE FROM fate_change WHERE recording_id = ? AND id >= ? AND id < ?")
      .run(this.recording.id, from * CHANGES_PER_EVENT_MAX, to * CHANGES_PER_EVENT_MAX);
  }

  private insert(id: number, fate_case: number): void {
    this.sqlite
      .prepare("INSERT INTO fate_change (id, fate_case, recording_id) VALUES (?, ?, ?)")
      .run(id, fate_case, this.recording.id);
  }
}
