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

/** Every error code, with the exit status that the command line ends with. */
export const ERROR_CODES = {
  /** What was given is of another kind than is asked for, or does not go with what else was given. */
  ERR_USAGE: EXIT.misuse,
  /** A moment is malformed, or outside of the recording. */
  ERR_WHEN: EXIT.misuse,
  /** A name is none, or nothing in the recording has it. */
  ERR_NAME: EXIT.misuse,
  /** SQLite refuses the statement. */
  ERR_SQL: EXIT.misuse,
  /** The statement would write, attach or load. */
  ERR_SQL_NOT_READONLY: EXIT.misuse,
  /** An answer has more rows or bytes, or takes more seconds, than is allowed. */
  ERR_SQL_LIMIT: EXIT.misuse,
  /** A file cannot be found. */
  ERR_NO_SUCH_FILE: EXIT.damaged,
  /** The input has no byte. */
  ERR_INPUT_EMPTY: EXIT.damaged,
  /** The input is no file, may not be read, or fails, or its decompressor is not installed. */
  ERR_INPUT_UNREADABLE: EXIT.damaged,
  /** Compressed data is damaged. */
  ERR_INPUT_DAMAGED: EXIT.damaged,
  /** The input is of a format that is not read. */
  ERR_FORMAT_UNKNOWN: EXIT.damaged,
  /** The input is a verbose latency trace, or a layout of it that is not read. */
  ERR_FORMAT_LATENCY: EXIT.damaged,
  /** A line of a dump is not as irqtbl prints it. */
  ERR_ANCHOR: EXIT.damaged,
  /** What was given is no kernel release, or its symbols are not known. */
  ERR_KERNEL_UNKNOWN: EXIT.damaged,
  /** The recording's platform is not known to this version, or only recognised. */
  ERR_PLATFORM_UNKNOWN: EXIT.damaged,
  /** A host's BTF is missing, damaged, or of another kernel than its kallsyms. */
  ERR_BTF: EXIT.damaged,
  /** A host's kallsyms cannot be read, or no probe can be set on its kernel. */
  ERR_KALLSYMS: EXIT.damaged,
  /** A file is no ELF file, or that of another kernel. */
  ERR_VMLINUX: EXIT.damaged,
  /** The host's kernel has no kprobe events. */
  ERR_NO_KPROBES: EXIT.damaged,
  /** The timeline is not there, or was replaced while an import wrote to it. */
  ERR_NO_TIMELINE: EXIT.damaged,
  /** The timeline has no recording that was not dropped, or the recording has no event. */
  ERR_TIMELINE_EMPTY: EXIT.damaged,
  /** The timeline has no recording of that number. */
  ERR_NO_RECORDING: EXIT.misuse,
  /** The recording was dropped. */
  ERR_DROPPED: EXIT.misuse,
  /** The recording is not complete or is corrected already, or nothing would be corrected. */
  ERR_SUPERSEDES: EXIT.misuse,
  /** A redaction would not be consistent with what the timeline holds. */
  ERR_REDACT: EXIT.misuse,
  /** Files are not parts of one trace, or lines may be missing between them. */
  ERR_JOIN: EXIT.misuse,
  /** The file is no timeline, or one of an older schema that is only read. */
  ERR_NOT_A_TIMELINE: EXIT.damaged,
  /** The timeline was made by a newer version. */
  ERR_TIMELINE_NEWER: EXIT.damaged,
  /** SQLite calls the file damaged. */
  ERR_TIMELINE_DAMAGED: EXIT.damaged,
  /** The installation's migrations are not those that made the timeline. */
  ERR_MIGRATION_CHANGED: EXIT.damaged,
  /** The timeline's tables, views or triggers are not those that irqtwin made. */
  ERR_SCHEMA_CHANGED: EXIT.damaged,
  /** The timeline cannot be written. */
  ERR_READONLY: EXIT.unfinished,
  /** Another process holds the lock. */
  ERR_LOCKED: EXIT.unfinished,
  /** There is no space left; what was committed is intact. */
  ERR_DISK_FULL: EXIT.unfinished,
  /** Another import into the timeline is running, or has taken this one's place. */
  ERR_IMPORT_RUNNING: EXIT.unfinished,
  /** A file that would be made is there already. */
  ERR_EXISTS: EXIT.misuse,
  /** The copy would not have the state of its origin, or the recording is not complete. */
  ERR_REWIND: EXIT.damaged,
  /** The timeline was closed, before it was asked or meanwhile. */
  ERR_CLOSED: EXIT.unfinished,
  /** Another question of the same object is not answered yet. */
  ERR_BUSY: EXIT.unfinished,
  /** The output of the command line cannot be written. */
  ERR_OUTPUT: EXIT.unfinished,
  /** The process that ran a query was killed. */
  ERR_KILLED: EXIT.unfinished,
  /** It was stopped by its AbortSignal; the timeline is as it was. */
  ERR_ABORTED: EXIT.unfinished,
  /** What no other code foresees: a defect of irqtwin, or damage that `verify` tells. */
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
