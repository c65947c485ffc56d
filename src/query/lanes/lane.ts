// What a lane is, and how lanes stand together.

import { type Seq, type TimeText } from "../../domain/values/ids.js";
import { type LaneGroupKind, type LaneKindsTable } from "../../domain/platform/lanes.js";
import { type LaneKind } from "../../platforms/lane-kinds.js";
import { type StateStyle } from "./lane-styles.js";

/** One lane: what can be drawn of one subject over the time. */
export interface Lane {
  /** What `laneIntervals` takes, such as `irte:0000:00:08.0/0`. */
  readonly id: string;
  /** The subject's name in full, with what the lane shows of it where that is not the subject itself. */
  readonly name: string;
  /** The short name within its group. */
  readonly label: string;
  /** What else is known of the subject, such as `irq 30`; "" = nothing. */
  readonly note: string;
  /** What its rows are. */
  readonly kind: LaneKind;
  /** The id of its group. */
  readonly group: string;
  /**
   * How many rows it has; 0 = it says nothing. A change that alters nothing that is drawn counts too. null = not counted
   * yet: with `quick` (findings too), and where findings are not known because the recording was not checked.
   */
  readonly changes: number | null;
}

/** Lanes that belong together. */
export interface LaneGroup {
  /** Its id, such as `vm:vm1`. */
  readonly id: string;
  /** Its name. */
  readonly name: string;
  /** What its lanes are about. */
  readonly kind: LaneGroupKind;
  /** What else is known, such as the VM's own name; "" = nothing. */
  readonly note: string;
  /** Its lanes, in their order. */
  readonly lanes: readonly Lane[];
}

/** A span of which events are missing. */
export interface LaneGap {
  /** Its begin in the recording's clock unit; null = before the recording. */
  readonly from_ns: TimeText | null;
  /** Its end. */
  readonly to_ns: TimeText;
  /** How many events are missing; null = the trace does not say. */
  readonly lost: number | null;
  /** The CPU whose events are missing; null = what came before the recording. */
  readonly cpu: number | null;
  /** The lanes that it concerns; null = all. */
  readonly lanes: readonly string[] | null;
}

/** How lanes are listed. */
export interface LanesOptions {
  /**
   * true: what would take a pass over the events is not waited for. Then such lanes are listed for each subject, with
   * `changes` null. Absent = false.
   */
  readonly quick?: boolean | undefined;
  /** Stops the reading with ERR_ABORTED. Absent = only `close()` does. */
  readonly signal?: AbortSignal | undefined;
}

/** The lanes of a recording. */
export interface Lanes {
  /** The groups, in their order. */
  readonly groups: readonly LaneGroup[];
  /** The time of the first line; null = there is none. */
  readonly start_ns: TimeText | null;
  /** The time of the last line; null = there is none. */
  readonly end_ns: TimeText | null;
  /** The first event. */
  readonly first_seq: Seq;
  /** The last event; null = there is none. */
  readonly last_seq: Seq | null;
  /** Where events are missing. */
  readonly gaps: readonly LaneGap[];
  /** Every state that a lane can have, by its id. */
  readonly states: Readonly<Record<string, StateStyle>>;
  /** What lanes and groups there are on this platform. */
  readonly table: LaneKindsTable;
}
