// Makes the POSIX shell script that records: the plan as data, and the recorder, which is the same in every script.

import { PROBE, PROBES } from "../../domain/amd/probes/probes.js";
import { type CapturePlan, type PlannedProbe, type PlannedTracepoint } from "../plan.js";
import { FILTERS } from "./filters.js";
import { type ScriptOptions } from "./options.js";
import { RECORDER_TEXT } from "./part-texts.js";
import { shellWord } from "./quote.js";

/** The script that sets the probes of the plan, records, and undoes everything. It needs sh, cat and gzip. */
export function captureScript(plan: CapturePlan, options: ScriptOptions): string {
  return [
    "#!/bin/sh",
    "# Records posted interrupts on an AMD host with ftrace, for irqtwin. `sh THIS_FILE --help` tells how to use it.",
    "# It uses a ring buffer of its own and undoes everything at its end, also if it is stopped.",
    "",
    "# --- plan: what is recorded on this kernel ---",
    "",
    ...settings(plan, options),
    "",
    "# each_probe FUNCTION: calls FUNCTION LEVEL NAME SYMBOL MODULE VERIFIED DEFINITION for each probe.",
    "# shellcheck disable=SC2016 # The kernel expands what begins with $.",
    ...each("each_probe", plan.probes.map(probeWords)),
    "",
    "# each_tracepoint FUNCTION: calls FUNCTION LEVEL SYSTEM NAME FILTER for each tracepoint.",
    ...each("each_tracepoint", plan.tracepoints.map(tracepointWords)),
    "",
    "# each_absent FUNCTION: calls FUNCTION NAME REASON for each probe that would be of use here.",
    ...each(
      "each_absent",
      plan.absent.filter(({ isExpected }) => !isExpected).map(({ name, reason }) => [name, reason]),
    ),
    "",
    RECORDER_TEXT,
  ].join("\n");
}

function settings(plan: CapturePlan, options: ScriptOptions): readonly string[] {
  const values: readonly (readonly [string, string])[] = [
    ["ROOT", ""],
    ["PLAN_RELEASE", plan.release ?? ""],
    ["PLAN_LEVEL", plan.level],
    ["LOAD_SYMBOL", symbolOf(plan, PROBE.svm_vcpu_load)],
    ["PUT_SYMBOL", symbolOf(plan, PROBE.svm_vcpu_put)],
    ["DEFAULT_MODE", options.isCost ? "cost" : options.isFlight ? "flight" : "record"],
    ["DEFAULT_SECONDS", String(options.seconds ?? "")],
    ["DEFAULT_BUFFER_KB", String(options.bufferKb)],
    ["DEFAULT_CLOCK", options.clock ?? "mono"],
    ["DEFAULT_VM_PID", String(options.vmPid ?? "")],
    ["DEFAULT_ANONYMOUS", options.isAnonymous ? "yes" : ""],
  ];
  return values.map(([name, value]) => `${name}=${value === "" ? "" : shellWord(value)}`);
}

/** A function of the shell that calls its argument once for each row, in order. */
function each(name: string, rows: readonly (readonly string[])[]): readonly string[] {
  const calls = rows.map((words) => `\t"$1" ${words.map(shellWord).join(" ")}`);
  return [`${name}() {`, ...calls, "\treturn 0", "}"];
}

function probeWords(probe: PlannedProbe): readonly string[] {
  const { level, name, symbol, module, isVerified, definition } = probe;
  return [level, name, symbol, module ?? "-", isVerified ? "yes" : "no", definition];
}

/** Tracepoints are in no set of probes: each is set at every level of the plan. */
function tracepointWords({ system, name }: PlannedTracepoint): readonly string[] {
  return ["minimal", system, name, FILTERS[`${system}:${name}`] ?? ""];
}

/** The symbol of a probe; where the plan does not have the probe, the name that its function has in the table. */
function symbolOf(plan: CapturePlan, name: string): string {
  const planned = plan.probes.find((probe) => probe.name === name)?.symbol;
  return planned ?? PROBES.find((probe) => probe.name === name)?.function ?? "";
}
