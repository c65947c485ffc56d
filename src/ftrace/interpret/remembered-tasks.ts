// The tasks of which a line was read, in as little memory as they need.

import { type TaskRow } from "../../source/rows.js";
import { newTask, type Task } from "./task.js";

/** So many tasks that print lines are remembered as they are. */
const RECENT_TASKS = 256;

/** A task that has printed nothing for long: its row, its comm, and names and values of what is not as in a new one. */
interface QuietTask {
  readonly row: TaskRow;
  readonly comm: Uint8Array;
  readonly rest: readonly unknown[];
}

/**
 * The tasks of which a line was read. No line shows that a task is gone, and a long recording has tens of thousands. So
 * one that prints nothing while others begin to is kept in a few words until it does.
 */
export class RememberedTasks {
  private recent = new Map<number, Task>();
  /** Those that were recent before as many others were. */
  private older = new Map<number, Task>();
  private readonly quiet = new Map<number, QuietTask>();

  /** How many there are. */
  get size(): number {
    return this.wholeCount + this.quiet.size;
  }

  /** How many of them are kept whole. */
  get wholeCount(): number {
    return this.recent.size + this.older.size;
  }

  /** The task of a key; undefined = none is remembered. */
  get(key: number): Task | undefined {
    return this.recent.get(key) ?? this.recall(key);
  }

  /** Remembers a task. */
  set(key: number, task: Task): void {
    this.recent.set(key, task);
    if (this.recent.size < RECENT_TASKS) return;
    for (const [quiet, each] of this.older) this.quiet.set(quiet, quietTask(each));
    this.older = this.recent;
    this.recent = new Map();
  }

  /** Forgets all. */
  clear(): void {
    this.recent.clear();
    this.older.clear();
    this.quiet.clear();
  }

  private recall(key: number): Task | undefined {
    const older = this.older.get(key);
    if (older !== undefined) {
      this.older.delete(key);
      this.set(key, older);
      return older;
    }
    const quiet = this.quiet.get(key);
    if (quiet === undefined) return undefined;
    this.quiet.delete(key);
    const task = wholeTask(quiet);
    this.set(key, task);
    return task;
  }
}

/** The values of a new task. */
const USUAL: Readonly<Record<string, unknown>> = {
  ...newTask({ id: 0, comm: "", pid: 0 }, new Uint8Array(0), 0, 0),
};

function quietTask(task: Task): QuietTask {
  const { row, comm, ...others } = task;
  const rest = Object.entries(others).filter(([name, value]) => USUAL[name] !== value);
  return { row, comm, rest: rest.flat() };
}

function wholeTask({ row, comm, rest }: QuietTask): Task {
  const values: Record<string, unknown> = {};
  for (let at = 0; at < rest.length; at += 2) values[rest[at] as string] = rest[at + 1];
  return Object.assign(newTask(row, comm, 0, 0), values);
}
