// The tasks of a recording: which one printed a line, and its row.

import { type TaskRow, type VcpuRow } from "../../source/rows.js";
import { type Line } from "../text/line.js";
import { RememberedTasks } from "./remembered-tasks.js";
import { newTask, type Task } from "./task.js";

/** The tasks of one recording. */
export class Tasks {
  /** Rows made since they were last taken, in order. */
  readonly changed: TaskRow[] = [];
  private readonly tasks = new RememberedTasks();
  /** Rows of names that a pid had before its last one, by both. */
  private readonly earlierRows = new Map<string, TaskRow>();
  /** As lines printed them: many tasks have the same. */
  private readonly comms = new Map<string, Uint8Array>();
  /** Names by themselves: of those that are the same one is kept. */
  private readonly names = new Map<string, string>();
  /** The row that a pid had last. */
  private readonly lastRows = new Map<number, TaskRow>();
  /** The vCPUs that tasks of which no line was read have loaded, by the pid, as a dump tells. */
  private readonly loaded = new Map<number, VcpuRow>();
  private nextId: number;
  /** Lines so far that were none of an event, though they stand among such lines: each may have been of any task. */
  private strayLines = 0;

  /** `firstId`: the number of the first row. */
  constructor(firstId: number) {
    this.nextId = firstId;
  }

  /** How many pids there are among the lines that were looked at. */
  get pids(): number {
    return this.lastRows.size;
  }

  /** The task that printed the line. Idle tasks share pid 0: they are told apart by CPU. */
  of(line: Line): Task {
    const key = line.pid === 0 ? -1 - line.cpu : line.pid;
    const known = this.tasks.get(key);
    if (known !== undefined && known.strayLines !== this.strayLines) {
      known.strayLines = this.strayLines;
      known.stack.forget();
    }
    if (known !== undefined && known.cpu !== line.cpu) {
      known.cpu = line.cpu;
      known.stack.moved();
    }
    if (known !== undefined && (isSameComm(known.comm, line) || isNameless(line))) return known;
    const row = this.rowOf(line);
    // A task may change its name: what it does goes on.
    const comm = this.commOf(line);
    const task: Task =
      known === undefined
        ? this.withLoaded(newTask(row, comm, line.cpu, this.strayLines))
        : { ...known, row, comm };
    this.tasks.set(key, task);
    return task;
  }

  /** A dump tells which vCPU a task has loaded: it counts until a line of the task is read. */
  tellLoaded(pid: number, vcpu: VcpuRow): void {
    this.loaded.set(pid, vcpu);
  }

  private withLoaded(task: Task): Task {
    const vcpu = this.loaded.get(task.row.pid);
    if (vcpu === undefined) return task;
    this.loaded.delete(task.row.pid);
    task.vm = vcpu.vm;
    task.vcpu = vcpu.id;
    return task;
  }

  private commOf({ buffer, commStart, commEnd }: Line): Uint8Array {
    const text = buffer.toString("latin1", commStart, commEnd);
    const known = this.comms.get(text);
    if (known !== undefined) return known;
    const made = Uint8Array.prototype.slice.call(buffer, commStart, commEnd);
    this.comms.set(text, made);
    return made;
  }

  private rowOf(line: Line): TaskRow {
    const { pid } = line;
    const comm = this.nameOf(line);
    const last = this.lastRows.get(pid);
    if (last?.comm === comm || (last !== undefined && comm === NAMELESS && pid !== 0)) return last;
    const earlier = this.earlierRows.get(`${pid} ${comm}`);
    const isUnnamed = earlier === undefined && last?.comm === NAMELESS;
    const row = isUnnamed ? last : (earlier ?? { id: this.nextId++, comm, pid });
    // A task that printed no name so far prints it now.
    row.comm = comm;
    if (earlier === undefined) this.changed.push(row);
    if (last !== undefined && last !== row) this.earlierRows.set(`${pid} ${last.comm}`, last);
    this.lastRows.set(pid, row);
    return row;
  }

  private nameOf(line: Line): string {
    const comm = line.comm();
    const known = this.names.get(comm);
    if (known === undefined) this.names.set(comm, comm);
    return known ?? comm;
  }

  /** A line could not be ascribed to a task: it may have been the entry of a function of any, or a return. */
  strayed(): void {
    // What stands above the first line of an event is no line of the trace.
    if (this.tasks.size === 0) return;
    this.strayLines++;
  }

  /** Events were lost: what each task is in the middle of is not known any more. */
  forget(): void {
    this.tasks.clear();
    this.loaded.clear();
  }
}

/** What ftrace prints where it has forgotten the name of a pid: it says nothing of the task. */
const NAMELESS = "<...>";

function isNameless(line: Line): boolean {
  return line.comm() === NAMELESS;
}

function isSameComm(comm: Uint8Array, line: Line): boolean {
  const { buffer, commStart, commEnd } = line;
  if (commEnd - commStart !== comm.length) return false;
  // The name's own characters stand at the end, after the padding: compare from there.
  for (let i = comm.length - 1; i >= 0; i--) {
    if (comm[i] !== buffer[commStart + i]) return false;
  }
  return true;
}
