// The report of the last check of a recording, as it stands in the timeline (tables audit and finding).

import type Database from "better-sqlite3";
import { atOnce, type Steps } from "../base/steps.js";
import { irteKey, irteOfKey, type IrteKey } from "../domain/values/ids.js";
import { irteName, vcpuName } from "../domain/values/names.js";
import { sealOfReport } from "../timeline/integrity/verdicts.js";
import { platformOf } from "../platforms/registry.js";
import { seenNames } from "../timeline/read/directory.js";
import { type Recording } from "../timeline/read/recordings.js";
import { prepared } from "../timeline/store/sql.js";
import { checkSteps, type CheckAsked } from "./check.js";
import { CHECK_VERSION } from "./check-version.js";
import { type Finding } from "./describe-finding.js";
import { fingerprintOf } from "./fingerprint.js";
import { NeedlessLogCounter } from "./needless-logs.js";
import { whyNotStored, type KeptReport } from "./keep-results.js";
import { isPart, type Asked } from "./narrowed.js";
import { type CheckReport } from "./report.js";

/**
 * The report that a user asks for: of all findings from a new check, of a part of them as the last one stored it, where it
 * can be had. Throws as `check` does.
 */
export function askedReport(
  sqlite: Database.Database,
  recording: Recording,
  asked: Asked & CheckAsked,
): Steps<CheckReport> {
  if (isPart(asked)) return lastReport(sqlite, recording, asked);
  return checkSteps(sqlite, recording, asked);
}

/**
 * What `check` says of a recording: as the last check stored it, where that was the same check of the same version, else
 * from a new one. Throws as `check` does.
 */
export function* lastReport(
  sqlite: Database.Database,
  recording: Recording,
  { rules, store = true, unfinished }: CheckAsked = {},
): Steps<CheckReport> {
  const profiles = rules === undefined ? recording.rulesAllowed : [rules];
  const kept = yield* keptReport(sqlite, recording, profiles);
  if (kept === null) return yield* checkSteps(sqlite, recording, { rules, store, unfinished });
  return { ...kept, not_stored: whyNotStored(sqlite, store) };
}

/** The stored report by these profiles; null = there is none, or it is not what a check of this version stored. */
export function* keptReport(
  sqlite: Database.Database,
  recording: Recording,
  profiles: readonly string[],
): Steps<CheckReport | null> {
  const report = keptHead(sqlite, recording, profiles);
  yield;
  return report === null ? null : { ...report, findings: yield* keptFindings(sqlite, recording) };
}

/** The same, with no other findings than those that one of the names names, as `check --only` has them. */
export function keptReportOf(
  sqlite: Database.Database,
  recording: Recording,
  only: readonly string[],
): CheckReport | null {
  const report = keptHead(sqlite, recording, recording.rulesAllowed);
  if (report === null) return null;
  const names = JSON.stringify(only);
  const findings = atOnce(keptFindings(sqlite, recording, IS_NAMED, names, names));
  return { ...report, findings };
}

/** A finding of the stored report by these profiles; null = it has none of that id, or there is no report. */
export function keptFinding(
  sqlite: Database.Database,
  recording: Recording,
  profiles: readonly string[],
  id: string,
): Finding | null {
  if (keptHead(sqlite, recording, profiles) === null) return null;
  return atOnce(keptFindings(sqlite, recording, "f.id = ?", id))[0] ?? null;
}

/** The stored report without its findings, if they and it are what the last check stored. */
function keptHead(
  sqlite: Database.Database,
  recording: Recording,
  profiles: readonly string[],
): KeptReport["report"] | null {
  const { id, state } = recording;
  if (state !== "complete") return null;
  const row = prepared<[number], { report: string | null; report_sealed: string | null }>(
    sqlite,
    "SELECT report, report_sealed FROM audit WHERE recording_id = ?",
  ).get(id);
  if (row?.report == null || sealOfReport(sqlite, id) !== row.report_sealed) return null;
  const { version, report } = JSON.parse(row.report) as KeptReport;
  if (version !== CHECK_VERSION || report.rules_allowed.join() !== profiles.join()) return null;
  return report;
}

/** A row of `finding`, with the names of its vCPU and the place of its event. */
interface Row {
  readonly id: string;
  readonly kind: Finding["kind"];
  readonly rule: Finding["rule"];
  readonly invariant: Finding["invariant"];
  readonly severity: Finding["severity"];
  readonly seq: number;
  readonly time_ns: string;
  readonly line: number;
  readonly segment: number | null;
  readonly devid: number | null;
  readonly irte_index: number | null;
  readonly vm_id: number | null;
  readonly vcpu_id: number | null;
  readonly vm_name: string | null;
  /** With commas between them. */
  readonly fields: string;
  readonly expected_lo: string | null;
  readonly expected_hi: string | null;
  readonly observed_lo: string | null;
  readonly observed_hi: string | null;
  readonly cause_seq: number | null;
  /** A JSON array. */
  readonly evidence: string;
  readonly title: string;
  readonly bug: Finding["bug"];
  readonly times: number;
  readonly instead_of: string | null;
  readonly difference: Finding["difference"];
}

