// What a timeline says, independent of the program: read with SQLite alone.

import { createHash } from "node:crypto";
import Database from "better-sqlite3";

type Cell = number | bigint | string | Buffer | null;

/** Rows of a query, integers as bigint. */
export function rowsOf(db: string, sql: string, ...values: (number | bigint)[]): Cell[][] {
  const sqlite = new Database(db, { readonly: true });
  try {
    return sqlite
      .prepare<unknown[], Cell[]>(sql)
      .raw()
      .safeIntegers()
      .all(...values);
  } finally {
    sqlite.close();
  }
}

/** The only value of a query. */
export function valueOf(db: string, sql: string, ...values: (number | bigint)[]): Cell {
  return rowsOf(db, sql, ...values)[0]?.[0] ?? null;
}

/** SHA-256 over a query's rows, in the query's order. */
export function hashOf(db: string, sql: string): string {
  const hash = createHash("sha256");
  for (const row of rowsOf(db, sql)) hash.update(`${row.join("\u001f")}\n`);
  return hash.digest("hex");
}

/** The events, which no command but import may change. */
export function eventsHash(db: string): string {
  return hashOf(db, "SELECT * FROM v_event ORDER BY seq");
}

/** Everything an import stores, but the file's name: equal for two timelines that say the same. */
export function contentOf(db: string): Record<string, string> {
  const of = (sql: string): string => hashOf(db, sql);
  return {
    events: eventsHash(db),
    irtes: of("SELECT * FROM v_irte ORDER BY irte, from_seq"),
    vcpus: of("SELECT * FROM v_vcpu ORDER BY recording_id, vm_id, vcpu_id, from_seq"),
    routes: of("SELECT * FROM v_route ORDER BY recording_id, vm_id, gsi, from_seq"),
    links: of("SELECT * FROM v_link ORDER BY irte, from_seq"),
    fates: of("SELECT * FROM v_fate ORDER BY recording_id, irte, from_seq"),
    interrupts: of("SELECT * FROM v_interrupt ORDER BY id"),
    gaps: of("SELECT * FROM v_gap ORDER BY to_seq, kind"),
    rejected: of("SELECT * FROM rejected_line ORDER BY recording_id, line"),
    names: of("SELECT * FROM recording_name ORDER BY recording_id, name"),
    tasks: of("SELECT * FROM task ORDER BY id"),
    checkpoints: of("SELECT * FROM checkpoint ORDER BY seq"),
    frames: of("SELECT * FROM frame ORDER BY first_seq"),
    recordings: of(
      `SELECT id, state, format, kernel, rules, rules_from, clock_unit, clock_hz, overwritten,
         first_seq, last_seq, first_ns, last_ns, lines_total, lines_header, lines_events,
         lines_unused, lines_rejected, lines_gaps, time_anomalies, first_time_anomaly, batches
       FROM recording ORDER BY id`,
    ),
  };
}

/** The links of the hash chain. Unlike `contentOf` they depend on the file's name: it is sealed. */
export function chainOf(db: string): Cell[][] {
  return rowsOf(db, "SELECT * FROM chain ORDER BY recording_id, link");
}
