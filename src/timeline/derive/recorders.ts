// What the events of one recording give besides their rows: intervals, checkpoints and frames. All of it is
// decided by the events alone, so that a rebuild, and an import that goes on, make the same.

import { type TwinState } from "../../domain/fold/state.js";
import { FrameRecorder, type FrameRow } from "../../projections/frames.js";
import { IntervalRecorder } from "../../projections/intervals.js";
import { Checkpoints, type Checkpoint } from "../store/checkpoint.js";

export class Derived {
  private readonly frames: FrameRecorder;
  private readonly checkpoints: Checkpoints;
  readonly intervals: IntervalRecorder;

  constructor(firstSeq: number) {
    this.frames = new FrameRecorder(firstSeq);
    this.checkpoints = new Checkpoints(firstSeq);
    this.intervals = new IntervalRecorder(this.frames);
  }

  /** What is due after a batch that ends with event `seq`. */
  batchEnd(
    seq: number,
    state: TwinState,
  ): { readonly checkpoint: Checkpoint | null; readonly frame: FrameRow | null } {
    return {
      checkpoint: this.checkpoints.due(seq, state),
      frame: this.frames.batchEnd(seq),
    };
  }

  /** The frame of the last events, if they have none. */
  end(seq: number): FrameRow | null {
    return this.frames.end(seq);
  }
}
