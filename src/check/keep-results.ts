// Keeps what `check` decided in the timeline (tables audit, write_verdict, finding).

import type Database from "better-sqlite3";
import { atOnce } from "../base/steps.js";
import { int64 } from "../base/words.js";
import { irteOfKey } from "../domain/values/ids.js";
import { type Platform } from "../domain/platform/platform.js";
import { sealOfReport, sealOfVerdicts } from "../timeline/integrity/verdicts.js";
import { RowInserter } from "../timeline/store/row-inserter.js";
import { directly } from "../timeline/store/writes.js";
import { q, run } from "../timeline/store/sql.js";
import { CHECK_VERSION } from "./check-version.js";
import { type Finding } from "./describe-finding.js";
import { type AnyFinding } from "./findings.js";
import { type WriteVerdict } from "./judge-recording.js";
import { type CheckReport } from "./report.js";

/** What one check of a recording decided. */
export interface CheckResults {
  /** The platform of the recording. */
  readonly platform: Platform;
  /** The number of the recording. */
  readonly recordingId: number;
  /** The profile that it was judged by. */
  readonly profile: string;
  /** The verdict about each write. */
  readonly verdicts: readonly WriteVerdict[];
  /** All findings, in the order of the report. */
  readonly found: readonly AnyFinding[];
  /** What is said of it; its findings are those of `found`, in the same order. */
  readonly report: CheckReport;
}

/** A report without its findings, which are rows of their own: JSON in audit.report, its members in this order. */
export interface KeptReport {
  /** How its findings are sealed (SEALED_AS_JSON); absent in what an older version stored. */
  readonly sealed_as?: "json";
  /** The CHECK_VERSION that decided it. */
  readonly version: number;
  /** What it said. */
  readonly report: Omit<CheckReport, "findings"> & {
    /** They are in the table `finding`. */
    readonly findings: readonly [];
  };
}

/** Replaces what an earlier check of the recording kept. */
export function keepResults(sqlite: Database.Database, results: CheckResults): void {
  const { recordingId, profile, report } = results;
  const kept: KeptReport = {
    sealed_as: "json",
    version: CHECK_VERSION,
    report: { ...report, findings: [] },
  };
  sqlite
    .transaction(() => {
      for (const table of ["write_verdict", "finding", "audit"] as const)
        run(sqlite, q.deleteFrom(table).where("recording_id", "=", recordingId));
      const audit = { recording_id: recordingId, rules: profile, ...report.writes };
      run(sqlite, q.insertInto("audit").values({ ...audit, report: JSON.stringify(kept) }));
      keepVerdicts(sqlite, results);
      keepFindings(sqlite, results);
      const { hash: sealed } = atOnce(sealOfVerdicts(sqlite, recordingId));
      const seals = { sealed, report_sealed: sealOfReport(sqlite, recordingId) };
      run(sqlite, q.updateTable("audit").set(seals).where("recording_id", "=", recordingId));
    })
    .immediate();
}

/** Why nothing can be stored in a timeline, or is not to be; null = it can. */
export function whyNotStored(sqlite: Database.Database, isAsked: boolean): string | null {
  if (!isAsked) return "the caller did not want them stored";
  if (sqlite.readonly)
    return `${sqlite.name} cannot be written, has objects that irqtwin did not make, or is opened for reading`;
  return null;
}

function keepVerdicts(
  sqlite: Database.Database,
  { platform, recordingId, verdicts }: CheckResults,
): void {
  const columns = ["seq", "recording_id", "rule", "verdict"];
  const again = " ON CONFLICT (seq) DO UPDATE SET verdict = excluded.verdict";
  const rows = new RowInserter(directly(sqlite), "write_verdict", columns, again);
  for (const [seq, rule, verdict] of verdicts)
    rows.queue(seq, recordingId, rule === null ? null : platform.ruleId(rule), verdict);
  rows.flush();
}

function keepFindings(
  sqlite: Database.Database,
  { recordingId, report, found }: CheckResults,
): void {
  const rows = report.findings.flatMap((finding, i) => {
    const source = found[i];
    return source === undefined ? [] : [rowOf(recordingId, finding, source)];
  });
  const [first] = rows;
  if (first === undefined) return;
  // Compiled once: all rows have their columns in one order.
  const insert = sqlite.prepare(q.insertInto("finding").values(first).compile().sql);
  for (const row of rows) insert.run(...Object.values(row));
}

const NO_IRTE = { segment: null, devid: null, index: null } as const;

function rowOf(recording_id: number, finding: Finding, source: AnyFinding) {
  const { key, vcpu, expected, observed } = source;
  const { segment, devid, index } = key === null ? NO_IRTE : irteOfKey(key);
  const { id, kind, rule, invariant, severity, seq, cause_seq, title } = finding;
  const { bug, times, instead_of, difference } = finding;
  return {
    ...{ recording_id, id, kind, rule, invariant, severity, seq, cause_seq, title },
    ...{ bug, times, instead_of, difference, segment, devid, irte_index: index, vcpu },
    fields: finding.fields.join(","),
    expected_lo: expected === null ? null : int64(expected.bits.loH, expected.bits.loL),
    expected_hi: expected === null ? null : int64(expected.bits.hiH, expected.bits.hiL),
    observed_lo: observed === null ? null : int64(observed.loH, observed.loL),
    observed_hi: observed === null ? null : int64(observed.hiH, observed.hiL),
    evidence: JSON.stringify(finding.evidence),
  };
}
