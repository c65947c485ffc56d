// What the kernel's ftrace_dump() prints of an ftrace recording into its log.

/** How the log puts the message at a number in front. */
export type Front = (message: string, number: number) => string;

/** What the log has. */
export interface DumpOptions {
  /** Default: `[  700.000001] `. */
  readonly front?: Front;
  /** Microseconds, or ticks, at which the ring was begun. Default: 0. */
  readonly begun?: bigint;
  /** Messages above the dump. */
  readonly above?: readonly string[];
  /** Messages below it. */
  readonly below?: readonly string[];
}

/** Lines of an ftrace text with flags. */
const LINE = /^(.{16})-(\d+) +\[(\d+)\] (\S{4,12}) +(\d+)(?:\.(\d+))?: (.*)$/;
const MARKS = [" ", "+", "!", "#", "*", "@", "$"];
const DASHES = "---------------------------------";

/** `[  700.000001] message` */
export const printkFront: Front = (message, number) =>
  `[${String(700 + Math.floor(number / 1000)).padStart(5)}.${String(number % 1000).padStart(6, "0")}] ${message}`;

/** The log with the dump of a recording's events and markers. */
export function ftraceDump(text: string, options: DumpOptions = {}): string {
  const { front = printkFront, begun = 0n, above = [], below = [] } = options;
  const entries = text
    .split("\n")
    .filter((line) => LINE.test(line) || line.startsWith("CPU:"))
    .map((line, i) => entryOf(line, begun, MARKS[i % MARKS.length] ?? " "));
  const dump = ["Dumping ftrace buffer:", DASHES, ...entries, DASHES];
  const messages = [...above, ...dump, ...below];
  return `${messages.map(front).join("\n")}\n`;
}

function entryOf(line: string, begun: bigint, mark: string): string {
  const match = LINE.exec(line);
  if (match === null) return line;
  const [, padded = "", pid = "", cpu, flags = "", whole = "", fraction, rest = ""] = match;
  const comm = padded.trim().slice(0, 8).padStart(8);
  const task = `${comm}-${pid.padEnd(7)} ${String(Number(cpu)).padStart(3)}${flags}`;
  if (fraction === undefined)
    return `${task} ${String(BigInt(whole) - begun).padStart(4)}: ${rest}`;
  const microseconds = BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(9, "0").slice(0, 6));
  return `${task} ${String(microseconds - begun).padStart(4)}us${mark}: ${rest}`;
}
