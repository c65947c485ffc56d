// `check`: runs the rules over a recording and keeps what they decide (tables audit, write_verdict,
// finding), where the timeline can be written.

import type Database from "better-sqlite3";
import { TwinError } from "../base/errors.js";
import { hex64, int64 } from "../base/words.js";
import { INVARIANTS, KNOWN_BUGS } from "../domain/amd/invariants.js";
import { irteName, vcpuName } from "../domain/names.js";
import { PROBE } from "../domain/amd/probes.js";
import { RULES, type Difference, type Rules, type RulesId } from "../domain/amd/releases.js";
import { irteOfKey } from "../domain/ids.js";
import { TRANSITIONS } from "../domain/amd/transitions.js";
import { type IrteBits } from "../domain/bits.js";
import { directory, type Directory } from "../timeline/read/directory.js";
import { eventsBetween, timeOf, returnsBetween } from "../timeline/read/events.js";
import { gaps } from "../timeline/read/gaps.js";
import { type Recording } from "../timeline/read/recordings.js";
import { all, q, run } from "../timeline/store/sql.js";
import { Checker } from "./checker.js";
import { type Verdict, type WriteCounts } from "./verdict.js";
import { type TagNames } from "../domain/model/kernel.js";
import { type InvariantCount, type Violation } from "./invariants.js";
import { differenceShown } from "./difference.js";
import {
  differingFields,
  ruleId,
  severityOf,
  titleOf,
  type AnyFinding,
  type Severity,
} from "./findings.js";

export interface Finding {
  readonly id: string;
  readonly kind: "mismatch" | "unexpected" | "missing" | "invariant";
  readonly rule: string | null;
  readonly invariant: string | null;
  readonly severity: Severity;
  readonly seq: number;
  readonly time_ns: string;
  /** The known bug of the kernel's release that it is. */
  readonly bug: string | null;
  /** Judged by other rules than the recording's: the difference of the two that it shows. */
  readonly difference: Difference | null;
  /** How often it was seen. */
  readonly times: number;
  /** The line of the trace. */
  readonly line: number;
  readonly irte: string | null;
  readonly vcpu: string | null;
  readonly fields: readonly string[];
  readonly expected: { readonly lo: string; readonly hi: string } | null;
  readonly observed: { readonly lo: string; readonly hi: string } | null;
  /** The IRTE that the rules demand a write of where this one was written. */
  readonly instead_of: string | null;
  readonly cause_seq: number | null;
  readonly evidence: readonly number[];
  readonly title: string;
}

export interface CheckReport {
  readonly recording_id: number;
  /** inconclusive: there is no line of irte_write, or none of the writes could be decided. */
  readonly verdict: "pass" | "fail" | "inconclusive";
  readonly rules: RulesId;
  readonly writes: Readonly<WriteCounts>;
  /** Share of the writes that could be decided, 0 to 1; null where there was none. */
  readonly decided: number | null;
  readonly invariants: readonly InvariantCount[];
  readonly findings: readonly Finding[];
}

const PAGE_EVENTS = 8192;

/** What `only` can name: invariants, transition rules, known bugs, kinds of findings. */
export const CHECK_IDS: readonly string[] = [
  ...INVARIANTS.map(({ id }) => id),
  ...TRANSITIONS.map(({ id }) => id),
  ...Object.keys(KNOWN_BUGS),
  ...(["mismatch", "unexpected", "missing", "invariant"] satisfies Finding["kind"][]),
];

/** The report with the findings that `only` names, numbered as before. */
export function narrowed(report: CheckReport, only: readonly string[]): CheckReport {
  // A write in another's place is one finding, and a missing write too.
  const isNamed = ({ kind, rule, invariant, bug, instead_of }: Finding): boolean =>
    [kind, rule, invariant, bug, instead_of === null ? null : "missing"].some(
      (id) => id !== null && only.includes(id),
    );
  if (report.verdict === "inconclusive") return report;
  const findings = report.findings.filter(isNamed);
  const named = report.invariants.filter(({ id }) => only.includes(id));
  return {
    ...report,
    verdict: findings.length === 0 ? "pass" : "fail",
    invariants: named.length === 0 ? report.invariants : named,
    findings,
  };
}

