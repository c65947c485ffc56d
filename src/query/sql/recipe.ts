// What a recipe of the cookbook is.

/** The names of the recipes, in the order of the cookbook. */
export const RECIPE_IDS = [
  ...["posting", "wrong-is-run", "no-change", "write-rate", "ga-log"],
  ...["while-blocked", "affinity-churn", "who-wrote", "stale-links", "gaps"],
  ...["wake-to-load", "top-devices", "close-writes", "deactivated", "fate-windows"],
  ...["fate-time", "interrupt-verdicts", "interrupt-latency", "longest-windows", "left-cpu"],
  ...["misdirected-time", "in-flight", "needless-logs", "avic-time", "posted-time"],
] as const;

/** The name of a recipe. */
export type RecipeId = (typeof RECIPE_IDS)[number];

/** A question, and the SQL that answers it. */
export interface Recipe {
  /** Its name on the command line. */
  readonly id: RecipeId;
  /** The question, in one sentence. */
  readonly question: string;
  /** What to know before believing the answer. */
  readonly note: string;
  /** One statement without parameters and without a semicolon. */
  readonly sql: string;
}
