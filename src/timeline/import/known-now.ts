// What comes only once turns out at its end to be here already.

import type Database from "better-sqlite3";
import { type Sniffed } from "../../source/sniffed.js";
import { readingOf } from "./begin.js";
import { completeRecording, type ImportResult } from "./import-result.js";
import { withClock, type Asked } from "./result-of.js";
import { isDone } from "./same-file.js";
import { refuseSame } from "./supersede.js";

/**
 * Only after its last byte is it known whether standard input held a recording that is here already; undefined = it did
 * not. Throws ERR_SUPERSEDES if it was to correct another one.
 */
export function knownNow(
  sqlite: Database.Database,
  sha256: string,
  sniffed: Sniffed,
  asked: Asked,
): ImportResult | undefined {
  const options = withClock(asked, sniffed);
  if (options.supersedes === undefined) {
    const known = completeRecording(sqlite, sha256);
    return known !== undefined && isDone(known, options) ? known : undefined;
  }
  refuseSame(sqlite, readingOf(sha256, sniffed, options));
  return undefined;
}
