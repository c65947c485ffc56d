// A recording that does not name its release allows several profiles: those whose releases could have printed its
// lines. What is said of it then is what all of them agree on.

import { profilesOfText } from "../../platform/read-by.js";
import {
  differencesOf,
  isRulesId,
  RULES,
  RULES_IDS,
  type Rules,
  type RulesId,
} from "./releases.js";

/** The profiles by which a recording is read (read-by.ts): one, or those that it allows; none for null. */
export function profilesIn(text: string | null): readonly RulesId[] {
  return profilesOfText(text).filter(isRulesId);
}

/** What all of the profiles have; undefined = they differ in it, or there is none. */
export function agreedBy<Value>(
  profiles: readonly RulesId[],
  valueOf: (rules: Rules) => Value,
): Value | undefined {
  const [first, ...others] = profiles.map((id) => valueOf(RULES[id]));
  return others.every((other) => other === first) ? first : undefined;
}

/** Do the two profiles judge alike: have they the same cells? */
export function judgeAlike(a: string, b: string): boolean {
  return a === b || (isRulesId(a) && isRulesId(b) && differencesOf(a, b).length === 0);
}

/**
 * The profile by which lines are read that all of these could have printed: the newest, where they read and fold
 * alike; null where they do not.
 */
export function readerOf(profiles: readonly RulesId[]): RulesId | null {
  const isAgreed = READ_BY.every(
    (name) => agreedBy(profiles, (rules) => rules[name]) !== undefined,
  );
  return isAgreed ? (profiles.at(-1) ?? null) : null;
}

/** The differences that decide how lines are read and folded. `storesRunBits` shows itself by its lines. */
const READ_BY = [
  "unlinksFirst",
  "linksInhibited",
  "logsOnlyBlocking",
  "tagsVcpuIdx",
  "tagsIn12Bits",
] as const;

/**
 * The profile, of those, whose release is nearest to one that has none: by the number of releases between
 * them, the older of two; null = the text is no release, or there is no profile.
 */
export function nearestOf(release: string, among: readonly RulesId[] = RULES_IDS): RulesId | null {
  const place = placeOf(release);
  if (place === null) return null;
  const distance = (id: RulesId): number => Math.abs((placeOf(id) ?? 0) - place);
  return among.reduce<RulesId | null>(
    (best, id) => (best === null || distance(id) < distance(best) ? id : best),
    null,
  );
}

/** The last minor releases of major ones: how many releases there are up to one of the next. */
const MINORS: Readonly<Record<number, number>> = { 4: 21, 5: 20, 6: 20 };

/** A release's place in the order of all since 4.0; null where the text is no release. */
function placeOf(release: string): number | null {
  const [, major, minor] = /^(\d{1,3})\.(\d{1,3})/.exec(release) ?? [];
  if (major === undefined) return null;
  let place = Number(minor);
  for (let each = 4; each < Number(major); each++) place += MINORS[each] ?? 20;
  return place;
}
