// irqtwin log

import { EXIT } from "../base/errors.js";
import {
  EVENT_KINDS,
  FATES,
  INTERRUPT_VERDICTS,
  formatTime,
  inhibitNames,
  spelled,
  lineRef,
  withOwnName,
  type FieldChange,
  type LogEntry,
  type RecordingFacts,
} from "../index.js";
import { called } from "./called.js";
import { ownName } from "./at.js";
import { type Arguments, type Command } from "./command.js";
import { glossary } from "./glossary.js";
import { entriesWith } from "./log-grep.js";
import { harmlessJson } from "./output.js";
import { SUBJECT_OPTIONS, subjectOf } from "./subject-options.js";
import { withTimeline } from "./with-timeline.js";

/** The command `log`. */
export const logCommand: Command = {
  name: "log",
  json: "an event",
  operands: "",
  summary: "the history, newest first",
  details: [
    "Prints as it reads: piping into head costs no more than its lines.",
    "--kind link shows the events at which an IRTE joined or left the ir_list of a vCPU.",
    "--grep reads the lines of the trace again: the file is looked for where it was imported from, beside the",
    "timeline, and in the current folder. TEXT is compared byte for byte.",
  ].join("\n"),
  options: {
    ...SUBJECT_OPTIONS,
    device: {
      type: "string",
      value: "NAME",
      help: "all IRTEs of one device: SSSS:BB:DD.F or BB:DD.F",
    },
    irqfd: { type: "string", value: "NAME", help: "the irqfds on one GSI: vmN/gsiG" },
    gsi: { type: "string", value: "N", help: "one GSI" },
    irq: { type: "string", value: "N", help: "one host IRQ" },
    kind: {
      type: "string",
      value: "KIND",
      help: "one kind of event, such as irte_written",
      choices: ["link", ...Object.keys(EVENT_KINDS)],
    },
    task: { type: "string", value: "TASK", help: "one acting task: COMM, PID or COMM-PID" },
    fate: {
      type: "string",
      value: "FATE",
      help: 'where an IRTE\'s interrupts begin to have this fate: "lost wake-up"',
      choices: Object.keys(FATES),
    },
    verdict: {
      type: "string",
      value: "VERDICT",
      help: "what first shows an interrupt of which this is said, and why: lost",
      choices: Object.keys(INTERRUPT_VERDICTS),
    },
    marker: {
      type: "string",
      value: "TEXT",
      help: "what users wrote to trace_marker, where it has TEXT in it",
    },
    grep: {
      type: "string",
      value: "TEXT",
      help: "events whose line of the trace has TEXT in it; the trace must be at hand",
    },
    cause: { type: "string", value: "CAUSE", help: 'one cause of an IRTE write: "vcpu load"' },
    since: { type: "string", value: "WHEN", help: "from then on; @SEQ counts too" },
    until: { type: "string", value: "WHEN", help: "up to then; @SEQ counts too" },
    count: { type: "string", short: "n", value: "N", help: "at most so many" },
    reverse: { type: "boolean", help: "oldest first" },
    patch: { type: "boolean", short: "p", help: "with the fields that each IRTE write changed" },
    oneline: {
      type: "boolean",
      help: "shorter: without CPU, task and payload; -p names the fields",
    },
  },
  examples: [
    "irqtwin log --irte 00:08.0/0 -n 20",
    "irqtwin log --irte 00:08.0/0 --kind irte_written --since @301 --reverse -n 1   # the next write after @300",
    "irqtwin log --irte 00:08.0/0 --kind irte_written --until @299 -n 1   # the write before @300",
    "irqtwin log --device 00:08.0 --kind irte_written --since 16.5 --until 16.6",
    "irqtwin log --vcpu vm1/vcpu0 --since @100 --until @200 --reverse",
    "irqtwin log --kind link --vcpu vm1/vcpu0 --since @100 --reverse",
    'irqtwin log -p --cause "routing change" --irqfd vm1/gsi24',
    "irqtwin log --task piwl-210 --oneline -n 20",
    "irqtwin log --irte 00:08.0/0 --fate misdirected",
    "irqtwin log --verdict lost --oneline",
    "irqtwin log --marker boot_state --oneline",
    "irqtwin log --grep kworker/0:5 --kind irte_written",
    "irqtwin log --kind irte_written --json | jq .cause | sort | uniq -c",
  ],
  words: glossary,
  run,
};

async function run(args: Arguments): Promise<number> {
  const filter = {
    ...subjectOf(args),
    device: args.text("device"),
    irqfd: args.text("irqfd"),
    task: args.text("task"),
    cause: args.text("cause"),
    kind: args.text("kind"),
    fate: args.text("fate"),
    verdict: args.text("verdict"),
    marker: args.text("marker"),
    gsi: args.count("gsi"),
    host_irq: args.count("irq"),
    limit: args.count("count"),
    since: args.text("since"),
    until: args.text("until"),
    reverse: args.flag("reverse"),
  };
  return withTimeline(args, async (timeline, output) => {
    const form = args.flag("json") ? "json" : args.flag("oneline") ? "oneline" : "full";
    const recording = timeline.recording(args.count("recording"));
    const grep = args.text("grep") ?? "";
    const entries = grep === "" ? recording.log(filter) : entriesWith(recording, grep, filter);
    for await (const entry of entries) {
      const changes =
        args.flag("patch") && entry.kind.startsWith("irte_") ? recording.changesAt(entry) : [];
      const lines = linesOf(recording, entry, changes, form);
      if (form === "json") for (const line of lines) output.data(line);
      else output.lines(lines);
      if (output.isGone) break;
    }
    return EXIT.ok;
  });
}

