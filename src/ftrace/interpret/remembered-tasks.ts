// The tasks of which a line was read, in as little memory as they need.

import { packedTask, unpackedTask, type PackedTask } from "./packed-task.js";
import { type Task } from "./task.js";

/** So many tasks that print lines are remembered as they are. */
const RECENT_TASKS = 256;

/**
 * The tasks of which a line was read. No line shows that a task is gone, and a long recording has tens of thousands. So
 * one that prints nothing while others begin to is packed until it does.
 */
export class RememberedTasks {
  private recent = new Map<number, Task>();
  /** Those that were recent before as many others were. */
  private older = new Map<number, Task>();
  private readonly quiet = new Map<number, PackedTask>();

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
    for (const [quiet, each] of this.older) this.quiet.set(quiet, packedTask(each));
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
    const task = unpackedTask(quiet);
    this.set(key, task);
    return task;
  }
}
