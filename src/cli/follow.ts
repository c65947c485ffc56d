// irqtwin follow

import { basename } from "node:path";
import { EXIT, TwinError } from "../base/errors.js";
import {
  type AnchorOption,
  type CheckReport,
  type Finding,
  type ImportResult,
  type Timeline,
} from "../index.js";
import { type Arguments, type Command } from "./command.js";
import { findingText } from "./finding-text.js";
import { nextBegun, watchFindings } from "./finding-watch.js";
import { carriedFrom } from "./follow-carry.js";
import { keepOption, OldParts, partMs, type Keep } from "./follow-keep.js";
import { FollowMeter, type FollowNumbers } from "./follow-meter.js";
import { FollowSignals } from "./follow-signals.js";
import { cutSourcesOf, sourcesOf, type FollowedSource } from "./follow-sources.js";
import { importDocument, importText, warnOfImport } from "./import.js";
import { metricsText, portOf, serveMetrics } from "./metrics.js";
import { say, type Output } from "./output.js";
import { RunOnFinding } from "./run-on-finding.js";
import { KERNEL_OPTIONS, rulesOption } from "./subject-options.js";
import { keepHeapSmall } from "./small-heap.js";
import { ToldFindings } from "./told-findings.js";
import { withTimeline } from "./with-timeline.js";

const STATUS_MS = 500;
/** What is too old is looked for once an hour at least. */
const LOOK_MS_MAX = 3_600_000;

/** The command `follow`. */
export const followCommand: Command = {
  name: "follow",
  json: "a recording that is complete and for a finding",
  operands: "FILE",
  summary: "append a trace that is still being written",
  details: [
    "FILE grows, or is a FIFO or ftrace's trace_pipe; - is standard input. What came in is stored within a",
    "second and can be asked by other commands at once. Where FILE is truncated, or another file gets its",
    "name, a new recording begins. Ctrl-C or SIGTERM ends it: what came in is a complete recording. Run",
    "again on the same file, it goes on: the recording of the longer file supersedes the one before. A",
    "second Ctrl-C drops the recording. Lines that should parse and do not are kept and make the exit status 3.",
    "",
    "On a terminal a line shows events a second, the lag, how many IRTEs are posted, and findings.",
    "--findings prints each finding as it arises, --exec runs a command for each, with the finding's JSON on",
    "standard input. Checks take a fifth of a CPU at most, so those of a long recording come later. A command",
    "has 60 seconds, and at the end all that are left have 5. Run again, it tells what no run has told: the file",
    "DB.told notes a finding once it is printed, or its command has ended with status 0. --tell-all tells all again.",
    "--metrics serves numbers for Prometheus at http://127.0.0.1:PORT/metrics.",
    "",
    "--keep 24h (90m, 7d, a number of seconds) bounds the file: a recording ends after a sixth of the span, and",
    "the next one begins with the header and with the entries, VMs and vCPUs that are known then. A recording",
    "that ended longer ago than the span is dropped (irqtwin drop), and before that copied to a timeline of its",
    "own in DIR with --export. The trace must be text. Run again on the same FILE, it goes on where it ended.",
  ].join("\n"),
  options: {
    findings: { type: "boolean", help: "print findings as they arise" },
    exec: {
      type: "string",
      value: "CMD",
      help: "run CMD for each finding, its JSON on standard input",
    },
    "tell-all": {
      type: "boolean",
      help: "tell findings again that earlier runs have told",
    },
    metrics: {
      type: "string",
      value: "PORT",
      help: "serve metrics on loopback (0: any free port)",
    },
    keep: {
      type: "string",
      value: "SPAN",
      help: "drop what is older, such as 24h",
    },
    export: {
      type: "string",
      value: "DIR",
      help: "before it is dropped, make a timeline of it in DIR",
    },
    ...KERNEL_OPTIONS,
  },
  examples: [
    "irqtwin follow /var/log/irqtwin/trace.txt",
    "ssh host cat /sys/kernel/tracing/trace_pipe | irqtwin follow - --kernel 6.17.13",
    "irqtwin follow trace.txt --findings --exec 'mail -s irqtwin root'",
    "irqtwin follow trace.txt --metrics 9464",
    "irqtwin follow trace.txt --keep 24h --export /var/lib/irqtwin",
  ],
  isUnpaged: true,
  run,
};

