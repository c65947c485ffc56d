// Writes down what the simulated kernel's probes print, as the reader of traces would give it: events
// with their cause, the outermost function under way on the task.

import { causeCode, type Cause } from "../../../src/domain/events/causes.js";
import { type EventKindName } from "../../../src/domain/events/kinds.js";
import { type TwinEvent, type CallReturn } from "../../../src/domain/events/event.js";
import { event, type EventFields } from "../twin-event.js";

interface Frame {
  readonly cause: number | null;
  readonly seq: number;
}

/** A task of the host, and the probed functions under way on it. */
export interface Task {
  readonly id: number;
  cpu: number;
  readonly frames: Frame[];
}

export function newTask(id: number, cpu: number): Task {
  return { id, cpu, frames: [] };
}

type Fields = EventFields;

export class Recorder {
  readonly events: TwinEvent[] = [];
  readonly returns: CallReturn[] = [];
  private line = 0;

  /** A line that is no part of a function. */
  note(on: Task, kind: EventKindName, fields: Fields): TwinEvent {
    const seq = this.events.length + 1;
    const made = event(kind, {
      ...fields,
      seq,
      line: ++this.line,
      rest: seq,
      cpu: on.cpu,
      task: on.id,
    });
    this.events.push(made);
    return made;
  }

  /** A line from inside the functions under way. */
  within(on: Task, kind: EventKindName, fields: Fields): TwinEvent {
    const [root] = on.frames;
    return this.note(on, kind, {
      ...fields,
      cause: root?.cause ?? null,
      cause_seq: root?.seq ?? null,
    });
  }

  /** A probe at a function's entry; `cause`: what it stands for where it is the outermost. */
  enter(on: Task, kind: EventKindName, cause: Cause | null, fields: Fields): TwinEvent {
    const own = cause === null ? null : causeCode(cause);
    const isOutermost = on.frames.length === 0;
    const made = isOutermost
      ? this.note(on, kind, { ...fields, cause: own })
      : this.within(on, kind, fields);
    on.frames.push({ cause: own, seq: made.seq });
    return made;
  }

  leave(on: Task): void {
    on.frames.pop();
  }

  /** A probe at the return of the function under way: the line that it prints on is all that is kept of it. */
  leaveShown(on: Task): void {
    const frame = on.frames.pop();
    if (frame !== undefined) this.returns.push({ seq: frame.seq, line: ++this.line });
  }
}
