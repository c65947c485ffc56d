// irqtwin import

import { existsSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { EXIT, TwinError } from "../base/errors.js";
import {
  isNameOnly,
  joined,
  type ImportOptions,
  type ImportProgress,
  type ImportResult,
  type Timeline,
} from "../index.js";
import { REDACT_KEY_OPTION, redactKeyOption } from "./redact-key.js";
import { type Arguments, type Command } from "./command.js";
import { EndableInput } from "./endable-input.js";
import { Interrupts } from "./interrupts.js";
import { say, type Output } from "./output.js";
import { rulesLabel } from "./rules-label.js";
import { KERNEL_OPTIONS, rulesOption } from "./subject-options.js";
import { keepHeapSmall } from "./small-heap.js";
import { withTimeline } from "./with-timeline.js";

/** The command `import`. */
export const importCommand: Command = {
  name: "import",
  json: "a FILE",
  operands: "FILE...",
  summary: "append traces to the timeline",
  details: [
    "FILE is trace-cmd's trace.dat, or the text of ftrace's `trace` or `trace_pipe`, of a kernel's log with a dump of",
    "the ring, of `trace-cmd report`, of bpftrace with the script of `capture --bpftrace` or of `perf script`, plain or .gz (.xz and .zst through the programs of that name); - is standard input. The same file twice is a no-op. An import that was",
    "interrupted goes on where it stopped when it is run again. Lines that should parse and do not are",
    "kept (table rejected_line) and make the exit status 3. With --supersedes the file of recording N itself",
    "is a correction where it is read with another --clock-hz, --rules, --kernel or --anchor.",
    "With --join all FILEs are parts of one trace, such as rotated logs, and become one recording: in the order of",
    "their times, and lines that two of them have once. Where lines are missing between two, each CPU has a gap there.",
    "Other clocks become that of the first FILE by --offset, or by lines that two FILEs have. What are no parts is refused.",
    "Ctrl-C or SIGTERM ends standard input or a pipe: what came in is the recording. A second one drops it.",
  ].join("\n"),
  options: {
    ...KERNEL_OPTIONS,
    "clock-hz": {
      type: "string",
      value: "HZ",
      help: "ticks per second of a counter clock such as x86-tsc",
    },
    anchor: {
      type: "string",
      value: "IRQTBL",
      help: "a dump of the table: irqtbl of debugfs as it stands, from which its entries are known",
    },
    "anchor-at": {
      type: "string",
      value: "WHEN",
      help: "when the dump was made: start (default), end, or a time of the trace's clock",
    },
    redact: {
      type: "boolean",
      help: "store substitutes of names, pids and pointers, and no texts, so that it can be published",
    },
    ...REDACT_KEY_OPTION,
    join: { type: "boolean", help: "the FILEs are parts of one trace: they become one recording" },
    offset: {
      type: "string",
      value: "SECONDS",
      help: "with --join: by how much the clocks of the other FILEs are ahead of the first one's (A or A,B,...)",
    },
    supersedes: {
      type: "string",
      value: "N",
      help: "FILE corrects recording N, which stays and can still be asked with --recording N",
    },
    threads: {
      type: "string",
      value: "N",
      help: "1: everything on one thread (default: a second one stores a long recording)",
    },
  },
  examples: [
    "irqtwin import trace.txt.gz",
    "irqtwin import trace.txt.gz --redact --db to-publish.db",
    "cat /sys/kernel/tracing/trace | irqtwin import - --kernel $(uname -r)",
    "irqtwin import tsc-trace.txt --clock-hz 2596000000 --json",
    "irqtwin import whole-trace.txt --supersedes 1",
    "irqtwin import trace.txt trace.txt.1 trace.txt.2.gz --join",
    "irqtwin import mono.txt boot.txt --join --offset 86400.25",
    "irqtwin import trace.txt --anchor irqtbl.txt",
    "irqtwin import trace.txt --anchor irqtbl-afterwards.txt --anchor-at end",
  ],
  isUnpaged: true,
  run,
};

async function run(args: Arguments): Promise<number> {
  if (args.operands.length === 0)
    throw new TwinError(
      "ERR_USAGE",
      "import needs a FILE (- for standard input): see `irqtwin import --help`",
    );
  keepHeapSmall();
  const options = {
    rules: rulesOption(args),
    kernel: args.text("kernel"),
    clockHz: clockHz(args),
    supersedes: args.count("supersedes"),
    anchor: anchorOption(args),
    redact: args.flag("redact"),
    threads: args.count("threads"),
    redactKey: redactKeyOption(args),
  };
  const isJoined = args.flag("join");
  refuseTogether(args, isJoined);
  const isNew = !existsSync(args.db);
  const left = { isEmpty: false };
  const interrupts = new Interrupts();
  const answer = async (timeline: Timeline, output: Output): Promise<number> => {
    interrupts.listen();
    let status: number = EXIT.ok;
    for (const file of isJoined ? [JOINED] : args.operands) {
      if (interrupts.isEnding()) break;
      const meter = new Meter(file);
      const told = { ...options, onProgress: meter.show };
      const importing = isJoined
        ? importJoined(timeline, args, told)
        : importOne(timeline, file, told, interrupts);
      const result = await importing.finally(() => {
        left.isEmpty = timeline.recordings().length === 0;
      });
      const seconds = meter.done();
      if (result === null) {
        status = EXIT.unfinished;
        say("interrupted: nothing was imported");
        break;
      }
      if (args.flag("json")) output.json(importDocument(result));
      else output.lines(importText(result, seconds));
      warnOfImport(result);
      if (interrupts.isEnding())
        say(`interrupted: what came in is recording ${result.recording_id}`);
      if (result.lines.rejected > 0) status = EXIT.damaged;
    }
    return interrupts.status ?? status;
  };
  try {
    return await withTimeline(args, answer, { create: true });
  } finally {
    interrupts.close();
    // A file that was made for a trace that is none would only be in the way.
    if (isNew && left.isEmpty) removeTimeline(args.db);
  }
}

/** Removes a timeline, with the log that SQLite leaves beside it where the disk is full. */
function removeTimeline(db: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(db + suffix, { force: true });
}

/** Throws ERR_USAGE for options that do not go with the FILEs. */
function refuseTogether(args: Arguments, isJoined: boolean): void {
  const isSeveral = args.operands.length > 1 && !isJoined;
  const refuse = (why: string): never => {
    throw new TwinError("ERR_USAGE", why);
  };
  if (isJoined && args.operands.includes("-"))
    refuse("--join reads each FILE twice, and standard input comes once: write it to a file first");
  if (args.text("offset") !== undefined && !isJoined)
    refuse("--offset is the difference between clocks of files that --join puts together");
  if (args.text("supersedes") !== undefined && isSeveral)
    refuse("--supersedes takes one FILE: import the others without it");
  if (args.text("anchor") !== undefined && isSeveral)
    refuse("--anchor takes one FILE: a dump belongs to one recording");
}

/** What the progress line calls files that are joined. */
const JOINED = "joined files";

/** Imports files that are parts of one trace. */
async function importJoined(
  timeline: Timeline,
  args: Arguments,
  options: ImportOptions,
): Promise<ImportResult> {
  const offset = args.text("offset")?.split(",");
  const { name, notes, chunks } = await joined(args.operands, { offset });
  return timeline.import(chunks, { ...options, name, notes });
}

/** Imports a file, or what comes only once until a signal ends it; null = it ended before anything was stored. */
async function importOne(
  timeline: Timeline,
  file: string,
  options: ImportOptions,
  interrupts: Interrupts,
): Promise<ImportResult | null> {
  const input = EndableInput.of(file);
  interrupts.reads(input);
  const told = { ...options, name: basename(file), signal: interrupts.signal };
  try {
    return await timeline.import(input ?? file, input === null ? options : told);
  } catch (error) {
    const isStopped = error instanceof TwinError && error.code === "ERR_ABORTED";
    if (interrupts.isEnding() && (isStopped || input?.hasBytes === false)) return null;
    throw error;
  }
}

function anchorOption(args: Arguments): ImportOptions["anchor"] {
  const file = args.text("anchor");
  const at = args.text("anchor-at");
  if (file !== undefined) return { file, at };
  if (at === undefined) return undefined;
  throw new TwinError("ERR_USAGE", "--anchor-at says when the dump of --anchor was made: name it");
}

function clockHz(args: Arguments): number | undefined {
  const hz = args.count("clock-hz");
  if (hz === 0) throw new TwinError("ERR_USAGE", "--clock-hz 0 is not a frequency");
  return hz;
}

/** What `--json` prints of an import. */
export function importDocument(result: ImportResult): unknown {
  const unused = result.names.filter((name) => name.unused > 0);
  return {
    recording_id: result.recording_id,
    file: result.file,
    sha256: result.sha256,
    format: result.format,
    kernel: result.kernel,
    platform: result.platform,
    rules: result.rules,
    rules_allowed: result.rules_allowed,
    rules_read: result.rules_read,
    rules_from: result.rules_from,
    clock_unit: result.clock_unit,
    lines: result.lines,
    unused: Object.fromEntries(unused.map((name) => [name.name, name.unused])),
    unknown_names: unused.filter(({ known }) => !known).map(({ name }) => name),
    events: result.events,
    time_anomalies: result.time_anomalies,
    sorted: result.sorted,
    left_out: result.left_out,
    notes: result.notes,
    left: result.left,
    already_imported: result.already_imported,
    supersedes: result.supersedes,
    anchor: result.anchor,
  };
}

/** What an import says: one line, and one with its lines by sort. */
export function importText(result: ImportResult, seconds: number): string[] {
  const { lines } = result;
  const rules = rulesLabel(result);
  const head = `${result.file}: recording ${result.recording_id}${result.supersedes === null ? "" : `, supersedes ${result.supersedes}`}, kernel ${result.kernel ?? "unknown"}, ${rules}`;
  if (result.already_imported) return [`${head}: already imported, nothing done`];
  return [
    head,
    `  ${lines.total} lines: ${lines.header} header, ${lines.events} events, ${lines.unused} unused, ` +
      `${lines.rejected} rejected, ${lines.gaps} gap markers; ${seconds.toFixed(2)} s`,
  ];
}

/** What the user should know of an import, on standard error. */
export function warnOfImport(result: ImportResult): void {
  const { lines, names, left } = result;
  if (left !== null) say(`note: ${textOfLeft(left)}`);
  if (lines.rejected > 0)
    say(
      `warning: ${lines.rejected} lines of ${result.file} should parse and do not: see \`irqtwin query "SELECT * FROM rejected_line"\``,
    );
  if (result.sorted)
    say(
      `note: the lines of ${result.file} were not in the order of time and were put in the order of their stamps`,
    );
  if (result.left_out !== null)
    say(
      result.left_out === 0
        ? `warning: ${result.file} is a part of a trace: \`info\` says how its lines show that others are missing`
        : `warning: ${result.file} is a part of a trace: its header counts ${result.left_out} more entries`,
    );
  if (result.time_anomalies > 0)
    say(
      `warning: ${result.time_anomalies} lines of ${result.file} are stamped before the line above them: their order is the file's`,
    );
  const unknown = names.filter(({ known }) => !known);
  if (unknown.length > 0)
    say(
      `note: event names that irqtwin does not know, counted and not stored: ${unknown
        .map(({ name }) => name)
        .slice(0, 10)
        .join(", ")}`,
    );
  for (const { says } of result.notes) say(`note: ${result.file}: ${says}`);
  const note = noteOf(result);
  if (note !== null) say(`note: ${note}`);
}

/** What became of a recording whose import was killed. */
function textOfLeft({ recording_id, file, is_kept }: NonNullable<ImportResult["left"]>): string {
  return is_kept
    ? `recording ${recording_id} (${file}), whose import was killed, cannot be imported again and ends where that stood: \`irqtwin drop ${recording_id}\` removes it`
    : `what was stored of ${file} was removed, because its import was killed: import the file again`;
}

/** What the user should know of the rules by which the recording is read; null = they are its own. */
function noteOf(result: ImportResult): string | null {
  const { platform, rules, rules_from, rules_allowed, rules_read, kernel } = result;
  if (isNameOnly(platform))
    return `this is a recording of platform ${platform}, which irqtwin recognises and does not read yet: its lines are counted`;
  if (rules_from === "nearest release")
    return `kernel ${kernel ?? "?"} has no rules: it is read by the nearest, ${rules_read ?? "?"}, and check decides nothing without --rules`;
  if (rules !== null) return null;
  if (rules_allowed.length === 0) return "nothing tells the rules: name them with --rules";
  const tags = rules_read === null ? "; GA tags cannot be read" : "";
  return `the release is not named, and the lines allow rules ${rules_allowed.join(" and ")}${tags}: name it with --kernel`;
}

/** A progress line on a terminal; silent elsewhere. */
class Meter {
  private readonly started = process.hrtime.bigint();
  private readonly file: string;
  private shown = 0n;

  constructor(file: string) {
    this.file = file;
  }

  readonly show = ({ bytes, size, lines, events }: ImportProgress): void => {
    const now = process.hrtime.bigint();
    if (!process.stderr.isTTY || now - this.shown < 100_000_000n) return;
    this.shown = now;
    const share =
      size === null || size === 0
        ? `${(bytes / 1e6).toFixed(1)} MB`
        : `${Math.floor((100 * bytes) / size)} %`;
    process.stderr.write(`\r\x1b[K${this.file}: ${share}, ${lines} lines, ${events} events`);
  };

  /** Clears the line; seconds since it began. */
  done(): number {
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
    return Number(process.hrtime.bigint() - this.started) / 1e9;
  }
}
