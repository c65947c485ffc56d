// Which kernel function is running on a task, so that an IRTE write can name its cause. Entry probes
// push a frame; a return probe, where there is one, pops it; where there is none, the next function
// that cannot run inside the top frame ends it. Who calls whom stands in the probe table.

import { type FrameKind } from "../../domain/amd/probes/frames.js";
import { type Seq } from "../../domain/values/ids.js";

interface Frame {
  readonly kind: FrameKind;
  readonly seq: Seq;
  calls: number;
}

/** The call stack of one task, as far as the probes show it. */
export class CallStack {
  private readonly frames: Frame[] = [];

  /** Code of what the outermost function that runs stands for; null where none runs. */
  get cause(): number | null {
    return this.frames[0]?.kind.cause ?? null;
  }

  /** The event of the outermost function that runs; null where none runs. */
  get causeSeq(): Seq | null {
    return this.frames[0]?.seq ?? null;
  }

  /** Is a call of this function under way? */
  isIn(kind: FrameKind): boolean {
    return this.frames.some((frame) => frame.kind === kind);
  }

  /** Ends what cannot call `kind`, so that `cause` is that of the call about to be entered. */
  prepare(kind: FrameKind, series: "before" | "after"): void {
    const callers = kind.callers[series];
    for (let top = this.frames.at(-1); top !== undefined; top = this.frames.at(-1)) {
      if (callers.includes(top.kind) && !(kind.once && top.calls > 0)) return;
      this.frames.pop();
    }
  }

  /** Enters a function that `prepare` made room for; `seq` is the event of its entry. */
  enter(kind: FrameKind, seq: Seq): void {
    const caller = this.frames.at(-1);
    if (caller !== undefined) caller.calls++;
    this.frames.push({ kind, seq, calls: 0 });
  }

  /** A return probe fired: the function and all that it called are over. */
  leave(kind: FrameKind): void {
    const at = this.frames.findLastIndex((frame) => frame.kind === kind);
    if (at >= 0) this.frames.length = at;
  }
}
