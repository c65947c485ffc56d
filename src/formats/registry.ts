// The formats that irqtwin reads. To add one: a folder that implements SourceFormat, and a line here.

import { ftraceFormat } from "../ftrace/format.js";
import { bpftraceFormat } from "../bpftrace/format.js";
import { dumpFormat, latencyReportFormat } from "../latency/format.js";
import { perfFormat } from "../perf/format.js";
import { traceDatFormat } from "../tracedat/format.js";
import { vocabularyOf } from "../platforms/registry.js";
import { type Evidence, type SourceFormat } from "../source/format.js";
import { type Container } from "../source/whole-file.js";
import { type FormatName, type SniffOptions, type Sniffed } from "../source/sniffed.js";

/** The first one that takes a recording for its own reads it, so the one that refuses the rest is the last. */
const FORMATS: readonly SourceFormat[] = [
  traceDatFormat(vocabularyOf),
  bpftraceFormat(vocabularyOf),
  perfFormat(vocabularyOf),
  dumpFormat(vocabularyOf),
  latencyReportFormat(vocabularyOf),
  ftraceFormat(vocabularyOf),
];

const BY_NAME: ReadonlyMap<FormatName, SourceFormat> = new Map(
  FORMATS.map((format) => [format.name, format]),
);

/** The format of a recording that begins with these bytes. */
export function formatOf(head: Buffer): SourceFormat {
  return required(FORMATS.find((format) => format.isOf(head)));
}

/** The format of that name. */
export function formatNamed(name: FormatName): SourceFormat {
  return required(BY_NAME.get(name));
}

/** Files whose bytes have to be put in order before they can be read. */
export const CONTAINERS: readonly Container[] = FORMATS.flatMap(({ container }) => container ?? []);

/** Judges a recording by its first bytes, as the format does that takes it for its own. */
export function sniff(head: Buffer, options: SniffOptions, evidence?: Evidence): Sniffed {
  return formatOf(head).sniff(head, options, evidence);
}

function required(format: SourceFormat | undefined): SourceFormat {
  if (format === undefined) throw new Error("no format is registered that reads this");
  return format;
}
