// Of which kernel a recording is, and by which rules, as results tell it.

import { type RulesId } from "../../domain/amd/releases/releases.js";
import { ownRules } from "../../domain/platform/read-by.js";
import { type PlatformId } from "../../platforms/platform-ids.js";
import { type RulesFrom } from "../../source/sniffed.js";

/** Of which kernel a recording is, and by which rules it is read and judged. */
export interface RecordedKernel {
  /** `uname -r` of the recorded host; null = neither the trace nor the caller says. */
  readonly kernel: string | null;
  /** Id of the platform whose interrupt remapping tables it shows: `amd`, or one that is only recognised. */
  readonly platform: PlatformId;
  /** Its own rules profile; null = unknown, or not told. */
  readonly rules: RulesId | null;
  /** The profiles by which it may be judged, oldest first; none where its release has none. */
  readonly rules_allowed: readonly RulesId[];
  /** The profile by which its lines are read; null = none, or the allowed ones do not read alike. */
  readonly rules_read: RulesId | null;
  /** What the profile was chosen by. */
  readonly rules_from: RulesFrom;
}

/** The same, as a recording's row and its first lines have it. */
interface Known {
  readonly kernel: string | null;
  readonly platform: string;
  readonly rules: string | null;
  readonly rulesAllowed: readonly string[];
  readonly rulesFrom: RulesFrom;
}

/** Tells of which kernel a recording is. */
export function recordedKernel(known: Known): RecordedKernel {
  return {
    kernel: known.kernel,
    platform: known.platform as PlatformId,
    rules: ownRules(known) as RulesId | null,
    rules_allowed: known.rulesAllowed as readonly RulesId[],
    rules_read: known.rules as RulesId | null,
    rules_from: known.rulesFrom,
  };
}
