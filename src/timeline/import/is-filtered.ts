// Did a filter leave lines of a recording out?

import type Database from "better-sqlite3";
import { type Steps } from "../../base/steps.js";
import { type Platform } from "../../domain/platform/platform.js";
import { type RecordingReader } from "../../source/reader.js";
import { pickRecording } from "../read/recordings.js";
import { type ImportJudge } from "./options.js";

/**
 * No header says how many entries there are, and a name lacks lines, or lines contradict each other: a filter left
 * some out. All events of the recording are stored.
 */
export function* isFiltered(
  sqlite: Database.Database,
  recording: number,
  { reader, platform }: { readonly reader: RecordingReader; readonly platform: Platform },
  { isContradicted }: ImportJudge,
): Steps<boolean> {
  if (reader.completeness.isCounted) return false;
  const lines = new Map(
    reader.names.counts().map((each) => [each.name, each.events + each.unused]),
  );
  const linesOf = (name: string): number => lines.get(name) ?? 0;
  const tasksOf = (name: string): number => reader.completeness.tasksThatPrint(name);
  if (platform.lacksName?.(linesOf, tasksOf) === true) return true;
  if (isContradicted === undefined) return false;
  return yield* isContradicted(sqlite, pickRecording(sqlite, recording));
}
