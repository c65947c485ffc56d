// What a recipe of the cookbook is.

/** A question, and the SQL that answers it. */
export interface Recipe {
  /** Its name on the command line. */
  readonly id: string;
  /** The question, in one sentence. */
  readonly question: string;
  /** What to know before believing the answer. */
  readonly note: string;
  /** One statement without parameters and without a semicolon. */
  readonly sql: string;
}
