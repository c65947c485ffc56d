// What is told of a finding: the finding, what it was judged by, and the events that prove it with their lines.

import { type InvariantId } from "../domain/amd/invariants/invariants.js";
import { type RuleId } from "../domain/amd/rules/transitions.js";
import { withOwnName } from "../domain/values/names.js";
import { type KnownBug } from "../domain/platform/invariant.js";
import { type LogEntry } from "../query/log/log.js";
import { type RawLines } from "../timeline/import/raw-lines.js";
import { type Recording } from "../timeline/read/recordings.js";
import { type Platform } from "../domain/platform/platform.js";
import { platformOf } from "../platforms/registry.js";
import { type Finding } from "./describe-finding.js";

/** An event that proves a finding. */
export type Evidence = LogEntry & {
  /** Its line as the trace file has it; null = it cannot be quoted. */
  readonly raw: string | null;
};

/** A finding, what it was judged by, and the events that prove it. */
export interface Explanation {
  /** The finding as the report has it. */
  readonly finding: Finding;
  /** `uname -r` of the recorded host; null = not known. */
  readonly kernel: string | null;
  /** The profiles that it was judged by, such as `6.17`, or `6.12 and 6.16`. */
  readonly rules: string;
  /** The name of the trace file. */
  readonly file: string;
  /** SHA-256 of that file; null = the recording is no whole file. */
  readonly sha256: string | null;
  /** The events that prove it, in order. */
  readonly events: readonly Evidence[];
  /** The trace file that lines are quoted from; null = none are quoted. */
  readonly quoted_from: string | null;
  /** Why no lines are quoted, in one sentence; null = they are, or were not asked for. */
  readonly not_quoted: string | null;
  /** The rule or the invariant that it breaks; null = it names none. */
  readonly broken: Broken | null;
  /** The known bug that it is, with its fixes; null = none. */
  readonly known_bug: KnownBug | null;
}

/** A rule or an invariant, and what it demands. */
export interface Broken {
  /** Its name, such as `T6` or `I12`. */
  readonly id: RuleId | InvariantId;
  /** What it demands, in one sentence without a full stop; "" = no rule has this name. */
  readonly says: string;
}

/** An explanation without quoted lines: the trace file was not asked for. */
export function explanationOf(
  recording: Recording,
  finding: Finding,
  rules: string,
  events: readonly LogEntry[],
): Explanation {
  const { kernel, file, sha256 } = recording;
  const platform = platformOf(recording);
  const bug = platform.bugs.find(({ id }) => id === finding.bug);
  return {
    ...{ finding, kernel, rules, file, sha256 },
    events: events.map((event) => ({ ...event, raw: null })),
    quoted_from: null,
    not_quoted: "the trace file was not read",
    broken: brokenBy(platform, finding),
    known_bug: bug === undefined ? null : withoutTests(bug),
  };
}

function brokenBy({ invariants, transitions }: Platform, finding: Finding): Broken | null {
  const invariant = invariants.find(({ id }) => id === finding.invariant);
  if (invariant !== undefined && finding.invariant !== null)
    return { id: finding.invariant, says: invariant.says };
  if (finding.rule === null) return null;
  const rule = transitions.find(({ id }) => id === finding.rule);
  const says = rule === undefined ? "" : `${rule.says} (${rule.where.split(",")[0] ?? ""})`;
  return { id: finding.rule, says };
}

function withoutTests(bug: KnownBug): KnownBug {
  const { id, title, in: profiles, fixed_by, fixes, fixed_in, should, where, stimulus } = bug;
  return { id, title, in: profiles, fixed_by, fixes, fixed_in, should, where, stimulus };
}

/** The explanation with the lines of its events as the trace file has them. */
export function withRawLines(explanation: Explanation, raw: RawLines): Explanation {
  return {
    ...explanation,
    events: explanation.events.map((event) => ({
      ...event,
      raw: raw.text.get(event.line) ?? null,
    })),
    quoted_from: raw.file,
    not_quoted: raw.problem,
  };
}

/** What the finding is about, and what is wrong with it, in one sentence each. */
export function headline({ finding, known_bug }: Explanation): {
  readonly subject: string | null;
  readonly says: string;
} {
  if (known_bug === null) return { subject: null, says: finding.title };
  const { irte, vcpu, vm_name } = finding;
  const subject = irte ?? (vcpu === null ? "the host" : withOwnName(vcpu, vm_name));
  return { subject, says: known_bug.title };
}

/** Whom an event names. */
export function subjectsOf({ irte, vcpu, vm_id, vm_name, gsi, host_irq }: LogEntry): string[] {
  const who = vcpu ?? (vm_id === null ? null : `vm${vm_id}`);
  return [
    irte,
    who === null ? null : withOwnName(who, vm_name),
    gsi === null ? null : `gsi ${gsi}`,
    host_irq === null ? null : `irq ${host_irq}`,
  ].filter((part) => part !== null);
}

/** The function in which an event happened, as it is written: `avic_vcpu_load()`; its kind where none is known. */
export function placeOf({ function: name, kind }: LogEntry): string {
  return name === null ? kind : functionText(name);
}

/** The names of functions with parentheses. */
export function functionText(names: string): string {
  return names
    .split(" or ")
    .map((name) => `${name}()`)
    .join(" or ");
}