/** Checks a recording by its own rules, or by others. Throws ERR_KERNEL_UNKNOWN where it has none. */
export function check(
  sqlite: Database.Database,
  recording: Recording,
  rulesId?: RulesId,
): CheckReport {
  const id = rulesId ?? recording.rules;
  if (id === null) {
    throw new TwinError(
      "ERR_KERNEL_UNKNOWN",
      `recording ${recording.id} has no rules profile: name one with --rules`,
    );
  }
  const who = directory(sqlite, recording);
  // An import that is not complete does not know its names yet.
  if (who.names.size > 0 && !who.names.has(PROBE.irte_write)) return unjudged(recording, id);
  const { checker, verdicts } = judge(sqlite, recording, who, id);
  const found = [...checker.findings, ...checker.invariants.violations.map(asFinding)].sort(
    (a, b) => a.seq - b.seq,
  );
  const shown = differences(sqlite, recording, who, id);
  const findings = found.map((finding, i) => ({
    ...describe(sqlite, who, finding, `F${i + 1}`),
    difference: shown(finding),
  }));
  const { counts } = checker;
  if (!sqlite.readonly) store(sqlite, recording, id, { counts, verdicts, found, findings });
  const decided = counts.explained + counts.mismatched + counts.unexpected;
  return {
    recording_id: recording.id,
    verdict:
      findings.length > 0 ? "fail" : counts.observed > 0 && decided === 0 ? "inconclusive" : "pass",
    rules: id,
    writes: counts,
    invariants: [...checker.invariants.counts.values()],
    decided: counts.observed === 0 ? null : decided / counts.observed,
    findings,
  };
}

/** Predicted IRTEs are what the rules say: by the rules they cannot be judged, nor the invariants. */
function unjudged({ id }: Recording, rules: RulesId): CheckReport {
  const { counts } = new Checker(
    RULES[rules],
    () => false,
    new Map(),
    () => null,
  );
  return {
    recording_id: id,
    verdict: "inconclusive",
    rules,
    writes: counts,
    decided: null,
    invariants: [],
    findings: [],
  };
}

type Verdicts = (readonly [seq: number, rule: string | null, verdict: Verdict])[];

/** Runs the rules over the recording. */
function judge(
  sqlite: Database.Database,
  recording: Recording,
  who: Directory,
  id: RulesId,
): { readonly checker: Checker; readonly verdicts: Verdicts } {
  const verdicts: Verdicts = [];
  const checker = new Checker(
    RULES[id],
    (name) => who.names.has(name),
    apicIds(sqlite, recording),
    tagNames(who, RULES[id]),
    ({ seq }, verdict, rule) => verdicts.push([seq, rule, verdict]),
  );
  const logical = destMode(sqlite, recording);
  if (logical !== null) checker.assumeDestMode(logical);
  checker.assumeGaps(gaps(sqlite, recording));
  const last = recording.lastSeq ?? recording.firstSeq - 1;
  for (let from = recording.firstSeq; from <= last; from += PAGE_EVENTS) {
    const to = Math.min(last, from + PAGE_EVENTS - 1);
    checker.returned(returnsBetween(sqlite, from, to));
    for (const event of eventsBetween(sqlite, from, to)) checker.step(event);
  }
  checker.end();
  return { checker, verdicts };
}

/** Judged by other rules than its own: which difference of the two each finding shows. */
function differences(
  sqlite: Database.Database,
  recording: Recording,
  who: Directory,
  id: RulesId,
): (finding: AnyFinding) => Difference | null {
  const own = recording.rules;
  if (own === null || own === id) return () => null;
  const { verdicts } = judge(sqlite, recording, who, own);
  const ruleOf = new Map(verdicts.map(([seq, rule]) => [seq, rule]));
  return (finding) =>
    differenceShown(finding, fieldsOf(finding), ruleOf.get(finding.seq) ?? null, id, own);
}

/** The fields that a mismatch is about. */
function fieldsOf({ kind, expected, observed }: AnyFinding): readonly string[] {
  const isMismatch = kind === "mismatch" && expected !== null && observed !== null;
  return isMismatch ? differingFields(expected, observed) : [];
}

function tagNames(who: Directory, rules: Rules): TagNames {
  return (vcpu) => {
    const row = who.vcpus.get(vcpu);
    const vm_id = row === undefined ? null : (who.vms.get(row.vm)?.vm_id ?? null);
    const field = rules.tagVcpuField === "vcpu_id" ? row?.vcpu_id : row?.vcpu_idx;
    return vm_id === null || field == null ? null : { vm_id, field };
  };
}

function apicIds(sqlite: Database.Database, recording: Recording): ReadonlyMap<number, number> {
  const rows = all(
    sqlite,
    q.selectFrom("host_cpu").select(["cpu", "apic_id"]).where("recording_id", "=", recording.id),
  );
  return new Map(rows.map(({ cpu, apic_id }) => [cpu, apic_id]));
}

/** The dm bit of most valid remapped entries; null where there is none. */
function destMode(sqlite: Database.Database, recording: Recording): boolean | null {
  const dm = sqlite
    .prepare<[number], number>(
      `SELECT (lo >> 6) & 1 AS dm FROM irte_interval WHERE recording_id = ? AND lo & 129 = 1
      GROUP BY dm ORDER BY count(*) DESC LIMIT 1`,
    )
    .pluck()
    .get(recording.id);
  return dm === undefined ? null : dm === 1;
}

