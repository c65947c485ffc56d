// Of the profiles that a recording allows, those that differ.

import { type Platform } from "./platform.js";

/** One profile, the newest, of those that judge alike; in the order of the list. */
export function differentProfiles(
  platform: Platform,
  profiles: readonly string[],
): readonly string[] {
  return profiles.filter(
    (profile, i) => !profiles.slice(i + 1).some((newer) => platform.judgeAlike?.(profile, newer)),
  );
}
