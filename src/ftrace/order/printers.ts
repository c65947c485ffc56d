// What lines tell of others that are not in the file: who prints which name, and whom the scheduler's tracepoints
// name. A task that is woken again has run since it was woken, so its CPU has printed that it switched to the task, and
// the task has printed that it switched away. Asked only where no header counts the entries.

import { PROBE } from "../../domain/amd/probes/probes.js";
import { type Line } from "../text/line.js";
import { schedSwitchOf, wakeupOf } from "../text/sched-switch.js";

/** So often a task is woken on a CPU, and not migrated, before the CPU must have printed a line. */
const WAKEUPS = 2;

const MIGRATED = /(?:^| )pid=(\d+) /;

/** Watches who prints lines, and who is woken where. */
export class Printers {
  private readonly cpus = new Set<number>();
  private readonly tasks = new Set<number>();
  /** The tasks that print a name. */
  private readonly tasksOf = new Map<string, Set<number>>();
  /** Tasks that some CPU has switched to: the recording follows them. */
  private readonly followed = new Set<number>();
  /** How often a task was woken on each CPU. */
  private readonly woken = new Map<number, Map<number, number>>();

  /** Takes a line with the name of its event. */
  note(line: Line, name: string): void {
    this.cpus.add(line.cpu);
    this.tasks.add(line.pid);
    const own = this.tasksOf.get(name);
    if (own === undefined) this.tasksOf.set(name, new Set([line.pid]));
    else own.add(line.pid);
    if (name === PROBE.sched_switch) this.noteSwitch(textOf(line));
    else if (name === PROBE.sched_wakeup) this.noteWakeup(textOf(line));
    else if (name === PROBE.sched_migrate_task) this.noteMigration(textOf(line));
  }

  /** How many CPUs print lines. */
  get cpuCount(): number {
    return this.cpus.size;
  }

  /** How many tasks print the name. */
  tasksThatPrint(name: string): number {
    return this.tasksOf.get(name)?.size ?? 0;
  }

  /** Is there no line of a CPU or of a task that must have printed some? */
  get lackLines(): boolean {
    for (const [pid, cpus] of this.woken) {
      if (!this.followed.has(pid)) continue;
      const isMute = !this.tasks.has(pid);
      for (const [cpu, times] of cpus)
        if (times >= WAKEUPS && (isMute || !this.cpus.has(cpu))) return true;
    }
    return false;
  }

  private noteSwitch(text: string): void {
    const pid = schedSwitchOf(text)?.next_pid;
    if (pid != null) this.followed.add(pid);
  }

  private noteMigration(text: string): void {
    const [, pid] = MIGRATED.exec(text) ?? [];
    if (pid !== undefined) this.woken.delete(Number(pid));
  }

  private noteWakeup(text: string): void {
    const said = wakeupOf(text);
    if (said === null) return;
    const { pid, cpu } = said;
    const cpus = this.woken.get(pid) ?? new Map<number, number>();
    this.woken.set(pid, cpus.set(cpu, (cpus.get(cpu) ?? 0) + 1));
  }
}

function textOf({ buffer, body, end }: Line): string {
  return buffer.toString("latin1", body, end);
}
