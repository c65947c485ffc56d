// How a finding is reproduced: from the trace that shows it, and on a live host.

import { type Recording } from "../timeline/read/recordings.js";
import { type Explanation } from "./explanation.js";

/** A paragraph of text, or a command as it is typed. */
export interface Step {
  /** The paragraph, or the command line. */
  readonly text: string;
  /** It is a command, to be typed as it stands. */
  readonly isCommand: boolean;
}

const say = (text: string): Step => ({ text, isCommand: false });
const type = (text: string): Step => ({ text, isCommand: true });

/** What to do, in order. The commands use a timeline of their own, so numbers of events do not matter. */
export function reproduction(explanation: Explanation, recording: Recording): readonly Step[] {
  return [...fromTheTrace(explanation, recording), say(""), ...onAHost(explanation)];
}

function fromTheTrace(
  { finding, rules, file }: Explanation,
  recording: Recording,
): readonly Step[] {
  const judged = rules === recording.rules ? "" : ` --rules ${rules}`;
  const explained = /^[\w.]+$/.test(rules) ? judged : "";
  return [
    say("From the trace (irqtwin reads it into a file of its own):"),
    type(`irqtwin import ${quoted(file)}${howItWasRead(recording)} --db report.db`),
    type(`irqtwin explain ${finding.id}${explained} --db report.db`),
    type(`irqtwin at line:${finding.line}${subject(explanationSubject(finding))} --db report.db`),
  ];
}

function explanationSubject({
  irte,
  vcpu,
}: Explanation["finding"]): readonly [string, string] | null {
  if (irte !== null) return ["irte", irte];
  return vcpu === null ? null : ["vcpu", vcpu];
}

function subject(of: readonly [string, string] | null): string {
  return of === null ? "" : ` --${of[0]} ${of[1]}`;
}

/** The options of the import without which the recording may be read in another way. */
function howItWasRead({ kernel, clockHz, rules, rulesFrom }: Recording): string {
  return [
    ...(kernel === null ? [] : [` --kernel ${quoted(kernel)}`]),
    ...(rulesFrom === "option" && rules !== null ? [` --rules ${rules}`] : []),
    ...(clockHz === null ? [] : [` --clock-hz ${clockHz}`]),
  ].join("");
}

function onAHost({ finding, known_bug }: Explanation): readonly Step[] {
  if (finding.kind === "contradiction")
    return [
      say("On a live host: record again, with a larger buffer (irqtwin capture --buffer KB)."),
    ];
  return [
    say(
      known_bug === null
        ? "On a live host, record what happens while the VM does the same:"
        : `On a live host: ${known_bug.stimulus}. Record meanwhile:`,
    ),
    type("irqtwin capture > record.sh"),
    type("sudo sh record.sh --seconds 60 --output report"),
    type("irqtwin import report.trace.gz --db report2.db"),
    type("irqtwin check --db report2.db"),
  ];
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