async function run(args: Arguments): Promise<number> {
  const [file, ...others] = args.operands;
  if (file === undefined || others.length > 0)
    throw new TwinError("ERR_USAGE", "follow needs one FILE (- for standard input)");
  keepHeapSmall();
  const signals = new FollowSignals();
  try {
    return await withTimeline(
      args,
      (timeline, output) => new Following(timeline, output, args, signals).run(file),
      { create: true },
    );
  } finally {
    signals.close();
  }
}

/** One run of the command. */
class Following {
  private readonly timeline: Timeline;
  private readonly output: Output;
  private readonly args: Arguments;
  private readonly signals: FollowSignals;
  private readonly meter = new FollowMeter();
  private readonly exec: RunOnFinding | null;
  private readonly keep: Keep | null;
  private readonly told: ToldFindings;
  /** What tells findings of recordings that have ended. */
  private readonly watches: Promise<void>[] = [];
  private report: CheckReport | null = null;
  private isDamaged = false;

  constructor(timeline: Timeline, output: Output, args: Arguments, signals: FollowSignals) {
    this.timeline = timeline;
    this.output = output;
    this.args = args;
    this.signals = signals;
    this.keep = keepOption(args);
    this.told = new ToldFindings(timeline, args.flag("tell-all"));
    const command = args.text("exec");
    this.exec = command === undefined ? null : new RunOnFinding(command);
  }

  async run(file: string): Promise<number> {
    const port = this.args.count("metrics");
    const isMeasured = port !== undefined || process.stderr.isTTY;
    // Whoever listens makes the import copy its state for each batch.
    const live = isMeasured ? this.timeline.live().subscribe(this.meter.take) : null;
    const metrics = port === undefined ? null : await this.serve(port);
    const status = process.stderr.isTTY ? setInterval(this.showStatus, STATUS_MS) : undefined;
    try {
      await (this.keep === null ? this.followAll(file) : this.followParts(file, this.keep));
      await Promise.all(this.watches);
      await this.exec?.done(this.signals.end.signal);
      return this.isDamaged ? EXIT.damaged : EXIT.ok;
    } catch (error) {
      const isDropped = error instanceof TwinError && error.code === "ERR_ABORTED";
      if (!isDropped) throw error;
      say("interrupted twice: the recording is dropped");
      return EXIT.interrupted;
    } finally {
      clearInterval(status);
      clearStatus();
      live?.unsubscribe();
      metrics?.close();
    }
  }

  private async followAll(file: string): Promise<void> {
    for await (const source of sourcesOf(this.timeline, file, this.signals.end.signal)) {
      await this.follow(source);
      await Promise.all(this.watches);
    }
  }

  private async followParts(file: string, keep: Keep): Promise<void> {
    const { timeline } = this;
    const { signal } = this.signals.end;
    const note = this.note.bind(this);
    const old = new OldParts(timeline, basename(file), keep, signal, {
      note,
      dropped: () => {
        this.told.forgetGone(timeline);
      },
    });
    const timer = setInterval(old.look, Math.min(partMs(keep), LOOK_MS_MAX));
    old.look();
    try {
      for await (const source of cutSourcesOf(timeline, file, signal, partMs(keep))) {
        await this.follow(source, carriedFrom(source.before ?? null));
      }
    } finally {
      clearInterval(timer);
      await old.done();
    }
  }

  private async serve(port: number): Promise<ReturnType<typeof serveMetrics>> {
    const text = (): string =>
      metricsText(this.meter.numbers, this.report?.findings.length ?? null);
    const server = await serveMetrics(port, text);
    say(`metrics: http://127.0.0.1:${portOf(server)}/metrics`);
    return server;
  }

