// A finding as a chain of events, for people who were not there.

import { irteName, lineName, vcpuName, withOwnName } from "../domain/values/names.js";
import { type LogEntry } from "../query/log/log.js";
import { type Recording } from "../timeline/read/recordings.js";
import { type Platform } from "../domain/platform/platform.js";
import { platformOf } from "../platforms/registry.js";
import { type Finding } from "./describe-finding.js";

/** A finding, what it was judged by, and the events that prove it. */
export interface Explanation {
  readonly finding: Finding;
  readonly kernel: string | null;
  readonly rules: string;
  readonly file: string;
  /** The events that prove it, in order. */
  readonly events: readonly LogEntry[];
}

const COLUMNS_MAX = 72;

/** Plain text of at most 72 columns, fit for a mail to a list. */
export function explanationText(
  { finding, kernel, rules, file, events }: Explanation,
  recording: Recording,
): string[] {
  const unit = recording.clockUnit === "ticks" ? " ticks" : " ns";
  return [
    ...wrap(`${finding.id}: ${finding.title}`, ""),
    "",
    `kernel     ${kernel ?? "unknown"}, judged by rules ${rules}`,
    `recording  ${file}`,
    `severity   ${finding.severity}${finding.times > 1 ? `; seen ${finding.times} times, first here` : ""}`,
    ...grounds(platformOf(recording), finding),
    "",
    "What happened:",
    ...events.flatMap((event) => [
      "",
      ...wrap(
        `${lineName(event.line)}, ${event.time_ns}${unit}, CPU ${event.cpu}, ${event.comm ?? "?"}-${event.pid ?? "?"}: ${event.kind}${event.cause === null ? "" : ` (${event.cause})`}`,
        "  ",
      ),
      ...subjectOf(event),
      ...Object.entries(event.payload)
        .filter(([name, value]) => value !== null && name !== "returned_line")
        .map(([name, value]) => `    ${name} ${shown(name, value ?? "")}`),
    ]),
    ...words(finding),
  ];
}

/** As the kernel's people write them: addresses and tags in hexadecimal. */
const HEX = new Set(["address", "ga_tag", "vector", "data"]);

function shown(name: string, value: string | number): string {
  return typeof value === "number" && value >= 0 && HEX.has(name)
    ? `0x${value.toString(16)}`
    : String(value);
}

function subjectOf(entry: LogEntry): string[] {
  const { devid, segment, irte_index, vm_id, vcpu_id, gsi, host_irq, vm_name } = entry;
  const vm = vm_id === null ? null : vcpu_id === null ? `vm${vm_id}` : vcpuName(vm_id, vcpu_id);
  const parts = [
    devid === null || irte_index === null ? null : irteName(segment ?? 0, devid, irte_index),
    vm === null ? null : withOwnName(vm, vm_name),
    gsi === null ? null : `gsi ${gsi}`,
    host_irq === null ? null : `irq ${host_irq}`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? [] : [`    ${parts.join(", ")}`];
}

/** What the platform's tables say of what the finding names. */
function grounds(platform: Platform, finding: Finding): string[] {
  const { invariants, bugs, differences } = platform;
  const broken = invariants.find(({ id }) => id === finding.invariant);
  const bug = bugs.find(({ id }) => id === finding.bug);
  const shown = differences.find(({ name }) => name === finding.difference);
  return [
    finding.rule === null
      ? null
      : `rule       ${finding.rule}: ${titleOfRule(platform, finding.rule)}`,
    broken === undefined ? null : `invariant  ${broken.id}: ${broken.says}`,
    bug === undefined
      ? null
      : `known bug  ${bug.id}, in ${bug.in.join(", ")}; fixed by ${bug.fixedBy}`,
    shown === undefined ? null : `difference ${shown.name} (patch ${shown.patch}): ${shown.says}`,
  ].flatMap((line) => (line === null ? [] : wrap(line, "", 11)));
}

/** The rule in one line; empty for a name that no rule has. */
function titleOfRule({ transitions }: Platform, id: string): string {
  const rule = transitions.find((each) => each.id === id);
  return rule === undefined ? "" : `${rule.says} (${rule.where.split(",")[0] ?? ""})`;
}

function words({ expected, observed }: Finding): string[] {
  const line = (label: string, bits: Finding["expected"]): string[] =>
    bits === null ? [] : [`  ${label}  hi ${bits.hi}  lo ${bits.lo}`];
  const lines = [...line("the rules demand", expected), ...line("the trace shows ", observed)];
  return lines.length === 0 ? [] : ["", ...lines];
}

/** Breaks at spaces; lines after the first are indented by `hang` more. */
function wrap(text: string, indent: string, hang = 2): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(" ")) {
    if (line.length + word.length + 1 > COLUMNS_MAX && line.trim() !== "") {
      lines.push(line);
      line = indent + " ".repeat(hang);
    }
    line = line.trim() === "" ? line + word : `${line} ${word}`;
  }
  return [...lines, line];
}
