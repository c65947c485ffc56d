// Errors that a user can act on. Each carries a stable code (documented in README) and the exit
// status that the command line ends with.

/** The exit statuses of the command line. */
export const EXIT = {
  /** Done, nothing found. */
  ok: 0,
  /** A finding or a difference. */
  found: 1,
  /** The command was used wrongly. */
  misuse: 2,
  /** Input or database cannot be read, or is damaged. */
  damaged: 3,
  /** The answer depends on a gap. */
  inconclusive: 4,
  /** It could not be finished: the output cannot be written, the disk is full, or irqtwin itself failed. */
  unfinished: 5,
  /** Interrupted by SIGINT. */
  interrupted: 130,
} as const;

/** Every error code, with the exit status that the command line ends with. README lists them too. */
export const ERROR_CODES = {
  ERR_USAGE: EXIT.misuse,
  ERR_WHEN: EXIT.misuse,
  ERR_NAME: EXIT.misuse,
  ERR_SQL: EXIT.misuse,
  ERR_SQL_NOT_READONLY: EXIT.misuse,
  ERR_SQL_LIMIT: EXIT.misuse,
  ERR_NO_SUCH_FILE: EXIT.damaged,
  ERR_INPUT_EMPTY: EXIT.damaged,
  ERR_INPUT_UNREADABLE: EXIT.damaged,
  ERR_INPUT_DAMAGED: EXIT.damaged,
  ERR_FORMAT_UNKNOWN: EXIT.damaged,
  ERR_FORMAT_LATENCY: EXIT.damaged,
  ERR_ANCHOR: EXIT.damaged,
  ERR_KERNEL_UNKNOWN: EXIT.damaged,
  ERR_PLATFORM_UNKNOWN: EXIT.damaged,
  ERR_BTF: EXIT.damaged,
  ERR_KALLSYMS: EXIT.damaged,
  ERR_VMLINUX: EXIT.damaged,
  ERR_NO_KPROBES: EXIT.damaged,
  ERR_NO_TIMELINE: EXIT.damaged,
  ERR_TIMELINE_EMPTY: EXIT.damaged,
  ERR_NO_RECORDING: EXIT.misuse,
  ERR_SUPERSEDES: EXIT.misuse,
  ERR_NOT_A_TIMELINE: EXIT.damaged,
  ERR_TIMELINE_NEWER: EXIT.damaged,
  ERR_TIMELINE_DAMAGED: EXIT.damaged,
  ERR_MIGRATION_CHANGED: EXIT.damaged,
  ERR_SCHEMA_CHANGED: EXIT.damaged,
  ERR_READONLY: EXIT.unfinished,
  ERR_LOCKED: EXIT.unfinished,
  ERR_DISK_FULL: EXIT.unfinished,
  ERR_IMPORT_RUNNING: EXIT.unfinished,
  ERR_EXISTS: EXIT.misuse,
  ERR_REWIND: EXIT.damaged,
  ERR_OUTPUT: EXIT.unfinished,
  ERR_KILLED: EXIT.unfinished,
  ERR_ABORTED: EXIT.unfinished,
  ERR_CLOSED: EXIT.unfinished,
  ERR_INTERNAL: EXIT.unfinished,
} as const;

/** The code of a TwinError: one of ERROR_CODES. */
export type ErrorCode = keyof typeof ERROR_CODES;

/**
 * An error that the user can act on, with a stable code. The message says what is wrong, with the value, which
 * rule it breaks, and what to do.
 */
export class TwinError extends Error {
  /** Stays the same in every version, so programs can rely on it. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "TwinError";
    this.code = code;
  }

  /** The exit status that the command line ends with. */
  get exitCode(): number {
    return ERROR_CODES[this.code];
  }
}