  /** `anchor`: what is known of the table where the source begins. */
  private async follow(source: FollowedSource, anchor?: AnchorOption): Promise<void> {
    if (source.why !== null) this.note(`${source.name}: a new recording: ${source.why}`);
    if (source.lost !== null)
      this.note(`${source.name}: lines before this recording may be lost: ${source.lost}`);
    const over = new AbortController();
    if (this.wantsFindings) this.watches.push(this.watch(over.signal));
    // What a watch throws is thrown where all of them are waited for.
    this.watches.at(-1)?.catch(() => undefined);
    try {
      const result = await this.timeline.import(this.meter.counted(source.chunks), {
        name: source.name,
        supersedes: source.supersedes,
        rules: rulesOption(this.args),
        kernel: this.args.text("kernel") ?? source.before?.kernel ?? undefined,
        anchor,
        part: source.place,
        notes: source.lost === null ? undefined : [{ kind: "lost before", lines: null }],
        sort: false,
        signal: this.signals.drop.signal,
      });
      this.tell(result);
    } catch (error) {
      if (!this.isNothing(error, source.before != null)) throw error;
    } finally {
      over.abort();
    }
  }

  /** Nothing came, or nothing that is not there already. */
  private isNothing(error: unknown, isLaterPart: boolean): boolean {
    if (!(error instanceof TwinError)) return false;
    if (error.code === "ERR_SUPERSEDES")
      this.note("nothing new came: the recording is the one that is there");
    else if (error.code === "ERR_INPUT_EMPTY") this.note("nothing came");
    else if (error.code === "ERR_FORMAT_UNKNOWN" && isLaterPart)
      this.note(`a part is passed over: ${error.message}`);
    else return false;
    return true;
  }

  private get wantsFindings(): boolean {
    return (
      this.exec !== null ||
      this.args.flag("findings") ||
      this.args.text("metrics") !== undefined ||
      process.stderr.isTTY
    );
  }

  private async watch(end: AbortSignal): Promise<void> {
    await this.watchNewest(end).catch((error: unknown) => {
      // A recording may be older than what is kept before its last check is over.
      if (!(error instanceof TwinError) || error.code !== "ERR_DROPPED") throw error;
    });
  }

  private async watchNewest(end: AbortSignal): Promise<void> {
    const id = await nextBegun(this.timeline, end);
    if (id === null) return;
    this.report = await watchFindings(this.timeline, id, {
      asked: {},
      end,
      onFinding: (finding) => {
        this.tellFinding(finding, id);
      },
      onReport: (report) => (this.report = report),
    });
  }

  private tellFinding(finding: Finding, id: number): void {
    const { told, args, output, exec } = this;
    const recording = this.timeline.recording(id);
    const { file } = recording;
    if (args.flag("findings") && !told.has("print", file, finding)) {
      if (args.flag("json")) output.json({ recording_id: id, ...finding });
      else output.lines(findingText(finding, recording));
      output.flush();
      told.note("print", file, finding);
    }
    if (exec === null || told.has("exec", file, finding)) return;
    exec.queue(finding, id, () => {
      told.note("exec", file, finding);
    });
  }

  private tell(result: ImportResult): void {
    clearStatus();
    const { seconds } = this.meter;
    if (this.args.flag("json")) this.output.json(importDocument(result));
    else this.output.lines(importText(result, seconds));
    this.output.flush();
    warnOfImport(result);
    if (result.lines.rejected > 0) this.isDamaged = true;
  }

  private note(text: string): void {
    clearStatus();
    say(`note: ${text}`);
  }

  private readonly showStatus = (): void => {
    process.stderr.write(`\r\x1b[K${statusLine(this.meter.numbers, this.report)}`);
  };
}

function statusLine(numbers: FollowNumbers, report: CheckReport | null): string {
  const { events, events_per_second, lag_seconds, posted, irtes } = numbers;
  const found = report === null ? "" : `, ${report.findings.length} findings`;
  return (
    `${events} events, ${events_per_second}/s, lag ${lag_seconds.toFixed(1)} s, ` +
    `${posted} of ${irtes} IRTEs posted${found}`
  );
}

function clearStatus(): void {
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
}
