// A file of version 6: all that comes before the trace data stands one after another.
// Source: trace-cmd.dat.v6.5.txt of trace-cmd; for the clock and the buffers, trace-input.c of trace-cmd.

import { type WholeFile } from "../../source/whole-file.js";
import { type Contents, type CpuPart, pageLayoutOf, type RingBuffer } from "./contents.js";
import { Damage } from "./damage.js";
import {
  readFtraceFormats,
  readHeaderPage,
  readShortText,
  readSystemFormats,
  readText,
  TEXT_BYTES_MAX,
} from "./kernel-texts.js";
import { clockIn, nextOption, noOptions, OPTION, type Options, takeOption } from "./options.js";
import { readUpTo } from "./part.js";
import { type FileHead } from "./version7.js";
import { Words } from "./words.js";

const TYPE_BYTES = 10;
/** A host has no more CPUs (NR_CPUS). */
const CPUS_MAX = 8192;
/** The list of where the data of all CPUs stands, and the clock behind it. */
const LIST_BYTES_MAX = 16 * CPUS_MAX + 4096;

/** So much is read at first. kallsyms is among it, so it may have to be more. */
const WINDOW_BYTES = 4 * 1024 * 1024;

/** Reads all but the trace data. Throws Damage where nothing can be read without what is damaged. */
export function readVersion6(file: WholeFile, head: FileHead): Contents {
  for (let size = WINDOW_BYTES; ; size *= 2) {
    const isAll = head.end + size >= file.size || size > 2 * TEXT_BYTES_MAX;
    try {
      return readWithin(file, head, new Words(readUpTo(file, head.end, size), head.end));
    } catch (error) {
      if (!(error instanceof Damage) || isAll) throw error;
    }
  }
}

function readWithin(file: WholeFile, { version, pageSize }: FileHead, words: Words): Contents {
  const { offset } = words;
  const page = pageLayoutOf(readHeaderPage(words));
  if (page === null) throw new Damage(offset, "header_page does not tell how a page begins");
  const formats = [...readFtraceFormats(words), ...readSystemFormats(words)];
  const kallsyms = readShortText(words, "kallsyms");
  readShortText(words, "the formats of trace_printk()");
  const cmdlines = readText(words, "saved_cmdlines");
  const options = noOptions();
  options.cpus = cpusIn(words, "the count of CPUs");
  const top = readTop(words, options, pageSize);
  const others = options.buffers.map(({ bytes, offset: at }) =>
    instanceOf(file, new Words(bytes, at), options, pageSize),
  );
  const texts = { formats, cmdlines, kallsyms: () => kallsyms };
  const buffers = [top, ...others];
  return { version, compression: "none", page, options, texts, buffers, damages: [] };
}

/** The options, if there are any, and where the data of the top instance stands. */
function readTop(words: Words, options: Options, pageSize: number): RingBuffer {
  let type = typeIn(words);
  if (type === "options") {
    readOptions(words, options);
    type = typeIn(words);
  }
  if (type === "latency")
    throw new Damage(
      words.offset,
      "the file holds the text of a latency tracer and no ring buffer: record with `trace-cmd record -e ...`",
    );
  if (type !== "flyrecord")
    throw new Damage(words.offset, "the list of where each CPU's data stands should begin there");
  const cpus = options.cpus ?? 0;
  if (cpus > CPUS_MAX) throw new Damage(words.offset, `the file would have data of ${cpus} CPUs`);
  const parts = readParts(words, cpus);
  const clock = options.clock === null ? null : (clockBehind(words) ?? options.clock);
  options.clock = clock;
  return { name: "", clock, pageSize, isCompressed: false, parts };
}

/** `trace_clock` stands behind the list too. There was a bug that corrupted it: then that of the options counts. */
function clockBehind(words: Words): string | null {
  if (words.left < 8) return null;
  try {
    return clockIn(readText(words, "trace_clock", 4096));
  } catch (error) {
    if (error instanceof Damage) return null;
    throw error;
  }
}

/** Another instance: where its list stands, and its name. */
function instanceOf(
  file: WholeFile,
  words: Words,
  { clock, cpus }: Options,
  pageSize: number,
): RingBuffer {
  const place = words.size("the place of a buffer");
  const name = words.text("the name of a buffer");
  const list = new Words(readUpTo(file, place, LIST_BYTES_MAX), place);
  const type = typeIn(list);
  if (type !== "flyrecord")
    throw new Damage(place, `the list of buffer ${JSON.stringify(name)} should begin there`);
  return { name, clock, pageSize, isCompressed: false, parts: readParts(list, cpus ?? 0) };
}

function readParts(words: Words, cpus: number): CpuPart[] {
  return Array.from({ length: cpus }, (_, cpu) => ({
    cpu,
    offset: words.size(`the place of CPU ${cpu}'s data`),
    size: words.size(`the size of CPU ${cpu}'s data`),
  }));
}

function readOptions(words: Words, options: Options): void {
  for (;;) {
    const option = nextOption(words, 6);
    if (option.id === OPTION.done) return;
    takeOption(options, option);
  }
}

function cpusIn(words: Words, what: string): number {
  const { offset } = words;
  const cpus = words.u32(what);
  if (cpus > CPUS_MAX) throw new Damage(offset, `${what} is ${cpus}`);
  return cpus;
}

/** `options  \0`, `latency  \0` or `flyrecord\0`: what comes next. */
function typeIn(words: Words): string {
  return words
    .take(TYPE_BYTES, "the word for what comes next")
    .toString("latin1")
    .replace(/[ \0]+$/, "");
}
