// The history page by page: between two pages the connection is free for any other question.

import type Database from "better-sqlite3";
import { type Recording } from "../../timeline/read/recordings.js";
import { log, type LogEntry } from "./log.js";
import { type LogFilter } from "./log-filter.js";

/** A reader of few events costs little, and one of all of them asks seldom. */
const FIRST_PAGE = 16;
const LARGEST_PAGE = 4096;
const GROWTH = 4;

/**
 * What `log` gives, read in pages of 16 to 4,096 events: each is read when its first event is asked for. `read` asks
 * the timeline. What is committed meanwhile does not count.
 */
export function* logPages(
  read: <Result>(question: (sqlite: Database.Database) => Result) => Result,
  recording: Recording,
  filter: LogFilter,
): Generator<LogEntry, void, undefined> {
  let { from, to, limit: left = Infinity } = filter;
  for (let size = FIRST_PAGE; left > 0; size = Math.min(size * GROWTH, LARGEST_PAGE)) {
    const limit = Math.min(size, left);
    const asked = { ...filter, from, to, limit };
    const page = read((sqlite) => [...log(sqlite, recording, asked)]);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < limit) return;
    left -= page.length;
    if (filter.reverse === true) from = last.seq + 1;
    else to = last.seq - 1;
  }
}
