// irqtwin info

import { EXIT } from "../base/errors.js";
import {
  WHEN_FORMS,
  withOwnName,
  type Info,
  type FateWindows,
  type InfoRecording,
} from "../index.js";
import { modeLabel, ownName } from "./at.js";
import { type Arguments, type Command } from "./command.js";
import { timeText, timeWithUnit } from "./clock.js";
import { rulesLabel } from "./rules-label.js";
import { table } from "./output.js";
import { vmOption } from "./subject-options.js";
import { withTimeline } from "./with-timeline.js";

/** The command `info`. */
export const infoCommand: Command = {
  name: "info",
  json: "document",
  operands: "",
  summary: "what is in here, can it be trusted, is posting in use",
  details: [
    "An interrupt that is not posted has the reason, as far as the recording shows it. Since: the event since which",
    "it is posted; else the one that ended its posting, or, if it was not posted in its present life, the one since",
    "which it has its mode.",
    `WHEN: ${WHEN_FORMS}.`,
  ].join("\n"),
  options: {
    at: { type: "string", value: "WHEN", help: "the interrupts as of then (default: end)" },
    vm: { type: "string", value: "N", help: "only interrupts of one VM, by its avic vm_id" },
    recording: { type: "string", value: "N", help: "only this recording" },
  },
  examples: [
    "irqtwin info",
    "irqtwin info --at @300 --vm 1",
    "irqtwin info --json | jq '.recordings[].interrupts[] | select(.mode != \"posted\")'",
  ],
  run,
};

async function run(args: Arguments): Promise<number> {
  return withTimeline(args, (timeline, output) => {
    const info = timeline.info({
      recording: args.count("recording"),
      when: args.text("at"),
      vm_id: vmOption(args),
    });
    if (args.flag("json")) output.json(info);
    else if (info.recordings.length === 0) output.line("no recordings");
    else output.lines(textOfAll(info));
    return EXIT.ok;
  });
}

function textOfAll({ recordings, head }: Info): string[] {
  return [
    ...recordings.flatMap((recording) => [...textOf(recording), ""]),
    head === null ? "no hash chain: imported before there was one" : `head ${head.hash}`,
  ];
}

function textOf(recording: InfoRecording): string[] {
  const { lines } = recording;
  const rules = rulesLabel(recording);
  const sure = [
    `${recording.gaps} gaps`,
    `${recording.overwritten} events overwritten before the trace was read`,
    `${lines.rejected} lines rejected`,
    `${recording.time_anomalies} out of time order`,
  ];
  const names = Object.entries(recording.unknown_names).map(
    ([name, count]) => `${name} (${count})`,
  );
  const head = `recording ${recording.recording_id}: ${recording.file}${standing(recording)}`;
  if (recording.dropped !== null) return [head, ...droppedText(recording)];
  return [
    head,
    `  kernel ${recording.kernel ?? "unknown"}, platform ${recording.platform}, ${rules}, ${recording.format}, clock in ${recording.clock_unit}`,
    `  span ${recording.first_ns === null || recording.last_ns === null ? "-" : `${timeText(recording.clock_unit, recording.first_ns)} to ${timeWithUnit(recording.clock_unit, recording.last_ns)}`}, events @${recording.first_seq} to @${recording.last_seq ?? "-"}`,
    `  ${lines.total} lines: ${lines.header} header, ${lines.events} events, ${lines.unused} unused, ${lines.rejected} rejected, ${lines.gaps} gap markers`,
    `  trust: ${sure.join(", ")}`,
    ...(recording.sorted ? ["  the lines were put in the order of their stamps"] : []),
    ...recording.doubts.map(({ says }) => `  in doubt: ${says}`),
    ...recording.notes.map(({ says }) => `  note: ${says}`),
    `  probe set: ${recording.probes}; ${recording.vms} VMs, ${recording.vcpus} vCPUs, ${recording.irtes} IRTEs`,
    `  IRTEs: ${coverageText(recording)}`,
    ...(names.length === 0 ? [] : [`  names not known: ${names.join(", ")}`]),
    ...(recording.unnamed_inhibits === null
      ? []
      : [
          `  AVIC inhibits of a VM that no line names: ${recording.unnamed_inhibits.join(" ") || "none"}`,
        ]),
    ...anchorText(recording),
    ...captureText(recording.capture),
    ...recording.vm_names.map(({ vm, name }) => `  ${withOwnName(vm, name)}`),
    ...recording.cannot_decide.map((what) => `  cannot tell: ${what}`),
    ...(recording.better === null ? [] : [`  a better recording: ${recording.better}`]),
    ...(recording.interrupts.length === 0
      ? [`  no device interrupt ${momentOf(recording)}`]
      : ["", ...interrupts(recording)]),
    ...riskText(recording),
  ];
}

/** A recording of which only its row and its links are left. */
function droppedText({ dropped, first_seq, last_seq }: InfoRecording): string[] {
  if (dropped === null) return [];
  const { at, why, events, hash } = dropped;
  return [
    `  dropped at ${at} with ${events} events${last_seq === null ? "" : ` (@${first_seq} to @${last_seq})`}: ${why}`,
    ...(hash === null
      ? []
      : [`  last link ${hash}: the anchor with which \`verify\` proves a copy`]),
  ];
}