type Form = "full" | "json" | "oneline";

function linesOf(
  recording: RecordingFacts,
  entry: LogEntry,
  changes: readonly FieldChange[],
  form: Form,
): string[] {
  if (form === "json") return [harmlessJson(changes.length === 0 ? entry : { ...entry, changes })];
  if (form === "oneline") return [onelineOf(recording, entry, changes)];
  const patch = changes.map(
    ({ field, old, new: now }) => `    ${field} ${spelled(field, old)} -> ${spelled(field, now)}`,
  );
  const told = [...linksOf(entry), ...saidOf(entry)].map((text) => `    ${text}`);
  return [textOf(recording, entry), ...told, ...patch];
}

const MOVED = {
  joined: "joined the ir_list",
  left: "left the ir_list",
  lost: "may have left, because events were lost, the ir_list",
} as const;

/** What the event did to lists, a line each. */
function linksOf({ links = [] }: LogEntry): readonly string[] {
  return links.map(
    ({ irte, vcpu, vm_name, change }) =>
      `${irte} ${MOVED[change]} of ${ownName(vcpu, vm_name) ?? "?"}`,
  );
}

/** What is said of the interrupt that the event shows first, and why. */
function saidOf({ interrupt }: LogEntry): readonly string[] {
  if (interrupt === undefined) return [];
  const { verdict, sure, reason, irte } = interrupt;
  const raised = irte === null ? "" : `, raised by ${irte}`;
  return [`${verdict}${sure || verdict === "unknown" ? "" : ", not surely"}: ${reason}${raised}`];
}

/** Where it is: its place in the order, its line in the trace, and its time as the trace prints it. */
function placeOf(recording: RecordingFacts, { seq, line, time_ns }: LogEntry): string[] {
  return [`@${seq}`.padEnd(8), lineRef(line).padEnd(10), formatTime(recording, time_ns)];
}

/** What happened, in which kernel function. */
function whatOf({ kind, function: name }: LogEntry): string[] {
  return [kind, ...(name === null ? [] : [called(name)])];
}

/** Why, and which kernel function that stands for, unless it is the event's own. Nothing where neither is known. */
function causeOf({ cause, cause_seq, cause_function, function: own }: LogEntry): string[] {
  if (cause === null && cause_seq === null) return [];
  const by = cause_function === null || cause_function === own ? [] : [called(cause_function)];
  return [
    `<- ${cause ?? "unknown cause"}`,
    ...(cause_seq === null ? [] : [`@${cause_seq}`]),
    ...by,
  ];
}

/** With the names of the changed fields in parentheses. */
function onelineOf(
  recording: RecordingFacts,
  entry: LogEntry,
  changes: readonly FieldChange[],
): string {
  const fields = changes.map(({ field }) => field);
  return [
    ...placeOf(recording, entry),
    ...whatOf(entry),
    ...subjectsOf(entry),
    ...(entry.kind === "marker" && entry.payload.text !== null ? [entry.payload.text] : []),
    ...causeOf(entry),
    ...(fields.length === 0 ? [] : [`(${fields.join(", ")})`]),
    ...[...linksOf(entry), ...saidOf(entry)].map((text) => `(${text})`),
  ].join(" ");
}

function subjectsOf({ irte, vcpu, vm_id, vm_name, gsi, host_irq }: LogEntry): string[] {
  const who = vcpu ?? (vm_id === null ? null : `vm${vm_id}`);
  return [
    irte,
    who === null ? null : withOwnName(who, vm_name),
    gsi === null ? null : `gsi ${gsi}`,
    host_irq === null ? null : `irq ${host_irq}`,
  ].filter((part) => part !== null);
}

/** Masks of AVIC inhibits as the kernel prints them: in hexadecimal digits, with the names of their bits. */
function payloadText(name: string, value: number | string | null): string {
  if (name !== "inhibits" || typeof value !== "number") return spelled(name, value);
  return [`0x${value.toString(16)}`, inhibitNames(value).join("|")].join(" ").trimEnd();
}

function textOf(recording: RecordingFacts, entry: LogEntry): string {
  const payload = Object.entries(entry.payload)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${payloadText(name, value)}`);
  return [
    ...placeOf(recording, entry),
    `[${String(entry.cpu).padStart(3, "0")}]`,
    `${entry.comm ?? "?"}-${entry.pid ?? "?"}`,
    ...whatOf(entry),
    ...subjectsOf(entry),
    ...payload,
    ...causeOf(entry),
  ].join(" ");
}