function describe(
  sqlite: Database.Database,
  who: Directory,
  finding: AnyFinding,
  id: string,
): Omit<Finding, "difference"> {
  const irte = finding.key === null ? null : nameOfKey(finding.key);
  const { expected, observed } = finding;
  const fields = fieldsOf(finding);
  const line = sqlite
    .prepare<[number], number>("SELECT line FROM event WHERE seq = ?")
    .pluck()
    .get(finding.seq);
  return {
    id,
    kind: finding.kind,
    rule: finding.rule === null ? null : ruleId(finding.rule),
    invariant: finding.invariant ?? null,
    bug: finding.bug ?? null,
    times: finding.times ?? 1,
    severity: severityOf(finding, fields),
    seq: finding.seq,
    time_ns: String(timeOf(sqlite, finding.seq)),
    line: line ?? 0,
    irte,
    vcpu: nameOfVcpu(who, finding.vcpu),
    fields,
    expected: expected === null ? null : wordsOf(expected.bits),
    observed: observed === null ? null : wordsOf(observed),
    instead_of: finding.instead_of === undefined ? null : nameOfKey(finding.instead_of),
    cause_seq: finding.cause_seq,
    evidence: finding.evidence,
    title: titleOf(finding, irte ?? nameOfVcpu(who, finding.vcpu) ?? "?", fields, nameOfKey),
  };
}

function nameOfVcpu(who: Directory, vcpu: number | null): string | null {
  const row = vcpu === null ? undefined : who.vcpus.get(vcpu);
  const vm = row === undefined ? undefined : who.vms.get(row.vm);
  return row === undefined || vm?.vm_id == null ? null : vcpuName(vm.vm_id, row.vcpu_id);
}

function wordsOf(bits: IrteBits): { lo: string; hi: string } {
  return { lo: hex64(bits.loH, bits.loL), hi: hex64(bits.hiH, bits.hiL) };
}

interface Results {
  readonly counts: WriteCounts;
  readonly verdicts: Verdicts;
  readonly found: readonly AnyFinding[];
  readonly findings: readonly Finding[];
}

const NO_IRTE = { segment: null, devid: null, index: null } as const;

function asFinding({ id, bug, seq, key, vcpu, evidence, times }: Violation): AnyFinding {
  return {
    kind: "invariant",
    rule: null,
    invariant: id,
    bug,
    times,
    seq,
    key,
    vcpu,
    expected: null,
    observed: null,
    cause_seq: null,
    evidence,
  };
}

function nameOfKey(key: number): string {
  const { segment, devid, index } = irteOfKey(key);
  return irteName(segment, devid, index);
}

/** Replaces what an earlier check of the recording kept. */
function store(
  sqlite: Database.Database,
  recording: Recording,
  rules: RulesId,
  results: Results,
): void {
  const of = recording.id;
  const { counts, verdicts, found, findings } = results;
  const insertVerdict = sqlite.prepare(
    `INSERT INTO write_verdict (seq, recording_id, rule, verdict) VALUES (?, ?, ?, ?)
    ON CONFLICT (seq) DO UPDATE SET verdict = excluded.verdict`,
  );
  sqlite
    .transaction(() => {
      for (const table of ["write_verdict", "finding", "audit"] as const) {
        run(sqlite, q.deleteFrom(table).where("recording_id", "=", of));
      }
      run(sqlite, q.insertInto("audit").values({ recording_id: of, rules, ...counts }));
      for (const [seq, rule, verdict] of verdicts)
        insertVerdict.run(seq, of, rule === null ? null : ruleId(rule), verdict);
      findings.forEach((finding, i) => {
        const source = found[i];
        if (source !== undefined)
          run(sqlite, q.insertInto("finding").values(rowOf(of, finding, source)));
      });
    })
    .immediate();
}

function rowOf(
  recording_id: number,
  finding: Finding,
  { key, vcpu, expected, observed }: AnyFinding,
) {
  const { segment, devid, index } = key === null ? NO_IRTE : irteOfKey(key);
  const { id, kind, rule, invariant, severity, seq, cause_seq, title } = finding;
  return {
    recording_id,
    id,
    kind,
    rule,
    invariant,
    severity,
    seq,
    devid,
    irte_index: index,
    segment,
    vcpu,
    cause_seq,
    title,
    bug: finding.bug,
    times: finding.times,
    instead_of: finding.instead_of,
    difference: finding.difference,
    fields: finding.fields.join(","),
    expected_lo: expected === null ? null : int64(expected.bits.loH, expected.bits.loL),
    expected_hi: expected === null ? null : int64(expected.bits.hiH, expected.bits.hiL),
    observed_lo: observed === null ? null : int64(observed.loH, observed.loL),
    observed_hi: observed === null ? null : int64(observed.hiH, observed.hiL),
    evidence: JSON.stringify(finding.evidence),
  };
}
