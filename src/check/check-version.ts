// The version of what `check` decides.

/**
 * Raised whenever a check of the same recording may say something else: a rule, an invariant, a witness, a sentence, the
 * shape of a report. What another version stored is judged anew. test/check/check-version.test.ts notices most changes.
 */
export const CHECK_VERSION = 4;
