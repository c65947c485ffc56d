// Writes down what the simulated kernel's probes print, as the reader of traces would give it: events
// with their cause, the outermost function under way on the task.

import {
  causeCode,
  type Cause,
  type EventKindName,
  type TwinEvent,
} from "../../../src/domain/events/event.js";
import { event } from "../twin-event.js";

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

type Fields = Partial<TwinEvent>;

export class Recorder {
  readonly events: TwinEvent[] = [];
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
    const made = this.within(on, kind, fields);
    if (on.frames.length === 0) made.cause = own;
    on.frames.push({ cause: own, seq: made.seq });
    return made;
  }

  leave(on: Task): void {
    on.frames.pop();
  }

  /** A probe at a function's return: the line that it prints on is all that is kept of it. */
  leaveAtLine(on: Task): number {
    on.frames.pop();
    return ++this.line;
  }
}
