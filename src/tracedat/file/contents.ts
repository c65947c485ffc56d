// What a trace.dat holds, whatever its version.

import { type Damage } from "./damage.js";
import { type Options } from "./options.js";

/** The trace data of one CPU. */
export interface CpuPart {
  /** The CPU. */
  readonly cpu: number;
  /** Where its data stands in the file. */
  readonly offset: number;
  /** So many bytes stand there. */
  readonly size: number;
}

/** What one ring buffer recorded. */
export interface RingBuffer {
  /** The name of the trace instance; empty = the top one. */
  readonly name: string;
  /** Its clock; null = it is not said. */
  readonly clock: string | null;
  /** Bytes of a page of the ring. */
  readonly pageSize: number;
  /** Is its data in compressed chunks? */
  readonly isCompressed: boolean;
  /** Its data, by CPU. */
  readonly parts: readonly CpuPart[];
}

/** The file `events/header_page`: how a page of the ring begins. */
export interface PageLayout {
  /** Bytes of the word that counts those of the page. */
  readonly commitSize: number;
  /** Where the records of a page begin. */
  readonly dataOffset: number;
}

/** The texts that a file keeps of the kernel. */
export interface KernelTexts {
  /** The texts of the events' `format` files. */
  readonly formats: readonly string[];
  /** `saved_cmdlines`. */
  readonly cmdlines: string;
  /** `/proc/kallsyms`; it is large, so it is read when it is asked for. */
  readonly kallsyms: () => string;
}

/** A file, but for its trace data. */
export interface Contents {
  /** 6 or 7. */
  readonly version: number;
  /** The name of its compression; `none` = it is not compressed. */
  readonly compression: string;
  /** How a page of its rings begins. */
  readonly page: PageLayout;
  /** What its options say. */
  readonly options: Options;
  /** What it keeps of the kernel. */
  readonly texts: KernelTexts;
  /** Its ring buffers. */
  readonly buffers: readonly RingBuffer[];
  /** What is wrong with it, as far as it can be read all the same. */
  readonly damages: readonly Damage[];
}

/** The layout of a page as `events/header_page` tells it; null = that text does not tell it. */
export function pageLayoutOf(text: string): PageLayout | null {
  const commit = /field:\s*local_t commit;\s*offset:8;\s*size:([48]);/.exec(text)?.[1];
  const data = /field:\s*char data;\s*offset:(\d{1,3});/.exec(text)?.[1];
  if (commit === undefined || data === undefined) return null;
  const layout = { commitSize: Number(commit), dataOffset: Number(data) };
  return layout.dataOffset === 8 + layout.commitSize ? layout : null;
}
