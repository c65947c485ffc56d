// The platforms that irqtwin knows. To add one: its folder in domain/, its readers in ftrace/, and a line here.

import { TwinError } from "../base/errors.js";
import { AMD } from "../domain/amd/platform.js";
import { type Platform } from "../domain/platform/platform.js";
import { noRelease } from "../source/no-release.js";
import { TRACEPOINTS, VOCABULARY, type Vocabulary } from "../ftrace/vocabulary.js";
import { NAMED } from "./named.js";

interface KnownPlatform {
  readonly platform: Platform;
  /** The names of its traces. */
  readonly vocabulary: Vocabulary;
}

const known = new Map<string, KnownPlatform>();

addPlatform(AMD, VOCABULARY);
for (const platform of NAMED) addPlatform(platform, TRACEPOINTS);

/** Makes a platform known by its id from now on, for this process. */
export function addPlatform(platform: Platform, vocabulary: Vocabulary): void {
  known.set(platform.id, { platform, vocabulary });
}

/** All platforms, in the order in which they were added. */
export function allPlatforms(): readonly Platform[] {
  return [...known.values()].map(({ platform }) => platform);
}

/** The names of the rules profiles of all platforms. */
export function profileNames(): readonly string[] {
  return allPlatforms().flatMap(({ profiles }) => profiles);
}

/** The platform of that id; undefined where this version does not know it. */
export function findPlatform(id: string): Platform | undefined {
  return known.get(id)?.platform;
}

/** The platform of a recording. Throws ERR_PLATFORM_UNKNOWN where this version does not know it. */
export function platformOf(of: { readonly platform: string }): Platform {
  return knownOf(of).platform;
}

/** Is the platform of that id only recognised, so that nothing of its recordings is read? */
export function isNameOnly(id: string): boolean {
  return findPlatform(id)?.isNameOnly === true;
}

/** Throws ERR_PLATFORM_UNKNOWN if the recording is of a platform that is only recognised. */
export function requireRead(of: { readonly id: number; readonly platform: string }): void {
  if (isNameOnly(of.platform))
    throw new TwinError(
      "ERR_PLATFORM_UNKNOWN",
      `recording ${of.id} is of platform ${of.platform}, which this version recognises and does not read: see \`irqtwin info\``,
    );
}

/** The names of a recording's trace, and how each is read. Throws ERR_PLATFORM_UNKNOWN. */
export function vocabularyOf(of: { readonly platform: string }): Vocabulary {
  return knownOf(of).vocabulary;
}

function knownOf({ platform: id }: { readonly platform: string }): KnownPlatform {
  const found = known.get(id);
  if (found !== undefined) return found;
  throw new TwinError(
    "ERR_PLATFORM_UNKNOWN",
    `the recording is of platform ${id}; this version knows ${[...known.keys()].join(", ")}: update irqtwin`,
  );
}

/** Throws ERR_KERNEL_UNKNOWN for a kernel of which no platform can tell the rules, where the rules are not named. */
export function refuseNoRelease({ kernel, rules }: Told): void {
  if (kernel === undefined || rules !== undefined) return;
  const isRelease = allPlatforms().some(
    (platform) =>
      platform.release?.test(kernel) === true ||
      platform.profileOf(kernel) !== null ||
      (platform.nearestOf?.(kernel, platform.profiles) ?? null) !== null,
  );
  if (!isRelease) throw noRelease(kernel);
}

/** What the caller says of the recorded host. */
interface Told {
  readonly kernel?: string | undefined;
  readonly rules?: string | undefined;
}
