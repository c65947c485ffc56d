// Keeps what `check` decided in the timeline (tables audit, write_verdict, finding).

import type Database from "better-sqlite3";
import { int64 } from "../base/words.js";
import { irteOfKey } from "../domain/values/ids.js";
import { type Platform } from "../domain/platform/platform.js";
import { sealOfVerdicts } from "../timeline/integrity/verdicts.js";
import { q, run } from "../timeline/store/sql.js";
import { type Finding } from "./describe-finding.js";
import { type AnyFinding } from "./findings.js";
import { type WriteVerdict } from "./judge-recording.js";
import { type WriteCounts } from "./ledger.js";

/** What one check of a recording decided. */
export interface CheckResults {
  /** The platform of the recording. */
  readonly platform: Platform;
  /** The number of the recording. */
  readonly recordingId: number;
  /** The profile that it was judged by. */
  readonly profile: string;
  /** How many writes there are of each verdict. */
  readonly counts: Readonly<WriteCounts>;
  /** The verdict about each write. */
  readonly verdicts: readonly WriteVerdict[];
  /** All findings, in the order of the report. */
  readonly found: readonly AnyFinding[];
  /** The same, described; in the same order. */
  readonly findings: readonly Finding[];
}

/** Replaces what an earlier check of the recording kept. */
export function keepResults(sqlite: Database.Database, results: CheckResults): void {
  const { recordingId, profile, counts, found, findings } = results;
  sqlite
    .transaction(() => {
      for (const table of ["write_verdict", "finding", "audit"] as const)
        run(sqlite, q.deleteFrom(table).where("recording_id", "=", recordingId));
      const audit = { recording_id: recordingId, rules: profile, ...counts };
      run(sqlite, q.insertInto("audit").values(audit));
      keepVerdicts(sqlite, results);
      for (const [i, finding] of findings.entries()) {
        const source = found[i];
        if (source === undefined) continue;
        run(sqlite, q.insertInto("finding").values(rowOf(recordingId, finding, source)));
      }
      const { hash: sealed } = sealOfVerdicts(sqlite, recordingId);
      run(sqlite, q.updateTable("audit").set({ sealed }).where("recording_id", "=", recordingId));
    })
    .immediate();
}

function keepVerdicts(
  sqlite: Database.Database,
  { platform, recordingId, verdicts }: CheckResults,
): void {
  const insert = sqlite.prepare(
    `INSERT INTO write_verdict (seq, recording_id, rule, verdict) VALUES (?, ?, ?, ?)
    ON CONFLICT (seq) DO UPDATE SET verdict = excluded.verdict`,
  );
  for (const [seq, rule, verdict] of verdicts)
    insert.run(seq, recordingId, rule === null ? null : platform.ruleId(rule), verdict);
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
