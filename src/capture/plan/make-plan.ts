// The plan of a recording: every probe of the table that the kernel can have, and why it cannot have the others.

import { knownAround, servedOn } from "../../domain/amd/probes/kernels.js";
import { PROBES, type Probe } from "../../domain/amd/probes/probes.js";
import { LEVELS, type Level } from "../../domain/platform/facts.js";
import {
  type AbsentProbe,
  type CapturePlan,
  type PlannedProbe,
  type PlannedTracepoint,
} from "../plan.js";
import { define } from "./define.js";
import { type Kernel } from "./kernel.js";
import { chooseSymbol, functionsOf } from "./symbol.js";

/** Makes the plan for a set of probes. */
export function makePlan(kernel: Kernel, level: Level): CapturePlan {
  const rows = PROBES.filter(({ definitions }) => definitions.length > 0);
  const results = rows.map((probe) => ({ probe, result: resolve(probe, kernel) }));
  return {
    release: kernel.release,
    level,
    probes: results.flatMap(({ result }) =>
      typeof result !== "string" && isOf(result.level, level) ? [result] : [],
    ),
    tracepoints: tracepointsOf(kernel),
    absent: [
      ...results.flatMap(({ probe, result }) =>
        typeof result === "string" && probe.level !== null && isOf(probe.level, level)
          ? [absentOn(kernel, probe, result)]
          : [],
      ),
      ...USED_TRACEPOINTS.filter(
        ({ system, name }) => !kernel.hasTracepoint(system ?? "", name),
      ).map((probe) =>
        absent(probe, "the kernel has no such tracepoint, or its module is not loaded", false),
      ),
    ],
  };
}

function isOf(smallest: Level, level: Level): boolean {
  return LEVELS.indexOf(smallest) <= LEVELS.indexOf(level);
}

function absent({ name, undecided }: Probe, reason: string, isExpected: boolean): AbsentProbe {
  return { name, reason, undecided: isExpected ? null : undecided, isExpected };
}

/** Tries the names that the function has had, the newest first. */
function resolve(probe: Probe, kernel: Kernel): PlannedProbe | string {
  // Of several reasons that of a function that is there tells more.
  let missing: string | null = null;
  let unfit: string | null = null;
  for (const fn of functionsOf(probe)) {
    const symbol = chooseSymbol(fn, kernel.kallsyms);
    if ("why" in symbol) {
      if (symbol.isThere) unfit ??= symbol.why;
      else missing ??= symbol.why;
      continue;
    }
    if (kernel.btf.fileOf(symbol.module) === undefined)
      return `the BTF of module ${symbol.module ?? ""} is not at hand: copy /sys/kernel/btf/${symbol.module ?? ""} too`;
    const defined = define(probe, symbol, kernel);
    if (typeof defined !== "string") return defined;
    unfit ??= defined;
  }
  return unfit ?? missing ?? "it has no function";
}

/** A release whose symbols were looked up may be known not to have the function. */
function absentOn({ release }: Kernel, probe: Probe, reason: string): AbsentProbe {
  const around = release === null ? null : knownAround(release);
  if (around === null || servedOn(probe, around).is !== "absent")
    return absent(probe, reason, false);
  return absent(probe, `Linux ${release ?? ""} has no such function, and does without`, true);
}

/**
 * The tracepoints whose lines are used, of every set: what they show, no probe does. ftrace's own entries need not be
 * set.
 */
const USED_TRACEPOINTS = PROBES.filter(
  ({ type, use, system }) => type === "tracepoint" && use !== "none" && system !== "ftrace",
);

function tracepointsOf(kernel: Kernel): readonly PlannedTracepoint[] {
  return USED_TRACEPOINTS.filter(({ system, name }) =>
    kernel.hasTracepoint(system ?? "", name),
  ).map(({ system, name }) => ({ system: system ?? "", name }));
}
