// Probes that had nothing to print.

import type Database from "better-sqlite3";
import { doubtsOf } from "./doubts.js";
import { gaps } from "./gaps.js";
import { headerLines, isWholeCapture, namesSet } from "./header.js";
import { type Recording } from "./recordings.js";

/**
 * The probes that were set and would have printed a line, so that "no line" means that the function did not run. None
 * where that is not sure: the header or its end is not there, lines are missing or were lost, or tasks were left out.
 */
export function silentNames(sqlite: Database.Database, recording: Recording): ReadonlySet<string> {
  const none = new Set<string>();
  if (recording.state !== "complete" || recording.lines.header === 0) return none;
  const lines = headerLines(sqlite, recording);
  if (!isWholeCapture(lines) || lines.some(({ key }) => key === "only")) return none;
  const isSure = doubtsOf(sqlite, recording).length === 0 && gaps(sqlite, recording).length === 0;
  return isSure ? namesSet(lines) : none;
}
