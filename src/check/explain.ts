// A finding as a chain of events, for people who were not there.

import { lineName } from "../domain/values/names.js";
import { spelled } from "../domain/values/spelling.js";
import { type Fix } from "../domain/platform/commit.js";
import { timeText } from "../query/subject/when.js";
import { type Recording } from "../timeline/read/recordings.js";
import { type Platform } from "../domain/platform/platform.js";
import { platformOf } from "../platforms/registry.js";
import { type Finding } from "./describe-finding.js";
import {
  functionText,
  headline,
  placeOf,
  subjectsOf,
  type Evidence,
  type Explanation,
} from "./explanation.js";
import { needlessLogsText } from "./needless-logs.js";
import { wrapped } from "../base/wrapped.js";

const COLUMNS_MAX = 72;

/** Plain text of at most 72 columns, but for the quoted lines of the trace, which are as they are. */
export function explanationText(explanation: Explanation, recording: Recording): string[] {
  const { finding, kernel, rules, file, events, not_quoted, known_bug } = explanation;
  const { subject, says } = headline(explanation);
  const title = subject === null ? says : `${subject}: ${says} (${known_bug?.id ?? ""})`;
  return [
    ...wrapped(`${finding.id}: ${title}`, COLUMNS_MAX),
    "",
    `kernel     ${kernel ?? "unknown"}, judged by rules ${rules}`,
    `recording  ${file}`,
    `severity   ${finding.severity}${finding.times > 1 ? `; seen ${finding.times} times, first here` : ""}`,
    ...grounds(platformOf(recording), explanation),
    ...costOf(finding),
    "",
    "What happened:",
    ...events.flatMap((event) => ["", ...evidenceText(event, recording)]),
    ...words(finding),
    ...notQuoted(not_quoted),
  ];
}

function costOf({ needless_logs }: Finding): string[] {
  const cost = needlessLogsText(needless_logs);
  return cost === null ? [] : wrapped(`cost       ${cost}`, COLUMNS_MAX, "", 11);
}

/** Why the lines of the trace are not quoted; nothing where they are. */
export function notQuoted(reason: string | null): string[] {
  if (reason === null) return [];
  return [
    "",
    ...wrapped(
      `The trace file is not there, so its lines are not quoted, only numbered: ${reason}.`,
      COLUMNS_MAX,
    ),
  ];
}

function evidenceText(event: Evidence, recording: Recording): string[] {
  const { line, time_ns, cpu, comm, pid, kind, cause, cause_function, raw } = event;
  const isOwn = cause_function === event.function;
  const by = cause_function === null || isOwn ? "" : ` in ${functionText(cause_function)}`;
  const place = placeOf(event);
  const where = place === kind ? "" : ` in ${place}`;
  return [
    ...wrapped(
      `${lineName(line)}, ${timeText(recording, time_ns)}, CPU ${cpu}, ${comm ?? "?"}-${pid ?? "?"}: ${kind}${where}${cause === null ? "" : ` (${cause}${by})`}`,
      COLUMNS_MAX,
      "  ",
    ),
    ...subjectLine(event),
    ...payloadOf(event).map(([name, value]) => `    ${name} ${value}`),
    ...(raw === null ? [] : [raw]),
  ];
}

/** The fields of an event that say something, as text. */
export function payloadOf({ payload }: Evidence): (readonly [name: string, value: string])[] {
  return Object.entries(payload)
    .filter(([name, value]) => value !== null && name !== "returned_line")
    .map(([name, value]) => [name, spelled(name, value)] as const);
}

function subjectLine(event: Evidence): string[] {
  const parts = subjectsOf(event);
  return parts.length === 0 ? [] : [`    ${parts.join(", ")}`];
}

/** What the platform's tables say of what the finding names. */
function grounds({ differences }: Platform, { finding, broken, known_bug }: Explanation): string[] {
  const shown = differences.find(({ name }) => name === finding.difference);
  const fixes = known_bug?.fixes ?? shown?.fixes ?? [];
  return [
    broken === null
      ? null
      : `${finding.invariant === null ? "rule     " : "invariant"}  ${broken.id}: ${broken.says}`,
    known_bug === null
      ? null
      : `known bug  ${known_bug.id}, in rules ${known_bug.in.join(", ")}; fixed in ${known_bug.fixed_in}`,
    known_bug === null ? null : `should be  ${known_bug.should} (${known_bug.where})`,
    shown === undefined ? null : `difference ${shown.name} (patch ${shown.patch}): ${shown.says}`,
    ...fixes.map((fix) => `commit     ${fixText(fix)}`),
  ].flatMap((line) => (line === null ? [] : wrapped(line, COLUMNS_MAX, "", 11)));
}

/** A commit as the kernel's people cite it, with where it comes from. */
export function fixText({ commit, subject, series, patch }: Fix): string {
  const cited = commit === null ? `"${subject}"` : `${commit} ("${subject}")`;
  return series === null
    ? `${cited}, ${patch}`
    : `${cited}, patch ${patch} of ${series.patches} of "${series.subject}"`;
}

/** What the rules demand and what the trace shows, bit for bit. */
export function words({ expected, observed }: Finding): string[] {
  const line = (label: string, bits: Finding["expected"]): string[] =>
    bits === null ? [] : [`  ${label}  hi ${bits.hi}  lo ${bits.lo}`];
  const lines = [...line("the rules demand", expected), ...line("the trace shows ", observed)];
  return lines.length === 0 ? [] : ["", ...lines];
}
