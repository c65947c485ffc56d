// What cannot be decided from a recording that is made by a plan.

import { probesNeededBy, undecided } from "../../domain/amd/probes/decidable.js";
import { PROBES } from "../../domain/amd/probes/probes.js";
import { rulesOfRelease } from "../../domain/amd/releases/releases.js";
import { type CapturePlan } from "../plan.js";

/** A rule or an invariant that the recording cannot be judged by, and the probes that it would take. */
export interface Undecidable {
  /** The rule or invariant, such as `T4` or `I10`. */
  readonly check: string;
  /** The probes that it would take. */
  readonly lacks: readonly string[];
}

/** What a recording by the plan leaves open. */
export interface Open {
  /** What cannot be judged. */
  readonly checks: readonly Undecidable[];
  /** What is not shown, by the probe that would show it. */
  readonly facts: readonly {
    /** The name of the probe. */
    readonly name: string;
    /** What is not shown without it, in one sentence. */
    readonly what: string;
  }[];
}

/** All checks, in the order of their numbers. To make a collator takes longer than most commands. */
function allChecks(): readonly string[] {
  const { compare } = new Intl.Collator("en", { numeric: true });
  return [...new Set(PROBES.flatMap(({ neededBy }) => neededBy))].sort(compare);
}

/** The checks that need a probe or tracepoint that the plan does not set, and the facts that nothing shows. */
export function openWith({ release, probes, tracepoints }: CapturePlan): Open {
  const set = new Set([...probes, ...tracepoints].map(({ name }) => name));
  const profile = release === null ? undefined : (rulesOfRelease(release) ?? undefined);
  const checks = allChecks().map((check) => ({
    check,
    lacks: probesNeededBy(check, profile).filter((name) => !set.has(name)),
  }));
  return {
    checks: checks.filter(({ lacks }) => lacks.length > 0),
    facts: undecided((name) => set.has(name)),
  };
}
