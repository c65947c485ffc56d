// What can be drawn of a recording over the time.

import { countersOf, type Counters, type CountersOptions } from "../query/lanes/counters.js";
import {
  laneIntervals,
  type LaneIntervals,
  type LaneIntervalsOptions,
} from "../query/lanes/intervals.js";
import { type Lanes, type LanesOptions } from "../query/lanes/lane.js";
import { lanesOf } from "../query/lanes/lane-list.js";
import { laneStep, type LaneStep, type LaneStepOptions } from "../query/lanes/lane-step.js";
import {
  lastChanges,
  type LaneChange,
  type LastChangesOptions,
} from "../query/lanes/last-changes.js";
import { overviewOf, type Overview, type OverviewOptions } from "../query/lanes/overview.js";
import { asked } from "../twin-asked.js";
import { accessOf } from "./access.js";
import { RecordingFindings } from "./findings.js";

/**
 * What can be drawn of a recording over the time. `RecordingView` is what a user of the library has.
 *
 * @internal
 */
export abstract class RecordingLanes extends RecordingFindings {
  /** What can be drawn of the recording over the time, in groups. In turns with all else that the process does. */
  async lanes(options: LanesOptions = {}): Promise<Lanes> {
    const { signal, ...wanted } = asked("lanes", options);
    return accessOf(this).inTurns(
      (sqlite, recording) => lanesOf(sqlite, recording, wanted),
      signal,
    );
  }

  /**
   * What lanes show in a window: at most about one row for each column and lane, and nothing wrong, unknown or found
   * that is not seen. In turns. What was read is kept, so that the next window costs its columns. Throws ERR_NAME for a
   * lane that is none, ERR_USAGE for a window that is none, or has more rows than were asked for.
   */
  async laneIntervals(options: LaneIntervalsOptions): Promise<LaneIntervals> {
    const { signal, ...wanted } = asked("laneIntervals", options);
    return accessOf(this).inTurns(
      (sqlite, recording) => laneIntervals(sqlite, recording, wanted),
      signal,
    );
  }

  /** What is counted over the time, in columns. In turns. Throws ERR_USAGE for a window that is none. */
  async counters(options: CountersOptions = {}): Promise<Counters> {
    const { signal, ...wanted } = asked("counters", options);
    return accessOf(this).inTurns(
      (sqlite, recording) => countersOf(sqlite, recording, wanted),
      signal,
    );
  }

  /** The next or the previous change of a lane; null = there is none. In turns. Throws ERR_NAME. */
  async laneStep(options: LaneStepOptions): Promise<LaneStep | null> {
    const { signal, ...wanted } = asked("laneStep", options);
    return accessOf(this).inTurns(
      (sqlite, recording) => laneStep(sqlite, recording, wanted),
      signal,
    );
  }

  /**
   * When each lane of a CPU, a vCPU or an IRTE changed last up to a moment. In turns. Throws ERR_WHEN.
   */
  async lastChanges(options: LastChangesOptions = {}): Promise<readonly LaneChange[]> {
    const { signal, when = "end" } = asked("lastChanges", options);
    return accessOf(this).inTurns(
      (sqlite, recording) => lastChanges(sqlite, recording, when),
      signal,
    );
  }

  /** How dense the events are, and where findings and gaps are. In turns. Throws ERR_USAGE. */
  async overview(options: OverviewOptions = {}): Promise<Overview> {
    const { signal, ...wanted } = asked("overview", options);
    return accessOf(this).inTurns(
      (sqlite, recording) => overviewOf(sqlite, recording, wanted),
      signal,
    );
  }
}
