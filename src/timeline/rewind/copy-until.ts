// Fills a timeline from another, up to a moment: what was recorded before it is copied in bulk, and the
// projections of the recording that is cut are folded anew.

import type Database from "better-sqlite3";
import { type Steps } from "../../base/steps.js";
import { ChainWriter, SEALED_TABLES } from "../integrity/chain.js";
import { PROJECTIONS, rebuildSteps } from "../derive/rebuild.js";
import { eventsBetween } from "../read/events.js";
import { pickRecording } from "../read/recordings.js";
import { TableSlices, type Slice } from "../store/table-slices.js";
import { copyHeader, linkBatches, linkWhole } from "./redacted-copy.js";
import { defineRedactions, redactedColumns, type Redactions } from "./redactions.js";
import { cutRecording } from "./cut-recording.js";
import { namedEvents, NOTHING_NAMED, type Cut, type NamedEvents } from "./named-events.js";

/** Tables of what a recording keeps of its input. */
const KEPT = SEALED_TABLES;
/** What is copied whole of the recording that is cut. */
const WHOLE = ["recording_name", "host_cpu", "header_line", "header_word"];
/** Its values have to be read to be redacted. */
const HEADER = ["header_line", "header_word"];
/** What the last `check` decided: of a recording that is cut it says nothing. */
const DECIDED = ["audit", "write_verdict", "finding"];

/**
 * Fills an empty timeline (`sqlite`) from the one in the file `origin`, up to the cut, in one transaction: `origin` is
 * only read, as it is at one moment. If it does not come to its end, nothing of the timeline is of use. `redactions`: names
 * and texts are replaced; null = they are copied.
 */
export function* copyUntil(
  sqlite: Database.Database,
  origin: string,
  cut: Cut,
  redactions: Redactions | null,
): Steps<void> {
  sqlite.prepare("ATTACH ? AS origin").run(origin);
  // An IMMEDIATE one would lock the origin too, for an import that goes on there.
  sqlite.exec("BEGIN");
  if (redactions !== null) defineRedactions(sqlite, redactions);
  yield* new CutCopy(sqlite, cut, redactions).run();
  sqlite.exec("COMMIT");
  sqlite.exec("DETACH origin");
}

/** What is kept of recordings that were dropped, besides their own rows. */
const OF_DROPPED = ["chain", "dropped_recording"];

function isKeptIn(sqlite: Database.Database): string {
  const dropped = sqlite
    .prepare<[], number>("SELECT recording_id FROM origin.dropped_recording")
    .pluck()
    .all();
  return dropped.length === 0 ? "TRUE" : `+recording_id NOT IN (${dropped.join(", ")})`;
}

class CutCopy {
  private readonly sqlite: Database.Database;
  private readonly cut: Cut;
  private readonly id: number;
  private readonly redactions: Redactions | null;
  /**
   * The copy has the recording to its end, so its name, the SHA-256 of its file and its links stay: the hash of the last one
   * proves the copy.
   */
  private readonly isWhole: boolean;
  /** The condition that rows of recordings meet which were not dropped: rows may be left of those that were. */
  private readonly isKept: string;
  private named: NamedEvents = NOTHING_NAMED;

  constructor(sqlite: Database.Database, cut: Cut, redactions: Redactions | null) {
    this.sqlite = sqlite;
    this.isKept = isKeptIn(sqlite);
    this.cut = cut;
    this.id = cut.recording.id;
    this.redactions = redactions;
    this.isWhole = redactions === null && cut.seq === cut.recording.lastSeq;
  }

  *run(): Steps<void> {
    // What a check decided has names in its words, and its seal is that of the chain.
    const asTheyAre = this.redactions === null ? [...DECIDED, ...OF_DROPPED] : [];
    for (const table of [...KEPT, ...PROJECTIONS, ...asTheyAre]) yield* this.copyEarlier(table);
    this.copyLayouts();
    yield* this.copyEvents();
    yield* this.redactEarlier();
    if (!this.isWhole) yield* this.cutOff();
  }

  /** The part of the recording that is cut which stands before the cut. */
  private *cutOff(): Steps<void> {
    const { sqlite, id, cut } = this;
    this.named = yield* namedEvents(sqlite, cut);
    for (const table of WHOLE) yield* this.copy(table, `+recording_id = ${id}`);
    this.redactHeader(id);
    yield* this.copyWho();
    yield* this.copyLines();
    yield* this.copy("call_return", `+recording_id = ${id} AND ${this.isReturnBefore()}`);
    yield* this.copy("marker", `+recording_id = ${id} AND +seq <= ${cut.seq}`);
    const links = yield* this.copyChain();
    const last = { line: this.lastLine, batches: links };
    cutRecording(sqlite, cut, this.redactions, { ...this.named, ...last });
    yield;
    yield* rebuildSteps(sqlite, pickRecording(sqlite, id));
    if (links > 0) yield* new ChainWriter(sqlite, id).sealSteps(links);
  }

  /** The recordings before the one that is cut, as they are; that one too, if nothing of it is cut off. */
  private *copyEarlier(table: string): Steps<void> {
    const end = this.isWhole ? this.id + 1 : this.id;
    if (table === "recording") yield* this.copy(table, `+id < ${end}${this.namedRecordings()}`);
    else {
      const kept = OF_DROPPED.includes(table) ? "" : ` AND ${this.isKept}`;
      yield* this.copy(table, `+recording_id < ${end}${kept}`);
    }
  }

