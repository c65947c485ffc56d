// A finding as a mail to a kernel's list: who reads it has not got irqtwin, the recording, or the series at hand.

import { exactly, type IrteBits } from "../domain/values/bits.js";
import { type Fix } from "../domain/platform/commit.js";
import { lineName } from "../domain/values/names.js";
import { spelled } from "../domain/values/spelling.js";
import { highOf, lowOf } from "../base/words.js";
import { platformOf } from "../platforms/registry.js";
import { timeText } from "../query/subject/when.js";
import { type Recording } from "../timeline/read/recordings.js";
import { payloadOf } from "./explain.js";
import {
  functionText,
  headline,
  placeOf,
  subjectsOf,
  type Evidence,
  type Explanation,
} from "./explanation.js";
import { needlessLogsText } from "./needless-logs.js";
import { reproduction } from "./reproduction.js";
import { wrapped } from "../base/wrapped.js";

const COLUMNS_MAX = 76;

/**
 * A mail in ASCII: its subject, an empty line, its text. At most 76 columns, but for the quoted lines of the trace and
 * commands, which are not broken.
 */
export function mailText(explanation: Explanation, recording: Recording): string[] {
  return [
    ...folded(`Subject: ${subjectOf(explanation)}`),
    "",
    ...summary(explanation, recording),
    "",
    "What was expected",
    "-----------------",
    ...expectation(explanation, recording),
    "",
    "What the trace shows",
    "--------------------",
    ...evidence(explanation, recording),
    "",
    "How to reproduce it",
    "-------------------",
    ...reproduction(explanation, recording).flatMap(({ text, isCommand }) =>
      isCommand ? command(text) : paragraph(text),
    ),
  ].map(ascii);
}