/** The dump that was imported beside the recording. */
function anchorText({ anchor }: InfoRecording): string[] {
  if (anchor === null) return [];
  const { file, at, entries } = anchor;
  return [`  anchor: ${entries} entries of ${file}, at ${at}`];
}

/** What the capture script says; nothing of a recording that it did not make. */
function captureText(capture: InfoRecording["capture"]): string[] {
  if (capture === null) return [];
  const { host, level, clock, start_wall, boot_id, only } = capture;
  const made = [
    ...(host === null ? [] : [`host ${host}`]),
    ...(level === null ? [] : [`level ${level}`]),
    ...(clock === null ? [] : [`clock ${clock}`]),
    ...(start_wall === null ? [] : [`started ${start_wall} s after 1970 began`]),
    ...(boot_id === null ? [] : [`boot ${boot_id}`]),
    ...(only === null ? [] : [`only ${only}`]),
  ];
  return [
    `  captured: ${made.join(", ")}`,
    `  probes and tracepoints set: ${capture.set}; VMs that ran already: ${capture.vms}`,
    ...capture.refused.map(({ name, reason }) => `  refused: ${name} (${reason})`),
    ...capture.unverified.map((name) => `  registers not verified on this build: ${name}`),
    ...capture.losses.map(
      ({ cpu, overrun, dropped }) => `  CPU ${cpu} lost ${overrun} events and dropped ${dropped}`,
    ),
    ...capture.dmesg.map((line) => `  kernel log: ${line}`),
    ...(capture.unused_lines === 0
      ? []
      : [`  header lines that could not be used: ${capture.unused_lines} (see v_header)`]),
  ];
}

function standing({ recording_id, state, supersedes, superseded_by }: InfoRecording): string {
  return [
    ...(state !== "importing"
      ? []
      : [
          ` (importing: an import runs, or was interrupted: it goes on when it is run again, ends here with the next import where its file is gone, and \`irqtwin drop ${recording_id}\` removes it)`,
        ]),
    ...(supersedes === null ? [] : [` (supersedes recording ${supersedes})`]),
    ...(superseded_by === null ? [] : [` (superseded by recording ${superseded_by})`]),
  ].join("");
}

function coverageText({ coverage, rules_allowed }: InfoRecording): string {
  if (coverage.irtes === "observed") return "observed";
  if (coverage.irtes === "none") return "neither observed nor predicted";
  const share = ((coverage.known ?? 0) * 100).toFixed(1);
  return `predicted by rules ${rules_allowed.join(" and ")}, none observed; ${share} % of their bits are known`;
}

/** For how long interrupts could have been lost or late; nothing where no entry posted. */
function riskText(recording: InfoRecording): string[] {
  const { risks, lost_interrupts, in_flight, clock_unit } = recording;
  if (risks.length === 0) return [];
  const of = ({ times, total_ns, longest_ns, last_seq }: FateWindows): (string | null)[] =>
    last_seq === null
      ? ["never", null, null, null]
      : [
          `${times} times`,
          timeWithUnit(clock_unit, total_ns),
          timeWithUnit(clock_unit, longest_ns),
          `@${last_seq}`,
        ];
  const [longest] = in_flight;
  const isAnyDoubtful = risks.some(({ perhaps }) => perhaps.times > 0);
  const perhapsText = ({ times, total_ns }: FateWindows): string | null =>
    times === 0 ? null : `${times} times, ${timeWithUnit(clock_unit, total_ns)}`;
  return [
    "",
    ...table(
      [
        "  irte",
        ...["could be lost", "in all", "longest", "last"],
        ...["could be late", "in all", "longest", "last"],
        ...(isAnyDoubtful ? ["either, or in flight"] : []),
        "shown",
      ],
      risks.map(({ irte, lost, late, perhaps, shown }) => [
        `  ${irte}`,
        ...of(lost),
        ...of(late),
        ...(isAnyDoubtful ? [perhapsText(perhaps)] : []),
        Object.entries(shown)
          .map(([verdict, count]) => `${count} ${verdict}`)
          .join(", "),
      ]),
    ),
    ...lost_interrupts.map(
      ({ verdict, reason, count, last_seq }) =>
        `  ${count} ${verdict}: ${reason}; the last is @${last_seq} (irqtwin log --verdict ${verdict})`,
    ),
    ...(longest === undefined
      ? []
      : [
          `  spans in flight, which are not counted above, last ${timeWithUnit(clock_unit, longest.longest_ns)} at most: ${longest.irte} from ${longest.kind} @${longest.seq} on`,
        ]),
  ];
}

function momentOf({ at_seq, last_seq }: InfoRecording): string {
  return at_seq === last_seq ? "at the end" : `at @${at_seq ?? "-"}`;
}

function interrupts(recording: InfoRecording): string[] {
  return table(
    [
      "  irte",
      "host_irq",
      "gsi",
      "vm",
      momentOf(recording),
      "since",
      "event",
      "vcpu",
      "by",
      "note",
    ],
    recording.interrupts.map((each) => [
      `  ${each.irte}`,
      each.host_irq,
      each.gsi,
      each.vm_id === null ? null : `vm${each.vm_id}`,
      each.source === "observed" ? modeLabel(each) : `${modeLabel(each)}, ${each.source}`,
      timeText(recording.clock_unit, each.since_ns),
      `@${each.since_seq}`,
      ownName(each.vcpu, each.vm_name),
      each.cause,
      each.why_not_posted,
    ]),
  );
}
