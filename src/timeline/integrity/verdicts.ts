// What `check` stored of a recording is sealed with its audit: a verdict or a finding that someone deleted or changed
// later is found.

import { createHash } from "node:crypto";
import type Database from "better-sqlite3";
import { atOnce, type Steps } from "../../base/steps.js";
import { prepared } from "../store/sql.js";
import { hashTable, type SealedTable } from "./hash-table.js";
import { type Report } from "./report.js";

const FINDING: SealedTable = {
  columns:
    "recording_id id kind rule invariant severity seq segment devid irte_index vcpu fields " +
    "expected_lo expected_hi observed_lo observed_hi cause_seq evidence title bug times " +
    "instead_of difference",
  key: "id",
};

const SEALED: Readonly<Record<string, SealedTable>> = {
  audit: {
    columns:
      "recording_id rules observed explained mismatched unexpected missing unknown undefined",
    key: "recording_id",
  },
  write_verdict: { columns: "seq recording_id rule verdict", key: "seq" },
  finding: FINDING,
};

/** The seal of what the last check stored of a recording, and how many rows it covers. */
export function* sealOfVerdicts(
  sqlite: Database.Database,
  recording: number,
): Steps<{ readonly hash: string; readonly rows: number }> {
  const hash = createHash("sha256");
  let count = 0;
  for (const [table, sealed] of Object.entries(SEALED)) {
    const rows = yield* hashTable(sqlite, hash, { ...sealed, table, recording });
    hash.update(`${table} ${rows}\n`);
    count += rows;
  }
  return { hash: hash.digest("hex"), rows: count };
}

/** The seal of the report that the last check stored of a recording, and of its findings; null = it stored no report. */
export function sealOfReport(sqlite: Database.Database, recording: number): string | null {
  const text = sqlite
    .prepare<[number], string | null>("SELECT report FROM main.audit WHERE recording_id = ?")
    .pluck()
    .get(recording);
  if (text == null) return null;
  const hash = createHash("sha256").update(text);
  if (text.startsWith(SEALED_AS_JSON)) hash.update(findingsAsJson(sqlite, recording));
  // What an older version stored is sealed value by value.
  else atOnce(hashTable(sqlite, hash, { ...FINDING, table: "finding", recording }));
  return hash.digest("hex");
}

/**
 * How the text of a report begins whose findings are sealed as one JSON text, which SQLite writes. Every question about a
 * finding looks at the seal, and value by value it takes ten times as long.
 */
export const SEALED_AS_JSON = '{"sealed_as":"json",';

/** All findings of a recording as bytes, in the order of their ids. A blob, which only damage makes, is a list. */
function findingsAsJson(sqlite: Database.Database, recording: number): Buffer {
  const values = FINDING.columns
    .split(" ")
    .map((name) => `iif(typeof(${name}) = 'blob', json_array(hex(${name})), ${name})`);
  const sql = `SELECT CAST(json_group_array(json_array(${values.join(", ")})) AS BLOB) FROM (
    SELECT * FROM main.finding WHERE recording_id = ? ORDER BY ${FINDING.key})`;
  return prepared<[number], Buffer>(sqlite, sql).pluck().get(recording) ?? Buffer.alloc(0);
}

/** Of a recording that is dropped the rows go one by one, and then its audit. */
const IS_DROPPED = "recording_id IN (SELECT recording_id FROM main.dropped_recording)";

/** What checks stored is what their audits seal. Returns the rows that are sealed. */
export function* checkVerdicts(sqlite: Database.Database, report: Report): Steps<number> {
  const audits = sqlite
    .prepare<[], [number, string | null, string | null]>(
      `SELECT recording_id, sealed, report_sealed FROM main.audit WHERE NOT ${IS_DROPPED}`,
    )
    .raw()
    .all();
  let count = 0;
  for (const [recording_id, sealed, report_sealed] of audits) {
    if (sealOfReport(sqlite, recording_id) !== report_sealed)
      report("its report is not the one that check stored", { recording_id });
    if (sealed === null) continue;
    const { hash, rows } = yield* sealOfVerdicts(sqlite, recording_id);
    count += rows;
    if (hash !== sealed)
      report("its verdicts and findings are not those that check stored", { recording_id });
  }
  for (const table of ["write_verdict", "finding"])
    for (const recording_id of withoutAudit(sqlite, table))
      report(`it has rows of ${table} that no check stored`, { recording_id });
  return count;
}

function withoutAudit(sqlite: Database.Database, table: string): readonly number[] {
  return sqlite
    .prepare<[], number>(
      `SELECT DISTINCT recording_id FROM main.${table}
       WHERE recording_id NOT IN (SELECT recording_id FROM main.audit) AND NOT ${IS_DROPPED}`,
    )
    .pluck()
    .all();
}
