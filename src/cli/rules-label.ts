// How commands say by which rules a recording is judged.

import { type RulesFrom } from "../index.js";

/** What `import` and `info` know of a recording's rules. */
interface RulesOf {
  readonly rules: string | null;
  readonly rules_allowed: readonly string[];
  readonly rules_read: string | null;
  readonly rules_from: RulesFrom;
}

/** `rules 6.17 (by kernel release)`, `rules 6.17 or 6.18 (by probe format)`, `rules unknown`. */
export function rulesLabel({ rules, rules_allowed, rules_read, rules_from }: RulesOf): string {
  if (rules !== null) return `rules ${rules} (by ${rules_from})`;
  if (rules_allowed.length > 0) return `rules ${rules_allowed.join(" or ")} (by ${rules_from})`;
  return rules_read === null
    ? "rules unknown"
    : `rules unknown, read by ${rules_read} (${rules_from})`;
}
