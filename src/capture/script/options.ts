// What a script does where its user gives no option.

/** The defaults of a script; each is an option of the script too. */
export interface ScriptOptions {
  /** Records for so many seconds; null = until it is stopped. */
  readonly seconds: number | null;
  /** The ring buffer of each CPU, in KiB. */
  readonly bufferKb: number;
  /** A clock of ftrace; null = `mono`, whose seconds are seconds. */
  readonly clock: string | null;
  /** The process of the one VM that is recorded; null = all VMs. */
  readonly vmPid: number | null;
  /** Writes no name of a host or VM. */
  readonly isAnonymous: boolean;
  /** Keeps the newest events in memory until it is asked for them. */
  readonly isFlight: boolean;
  /** Measures what recording costs, and records nothing. */
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
