// What is measured on: a real trace, repeated to the sizes wanted, as text, as batches of events and
// as a timeline. Everything lies in the bench's folder and is made when first asked for.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { type Batch } from "../../src/domain/events/event.js";
import { RULES, isRulesId } from "../../src/domain/amd/releases/releases.js";
import { FtraceReader } from "../../src/ftrace/reader.js";
import { type ReadBatch } from "../../src/source/read-batch.js";
import { SNIFF_BYTES, type Sniffed } from "../../src/source/sniffed.js";
import { sniff } from "../../src/ftrace/sniff.js";
import { traceTemplate, writeRepeated, type TraceTemplate } from "./generate.js";

export const ROOT = new URL("../../", import.meta.url);
export const PROGRAM = fileURLToPath(new URL("dist/bin/main.js", ROOT));
/** The largest of the shipped recordings that ends as it should: VMs destroyed, IRTEs freed. */
export const DEFAULT_TRACE = fileURLToPath(new URL("data/6.16-m2-mono-standard.txt.gz", ROOT));
/** Lines that most sections measure on. */
export const LINES = 1_000_000;
/** The timeline of `LINES` lines, in the bench's folder. */
export const TIMELINE = timelineName(LINES);
/** The importer reads chunks of this size. */
const CHUNK_BYTES = 1024 * 1024;

/** A trace in memory. */
export interface Text {
  readonly text: Buffer;
  readonly lines: number;
  readonly sniffed: Sniffed;
}

/** A trace in memory, and its events. */
export interface Input extends Text {
  readonly rules: string | null;
  readonly batches: readonly Batch[];
  readonly events: number;
}

/** The inputs of one run. */
export class Inputs {
  readonly folder: string;
  /** File name of the trace that is repeated. */
  readonly trace: string;
  /** The folder of other code of ours, whose import takes turns with this one's; undefined = none. */
  readonly before: string | undefined;
  private readonly template: TraceTemplate;

  constructor(folder: string, path: string, before?: string) {
    this.folder = folder;
    this.before = before;
    this.trace = basename(path);
    this.template = readTemplate(path);
  }

  /** Lines of the trace that is repeated. */
  get period(): number {
    return this.template.lines.length;
  }

  /** Name of a trace of so many lines, in the folder. */
  file(lines: number): string {
    const name = `lines-${lines}.txt`;
    const path = `${this.folder}/${name}`;
    if (!existsSync(path)) writeRepeated(this.template, lines, path);
    return name;
  }

  /** Name of the timeline of that trace, in the folder. */
  timeline(lines: number): string {
    const name = timelineName(lines);
    if (!existsSync(`${this.folder}/${name}`)) {
      const words = [PROGRAM, "import", this.file(lines), "--db", name];
      execFileSync(process.execPath, words, { cwd: this.folder, stdio: "pipe" });
    }
    return name;
  }

  /** That trace in memory. */
  text(lines: number): Text {
    const text = readFileSync(`${this.folder}/${this.file(lines)}`);
    return { text, lines, sniffed: sniff(text.subarray(0, SNIFF_BYTES)) };
  }

  /** That trace in memory, read. */
  loaded(lines: number): Input {
    const { text, sniffed } = this.text(lines);
    const batches: Batch[] = [];
    readAll({ text, sniffed }, ({ events }) => {
      if (events.length > 0) batches.push(events);
    });
    const events = batches.reduce((sum, batch) => sum + batch.length, 0);
    return { text, lines, sniffed, rules: sniffed.rules, batches, events };
  }
}

/** A trace file, plain or .gz, taken apart for repeating. */
export function readTemplate(path: string): TraceTemplate {
  const bytes = readFileSync(path);
  const text = path.endsWith(".gz") ? gunzipSync(bytes) : bytes;
  const { rules } = sniff(text.subarray(0, SNIFF_BYTES));
  // latin1: a character is a byte, whatever a comm holds.
  return traceTemplate(
    text.toString("latin1"),
    rules === null || !isRulesId(rules) ? 9 : RULES[rules].tagVcpuBits,
  );
}

/** Reads the whole text as the importer does. */
export function readAll(
  { text, sniffed }: Pick<Text, "text" | "sniffed">,
  onBatch: (batch: ReadBatch) => void,
): FtraceReader {
  const first = { seq: 1, task: 1, vm: 1, vcpu: 1 };
  const reader = new FtraceReader(
    { rules: sniffed.rules, first, isCounter: sniffed.clockUnit === "ticks" },
    onBatch,
  );
  for (let at = 0; at < text.length; at += CHUNK_BYTES) {
    reader.feed(text.subarray(at, at + CHUNK_BYTES));
  }
  reader.end();
  return reader;
}

function timelineName(lines: number): string {
  return `lines-${lines}.db`;
}