/** Other characters are written out: a list's archive shows them alike to everybody. */
function ascii(line: string): string {
  return line.replace(
    /[^\x20-\x7e\t]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

function paragraph(text: string): string[] {
  return wrapped(text, COLUMNS_MAX, "", 0);
}

/** A command, broken as a shell lets it be broken. */
function command(text: string): string[] {
  const lines = wrapped(text, COLUMNS_MAX - 2, "  ", 4);
  return lines.map((line, i) => `${line}${i < lines.length - 1 ? " \\" : ""}`);
}

/** A header of a mail: its later lines begin with a space. */
function folded(header: string): string[] {
  return wrapped(header, COLUMNS_MAX, "", 1);
}

/** Without our name for the rule, which is told in full. */
function withoutRule(title: string): string {
  return title.replace(/ \(T\d+[^)]*\)$/, "");
}

function subjectOf(explanation: Explanation): string {
  const { finding, kernel } = explanation;
  const says = withoutRule(headline(explanation).says);
  const area = finding.kind === "contradiction" ? "irqtwin" : "KVM: SVM";
  return `${area}: ${says}${kernel === null ? "" : ` (Linux ${kernel})`}`;
}

const SEVERITY = {
  safety: "An interrupt can be lost or go astray by it.",
  performance: "It costs time; no interrupt is lost by it.",
  consistency: "No interrupt is lost by it.",
} as const;

function summary(explanation: Explanation, recording: Recording): string[] {
  const { finding, kernel, events } = explanation;
  const { subject, says } = headline(explanation);
  const host = `On Linux ${kernel ?? "of an unknown release"} (an AMD host with AVIC)`;
  const what = subject === null ? withoutRule(says) : `${subject}: ${says}`;
  const first = events.at(-1);
  const seen =
    finding.times > 1 ? `It was seen ${finding.times} times; the first time ` : "It was seen ";
  const where =
    first === undefined
      ? ""
      : ` ${seen}at ${timeWithUnit(recording, first.time_ns)}, line ${first.line} of the trace.`;
  const weight =
    finding.kind === "contradiction"
      ? "This is about the trace and says nothing about the kernel: two of its lines cannot both be true."
      : SEVERITY[finding.severity];
  return [
    ...paragraph(
      `${host} an ftrace recording shows this: ${what}.${where} ${weight}${costOf(finding)}`,
    ),
    ...otherRules(explanation, recording),
    ...knownBug(explanation),
  ];
}

function costOf({ needless_logs }: Explanation["finding"]): string {
  const cost = needlessLogsText(needless_logs);
  return cost === null ? "" : ` What it cost: ${cost}.`;
}

/** A kernel is not wrong because it does not do what another release does. */
function otherRules({ finding, rules }: Explanation, recording: Recording): string[] {
  if (rules === recording.rules) return [];
  const shown = platformOf(recording).differences.find(({ name }) => name === finding.difference);
  return [
    "",
    ...paragraph(
      `It was judged by the code of Linux ${rules}, which is not the recorded kernel's own: a difference between the two is no fault.${shown === undefined ? "" : ` They differ in this: ${shown.says} (${shown.where}), because of`}`,
    ),
    ...(shown === undefined ? [] : ["", ...shown.fixes.flatMap(fixLines)]),
  ];
}

/** A commit as the kernel's people cite it, and where it was discussed. */
function fixLines({ commit, subject, link, patch, series }: Fix): string[] {
  return [
    ...wrapped(`${commit ?? "commit"} ("${subject}")`, COLUMNS_MAX, "  ", 2),
    series === null ? `    ${patch}` : `    [PATCH v3 ${patch}/${series.patches}]`,
    ...(link === null ? [] : [`    ${link}`]),
  ];
}

/** A time as the trace prints it, with its unit. */
function timeWithUnit(recording: Recording, time: string): string {
  const text = timeText(recording, time);
  return recording.clockUnit === "ticks" ? `${text} (ticks of the trace's clock)` : `${text} s`;
}

/** Since when it is fixed, and by what. */
function knownBug({ known_bug }: Explanation): string[] {
  if (known_bug === null) return [];
  const { fixes, fixed_in } = known_bug;
  const series = fixes.find((fix) => fix.series !== null)?.series ?? null;
  return [
    "",
    ...paragraph(
      `This is a known bug of kernels that behave as Linux ${known_bug.in.join(" or ")}. Linux ${fixed_in} does not have it, because of`,
    ),
    "",
    ...fixes.flatMap(fixLines),
    ...(series === null
      ? []
      : ["", ...paragraph(`of the series "${series.subject}":`), `  ${series.link}`]),
  ];
}

function expectation(explanation: Explanation, recording: Recording): string[] {
  const { finding, known_bug, rules } = explanation;
  const { transitions, invariants, contradictions } = platformOf(recording);
  const rule = transitions.find(({ id }) => id === finding.rule);
  const broken = invariants.find(({ id }) => id === finding.invariant);
  if (finding.kind === "contradiction")
    return paragraph(
      `What lines that are all true show together: ${contradictions.map(({ says }) => says).find((says) => finding.title.includes(says)) ?? finding.title}.`,
    );
  return [
    ...(known_bug === null ? [] : paragraph(`In ${known_bug.where}: ${known_bug.should}.`)),
    ...(rule === undefined
      ? []
      : paragraph(`By the code of Linux ${rules}, in ${rule.where}: ${rule.says}.`)),
    ...(broken === undefined
      ? []
      : paragraph(
          `Between two operations this must hold: ${broken.says}. It did not after ${lastPlace(explanation)}.`,
        )),
    ...(rule === undefined && broken === undefined
      ? paragraph(`By the code of Linux ${rules} no function writes this entry there.`)
      : []),
    ...bits(explanation, recording),
  ];
}

function lastPlace({ events }: Explanation): string {
  const last = events.at(-1);
  if (last === undefined) return "not seen";
  const { cause_function } = last;
  const within =
    cause_function === null || cause_function === last.function
      ? ""
      : `, called by ${functionText(cause_function)}`;
  return `${placeOf(last)}${within}`;
}

/** The entry as it should be and as it is, its fields decoded where they differ. */
function bits({ finding }: Explanation, recording: Recording): string[] {
  const { expected, observed, fields } = finding;
  if (expected === null && observed === null) return [];
  const platform = platformOf(recording);
  const decoded = (words: typeof expected): Readonly<Record<string, unknown>> =>
    words === null ? {} : { ...platform.describe(exactly(bitsOf(words))) };
  const [should, is] = [decoded(expected), decoded(observed)];
  const value = (of: Readonly<Record<string, unknown>>, name: string): string => {
    const found = of[name];
    return typeof found === "number" || typeof found === "boolean" || typeof found === "string"
      ? spelled(name, found)
      : "?";
  };
  return [
    "",
    ...(expected === null ? [] : [`  expected  hi ${expected.hi}  lo ${expected.lo}`]),
    ...(observed === null ? [] : [`  written   hi ${observed.hi}  lo ${observed.lo}`]),
    ...fields.map(
      (name) => `  ${name}: expected ${value(should, name)}, written ${value(is, name)}`,
    ),
  ];
}

function bitsOf({ lo, hi }: { readonly lo: string; readonly hi: string }): IrteBits {
  const [low, high] = [BigInt(lo), BigInt(hi)];
  return { loH: highOf(low), loL: lowOf(low), hiH: highOf(high), hiL: lowOf(high) };
}

function evidence(
  { events, file, sha256, not_quoted }: Explanation,
  recording: Recording,
): string[] {
  const unit = recording.clockUnit === "ticks" ? "ticks of a counter clock" : "seconds";
  return [
    ...paragraph(`The trace is ${file}${sha256 === null ? "" : ", SHA-256"}`),
    ...(sha256 === null ? [] : [`  ${sha256}`]),
    ...paragraph(
      `Times are as it prints them (${unit}). vmN is the VM with avic_vm_id N, vcpuM its vCPU with vcpu_id M; an IRTE is PCI device/index.`,
    ),
    ...(not_quoted === null
      ? []
      : paragraph(
          `Its lines are not quoted here, only numbered, because the file is not there: ${not_quoted}.`,
        )),
    ...events.flatMap((event, i) => ["", ...evidenceText(event, i + 1, recording)]),
  ];
}

function evidenceText(event: Evidence, number: number, recording: Recording): string[] {
  const { line, cpu, comm, pid, cause, cause_function, raw, time_ns } = event;
  const by =
    cause_function === null || cause_function === event.function
      ? ""
      : ` in ${functionText(cause_function)}`;
  const who = subjectsOf(event);
  const head = `(${number}) ${lineName(line)}, ${timeText(recording, time_ns)}, CPU ${cpu}, ${comm ?? "?"}-${pid ?? "?"}: ${placeOf(event)}${who.length === 0 ? "" : ` for ${who.join(", ")}`}${cause === null ? "" : `; cause: ${cause}${by}`}`;
  const payload = payloadOf(event).map(([name, value]) => `${name}=${value}`);
  return [
    ...wrapped(head, COLUMNS_MAX, "", 4),
    ...(raw !== null
      ? [raw]
      : payload.length === 0
        ? []
        : wrapped(payload.join(" "), COLUMNS_MAX, "    ", 0)),
  ];
}
