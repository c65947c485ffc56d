// What the events of one recording give besides their rows: intervals, checkpoints and frames. All of it is
// decided by the events alone, so that a rebuild, and an import that goes on, make the same.

import { type Batch, type CallReturn } from "../../domain/events/event.js";
import { type FoldListeners, type Folding } from "../../domain/fold/folding.js";
import { type Overflow } from "../../domain/values/varint-lists.js";
import { type FateRules } from "../../domain/platform/fate.js";
import { EventBlocks } from "../../projections/event-blocks.js";
import { FateCases } from "../../projections/fate-cases.js";
import { type DrainedFates } from "../../projections/fate-decisions.js";
import { type VcpuName } from "../../projections/fate-vcpus.js";
import { FateRecorder } from "../../projections/fates.js";
import { type InterruptFacts } from "../../domain/platform/interrupt.js";
import { FrameRecorder, type FrameRow } from "../../projections/frames.js";
import { type ShownInterrupt } from "../../projections/interrupt-cases.js";
import { InterruptRecorder } from "../../projections/interrupts.js";
import { IntervalRecorder, type ChangedIntervals } from "../../projections/intervals.js";
import { LanePacks } from "../../projections/lane-packs.js";
import { Packs, type FinishedPack } from "../../projections/pack.js";
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
  /** null = the platform has no table of fates, or no further events come. */
  private fates: FateRecorder | null;
  private interrupts: InterruptRecorder | null;
  private drained: DrainedFates[] = [];
  private lastInterrupts: readonly ShownInterrupt[] = [];
  /** What the fates so far are decided by; a platform without a table of fates has none. */
  readonly fateCases: FateCases;
  /** What the verdicts about interrupts so far are decided by. */
  readonly interruptCases: readonly InterruptFacts[];
  private intervals: IntervalRecorder;
  /** Are all times of lanes near enough to one another? */
  private isExact = true;
  private readonly packs: Packs;
  private readonly lanes: LanePacks;
  private readonly blocks = new EventBlocks();
  /** Listen to the folds. */
  listeners: FoldListeners;

  /**
   * `firstSeq`: the recording's first event; `fates`: the platform's table of fates, if it has one; `overflow`: takes what
   * is in long packs, null = all of them stay in memory.
   */
  constructor(firstSeq: number, fates: FateRules | undefined, overflow: Overflow | null = null) {
    this.packs = new Packs(overflow);
    this.lanes = new LanePacks(this.packs);
    this.frames = new FrameRecorder(firstSeq);
    this.checkpoints = new CheckpointRecorder(firstSeq);
    this.intervals = new IntervalRecorder(this.frames);
    this.fates = fates === undefined ? null : new FateRecorder(fates);
    this.interrupts =
      fates === undefined || this.fates === null ? null : new InterruptRecorder(fates, this.fates);
    if (this.interrupts !== null) this.fates?.tell(this.interrupts);
    this.fateCases = this.fates?.cases ?? new FateCases();
    this.interruptCases = this.interrupts?.cases.all ?? [];
    this.listeners =
      this.fates === null ? this.intervals : bothOf(this.intervals, this.fates.listeners);
  }

  /** Takes a batch that is folded, with the returns of calls that are known by now. */
  take(batch: Batch, returns: Iterable<CallReturn>): void {
    const { fates } = this;
    this.blocks.take(batch);
    this.lanes.takeEvents(batch);
    if (fates === null) return;
    fates.take(batch, returns);
    const drained = fates.drain();
    this.lanes.takeFates(drained.changes, fates.cases);
    this.drained.push(drained);
  }

  /** Hands over the changes of intervals since the last call. */
  drainIntervals(): ChangedIntervals {
    return this.drawn(this.intervals.drain());
  }

  /** The same, without new intervals that go on: most of them end before they are stored. */
  drainEnded(): ChangedIntervals {
    return this.drawn(this.intervals.drainEnded());
  }

  /** What is drawn of each subject, and where its events are, after `end`. null = times are too far from one another. */
  finishPacks(): Iterable<FinishedPack> | null {
    return this.isExact ? this.finishedPacks() : null;
  }

  /** Notes the names of vCPUs, each before the first batch that has it. */
  name(vcpus: Iterable<VcpuName>): void {
    this.fates?.name(vcpus);
    this.interrupts?.name(vcpus);
  }

  /**
   * The recording is over, and all intervals are handed over: what still waits comes to nothing, and what only a further
   * event would be told by is forgotten, before the recording is made complete.
   */
  end(): void {
    this.interrupts?.end();
    this.lastInterrupts = this.drainInterrupts();
    this.isExact = this.lanes.finish(this.intervals.lastingVcpus);
    this.fates = null;
    this.interrupts = null;
    this.intervals = new IntervalRecorder();
    this.listeners = {};
  }

  /** Hands over the interrupts of which nothing more can come, since the last call. */
  drainInterrupts(): readonly ShownInterrupt[] {
    const { lastInterrupts, interrupts } = this;
    this.lastInterrupts = [];
    return interrupts?.drain() ?? lastInterrupts;
  }

  /** Hands over the changes of fates since the last call. */
  drainFates(): readonly DrainedFates[] {
    const { drained } = this;
    this.drained = [];
    return drained;
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

  private *finishedPacks(): Generator<FinishedPack> {
    yield* this.packs.inOrder();
    yield* this.blocks.finished();
  }

  private drawn(changed: ChangedIntervals): ChangedIntervals {
    this.lanes.takeIntervals(changed);
    return changed;
  }
}

function bothOf(a: Required<FoldListeners>, b: Required<FoldListeners>): Required<FoldListeners> {
  return {
    onIrte: (before, after, event) => {
      a.onIrte(before, after, event);
      b.onIrte(before, after, event);
    },
    onKvm: {
      vcpu: (before, after, event) => {
        a.onKvm.vcpu(before, after, event);
        b.onKvm.vcpu(before, after, event);
      },
      link: (key, vcpu, event) => {
        a.onKvm.link(key, vcpu, event);
        b.onKvm.link(key, vcpu, event);
      },
      route: (before, after, event) => {
        a.onKvm.route(before, after, event);
        b.onKvm.route(before, after, event);
      },
    },
  };
}
