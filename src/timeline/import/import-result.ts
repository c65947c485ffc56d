// One recording as the timeline keeps it: what an import of it said, and how to remove it.

import type Database from "better-sqlite3";
import { kindName } from "../../domain/events/kinds.js";
import { type RulesId } from "../../domain/amd/releases.js";
import { type LineCounts, type NameCount } from "../../ftrace/read-batch.js";
import { type Sniffed } from "../../ftrace/sniff.js";
import { all, first, q, run } from "../store/sql.js";

export interface ImportResult {
  readonly recording_id: number;
  readonly file: string;
  readonly sha256: string;
  readonly format: string;
  readonly kernel: string | null;
  readonly rules: RulesId | null;
  readonly rulesFrom: Sniffed["rulesFrom"];
  readonly clockUnit: "ns" | "ticks";
  /** Ticks per second, where they were converted to nanoseconds. */
  readonly clockHz: number | null;
  readonly lines: LineCounts;
  readonly names: readonly NameCount[];
  /** Events by kind. */
  readonly events: Readonly<Record<string, number>>;
  readonly timeAnomalies: number;
  readonly alreadyImported: boolean;
  /** The recording that it corrects; null = none. */
  readonly supersedes: number | null;
}

/** The same file was imported before: what was said then, or by its last correction. */
export function completeRecording(
  sqlite: Database.Database,
  sha256: string,
): ImportResult | undefined {
  const row = first(
    sqlite,
    q
      .selectFrom("recording")
      .selectAll()
      .where("sha256", "=", sha256)
      .where("state", "=", "complete")
      .orderBy("id", "desc"),
  );
  if (row === undefined) return undefined;
  const names = all(
    sqlite,
    q.selectFrom("recording_name").selectAll().where("recording_id", "=", row.id),
  );
  return {
    recording_id: row.id,
    file: row.file,
    sha256,
    format: row.format,
    kernel: row.kernel,
    rules: row.rules as RulesId | null,
    rulesFrom: row.rules_from as Sniffed["rulesFrom"],
    clockUnit: row.clock_unit,
    clockHz: row.clock_hz,
    lines: {
      total: row.lines_total,
      header: row.lines_header,
      events: row.lines_events,
      unused: row.lines_unused,
      rejected: row.lines_rejected,
      gaps: row.lines_gaps,
    },
    names: names.map(({ name, known, events, unused }) => ({
      name,
      known: known === 1,
      events,
      unused,
    })),
    events: eventsByKind(sqlite, row.id),
    timeAnomalies: row.time_anomalies,
    alreadyImported: true,
    supersedes: row.supersedes,
  };
}

function eventsByKind(
  sqlite: Database.Database,
  recording: number,
): Readonly<Record<string, number>> {
  const rows = all(
    sqlite,
    q
      .selectFrom("event")
      .select((eb) => ["kind", eb.fn.countAll<number>().as("count")])
      .where("recording_id", "=", recording)
      .groupBy("kind"),
  );
  return Object.fromEntries(rows.map(({ kind, count }) => [kindName(kind), count]));
}

/** Removes an unfinished recording and all its rows. */
export function removeRecording(sqlite: Database.Database, id: number): void {
  const tables = [
    "chain",
    "checkpoint",
    "frame",
    "irte_interval",
    "vcpu_interval",
    "route_interval",
    "link_interval",
    "write_verdict",
    "finding",
    "audit",
    "call_return",
    "event",
    "gap",
    "rejected_line",
    "recording_name",
    "host_cpu",
    "vcpu",
    "vm",
    "task",
  ] as const;
  for (const table of tables) run(sqlite, q.deleteFrom(table).where("recording_id", "=", id));
  run(sqlite, q.deleteFrom("recording").where("id", "=", id));
}
