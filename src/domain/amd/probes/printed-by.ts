// Which releases can print a format, for the column `tells` of the probe table.

import { RULES_IDS, type Rules, type RulesId } from "../releases/releases.js";

/** A release before the series of 62 patches. */
export function isBefore({ series }: Rules): boolean {
  return series === "before";
}

/** A release with the series of 62 patches: 6.17 or newer. */
export function isSince({ series }: Rules): boolean {
  return series === "after";
}

/** A release that stores IsRun and the CPU into the table without a call. */
export function storesRunBits(rules: Rules): boolean {
  return rules.storesRunBits;
}

/** A release before the series that stores them by a call. */
export function isBeforeWithoutStores(rules: Rules): boolean {
  return isBefore(rules) && !storesRunBits(rules);
}

/** Is the release's profile an older one than `than`? */
export function isOlder({ id }: Rules, than: RulesId): boolean {
  return RULES_IDS.indexOf(id) < RULES_IDS.indexOf(than);
}
