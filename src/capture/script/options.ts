// What a script does where its user gives no option.

/** The defaults of a script; each is an option of the script too. */
export interface ScriptOptions {
  /** Records for so many seconds, 1 or more; null = until it is stopped. Default: null. */
  readonly seconds: number | null;
  /** The ring buffer of each CPU, in KiB, 1 or more. Default: 8,192. */
  readonly bufferKb: number;
  /** A clock of ftrace (trace_clock); null = `mono`, whose seconds are seconds. Default: null. */
  readonly clock: string | null;
  /** The process of the one VM that is recorded; null = all VMs. Default: null. */
  readonly vmPid: number | null;
  /** true: writes no name of a host or VM. Default: false. */
  readonly isAnonymous: boolean;
  /** true: keeps the newest events in memory until it is asked for them. Default: false. */
  readonly isFlight: boolean;
  /** true: measures what recording costs, and records nothing. Default: false. */
  readonly isCost: boolean;
}

/** A recording of everything, until it is stopped. */
export const DEFAULT_OPTIONS: ScriptOptions = {
  seconds: null,
  bufferKb: 8192,
  clock: null,
  vmPid: null,
  isAnonymous: false,
  isFlight: false,
  isCost: false,
};
