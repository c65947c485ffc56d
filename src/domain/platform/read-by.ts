// By which rules a recording is read, where its release is not known: the allowed profiles as one text.

/** Which rules a recording has. */
export interface ReadRules {
  /** The profile by which it is read; null = none, or the allowed ones do not read alike. */
  readonly rules: string | null;
  /** The profiles by which it may be judged, oldest first. */
  readonly rulesAllowed: readonly string[];
}

/** The profile, or the allowed profiles with `, ` between them, by which lines are read; null = none is known. */
export function readBy({ rules, rulesAllowed }: ReadRules): string | null {
  return rules ?? textOfProfiles(rulesAllowed);
}

/** Profiles as one text; null for none. */
export function textOfProfiles(profiles: readonly string[]): string | null {
  return profiles.length === 0 ? null : profiles.join(SEPARATOR);
}

/** The profiles of such a text; none for null. */
export function profilesOfText(text: string | null): readonly string[] {
  return text === null || text === "" ? [] : text.split(SEPARATOR);
}

/** The profile that is the recording's own: the one that is allowed; null where there is not exactly one. */
export function ownRules({ rulesAllowed }: ReadRules): string | null {
  return rulesAllowed.length === 1 ? (rulesAllowed[0] ?? null) : null;
}

const SEPARATOR = ", ";
