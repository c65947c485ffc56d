// Recipes about what becomes of interrupts: over v_fate.

import { type Recipe } from "./recipe.js";

/** The recipes, in the order in which they are listed. */
export const FATE_RECIPES: readonly Recipe[] = [
  {
    id: "fate-windows",
    question:
      "For how long was each IRTE's interrupt late, misdirected or lost, had one come then?",
    note: "A window that is in flight lies within a kernel function. What really came, v_fate does not say.",
    sql: `SELECT f.irte, f.fate, f.reason, f.in_flight, count(*) AS windows,
    sum(coalesce(f.to_ns, r.last_ns) - f.from_ns) AS time, max(coalesce(f.to_ns, r.last_ns) - f.from_ns) AS longest,
    max(f.from_seq) AS last_seq, r.clock_unit AS unit
  FROM v_fate AS f JOIN v_recording AS r USING (recording_id)
  WHERE f.fate IN ('pending', 'no handler', 'misdirected', 'lost wake-up', 'freed memory')
  GROUP BY f.recording_id, f.irte, f.fate, f.reason, f.in_flight
  ORDER BY f.recording_id, f.irte, time DESC, f.fate, f.reason`,
  },
  {
    id: "fate-time",
    question: "How was the time of each IRTE shared between the fates of its interrupts?",
    note: "From the first event that shows the entry to the end of the recording.",
    sql: `SELECT f.irte, f.fate, coalesce(f.path, '-') AS path, sum(coalesce(f.to_ns, r.last_ns) - f.from_ns) AS time,
    r.clock_unit AS unit
  FROM v_fate AS f JOIN v_recording AS r USING (recording_id)
  GROUP BY f.recording_id, f.irte, f.fate, f.path ORDER BY f.recording_id, f.irte, time DESC`,
  },
];
