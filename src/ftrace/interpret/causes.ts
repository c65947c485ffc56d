// Which function brought an event about: the call stack of the task, as far as the probes show it. What is
// printed from an interrupt is no part of it.

import { type FrameKind } from "../../domain/amd/probes/frames.js";
import { type EventDraft } from "../../domain/events/stored-event.js";
import { type Interpreter } from "./interpreter.js";

/** The event was brought about by the outermost function that runs. */
export function setCause({ line, task }: Interpreter, event: EventDraft): void {
  if (line.inInterrupt) return;
  event.cause = task.stack.cause;
  event.cause_seq = task.stack.causeSeq;
}

/** The same where the line says interrupt and means the breakpoint of the probe: a place inside of a function. */
export function setCauseInside({ task }: Interpreter, event: EventDraft): void {
  event.cause = task.stack.cause;
  event.cause_seq = task.stack.causeSeq;
}

/** The event is the entry of a function: it has the cause of its caller, and causes what follows. */
export function enter(
  { line, task, series }: Interpreter,
  event: EventDraft,
  kind: FrameKind,
): void {
  if (line.inInterrupt) return;
  const { stack } = task;
  stack.prepare(kind, series);
  const { cause } = stack;
  event.cause_seq = stack.causeSeq;
  stack.enter(kind, event.seq);
  event.cause = cause ?? stack.cause;
  task.entered.add(event.kind, event.seq);
}

/**
 * A return probe of the function whose entry is an event of this kind: the call is over, with all that it
 * called.
 */
export function leave(at: Interpreter, kind: number, frame: FrameKind): void {
  const { entered, stack } = at.task;
  const seq = entered.take(kind);
  // A second return without an entry between is another call's, whose entry was not seen.
  if (seq !== null) at.returns.push({ seq, line: at.lineNumber });
  stack.leave(frame);
}
