// Which kernel function is running on a task, so that an IRTE write can name its cause. Entry probes
// push a frame; a return probe, where there is one, pops it; where there is none, the next function
// that cannot run inside the top frame ends it. Who calls whom stands in the probe table.

import { FRAME, type FrameKind } from "../../domain/amd/probes/frames.js";
import { type Seq } from "../../domain/values/ids.js";

/** A function that runs, and the one that called it: a task in which none runs has nothing. */
interface Frame {
  readonly kind: FrameKind;
  readonly seq: Seq;
  calls: number;
  readonly caller: Frame | null;
  /** The outermost function; null = this one is. */
  readonly outermost: Frame | null;
}

const NONE: readonly FrameKind[] = [];
/** Every function, by the number that `saved` has for it. */
const KINDS = Object.values(FRAME);
/** `saved` says of what is unseen that it may be any function. */
const ANY = -1;
/** Numbers that `saved` has for each function that runs. */
const FRAME_NUMBERS = 3;

/** The call stack of one task, as far as the probes show it. */
export class CallStack {
  /** The innermost function that runs. */
  private top: Frame | null = null;
  /**
   * The functions of which one may be under way whose entry was not seen; null = any. Tracing is switched on, and goes on
   * after a loss, in the middle of what tasks do, so nothing is known of a task's first lines.
   */
  private unseen: readonly FrameKind[] | null = null;

  /**
   * Code of what the outermost function that runs stands for; null where none runs, or where it may be called by
   * one whose entry was not seen.
   */
  get cause(): number | null {
    return this.unseen?.length === 0 ? (this.outermost?.kind.cause ?? null) : null;
  }

  /** The event of the outermost function that runs; null where none runs. */
  get causeSeq(): Seq | null {
    return this.outermost?.seq ?? null;
  }

  /** The event of the innermost function that runs; null where none runs. */
  get innermostSeq(): Seq | null {
    return this.top?.seq ?? null;
  }

  /** Is a call of this function under way? */
  isIn(kind: FrameKind): boolean {
    return this.lastOf(kind) !== null;
  }

  private get outermost(): Frame | null {
    return this.top?.outermost ?? this.top;
  }

  /** The innermost call of this function. */
  private lastOf(kind: FrameKind): Frame | null {
    let frame = this.top;
    while (frame !== null && frame.kind !== kind) frame = frame.caller;
    return frame;
  }

  /** Ends what cannot call `kind`, so that `cause` is that of the call about to be entered. */
  prepare(kind: FrameKind, series: "before" | "after"): void {
    const callers = kind.callers[series];
    for (let { top } = this; top !== null; top = top.caller) {
      const isOver = (kind.once || top.kind.callsOne) && top.calls > 0;
      if (callers.includes(top.kind) && !isOver) return;
      this.top = top.caller;
      if (top.caller === null && kind.once && top.kind === kind) this.unseen = NONE;
    }
    if (this.unseen !== NONE) this.narrowUnseen(callers);
  }

  /** What is unseen calls the function that is entered next. */
  private narrowUnseen(callers: readonly FrameKind[]): void {
    const { unseen } = this;
    const left = unseen === null ? callers : callers.filter((each) => unseen.includes(each));
    this.unseen = left.length === 0 ? NONE : left;
  }

  /** Enters a function that `prepare` made room for; `seq` is the event of its entry. */
  enter(kind: FrameKind, seq: Seq): void {
    const { top: caller, outermost } = this;
    if (caller !== null) caller.calls++;
    this.top = { kind, seq, calls: 0, caller, outermost };
  }

  /** The task has come to another CPU: a function with preemption disabled is over, with all that it called. */
  moved(): void {
    for (let frame = this.top; frame !== null; frame = frame.caller)
      if (frame.kind.isPinned) this.top = frame.caller;
  }

  /** A line of the task could not be read: it may have been the entry of a function, or a return. */
  forget(): void {
    this.top = null;
    this.unseen = null;
  }

  /** A return probe fired: the function and all that it called are over. */
  leave(kind: FrameKind): void {
    const frame = this.lastOf(kind);
    if (frame !== null) this.top = frame.caller;
  }

  /** All of it as whole numbers, of which `restored` makes the same stack. */
  get saved(): number[] {
    const { unseen } = this;
    const numbers = unseen === null ? [ANY] : [unseen.length, ...unseen.map(numberOf)];
    for (let { top } = this; top !== null; top = top.caller)
      numbers.push(numberOf(top.kind), top.seq, top.calls);
    return numbers;
  }

  /** The stack of which `saved` made these numbers. */
  static restored(numbers: readonly number[]): CallStack {
    const stack = new CallStack();
    const [count = ANY] = numbers;
    const first = 1 + Math.max(0, count);
    if (count === 0) stack.unseen = NONE;
    else if (count !== ANY) stack.unseen = numbers.slice(1, first).map(kindOf);
    for (let at = numbers.length - FRAME_NUMBERS; at >= first; at -= FRAME_NUMBERS) {
      const [number = 0, seq = 0, calls = 0] = numbers.slice(at, at + FRAME_NUMBERS);
      const { top: caller, outermost } = stack;
      stack.top = { kind: kindOf(number), seq, calls, caller, outermost };
    }
    return stack;
  }
}

function numberOf(kind: FrameKind): number {
  return KINDS.indexOf(kind);
}

function kindOf(number: number): FrameKind {
  const kind = KINDS[number];
  if (kind === undefined) throw new RangeError(`no function has the number ${number}`);
  return kind;
}
