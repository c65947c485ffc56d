// A whole recording as the capture script would have made it with --vm: without the tasks of the other VMs, as ftrace's
// set_event_notrace_pid leaves them out (kernel/trace/trace_events.c).

import { type TwinEvent } from "../../src/domain/events/event.js";
import { type Read } from "./events.js";

/** A line's task and CPU: `comm-123     [001]`. */
const TASK = /^.{16}-(\d+) +\[(\d+)\]/;
const SWITCH = / sched_switch: .*prev_pid=(\d+) .*next_pid=(\d+) /;
const LOAD = /-(\d+) +\[.* svm_vcpu_load: .* kvm=(0x[0-9a-f]+) id=(\d+)/;

/** The vCPUs' threads of each VM, by the address of its struct kvm; a thread that runs vCPUs of several VMs is none. */
export function threadsOf(
  lines: readonly string[],
): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const vms = new Map<string, Map<string, string>>();
  const owners = new Map<string, string>();
  for (const line of lines) {
    const [, tid = "", kvm = "", vcpu = ""] = LOAD.exec(line) ?? [];
    if (tid === "") continue;
    const isShared = owners.has(tid) && owners.get(tid) !== kvm;
    owners.set(tid, isShared ? "" : kvm);
    if (!isShared) vms.set(kvm, (vms.get(kvm) ?? new Map<string, string>()).set(tid, vcpu));
  }
  for (const threads of vms.values())
    for (const tid of threads.keys()) if (owners.get(tid) === "") threads.delete(tid);
  return new Map([...vms].filter(([, threads]) => threads.size > 0));
}

/** The lines that are left, by their places, if these tasks are left out. `isOthers`: the line is another VM's. */
export function withoutTasks(
  lines: readonly string[],
  tasks: ReadonlySet<string>,
  isOthers: (place: number) => boolean,
): readonly number[] {
  /** By CPU: does the kernel leave out what is printed there? */
  const ignores = new Map<string, boolean>();
  return lines.flatMap((line, place) => {
    const [, pid = "", cpu = ""] = TASK.exec(line) ?? [];
    if (pid === "") return [place];
    const [, prev = "", next = ""] = SWITCH.exec(line) ?? [];
    if (prev === "") {
      const isIgnored = ignores.get(cpu) ?? tasks.has(pid);
      return isIgnored || isOthers(place) ? [] : [place];
    }
    ignores.set(cpu, tasks.has(next));
    return tasks.has(prev) && tasks.has(next) ? [] : [place];
  });
}

/** The lines whose event, or the event of whose function, is of a VM that is not `own`. */
export function linesOfOthers({ events }: Read, own: number): ReadonlySet<number> {
  const isOthers = ({ vm }: TwinEvent): boolean => vm !== null && vm !== own;
  return new Set(
    events
      .filter((event) => {
        const root = event.cause_seq === null ? undefined : events[event.cause_seq - 1];
        return isOthers(event) || (root !== undefined && isOthers(root));
      })
      .map(({ line }) => line),
  );
}
