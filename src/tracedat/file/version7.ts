// A file of version 7: sections, which chains of options find. Source: trace-cmd.dat.v7.5.txt of trace-cmd.

import { type WholeFile } from "../../source/whole-file.js";
import { type Decompressor } from "./compression.js";
import { type Contents, pageLayoutOf, type PageLayout, type RingBuffer } from "./contents.js";
import { Damage } from "./damage.js";
import {
  readFtraceFormats,
  readHeaderPage,
  readShortText,
  readSystemFormats,
  readText,
  TEXT_BYTES_MAX,
} from "./kernel-texts.js";
import {
  nextOption,
  noOptions,
  OPTION,
  type Options,
  type RawOption,
  takeOption,
} from "./options.js";
import { readPart } from "./part.js";
import { Words } from "./words.js";

const HEADER_BYTES = 16;
const COMPRESSED = 1;
/** A chain of options has a link or two for each time that trace-cmd has written something. */
const LINKS_MAX = 64;
/** A host has no more CPUs (NR_CPUS). */
const CPUS_MAX = 8192;

/** What the first bytes of the file say. */
export interface FileHead {
  /** 6 or 7. */
  readonly version: number;
  /** Bytes of a page of the recorded host. */
  readonly pageSize: number;
  /** The name of the compression. */
  readonly compression: string;
  /** Where the head ends. */
  readonly end: number;
}

/** Reads all but the trace data. Throws Damage where nothing can be read without what is damaged. */
export function readVersion7(
  file: WholeFile,
  { version, compression }: FileHead,
  firstOptions: number,
  decompressor: Decompressor | null,
): Contents {
  const sections = new Sections(file, decompressor);
  const options = readOptions(sections, firstOptions);
  const damages: Damage[] = [];
  const attempt = <Value>(read: () => Value, otherwise: Value): Value => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      damages.push(error);
      return otherwise;
    }
  };
  const wordsOf = (id: number): Words | null => {
    const offset = options.sections.get(id);
    return offset === undefined ? null : sections.at(id, offset);
  };
  const textOf = <Value>(id: number, read: (words: Words) => Value, otherwise: Value): Value =>
    attempt(() => {
      const words = wordsOf(id);
      return words === null ? otherwise : read(words);
    }, otherwise);
  return {
    version,
    compression,
    page: layoutIn(wordsOf(OPTION.headerInfo)),
    options,
    texts: {
      formats: [
        ...textOf(OPTION.ftraceEvents, readFtraceFormats, []),
        ...textOf(OPTION.eventFormats, readSystemFormats, []),
      ],
      cmdlines: textOf(OPTION.cmdlines, (words) => readText(words, "saved_cmdlines"), ""),
      kallsyms: () => textOf(OPTION.kallsyms, (words) => readShortText(words, "kallsyms"), ""),
    },
    buffers: options.buffers.map((option) => bufferOf(option, sections)),
    damages,
  };
}

function layoutIn(words: Words | null): PageLayout {
  if (words === null) throw new Damage(0, "no section tells how a page of the ring begins");
  const { offset } = words;
  const layout = pageLayoutOf(readHeaderPage(words));
  if (layout === null) throw new Damage(offset, "header_page does not tell how a page begins");
  return layout;
}

function readOptions(sections: Sections, first: number): Options {
  const options = noOptions();
  const seen = new Set<number>();
  for (let next = first; next !== 0;) {
    if (seen.has(next) || seen.size >= LINKS_MAX)
      throw new Damage(next, "the chain of options has no end");
    seen.add(next);
    next = readLink(sections.at(OPTION.done, next), options);
  }
  return options;
}

/** Reads one section of options; where the next one stands, 0 = there is none. */
function readLink(words: Words, options: Options): number {
  for (;;) {
    const option = nextOption(words, 7);
    if (option.id === OPTION.done)
      return new Words(option.bytes, option.offset).size("the place of the next options");
    takeOption(options, option);
  }
}

function bufferOf({ bytes, offset }: RawOption, sections: Sections): RingBuffer {
  const words = new Words(bytes, offset);
  const place = words.size("the place of a buffer");
  const name = words.text("the name of a buffer");
  const clock = words.text("the clock of a buffer");
  const pageSize = words.u32("the size of a page");
  const cpus = words.u32("the count of CPUs");
  if (cpus > CPUS_MAX) throw new Damage(offset, `a buffer would have ${cpus} CPUs`);
  const parts = Array.from({ length: cpus }, () => ({
    cpu: words.u32("a CPU"),
    offset: words.size("the place of a CPU's data"),
    size: words.size("the size of a CPU's data"),
  }));
  const isCompressed = sections.isCompressed(OPTION.buffer, place);
  return { name, clock: clock === "" ? null : clock, pageSize, isCompressed, parts };
}

/** Reads sections: `<u16 id><u16 flags><u32 name><u64 size>`, and the bytes, compressed or not. */
class Sections {
  private readonly file: WholeFile;
  private readonly decompressor: Decompressor | null;

  constructor(file: WholeFile, decompressor: Decompressor | null) {
    this.file = file;
    this.decompressor = decompressor;
  }

  /** Is the section at an offset compressed? */
  isCompressed(id: number, offset: number): boolean {
    return (this.head(id, offset).flags & COMPRESSED) !== 0;
  }

  /** The bytes of the section at an offset. */
  at(id: number, offset: number): Words {
    const { flags, size } = this.head(id, offset);
    const begin = offset + HEADER_BYTES;
    if (size > TEXT_BYTES_MAX) throw new Damage(offset, `section ${id} has ${size} bytes`);
    const bytes = readPart(this.file, begin, size, `section ${id}`);
    if ((flags & COMPRESSED) === 0) return new Words(bytes, begin);
    if (this.decompressor === null)
      throw new Damage(offset, `section ${id} is compressed, and the file names no compression`);
    const words = new Words(bytes, begin);
    const packed = words.u32(`the compressed size of section ${id}`);
    const whole = words.u32(`the size of section ${id}`);
    const data = words.take(packed, `section ${id}`);
    return new Words(this.decompressor(data, whole, begin), begin, false);
  }

  private head(id: number, offset: number): { readonly flags: number; readonly size: number } {
    const words = new Words(readPart(this.file, offset, HEADER_BYTES, `section ${id}`), offset);
    const found = words.u16("the number of a section");
    if (found !== id) throw new Damage(offset, `section ${id} should be there, and ${found} is`);
    const flags = words.u16("the flags of a section");
    words.skip(4, "the name of a section");
    return { flags, size: words.size("the size of a section") };
  }
}
