// How commands say by which rules a recording is judged.

/** What `import` and `info` know of a recording's rules. */
interface RulesOf {
  readonly rules: string | null;
  readonly rulesAllowed: readonly string[];
  readonly rulesRead: string | null;
  readonly rulesFrom: string;
}

/** `rules 6.17 (by kernel release)`, `rules 6.17 or 6.18 (by probe format)`, `rules unknown`. */
export function rulesLabel({ rules, rulesAllowed, rulesRead, rulesFrom }: RulesOf): string {
  if (rules !== null) return `rules ${rules} (by ${rulesFrom})`;
  if (rulesAllowed.length > 0) return `rules ${rulesAllowed.join(" or ")} (by ${rulesFrom})`;
  return rulesRead === null
    ? "rules unknown"
    : `rules unknown, read by ${rulesRead} (${rulesFrom})`;
}
