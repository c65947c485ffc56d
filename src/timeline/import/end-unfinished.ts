// An import died, and cannot be run again: its recording ends where it stood. Nothing of it is removed.

import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type Database from "better-sqlite3";
import { atOnce } from "../../base/steps.js";
import { stampToBigint } from "../../base/stamp.js";
import { rebuild } from "../derive/rebuild.js";
import { ChainWriter } from "../integrity/chain.js";
import { eventsBetween } from "../read/events.js";
import { storeNotes } from "../read/notes.js";
import { pickRecording, type Recording } from "../read/recordings.js";
import { first, q, run } from "../store/sql.js";
import { openInput } from "./input.js";
import { type Lease } from "./lease.js";
import { storeStartGap } from "./recording-rows.js";

/** How a stamp stands in a line: seconds with a fraction, or ticks. */
const STAMP = /(?<![\d.])(\d{1,12})(?:\.(\d{6,9}))?(?=:)/g;

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

/**
 * Ends the recording that an import left: it is complete up to the last event that is stored, and says that the rest is
 * missing. The caller holds the transaction.
 */
export function endUnfinished(sqlite: Database.Database, { id }: Lease): void {
  const { firstSeq, lastSeq, overwritten } = pickRecording(sqlite, id);
  const { chained } = rowOf(sqlite, id);
  const [begin] = eventsBetween(sqlite, firstSeq, firstSeq);
  if (begin !== undefined) storeStartGap(sqlite, id, begin, overwritten);
  storeNotes(sqlite, id, [{ kind: "unfinished", lines: null }]);
  const batches = chained === 0 ? 0 : linkRest(sqlite, id, firstSeq, lastSeq ?? firstSeq - 1);
  // It is no whole file, so it has no hash of one; how many lines the rest of it has is not known.
  const values = { state: "complete", sha256: null, importer: null, left_out: 0 } as const;
  run(
    sqlite,
    q
      .updateTable("recording")
      .set({ ...values, beat: 0, batches })
      .where("id", "=", id),
  );
  rebuild(sqlite, pickRecording(sqlite, id));
  if (chained !== 0) atOnce(new ChainWriter(sqlite, id).sealSteps(batches));
}

/** `chained` is 0 where an older version has stored it, which made no links. */
function rowOf(sqlite: Database.Database, id: number): { readonly chained: number } {
  const row = first(sqlite, q.selectFrom("recording").select("chained").where("id", "=", id));
  return { chained: row?.chained ?? 0 };
}

/** The last batch was not full, and has no link yet. How many links the events have then. */
function linkRest(
  sqlite: Database.Database,
  id: number,
  firstSeq: number,
  lastSeq: number,
): number {
  const last = first(
    sqlite,
    q
      .selectFrom("chain")
      .select(["link", "last_seq"])
      .where("recording_id", "=", id)
      .where("content", "=", "event")
      .orderBy("link", "desc"),
  );
  const linked = first(
    sqlite,
    q
      .selectFrom("chain")
      .select((eb) => eb.fn.max<number | null>("last_seq").as("seq"))
      .where("recording_id", "=", id),
  );
  const links = last?.link ?? 0;
  const from = (linked?.seq ?? firstSeq - 1) + 1;
  if (from > lastSeq) return links;
  const chain = new ChainWriter(sqlite, id);
  chain.queueBatch(links + 1, eventsBetween(sqlite, from, lastSeq));
  chain.writeQueued();
  return links + 1;
}
