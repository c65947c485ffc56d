// What the events of one recording give besides their rows: intervals, checkpoints and frames. All of it is
// decided by the events alone, so that a rebuild, and an import that goes on, make the same.

import { type Folding } from "../../domain/fold/folding.js";
import { FrameRecorder, type FrameRow } from "../../projections/frames.js";
import { IntervalRecorder } from "../../projections/intervals.js";
import { CheckpointRecorder, type Checkpoint } from "./checkpoint.js";

/** The checkpoint and the frame that are to be stored after a batch; null = none is due. */
export interface DueProjections {
  /** The checkpoint; null = none is due. */
  readonly checkpoint: Checkpoint | null;
  /** The frame; null = none is due. */
  readonly frame: FrameRow | null;
}

/** Records the intervals, checkpoints and frames of one recording while its events are folded. */
export class ProjectionRecorder {
  private readonly frames: FrameRecorder;
  private readonly checkpoints: CheckpointRecorder;
  /** Listens to the folds. */
  readonly intervals: IntervalRecorder;

  /** `firstSeq`: the recording's first event. */
  constructor(firstSeq: number) {
    this.frames = new FrameRecorder(firstSeq);
    this.checkpoints = new CheckpointRecorder(firstSeq);
    this.intervals = new IntervalRecorder(this.frames);
  }

  /** What is due after a batch whose last event is `seq`; `folding`: the state after that event. */
  dueAfterBatch(seq: number, folding: Folding): DueProjections {
    return {
      checkpoint: this.checkpoints.dueAfter(seq, folding),
      frame: this.frames.frameAfterBatch(seq),
    };
  }

  /** The frame of the recording's last events, up to `seq`; null = they are in a frame already. */
  lastFrame(seq: number): FrameRow | null {
    return this.frames.closeFrame(seq);
  }
}
