// What `irqtwin capture` says of a plan, as text and as JSON.

import { type AbsentProbe, type Capture, type CapturePlan } from "../index.js";
import { inFlags } from "./flags.js";

/** The document of `--json`; the script is null where it was not asked for. */
export function captureDocument({ plan, open, notes }: Capture, script: string | null): unknown {
  return {
    release: plan.release,
    level: plan.level,
    probes: plan.probes.map(({ isVerified, ...probe }) => ({ ...probe, verified: isVerified })),
    tracepoints: plan.tracepoints.map(({ system, name }) => `${system}:${name}`),
    absent: plan.absent.map(({ isExpected, reason, name }) => ({
      ...{ name, reason: inFlags(reason), expected: isExpected },
    })),
    undecidable: open.checks,
    not_shown: open.facts.map(({ name, what }) => ({ what, lacks: name })),
    notes: notes.map(inFlags),
    script,
  };
}

/** The report of `--dry-run`. */
export function dryRun({ plan, open, notes }: Capture): readonly string[] {
  return [
    `kernel ${plan.release ?? "(release not known)"}, set ${plan.level}: ${String(plan.probes.length)} probes, ${String(plan.tracepoints.length)} tracepoints`,
    ...notes.map((note) => `note: ${inFlags(note)}`),
    ...section(
      "the probes:",
      plan.probes.map(({ definition }) => definition),
    ),
    ...section("not verified on this build, so what they print may be wrong:", unverified(plan)),
    ...section(
      "missing on this kernel:",
      plan.absent.filter(isMissing).map(({ name, reason }) => `${name}: ${inFlags(reason)}`),
    ),
    ...section(
      "only on kernels of other releases:",
      plan.absent.filter(({ isExpected }) => isExpected).map(({ name }) => name),
    ),
    ...section(
      "not shown by such a recording:",
      open.facts.map(({ name, what }) => `${what} (${name})`),
    ),
    ...section(
      "no rule or invariant is judged without the probes that it needs:",
      open.checks.map(({ check, lacks }) => `${check} needs ${lacks.join(", ")}`),
    ),
  ];
}

/** What is worth a warning beside a script. */
export function warnings({ plan, notes }: Capture): readonly string[] {
  const names = unverified(plan);
  const missing = plan.absent.filter(isMissing).length;
  return [
    ...notes.map(inFlags),
    ...(names.length === 0
      ? []
      : [`${names.join(", ")}: not verified on this build, so what they print may be wrong.`]),
    ...(missing === 0
      ? []
      : [
          `${String(missing)} of the probes and tracepoints cannot be set on this kernel: \`irqtwin capture --dry-run\` says why, and what that leaves open.`,
        ]),
  ];
}

function isMissing({ isExpected }: AbsentProbe): boolean {
  return !isExpected;
}

function unverified({ probes }: CapturePlan): readonly string[] {
  return probes.filter(({ isVerified }) => !isVerified).map(({ name }) => name);
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}
