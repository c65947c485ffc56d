// Can what an import left be read again? Then it is removed, and made anew.

import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type Database from "better-sqlite3";
import { stampToBigint } from "../../base/stamp.js";
import { eventsBetween } from "../read/events.js";
import { pickRecording, type Recording } from "../read/recordings.js";
import { first, q } from "../store/sql.js";
import { openInput } from "./input.js";
import { type Lease } from "./lease.js";

/** How a stamp stands in a line: seconds with a fraction, or ticks. */
const STAMP = /(?<![\d.])(\d{1,19})(?:\.(\d{6,9}))?(?=:)/g;

/** Which bytes an import reads. */
interface Source {
  /** Their SHA-256; null = it is not known yet. */
  readonly sha256: string | null;
}

/**
 * Where what an import left can be read again. now: it is what is being imported. file: its file is there as it was. gone:
 * nowhere, as far as is known.
 */
export type ComesAgain = "now" | "file" | "gone";

/** Where what an import left can be read again. `head`: the first bytes of what is being imported. */
export async function comesAgain(
  sqlite: Database.Database,
  { id }: Lease,
  { sha256 }: Source,
  head: Buffer,
): Promise<ComesAgain> {
  const left = first(
    sqlite,
    q.selectFrom("recording").select(["sha256", "path", "last_seq"]).where("id", "=", id),
  );
  if (left === undefined || left.last_seq === null) return "now";
  if (left.sha256 !== null && left.sha256 === sha256) return "now";
  if (beginsAs(sqlite, pickRecording(sqlite, id), head)) return "now";
  const path = left.path === null ? null : resolve(dirname(resolve(sqlite.name)), left.path);
  if (path === null || !existsSync(path)) return "gone";
  const now = await openInput(path).catch(() => null);
  now?.close();
  return now?.sha256 === left.sha256 ? "file" : "gone";
}

/** Has the text the line of the recording's first event at its place? Then it is the same source, read once more. */
function beginsAs(sqlite: Database.Database, recording: Recording, head: Buffer): boolean {
  const [event] = firstEvents(sqlite, recording);
  if (event === undefined) return false;
  const line = head.toString("latin1").split("\n", event.line)[event.line - 1] ?? "";
  const time = stampToBigint(event);
  return [...line.matchAll(STAMP)].some(([, whole = "", fraction]) => {
    const text = fraction === undefined ? whole : whole + fraction.padEnd(9, "0");
    return BigInt(text) === time;
  });
}

/** The first event that is a line of the trace, and those before it are none. */
function firstEvents(
  sqlite: Database.Database,
  { firstSeq, lastSeq }: Recording,
): ReturnType<typeof eventsBetween> {
  const AT_ONCE = 4096;
  if (lastSeq === null) return [];
  const events = eventsBetween(sqlite, firstSeq, Math.min(lastSeq, firstSeq + AT_ONCE));
  return events.filter(({ line }) => line > 0);
}