const WORDS = ["expected_lo", "expected_hi", "observed_lo", "observed_hi"];

/** The members of a row that are columns of `finding` as they are. */
const PLAIN = [
  ...[
    "id",
    "kind",
    "rule",
    "invariant",
    "severity",
    "seq",
    "segment",
    "devid",
    "irte_index",
    "vcpu",
  ],
  ...["fields", "cause_seq", "evidence", "title", "bug", "times", "instead_of", "difference"],
];

const MEMBERS = [
  ...PLAIN.map((name) => `'${name}', f.${name}`),
  ...WORDS.map(
    (name) => `'${name}', CASE WHEN f.${name} IS NOT NULL THEN printf('0x%016x', f.${name}) END`,
  ),
  ...["'time_ns', cast(e.time_ns AS text)", "'line', e.line", "'vm_id', vm.vm_id"],
  ...["'vcpu_id', vcpu.vcpu_id", "'vm_name', vm.name"],
].join(", ");

/** Rows as JSON: SQLite writes it and the engine reads it in half of the time that row objects take. */
const FINDINGS_SQL = `SELECT json_object(${MEMBERS})
  FROM finding AS f JOIN event AS e ON e.seq = f.seq
  LEFT JOIN vcpu ON vcpu.id = f.vcpu LEFT JOIN vm ON vm.id = vcpu.vm
  WHERE f.recording_id = ?`;

/** Does a name of a list name the finding? A write in another's place is one finding, and a missing write too. */
const IS_NAMED = `(EXISTS (
    SELECT 1 FROM json_each(?) WHERE value IN (f.kind, f.rule, f.invariant, f.bug))
  OR f.instead_of IS NOT NULL AND 'missing' IN (SELECT value FROM json_each(?)))`;

/** Findings that are read between two turns. */
const FINDINGS_PER_STEP = 512;

/** `where`: an SQL condition on `f` that they meet; its `values`. */
function* keptFindings(
  sqlite: Database.Database,
  recording: Recording,
  where = "1",
  ...values: readonly string[]
): Steps<readonly Finding[]> {
  const sql = `${FINDINGS_SQL} AND ${where} ORDER BY cast(substr(f.id, 2) AS integer)`;
  const found = prepared<(number | string)[], string>(sqlite, sql).pluck();
  const rows = found.all(recording.id, ...values);
  const names = seenNames(sqlite, recording);
  const costs = new NeedlessLogCounter(sqlite, recording, platformOf(recording), names);
  yield;
  const parsed: Row[] = [];
  for (const row of rows) {
    parsed.push(JSON.parse(row) as Row);
    if (parsed.length % FINDINGS_PER_STEP === 0) yield;
  }
  yield* costs.prepare(parsed.map((row) => ({ ...row, key: keyOf(row) })));
  const findings: Finding[] = [];
  for (const row of parsed) {
    findings.push(findingOfRow(row, costs));
    if (findings.length % FINDINGS_PER_STEP === 0) yield;
  }
  return findings;
}

/** The entry that a row is about; null = it is about none. */
function keyOf({ segment, devid, irte_index }: Row): IrteKey | null {
  const isOfEntry = segment !== null && devid !== null && irte_index !== null;
  return isOfEntry ? irteKey(segment, devid, irte_index) : null;
}

/** As FindingDescriber made it, its members in the same order. */
function findingOfRow(row: Row, costs: NeedlessLogCounter): Finding {
  const { vm_id, vcpu_id } = row;
  const key = keyOf(row);
  const identity = {
    ...{ kind: row.kind, rule: row.rule, invariant: row.invariant, bug: row.bug },
    irte: key === null ? null : nameOf(key),
    vcpu: vm_id === null || vcpu_id === null ? null : vcpuName(vm_id, vcpu_id),
    fields: (row.fields === "" ? [] : row.fields.split(",")) as Finding["fields"],
  };
  return {
    id: row.id,
    fingerprint: fingerprintOf(identity),
    ...identity,
    times: row.times,
    needless_logs: costs.of({ bug: row.bug, times: row.times, key }),
    ...{ severity: row.severity, seq: row.seq, time_ns: row.time_ns },
    ...{ line: row.line, vm_name: row.vm_name },
    expected: wordsOf(row.expected_lo, row.expected_hi),
    observed: wordsOf(row.observed_lo, row.observed_hi),
    ...{ instead_of: row.instead_of, cause_seq: row.cause_seq },
    evidence: JSON.parse(row.evidence) as readonly number[],
    ...{ title: row.title, difference: row.difference },
  };
}

function nameOf(key: IrteKey): string {
  const { segment, devid, index } = irteOfKey(key);
  return irteName(segment, devid, index);
}

function wordsOf(lo: string | null, hi: string | null): Finding["expected"] {
  return lo === null || hi === null ? null : { lo, hi };
}
