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
  ERR_DROPPED: EXIT.misuse,
  ERR_SUPERSEDES: EXIT.misuse,
  ERR_REDACT: EXIT.misuse,
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
  ERR_CLOSED: EXIT.unfinished,
  ERR_BUSY: EXIT.unfinished,
  ERR_OUTPUT: EXIT.unfinished,
  ERR_KILLED: EXIT.unfinished,
  ERR_ABORTED: EXIT.unfinished,
  ERR_INTERNAL: EXIT.unfinished,
} as const;

/** The code of a TwinError: one of ERROR_CODES. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** How the stack of a TwinError begins: the part of an error, besides its message, that every copy keeps. */
const HEAD = /^TwinError \[(ERR_[A-Z_]+)\]: /;

/**
 * An error that the user can act on, with a stable code. The message says what is wrong, with the value, which
 * rule it breaks, and what to do. `structuredClone` and `postMessage` make a plain Error of it, which keeps message,
 * stack and cause: `TwinError.from` makes a TwinError with its code of that again.
 */
export class TwinError extends Error {
  /** Stays the same in every version, so programs can rely on it. */
  readonly code: ErrorCode;

  /** `options.cause`: what was thrown that this error tells of. */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "TwinError";
    this.code = code;
    const { stack = "" } = this;
    const [plain] = [`Error: ${message}`, `TwinError: ${message}`].filter((head) =>
      stack.startsWith(head),
    );
    const calls = plain === undefined ? "" : stack.slice(plain.length);
    this.stack = `TwinError [${code}]: ${message}${calls}`;
  }

  /**
   * The TwinError that something thrown is: itself, or the one that it is a copy of. Any other is ERR_INTERNAL, with
   * what was thrown as its cause.
   */
  static from(thrown: unknown): TwinError {
    if (thrown instanceof TwinError) return thrown;
    const { message, stack, cause } =
      thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
    const code = HEAD.exec(stack ?? "")?.[1];
    if (code !== undefined && isErrorCode(code))
      return new TwinError(code, message, cause === undefined ? undefined : { cause });
    return new TwinError(
      "ERR_INTERNAL",
      `${message}: the timeline may be damaged, which \`irqtwin verify\` tells; else this is a defect of irqtwin`,
      { cause: thrown },
    );
  }

  /** The exit status that the command line ends with. */
  get exitCode(): number {
    return ERROR_CODES[this.code];
  }

  /** What JSON has of it. */
  toJSON(): {
    /** `TwinError`. */
    readonly name: string;
    /** The code. */
    readonly code: ErrorCode;
    /** The message, without the code. */
    readonly message: string;
  } {
    const { name, code, message } = this;
    return { name, code, message };
  }
}

function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}
