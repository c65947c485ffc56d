// SQL of one recording: temporary views hide the timeline's views and tables, and show the rows of that recording alone.

import { SCHEMA } from "./schema.js";

/** The newest complete recording, from which every question is answered by default, as an SQL expression. */
const NEWEST = "(SELECT max(recording_id) FROM main.v_recording WHERE state = 'complete')";

/** The views and tables whose rows are of one recording each. */
const NARROWED = SCHEMA.filter(({ columns }) => columns.some(({ name }) => name === "recording_id"))
  .map(({ name }) => name)
  .sort();

/**
 * The statements that narrow what an SQL text may ask to one recording, to be run before it; null = the newest
 * complete one.
 */
export function narrowingSql(sql: string, recording: number | null): readonly string[] {
  const words = new Set(sql.toLowerCase().match(/\w+/g));
  return NARROWED.filter((name) => words.has(name)).map(
    (name) =>
      `CREATE TEMP VIEW ${name} AS SELECT * FROM main.${name} WHERE recording_id = ${recording ?? NEWEST}`,
  );
}
