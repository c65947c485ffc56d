// By which rules a recording is read, and by which it may be judged: those that the user names, those of its kernel
// release, or those of every release that could have printed its lines.

import { TwinError } from "../base/errors.js";
import { AMD } from "../domain/amd/platform.js";
import { readerOf } from "../domain/amd/releases/allowed.js";
import { noRelease } from "../source/no-release.js";
import { RULES_IDS, type RulesId } from "../domain/amd/releases/releases.js";
import { type Platform } from "../domain/platform/platform.js";
import { type Choice, type SniffOptions } from "../source/sniffed.js";

/** What a choice is made from. */
export interface Chooser extends SniffOptions {
  /** The release that the trace or the user names; null = neither does. */
  readonly release: string | null;
  /** The platform that the recording's lines prove; undefined = none of them proves one. */
  readonly shownOf: (platforms: readonly Platform[]) => Platform | undefined;
  /** The profiles that could have printed its lines, oldest first. */
  readonly allowed: () => readonly RulesId[];
}

/**
 * Chooses the rules of a recording. Throws ERR_USAGE if the user names rules of another platform than its own,
 * ERR_KERNEL_UNKNOWN if what he names is no release.
 */
export function chooseRules(from: Chooser): Choice {
  const { release, rules, platforms = [AMD] } = from;
  const shown = from.shownOf(platforms);
  if (rules !== undefined) return byOption(rules, shown, platforms);
  const platform = shown ?? platformOfRelease(release, platforms);
  const own = release === null ? null : platform.profileOf(release);
  if (own !== null)
    return { ...just(platform), rules: own, rulesAllowed: [own], rulesFrom: "kernel release" };
  return platform.id === AMD.id ? byLines(from) : just(platform);
}

/** Would more lines than the first bytes tell more? */
export function isUndecided({ platform, rulesFrom }: Choice): boolean {
  return platform === AMD.id && rulesFrom !== "option" && rulesFrom !== "kernel release";
}

function just({ id }: Platform): Choice {
  return { platform: id, rules: null, rulesAllowed: [], rulesFrom: "unknown" };
}

function byOption(
  rules: string,
  shown: Platform | undefined,
  platforms: readonly Platform[],
): Choice {
  const platform = platforms.find(({ profiles }) => profiles.includes(rules)) ?? AMD;
  if (shown !== undefined && shown !== platform)
    throw new TwinError(
      "ERR_USAGE",
      `\`rules: ${rules}\` are those of ${platform.id}, and the recording is of platform ${shown.id}: import it without \`rules\``,
    );
  return { ...just(platform), rules, rulesAllowed: [rules], rulesFrom: "option" };
}

/** The platform that has such releases, or a profile for this one; else AMD. */
function platformOfRelease(release: string | null, platforms: readonly Platform[]): Platform {
  if (release === null) return AMD;
  return (
    platforms.find((platform) => platform.release?.test(release)) ??
    platforms.find((platform) => platform.profileOf(release) !== null) ??
    AMD
  );
}

/** The release is not named, or has no rules: what its lines allow. */
function byLines({ release, ...from }: Chooser): Choice {
  const allowed = from.allowed();
  if (release !== null)
    return { ...just(AMD), rules: nearestTo(release, allowed), rulesFrom: "nearest release" };
  const rulesFrom = allowed.length < RULES_IDS.length ? "probe format" : "unknown";
  return { ...just(AMD), rules: readerOf(allowed), rulesAllowed: allowed, rulesFrom };
}

function nearestTo(release: string, allowed: readonly string[]): string {
  const rules = AMD.nearestOf?.(release, allowed) ?? null;
  if (rules !== null) return rules;
  throw noRelease(release);
}
