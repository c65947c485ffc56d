// One of several files that are parts of one trace: its lines, and what tells its place among the others.

import { isBefore } from "../../base/stamp.js";
import { TwinError } from "../../base/errors.js";
import { type Stamp } from "../../domain/values/ids.js";
import { formatOf } from "../../formats/registry.js";
import { type Clocked } from "../../source/join/clocks.js";
import { SharedLines } from "../../source/join/shared-lines.js";
import { readHeaderLine } from "../../source/header/header-line.js";
import { type LineScanner, type RunFinder } from "../../source/line-order.js";
import { SNIFF_BYTES, type FormatName } from "../../source/sniffed.js";
import { openInput, type InputOptions } from "./input.js";
import { recognizedEarly } from "./recognize.js";

/** What is known of a part once all its lines were looked at. */
export interface JoinPart extends Clocked {
  /** The name of its format. */
  readonly format: FormatName;
  /** What its stamps count, as far as its lines tell. */
  readonly unit: "ns" | "ticks" | null;
  /** What its header says of the boot, the kernel and the host, by its key. */
  readonly told: ReadonlyMap<string, string>;
  /** Does it begin with a header? */
  readonly hasHeader: boolean;
  /** The time of its first event. */
  readonly first: Stamp;
  /** The latest time of its events. */
  readonly last: Stamp;
  /** The line of its first event. */
  readonly firstLine: string;
  /** Tells the time of its lines. */
  readonly newScanner: () => LineScanner;
  /** By how much its clock is ahead of that of the first file, in nanoseconds or ticks: its stamps become so much earlier. */
  readonly ahead: bigint;
  /** The CPUs that printed its lines. */
  readonly cpus: ReadonlySet<number>;
  /** It lacks lines that its own header counts. */
  readonly isLacking: boolean;
  /** The line that says that events of a CPU were lost; null = its format has none. */
  readonly lossLine: (cpu: number) => string | null;
}

/** The key of the clock's name. */
const CLOCK = "clock";
/** What must be the same in all parts, where they say it; other clocks need a difference. */
const SAME = ["boot_id", "kernel", "host", "tsc_khz"];

/** The lines of a file, with their line feeds, which the last one may lack. */
export async function* linesOf(
  path: string,
  options: InputOptions,
  onChunk: (chunk: Buffer) => void = () => undefined,
): AsyncGenerator<string> {
  const input = await openInput(path, options);
  try {
    let rest = "";
    for await (const chunk of input.chunks) {
      onChunk(chunk);
      const lines = (rest + chunk.toString("latin1")).split(/(?<=\n)/);
      rest = lines.at(-1)?.endsWith("\n") === false ? (lines.pop() ?? "") : "";
      yield* lines;
    }
    if (rest !== "") yield rest;
  } finally {
    input.close();
  }
}

/** The time of a line; null = it is no event's. */
export function stampIn(scanner: LineScanner, line: string): Stamp | null {
  const bytes = Buffer.from(line, "latin1");
  const end = line.endsWith("\n") ? bytes.length - 1 : bytes.length;
  return scanner.kindOf(bytes, 0, end) === "event" ? { ...scanner.stamp } : null;
}

/** Is it a line of a header? `##### CPU 2 buffer started ####` stands between lines of the trace. */
export function isHeader(line: string): boolean {
  return line.startsWith("#") && !line.startsWith("##");
}

/** Looks at all lines of a part. Throws ERR_JOIN where it has no event, or is no text. */
export async function partAt(path: string, options: InputOptions): Promise<JoinPart> {
  const head = await headOf(path, options);
  const format = formatOf(head);
  if (format.container !== undefined)
    throw new TwinError(
      "ERR_JOIN",
      `${path} is ${format.name}, which is joined with others of its kind only: import it by itself`,
    );
  const order = format.lineOrder(head);
  const newScanner = (): LineScanner => order.newScanner();
  const scanner = newScanner();
  const finder = order.newFinder();
  const shared = new SharedLines();
  const cpus = new Set<number>();
  const told = new Map<string, string>();
  let [first, last, firstLine, isTop, hasHeader]: Seen = [null, null, "", true, false];
  const feed = (chunk: Buffer): void => {
    finder.feed(chunk);
  };
  for await (const line of linesOf(path, options, feed)) {
    isTop &&= isHeader(line);
    hasHeader ||= isTop;
    if (line.startsWith("# irqtwin ")) noteTold(told, line);
    const stamp = stampIn(scanner, line);
    if (stamp === null) continue;
    cpus.add(scanner.cpu);
    shared.add(unstamped(line.trimEnd(), scanner.stampText), stamp);
    if (first === null) firstLine = line;
    first ??= stamp;
    if (last === null || isBefore(last, stamp)) last = stamp;
  }
  if (first === null || last === null)
    throw new TwinError("ERR_JOIN", `${path} has no line of a trace: leave it out`);
  const unit = recognizedEarly(head, {})?.clockUnit ?? null;
  return {
    ...{ path, format: format.name, unit, told, hasHeader },
    ...{ first, last, firstLine, newScanner, ahead: 0n, cpus },
    ...{ shared, clock: told.get(CLOCK) ?? null },
    ...{ isLacking: isLacking(finder), lossLine: (cpu) => order.lossLine(cpu) },
  };
}

function isLacking(finder: RunFinder): boolean {
  finder.end();
  return finder.leftOut !== null;
}

/** Stamps of another clock may be of another width, which spaces fill up. */
function unstamped(line: string, stampText: string): string {
  return line.replace(stampText, "").replace(/ +/g, " ");
}

type Seen = [Stamp | null, Stamp | null, string, boolean, boolean];

function noteTold(told: Map<string, string>, line: string): void {
  const { key, value, problem } = readHeaderLine(line.trimEnd(), 1);
  if (problem === null && [...SAME, CLOCK].includes(key)) told.set(key, value);
}

/** The first bytes of a file, as many as a format is found by. Throws what opening it throws. */
export async function headOf(path: string, options: InputOptions): Promise<Buffer> {
  const input = await openInput(path, options);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of input.chunks) {
    chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (bytes >= SNIFF_BYTES) break;
  }
  input.close();
  return Buffer.concat(chunks);
}

/** Throws ERR_JOIN where two parts are not of one boot and one kernel, or their stamps count otherwise. */
function refuseOther(one: JoinPart, other: JoinPart): void {
  const differ = (what: string, a: string, b: string): TwinError =>
    new TwinError(
      "ERR_JOIN",
      `${one.path} and ${other.path} are not parts of one trace: their ${what} is ${a} and ${b}; import them one by one`,
    );
  if (one.format !== other.format) throw differ("format", one.format, other.format);
  if (one.unit !== null && other.unit !== null && one.unit !== other.unit)
    throw differ("clock", one.unit, other.unit);
  for (const key of SAME) {
    const [a, b] = [one.told.get(key), other.told.get(key)];
    if (a !== undefined && b !== undefined && a !== b) throw differ(key, a, b);
  }
}

/** Throws ERR_JOIN where two of the parts are not of one boot and one kernel, or their stamps count otherwise. */
export function refuseOthers(parts: readonly JoinPart[]): void {
  for (const [i, part] of parts.entries())
    for (const before of parts.slice(0, i)) refuseOther(before, part);
}
