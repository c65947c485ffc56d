// When each lane changed last before a moment: what lists of lanes are ordered by.

import type Database from "better-sqlite3";
import { type Steps } from "../../base/steps.js";
import { type Seq, type TimeText } from "../../domain/values/ids.js";
import { timeOf } from "../../timeline/read/events.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { resolveWhen, type When } from "../subject/when.js";
import { type LaneKind } from "./lane-styles.js";
import { type LaneRows } from "./lane-rows.js";
import { lanesOf } from "./lane-list.js";
import { laneStore } from "./lane-store.js";

/** Up to which moment changes count. */
export interface LastChangesOptions {
  /** The moment. Absent = the end. */
  readonly when?: When | undefined;
  /** Stops the reading with ERR_ABORTED. Absent = only `close()` does. */
  readonly signal?: AbortSignal | undefined;
}

/** The last change of a lane up to a moment. */
export interface LaneChange {
  /** An id of `lanes()`. */
  readonly lane: string;
  /** The event; null = the lane had not changed yet. */
  readonly seq: Seq | null;
  /** Its time, in the recording's clock unit; null = the lane had not changed yet. */
  readonly time_ns: TimeText | null;
}

/** Lanes of subjects. A fate follows its entry and its vCPU, moments are no states, and counters have no subject. */
const KINDS: ReadonlySet<LaneKind> = new Set<LaneKind>(["cpu", "avic", "routes", "vcpu", "irte"]);

/** The last changes of the lanes of CPUs, VMs, vCPUs and IRTEs, in the order of `lanes()`. Throws ERR_WHEN. */
export function* lastChanges(
  sqlite: Database.Database,
  recording: Recording,
  when: When,
): Steps<readonly LaneChange[]> {
  const moment = resolveWhen(sqlite, recording, when);
  const { groups } = yield* lanesOf(sqlite, recording, { quick: true });
  const [source, store] = laneStore(sqlite, recording);
  const changes: LaneChange[] = [];
  for (const { id, kind } of groups.flatMap(({ lanes }) => lanes)) {
    if (!KINDS.has(kind)) continue;
    const seq = lastUpTo(yield* store.rows(source, id), moment.seq);
    changes.push({ lane: id, seq, time_ns: seq === null ? null : String(timeOf(sqlite, seq)) });
    yield;
  }
  return changes;
}

function lastUpTo(rows: LaneRows, seq: Seq): Seq | null {
  let last = 0;
  for (const each of rows.seq) if (each <= seq && each > last) last = each;
  return last === 0 ? null : last;
}
