// What is measured on: the largest recording, as text and as batches of events.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { type Batch } from "../../src/domain/event.js";
import { type RulesId } from "../../src/domain/rules.js";
import { FtraceReader, type ReadBatch } from "../../src/ftrace/reader.js";
import { SNIFF_BYTES, sniff, type Sniffed } from "../../src/ftrace/sniff.js";

const TRACE = "../shared/traces/6.16/s7-storm-800k.txt.gz";
export const ROOT = new URL("../../", import.meta.url);
export const PROGRAM = fileURLToPath(new URL("dist/bin/main.js", ROOT));
/** The recording as a timeline, in the bench's folder. */
export const TIMELINE = "s7.db";
/** The importer reads chunks of this size. */
const CHUNK_BYTES = 1024 * 1024;

/** The largest recording. */
export interface Input {
  /** Its file name in the bench's folder. */
  readonly file: string;
  readonly text: Buffer;
  readonly lines: number;
  readonly sniffed: Sniffed;
  readonly rules: RulesId | null;
  readonly batches: readonly Batch[];
  readonly events: number;
}

/** Decompresses the recording into `folder` and imports it there; null, with a message, where it is absent. */
export function makeInput(folder: string): Input | null {
  const path = fileURLToPath(new URL(TRACE, ROOT));
  if (!existsSync(path)) {
    console.log(`skipped: ${TRACE} is absent (it is not part of the repository)`);
    return null;
  }
  const text = gunzipSync(readFileSync(path));
  const file = "s7.txt";
  writeFileSync(`${folder}/${file}`, text);
  execFileSync(process.execPath, [PROGRAM, "import", file, "--db", TIMELINE], { cwd: folder });
  const sniffed = sniff(text.subarray(0, SNIFF_BYTES));
  const batches: Batch[] = [];
  const reader = readAll({ text, sniffed }, ({ events }) => {
    if (events.length > 0) batches.push(events);
  });
  const events = batches.reduce((sum, batch) => sum + batch.length, 0);
  const { rules } = sniffed;
  return { file, text, lines: reader.counts.total, sniffed, rules, batches, events };
}

/** Reads the whole text as the importer does. */
export function readAll(
  { text, sniffed }: Pick<Input, "text" | "sniffed">,
  onBatch: (batch: ReadBatch) => void,
): FtraceReader {
  const first = { seq: 1, task: 1, vm: 1, vcpu: 1 };
  const reader = new FtraceReader(sniffed.rules, first, sniffed.clockUnit === "ticks", onBatch);
  for (let at = 0; at < text.length; at += CHUNK_BYTES) {
    reader.feed(text.subarray(at, at + CHUNK_BYTES));
  }
  reader.end();
  return reader;
}
