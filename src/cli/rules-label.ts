// How commands say by which rules a recording is judged.

import { type RecordedKernel } from "../index.js";

/** `rules 6.17 (by kernel release)`, `rules 6.17 or 6.18 (by probe format)`, `rules unknown`. */
export function rulesLabel({
  rules,
  rules_allowed,
  rules_read,
  rules_from,
}: RecordedKernel): string {
  if (rules !== null) return `rules ${rules} (by ${rules_from})`;
  if (rules_allowed.length > 0) return `rules ${rules_allowed.join(" or ")} (by ${rules_from})`;
  return rules_read === null
    ? "rules unknown"
    : `rules unknown, read by ${rules_read} (${rules_from})`;
}
