// One page of the ring buffer: `u64 time stamp`, the count of its bytes with two flags, and records.
// Source: kernel/trace/ring_buffer.c, struct buffer_data_page; src/kbuffer-parse.c of libtraceevent.

import { stampOf } from "../../base/stamp.js";
import { type Stamp } from "../../domain/values/ids.js";
import { type PageLayout } from "../file/contents.js";
import { Damage } from "../file/damage.js";
import { type RawPage } from "./part-pages.js";

/** Bits of the count. */
const LENGTH_MASK = 0x07ff_ffff;
const MISSED = 0x8000_0000;
const MISSED_IS_STORED = 0x4000_0000;

/** Events that the ring lost in front of a page. */
export type Missed = number | "unknown" | null;

/** The head of a page, and where its records are. */
export interface Page {
  /** Its bytes. */
  readonly view: DataView;
  /** Where it stands in the file. */
  readonly offset: number;
  /** Do its bytes stand there as they are? */
  readonly isPlain: boolean;
  /** Its time stamp as the ring has it. */
  readonly ticks: bigint;
  /** The same, taken apart. */
  readonly stamp: Stamp;
  /** Where its records begin. */
  readonly begin: number;
  /** Where they end. */
  readonly end: number;
  /** How many events were lost before it; null = none. */
  readonly missed: Missed;
}

/** Reads the head of a page. Throws Damage where it cannot be one. */
export function readPage(
  { bytes, offset, isPlain }: RawPage,
  { commitSize, dataOffset }: PageLayout,
): Page {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const ticks = view.getBigUint64(0, true);
  const commit = view.getUint32(8, true);
  const length = commit & LENGTH_MASK;
  if (length > bytes.length - dataOffset)
    throw new Damage(
      offset,
      `a page of ${bytes.length} bytes would have ${length} bytes of records`,
    );
  const end = dataOffset + length;
  const missed = missedIn(view, commit, end, commitSize);
  return { view, offset, isPlain, ticks, stamp: stampOf(ticks), begin: dataOffset, end, missed };
}

function missedIn(view: DataView, commit: number, end: number, wordSize: number): Missed {
  if ((commit & MISSED) === 0) return null;
  if ((commit & MISSED_IS_STORED) === 0 || end + wordSize > view.byteLength) return "unknown";
  const count = wordSize === 8 ? Number(view.getBigUint64(end, true)) : view.getUint32(end, true);
  return Number.isSafeInteger(count) ? count : "unknown";
}
