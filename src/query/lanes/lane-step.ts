// The next or the previous change of a lane.

import type Database from "better-sqlite3";
import { type Steps } from "../../base/steps.js";
import { type Seq, type TimeText } from "../../domain/values/ids.js";
import { timeOf } from "../../timeline/read/events.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { laneStore } from "./lane-store.js";

/** Which change of which lane is looked for. */
export interface LaneStepOptions {
  /** An id of `lanes()`. Must be given. */
  readonly lane: string;
  /** The seq from which on it is looked for; the change at that event does not count. Must be given. */
  readonly seq: number;
  /** true: the last one before it. Absent = false: the first one behind it. */
  readonly back?: boolean | undefined;
  /** Stops the reading with ERR_ABORTED. Absent = only `close()` does. */
  readonly signal?: AbortSignal | undefined;
}

/** An event and its time. */
export interface LaneStep {
  /** The event. */
  readonly seq: Seq;
  /** Its time, in the recording's clock unit. */
  readonly time_ns: TimeText;
}

/** Finds it; null = there is none. Throws ERR_NAME for a lane that is none. */
export function* laneStep(
  sqlite: Database.Database,
  recording: Recording,
  { lane, seq, back = false }: LaneStepOptions,
): Steps<LaneStep | null> {
  const [source, store] = laneStore(sqlite, recording);
  let found = 0;
  for (const each of (yield* store.rows(source, lane)).seq) {
    if (each === 0) continue;
    if (back ? each < seq && each > found : each > seq && (found === 0 || each < found))
      found = each;
  }
  return found === 0 ? null : { seq: found, time_ns: String(timeOf(sqlite, found)) };
}