  /** What was dropped has no substitutes: a redacted copy does not name it. */
  private namedRecordings(): string {
    return this.redactions === null ? "" : ` AND ${this.isKept.replace("recording_id", "id")}`;
  }

  /** `where`: its columns have a plus, so that SQLite looks for the rows of a slice and not for those. */
  private *copy(table: string, where: string): Steps<void> {
    const { sqlite, redactions } = this;
    if (redactions !== null && HEADER.includes(table)) return;
    const columns = redactions === null ? "*" : redactedColumns(sqlite, table);
    const slices = new TableSlices(sqlite, "origin", table);
    const copySlice = ({ where: isIn, values }: Slice): void => {
      const rows = `SELECT ${columns} FROM origin.${table} WHERE (${where}) AND ${isIn}`;
      sqlite.prepare(`INSERT INTO main.${table} ${rows}`).run(...values);
    };
    while (!slices.next(copySlice)) yield;
    yield;
  }

  /** What is not copied of the recordings before the one that is cut, where they are redacted. */
  private *redactEarlier(): Steps<void> {
    for (const id of this.redactions?.keys() ?? []) {
      if (id >= this.id) continue;
      this.redactHeader(id);
      yield* linkWhole(this.sqlite, id);
    }
  }

  private redactHeader(id: number): void {
    const redaction = this.redactions?.get(id);
    if (redaction !== undefined) copyHeader(this.sqlite, id, redaction);
  }

  /** The migrations have made some of the rows already. */
  private copyLayouts(): void {
    this.sqlite.exec("INSERT OR IGNORE INTO main.tag_layout SELECT * FROM origin.tag_layout");
  }

  /** A trigger asks for the highest seq at every row: it waits until they are in. */
  private *copyEvents(): Steps<void> {
    const { sqlite } = this;
    const trigger = sqlite
      .prepare<[], string>("SELECT sql FROM main.sqlite_schema WHERE name = 'event_no_replace'")
      .pluck()
      .get();
    sqlite.exec("DROP TRIGGER main.event_no_replace");
    yield* this.copy("event", `+seq <= ${this.cut.seq} AND ${this.isKept}`);
    sqlite.exec(trigger ?? "");
  }

  /** Tasks, VMs and vCPUs that an event up to the cut names. */
  private *copyWho(): Steps<void> {
    const { vcpus, tasks, vms } = this.named;
    const isIn = (rows: ReadonlySet<number>): string => `+id IN (${[...rows].join(", ")})`;
    const of = `+recording_id = ${this.id}`;
    yield* this.copy("vcpu", `${of} AND ${isIn(vcpus)}`);
    yield* this.copy("task", `${of} AND ${isIn(tasks)}`);
    const owners = `SELECT vm FROM main.vcpu WHERE ${of}`;
    yield* this.copy("vm", `${of} AND (${isIn(vms)} OR id IN (${owners}))`);
  }

  /** The last line of the copy, the events of which end at `named.line`. */
  private get lastLine(): number {
    const { cut, named } = this;
    return cut.recording.isSorted ? named.line : Math.max(named.line, cut.unread ?? 0);
  }

  private isReturnBefore(): string {
    const { cut } = this;
    const { line } = this.named;
    return cut.recording.isSorted
      ? `(after_seq < ${cut.seq} OR line = ${line})`
      : `line <= ${line}`;
  }

  /** Rejected lines and gaps. Of a gap that is open at the cut, the marker that tells of it comes later. */
  private *copyLines(): Steps<void> {
    const { seq, time } = this.cut;
    // Where line numbers do not rise with the time, a rejected line may be before any moment.
    const isBefore = this.cut.recording.isSorted ? "true" : `line <= ${this.lastLine}`;
    yield* this.copy("rejected_line", `+recording_id = ${this.id} AND ${isBefore}`);
    yield* this.copy("gap", `+recording_id = ${this.id} AND to_seq <= ${seq}`);
    this.sqlite
      .prepare(
        `INSERT INTO main.gap (recording_id, kind, cpu, line, lost, from_seq, to_seq, from_ns, to_ns)
         SELECT recording_id, kind, cpu, line, lost, from_seq, ${seq + 1}, from_ns, ?
         FROM origin.gap
         WHERE recording_id = ${this.id} AND to_seq > ${seq} AND coalesce(from_seq, 0) <= ${seq}`,
      )
      .run(time);
  }

  /** The links of whole batches are the same; the batch that is cut has one of its own. How many. */
  private *copyChain(): Steps<number> {
    const { seq, recording } = this.cut;
    const { sqlite, id } = this;
    const last = sqlite
      .prepare<[number, number], { link: number | null; seq: number | null }>(
        `SELECT max(link) AS link, max(last_seq) AS seq FROM origin.chain
         WHERE recording_id = ? AND content = 'event' AND last_seq <= ?`,
      )
      .get(id, seq);
    const links = last?.link ?? 0;
    if (this.redactions !== null) yield* linkBatches(sqlite, id, seq);
    else
      yield* this.copy(
        "chain",
        `+recording_id = ${id} AND content = 'event' AND +link <= ${links}`,
      );
    if (!this.isChained() || last?.seq === seq) return links;
    const chain = new ChainWriter(sqlite, id);
    chain.queueBatch(
      links + 1,
      eventsBetween(sqlite, (last?.seq ?? recording.firstSeq - 1) + 1, seq),
    );
    chain.writeQueued();
    return links + 1;
  }

  private isChained(): boolean {
    const chained = this.sqlite
      .prepare<[number], number>("SELECT chained FROM origin.recording WHERE id = ?")
      .pluck();
    return chained.get(this.id) === 1;
  }
}
