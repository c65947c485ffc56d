// What a finding cost, in the page's words.

import { type NeedlessLogs } from "../../../index.js";

/** The cost in a sentence; null = it has none. */
export function costSentence(cost: NeedlessLogs | null): string | null {
  if (cost === null) return null;
  const { logged, unknown } = cost;
  if (logged === null) return `not known how many entries of the GA log woke nobody: ${unknown}`;
  return `${logged} ${logged === 1 ? "entry" : "entries"} of the GA log woke nobody`;
}
