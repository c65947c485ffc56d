// Rows of the list of events that a filter leaves, by their place in it: what a list on a screen asks for.

import type Database from "better-sqlite3";
import { TwinError } from "../../base/errors.js";
import { type Steps } from "../../base/steps.js";
import { type Seq } from "../../domain/values/ids.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { prepared } from "../../timeline/store/sql.js";
import { spanOf } from "../subject/span.js";
import { log, type LogEntry, type LogOptions } from "./log.js";
import { conditionsOf, type LogFilter } from "./log-filter.js";
import { LINK } from "./links.js";
import { interruptSaid } from "./shown-interrupt.js";

/** Which rows of the list are wanted. At most one of `offset`, `fromSeq` and `around` can be given. */
export interface LogPageOptions extends Omit<LogOptions, "limit" | "reverse"> {
  /** The first row, from 0. Absent = 0. */
  readonly offset?: number | undefined;
  /** The first row is the first event that is not before this one. Absent = `offset` says it. */
  readonly fromSeq?: number | undefined;
  /** This event, or the first one behind it, stands in the middle of the rows. Absent = `offset` says it. */
  readonly around?: number | undefined;
  /** Events of lines of the trace that have this text in them, byte for byte. Absent = all events. */
  readonly grep?: string | undefined;
  /** At most so many rows. Absent = 200. */
  readonly limit?: number | undefined;
  /** Stops the reading with ERR_ABORTED. Absent = only `close()` does. */
  readonly signal?: AbortSignal | undefined;
}

/** Rows of a list of events. */
export interface LogPage {
  /** The events, oldest first. */
  readonly events: readonly LogEntry[];
  /** How many rows the list has. */
  readonly total: number;
  /** The place of the first of these rows in the list, from 0. */
  readonly offset: number;
  /** With `grep`: how many lines of the trace have the text, those that are no event of ours included. */
  readonly lines?: number;
}

/** Lines of the trace, and what they were found by. */
export interface ByLines {
  /** The text. */
  readonly grep: string;
  /** Their numbers. */
  readonly lines: readonly number[];
}

const LIMIT_DEFAULT = 200;
const SEQS_PER_PAGE = 65_536;
/** Lists of filters that are kept for each timeline. */
const LISTS_KEPT = 2;

/** The list of a filter: the seqs in it, or a range without holes. */
type SeqList = Uint32Array | { readonly first: number; readonly length: number };

/** Reads rows of the list. `by`: only events of these lines; null = of any. Throws ERR_USAGE, and as `log` does. */
export function* logPage(
  sqlite: Database.Database,
  recording: Recording,
  options: Omit<LogPageOptions, "grep" | "signal">,
  by: ByLines | null,
): Steps<LogPage> {
  const { offset, fromSeq, around, limit = LIMIT_DEFAULT, since, until, ...narrowing } = options;
  if ([offset, fromSeq, around].filter((each) => each !== undefined).length > 1)
    throw new TwinError("ERR_USAGE", "logPage takes one of `offset`, `fromSeq` and `around`");
  const filter = { ...narrowing, ...spanOf(sqlite, recording, { since, until }) };
  const list = yield* listOf(sqlite, recording, filter, by);
  const begin = Math.min(beginOf(list, options, limit), list.length);
  const events: LogEntry[] = [];
  // Of an event that is found already the filter says no more than what else is told of it.
  const kind = filter.kind === LINK ? LINK : undefined;
  for (let place = begin; place < Math.min(begin + limit, list.length); place++) {
    const seq = seqOf(list, place);
    for (const entry of log(sqlite, recording, { kind, from: seq, to: seq })) {
      const interrupt =
        filter.verdict === undefined ? undefined : interruptSaid(sqlite, recording, seq);
      events.push(interrupt === undefined ? entry : { ...entry, interrupt });
    }
    if (events.length % 64 === 0) yield;
  }
  const page = { events, total: list.length, offset: begin };
  return by === null ? page : { ...page, lines: by.lines.length };
}

function beginOf(list: SeqList, options: LogPageOptions, limit: number): number {
  const { offset = 0, fromSeq, around } = options;
  if (fromSeq !== undefined) return placeOf(list, fromSeq);
  if (around === undefined) return offset;
  return Math.max(0, placeOf(list, around) - Math.floor(limit / 2));
}

function seqOf(list: SeqList, place: number): Seq {
  return list instanceof Uint32Array ? (list[place] ?? 0) : list.first + place;
}

/** How many rows stand before the first event that is not before `seq`. */
function placeOf(list: SeqList, seq: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (seqOf(list, middle) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

const lists = new WeakMap<Database.Database, Map<string, SeqList>>();

function* listOf(
  sqlite: Database.Database,
  recording: Recording,
  filter: LogFilter,
  by: ByLines | null,
): Steps<SeqList> {
  const { id, state, lastSeq, firstSeq, sha256 } = recording;
  const key = JSON.stringify([id, state, lastSeq, sha256, filter, by?.grep]);
  const known = lists.get(sqlite) ?? new Map<string, SeqList>();
  lists.set(sqlite, known);
  const { from, to, ...narrowing } = filter;
  const isNarrowed = Object.values(narrowing).some((value) => value !== undefined);
  const first = Math.max(from ?? firstSeq, firstSeq);
  const last = Math.min(to ?? Infinity, lastSeq ?? firstSeq - 1);
  if (!isNarrowed && by === null) return { first, length: Math.max(0, last - first + 1) };
  const lines = by === null ? null : new Set(by.lines);
  const within = { first, last, lines };
  const list = known.get(key) ?? (yield* readList(sqlite, recording, narrowing, within));
  known.delete(key);
  known.set(key, list);
  for (const oldest of known.keys()) {
    if (known.size <= LISTS_KEPT) break;
    known.delete(oldest);
  }
  return list;
}

/** Where events are looked for. */
interface Within {
  readonly first: Seq;
  readonly last: Seq;
  /** Only events of these lines; null = of any. */
  readonly lines: ReadonlySet<number> | null;
}

function* readList(
  sqlite: Database.Database,
  recording: Recording,
  filter: LogFilter,
  { first, last, lines }: Within,
): Steps<SeqList> {
  const asked = { ...filter, from: first, to: last };
  const { sql, values, runs } = conditionsOf(sqlite, recording, asked);
  const text = `SELECT e.seq, e.line FROM event AS e WHERE ${sql.join(" AND ")} ORDER BY e.seq`;
  const statement = prepared<unknown[], [seq: Seq, line: number]>(sqlite, text).raw();
  const pages: number[][] = [];
  for (const run of runs)
    for (let from = run.from; from <= run.to; from += SEQS_PER_PAGE) {
      const to = Math.min(from + SEQS_PER_PAGE - 1, run.to);
      const found = statement.all(from, to, ...values);
      pages.push(found.flatMap(([seq, line]) => (lines?.has(line) === false ? [] : [seq])));
      yield;
    }
  const list = new Uint32Array(pages.reduce((sum, page) => sum + page.length, 0));
  let at = 0;
  for (const page of pages) {
    list.set(page, at);
    at += page.length;
  }
  return list;
}
