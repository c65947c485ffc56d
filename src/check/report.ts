// What `check` says of a recording, and the part of it that a user asks for.

import { type RulesId } from "../domain/amd/releases/releases.js";
import { type DumpCounts } from "../domain/platform/consistency.js";
import { ownRules } from "../domain/platform/read-by.js";
import { type Doubt } from "../timeline/read/doubts.js";
import { type Finding } from "./describe-finding.js";
import { type InvariantCount } from "./invariant-runner.js";
import { noWrites, type WriteCounts } from "./ledger.js";

/** What `check` says of a recording. */
export interface CheckReport {
  /** The number of the recording. */
  readonly recording_id: number;
  /**
   * inconclusive: nothing could be judged, the recording is in doubt, its lines contradict each other and nothing else
   * was found, or what is found depends on the release; `reason` says which.
   */
  readonly verdict: "pass" | "fail" | "inconclusive";
  /** Why it is inconclusive, in one sentence; null = it is not. */
  readonly reason: string | null;
  /** The profile that it was judged by; null = by several, or by none. */
  readonly rules: RulesId | null;
  /** All profiles that it was judged by. A finding is one of all of them. */
  readonly rules_allowed: readonly RulesId[];
  /** How many IRTE writes there are, and what was decided about them. */
  readonly writes: Readonly<WriteCounts>;
  /** Share of the writes that could be decided, 0 to 1; null where there was none. */
  readonly decided: number | null;
  /** The invariants that the probes can show, in the order of their numbers. */
  readonly invariants: readonly InvariantCount[];
  /** The findings, in the order of their events; their ids are `F1`, `F2` and so on. */
  readonly findings: readonly Finding[];
  /** What some of the allowed profiles find and others explain, by profile; empty where all find the same. */
  readonly by_release: readonly ReleaseFindings[];
  /** Why the recording itself is in doubt; a recording that is has no finding about the kernel. */
  readonly doubts: readonly Doubt[];
  /**
   * The entries that dumps of the table show: how many there are, and of how many the trace shows the same, or not the
   * same; null = there is no dump.
   */
  readonly anchors: DumpCounts | null;
  /** How many findings are left out because the caller did not ask for them, or knows them. */
  readonly left_out: number;
  /** Why the verdicts are not stored in the timeline; null = they are, or nothing was judged. */
  readonly not_stored: string | null;
}

/** What a profile finds that another allowed one explains. */
export interface ReleaseFindings {
  /** The rules profile, such as `6.12`. */
  readonly rules: RulesId;
  /** Numbered as `check --rules` numbers them. */
  readonly findings: readonly Finding[];
}

/** The profiles that a report was judged by, as a sentence names them. */
export function rulesText({
  rules_allowed,
}: {
  /** All of them. */
  readonly rules_allowed: readonly string[];
}): string {
  return rules_allowed.length === 0 ? "none" : rules_allowed.join(" and ");
}

/** A report that judges nothing. */
export function unjudged(
  id: number,
  rules: readonly string[],
  why: Pick<CheckReport, "reason" | "doubts">,
): CheckReport {
  return {
    ...{ recording_id: id, verdict: "inconclusive", ...why },
    rules: ownRules({ rules: null, rulesAllowed: rules }) as RulesId | null,
    rules_allowed: rules as readonly RulesId[],
    ...{ writes: noWrites(), decided: null, invariants: [], findings: [], by_release: [] },
    ...{ anchors: null, left_out: 0, not_stored: null },
  };
}

/** The verdict about findings of all profiles, and of some of them; and why it is inconclusive. */
export function verdictOf(
  { findings, by_release, doubts }: Pick<CheckReport, "findings" | "by_release" | "doubts">,
  isDecided: boolean,
): Pick<CheckReport, "verdict" | "reason"> {
  if (findings.some(({ kind }) => kind !== "contradiction"))
    return { verdict: "fail", reason: null };
  // What is said of the VM that was recorded is sure.
  if (doubts.some(({ kind }) => kind !== "one VM"))
    return { verdict: "inconclusive", reason: "the recording is in doubt" };
  if (findings.length > 0)
    return { verdict: "inconclusive", reason: "lines of the recording contradict each other" };
  if (by_release.length > 0)
    return { verdict: "inconclusive", reason: dependsOnRelease(by_release) };
  if (isDecided) return { verdict: "pass", reason: null };
  return { verdict: "inconclusive", reason: "none of its IRTE writes could be decided" };
}

function dependsOnRelease(by_release: readonly ReleaseFindings[]): string {
  const counts = by_release.map(({ rules, findings }) => `by ${rules} ${findings.length}`);
  return (
    `the recording does not name its release, and what is found depends on it (${counts.join(", ")}): ` +
    "import it with `kernel`, or check it with `rules`"
  );
}
