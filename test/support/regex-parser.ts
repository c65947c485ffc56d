// A second parser of ftrace lines, as plain as can be: one regular expression, no code shared with
// src. It reads what trace_print_context() prints and nothing else.

export interface ParsedLine {
  readonly comm: string;
  readonly pid: number;
  readonly cpu: number;
  /** The stamp's digits: nanoseconds, or ticks where it has no decimal point. */
  readonly time: bigint;
  readonly isCounter: boolean;
  readonly name: string;
  /** Where the payload begins, in characters. */
  readonly payloadAt: number;
}

// The comm is greedy up to the last dash before the bracket.
const LINE =
  /^ {0,15}(.{1,16})-(\d+) +(?:\( *(?:\d+|-------)\) )?\[(\d+)\] (?:([.a-zA-Z0-9#]{4,6}) | ) *(\d+)(?:\.(\d+))?: ([^: ]+): /;

/** The parts of a line; null where it is not one. `line` is latin1, so that offsets are bytes. */
export function parseWithRegex(line: string): ParsedLine | null {
  const match = LINE.exec(line);
  if (match === null) return null;
  const [all, comm = "", pid, cpu, , whole = "", fraction, name = ""] = match;
  return {
    comm: comm.trimStart(),
    pid: Number(pid),
    cpu: Number(cpu),
    time: BigInt(whole + (fraction ?? "").padEnd(fraction === undefined ? 0 : 9, "0")),
    isCounter: fraction === undefined,
    name,
    payloadAt: all.length,
  };
}
