// irqtwin first

import { EXIT, TwinError } from "../base/errors.js";
import {
  checkIds,
  lineName,
  WHEN_FORMS,
  formatTime,
  parseTest,
  type FirstAnswer,
  type RecordingFacts,
  type RecordingView,
} from "../index.js";
import { ownName } from "./at.js";
import { SUBJECT_OPTIONS, subjectOf } from "./subject-options.js";
import { type Arguments, type Command } from "./command.js";
import { withTimeline } from "./with-timeline.js";

/** The command `first`. */
export const firstCommand: Command = {
  name: "first",
  json: "document",
  operands: "TEST...",
  summary: "the first moment at which a test holds, or an invariant fails",
  details: [
    "TEST: field=value or field!=value of one entity (--irte, --vcpu or --vm), all of them; or an invariant,",
    "rule, bug or kind of finding, as in `check --only`. Fields and values are those of `at --json`; none for",
    "null, and 1 and 0 for true and false. Any other field or value is refused.",
    "Fields that intervals have (mode, valid, vector, destination, is_run, ga_log_intr, vcpu, run_state, pcpu,",
    "avic_active, ...) are looked for in order: exact. Others (gsi, ir_list, inhibits, ...) are bisected in",
    "O(log n) states: right if what has become true stays true up to --until.",
    `WHEN: ${WHEN_FORMS}.`,
    "",
    "exit status: 0 found; 1 it never holds; 4 it may have held before, while it was not known.",
  ].join("\n"),
  options: {
    ...SUBJECT_OPTIONS,
    since: { type: "string", value: "WHEN", help: "not before this moment (default: start)" },
    until: { type: "string", value: "WHEN", help: "not after this moment (default: end)" },
  },
  examples: [
    "irqtwin first --irte 00:08.0/0 mode=posted is_run=true",
    "irqtwin first --irte 00:08.0/0 vcpu=vm1/vcpu1",
    "irqtwin first --vcpu vm1/vcpu0 run_state=blocking --since @200",
    "irqtwin first --vm 1 inhibits!= --json",
    "irqtwin first I10",
  ],
  run,
};

async function run(args: Arguments): Promise<number> {
  return withTimeline(args, (timeline, output) => {
    const recording = timeline.recording(args.count("recording"));
    const answer = ask(recording, args);
    if (args.flag("json")) output.json(answer);
    else output.lines(textOf(answer, recording));
    return { found: EXIT.ok, never: EXIT.found, inconclusive: EXIT.inconclusive }[answer.verdict];
  });
}

function ask(recording: RecordingView, args: Arguments): FirstAnswer {
  const { operands } = args;
  const span = { since: args.text("since"), until: args.text("until") };
  if (operands.length > 0 && operands.every((id) => checkIds().includes(id)))
    return recording.first({ only: operands, ...span });
  const malformed = operands.find((text) => parseTest(text) === null);
  if (malformed !== undefined)
    throw new TwinError(
      "ERR_USAGE",
      `${malformed} is no test: write field=value, field!=value, or one of ${checkIds().join(", ")}`,
    );
  const subject = subjectOf(args);
  const given = [subject.irte, subject.vcpu, subject.vm_id].filter((each) => each !== undefined);
  if (operands.length === 0 || given.length !== 1)
    throw new TwinError(
      "ERR_USAGE",
      "first needs a test, and one of --irte, --vcpu and --vm to test: see `irqtwin first --help`",
    );
  return recording.first({ tests: operands, ...subject, ...span });
}

const HOW: Readonly<Record<FirstAnswer["method"], string>> = {
  intervals: "intervals looked at, in order",
  bisect: "states looked at, by halving: right if it stayed so",
  check: "findings",
};

function textOf(answer: FirstAnswer, recording: RecordingFacts): string[] {
  const { verdict, method, seq, time_ns, line, kind, maybe_seq, looked_at, title } = answer;
  const subject = ownName(answer.subject, answer.vm_name);
  const how = `  ${looked_at} ${HOW[method]}`;
  const open =
    maybe_seq === null ? [] : [`  it may have held from @${maybe_seq} on: it was not known`];
  if (seq === null && method === "bisect") return [...notAtEnd(maybe_seq), how];
  if (seq === null)
    return [verdict === "never" ? "it never holds" : "it is never known to hold", ...open, how];
  return [
    `@${seq} (${line === null ? "line ?" : lineName(line)}, ${time_ns === null ? "?" : formatTime(recording, time_ns)}): ${[kind ?? "?", ...(subject === null ? [] : [subject])].join(" ")}`,
    ...(title === null ? [] : [`  ${title}`]),
    ...open,
    how,
  ];
}

/** Halving looks at few states: of those before the last one it says nothing. */
function notAtEnd(maybe_seq: FirstAnswer["maybe_seq"]): string[] {
  return [
    "at the end of the span it does not hold, or is not known",
    `  it may have held from @${maybe_seq ?? "?"} on, as not every state was looked at: --until a moment at which it holds tells since when`,
  ];
}
