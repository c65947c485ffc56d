// What lines of the scheduler's tracepoints say, in the kernel's words or in those of `trace-cmd report`.

import { stateWords } from "./raw-words.js";

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
const KERNEL = [
  /prev_pid=(\d{1,10}) /,
  / prev_state=(\S+) /,
  / next_pid=(\d{1,10})(?: |$)/,
] as const;

/**
 * `vmm:4410 [120] R ==> other:77 [120]`, as libtraceevent's plugin for sched_switch prints it; `trace-cmd report -w` puts how
 * long the task that comes had waited behind it.
 */
const TRACE_CMD =
  /:(\d{1,10}) \[-?\d+\] (\S+) ==> .*:(\d{1,10}) \[-?\d+\](?: Latency: [\d.]+ usecs)?$/;

/** Reads the payload of a sched_switch line. null = it is in nobody's words. */
export function schedSwitchOf(text: string): SchedSwitch | null {
  const other = TRACE_CMD.exec(text);
  const [prev, state, next] =
    other === null ? KERNEL.map((field) => field.exec(text)?.[1]) : other.slice(1);
  if (prev === undefined && next === undefined) return null;
  return {
    prev_pid: prev === undefined ? null : Number(prev),
    prev_state: state === undefined ? null : stateWords(state),
    next_pid: next === undefined ? null : Number(next),
  };
}

/** Which task was woken, and on which CPU it will run. */
export interface Wakeup {
  /** The pid of the task. */
  readonly pid: number;
  /** The CPU. */
  readonly cpu: number;
}

/** include/trace/events/sched.h, TP_printk of sched_wakeup. */
const KERNEL_WAKEUP = /(?:^| )pid=(\d{1,10}) .*target_cpu=(\d{1,10})(?!\d)/;

/** `vmm:4410 [120] CPU:002`, as the plugin prints it; old kernels have `success=1` in front of the CPU. */
const TRACE_CMD_WAKEUP = /:(\d{1,10}) \[-?\d+\](?: success=\d+)? CPU:(\d{1,10})$/;

/** Reads the payload of a sched_wakeup line. null = it is in nobody's words. */
export function wakeupOf(text: string): Wakeup | null {
  const [, pid, cpu] = TRACE_CMD_WAKEUP.exec(text) ?? KERNEL_WAKEUP.exec(text) ?? [];
  return pid === undefined || cpu === undefined ? null : { pid: Number(pid), cpu: Number(cpu) };
}
