// What a line of the tracepoint sched_switch says, in the kernel's words or in those of `trace-cmd report`.

/** Who left the CPU, in which state, and who came; each null where it is not said. */
export interface SchedSwitch {
  /** The pid of the task that left. */
  readonly prev_pid: number | null;
  /** Its state, as the trace has it, such as `S` or `R+`. */
  readonly prev_state: string | null;
  /** The pid of the task that came. */
  readonly next_pid: number | null;
}

/** include/trace/events/sched.h, TP_printk of sched_switch. */
const KERNEL = [/prev_pid=(\d+) /, / prev_state=(\S+) /, / next_pid=(\d+)(?: |$)/] as const;

/** `vmm:4410 [120] R ==> other:77 [120]`, as libtraceevent's plugin for sched_switch prints it. */
const TRACE_CMD = /:(\d+) \[-?\d+\] (\S+) ==> .*:(\d+) \[-?\d+\]$/;

/** Reads the payload of a sched_switch line. null = it is in nobody's words. */
export function schedSwitchOf(text: string): SchedSwitch | null {
  const other = TRACE_CMD.exec(text);
  const [prev, state, next] =
    other === null ? KERNEL.map((field) => field.exec(text)?.[1]) : other.slice(1);
  if (prev === undefined && next === undefined) return null;
  return {
    prev_pid: prev === undefined ? null : Number(prev),
    prev_state: state ?? null,
    next_pid: next === undefined ? null : Number(next),
  };
}
