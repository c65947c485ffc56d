// Fills a timeline from another, up to a moment: what was recorded before it is copied in bulk, and the
// projections of the recording that is cut are folded anew.

import type Database from "better-sqlite3";
import { ChainWriter, SEALED_TABLES } from "../integrity/chain.js";
import { PROJECTIONS, rebuild } from "../derive/rebuild.js";
import { eventsBetween } from "../read/events.js";
import { pickRecording, type Recording } from "../read/recordings.js";

/** Where the copy ends. */
export interface Cut {
  /** Its last recording; those before it are copied whole, those after it are not. */
  readonly recording: Recording;
  /** Its last event. */
  readonly seq: number;
  /** The moment, which can be later than the event. */
  readonly time: bigint;
}

/** Tables of what a recording keeps of its input. */
const KEPT = SEALED_TABLES;
/** What the last `check` decided: of a recording that is cut it says nothing. */
const DECIDED = ["audit", "write_verdict", "finding"];

/**
 * Fills an empty timeline (`sqlite`) from the one in the file `origin`, up to the cut, in one transaction. `origin`
 * is only read.
 */
export function copyUntil(sqlite: Database.Database, origin: string, cut: Cut): void {
  sqlite.prepare("ATTACH ? AS origin").run(origin);
  try {
    sqlite
      .transaction(() => {
        new CutCopy(sqlite, cut).run();
      })
      .immediate();
  } finally {
    sqlite.exec("DETACH origin");
  }
}

class CutCopy {
  private readonly sqlite: Database.Database;
  private readonly cut: Cut;
  private readonly id: number;
  /** The line of the cut's event; 0 where the recording has none up to the cut. */
  private readonly line: number;

  constructor(sqlite: Database.Database, cut: Cut) {
    this.sqlite = sqlite;
    this.cut = cut;
    this.id = cut.recording.id;
    this.line =
      sqlite
        .prepare<[number, number], number>(
          // A dump's line stands above those of earlier events; sorted lines are in no order at all.
          cut.recording.isSorted
            ? "SELECT line FROM origin.event WHERE seq = ? AND recording_id = ?"
            : "SELECT max(line) FROM origin.event WHERE seq <= ? AND recording_id = ?",
        )
        .pluck()
        .get(cut.seq, this.id) ?? 0;
  }

  run(): void {
    for (const table of [...KEPT, ...DECIDED, ...PROJECTIONS, "chain"]) this.copyEarlier(table);
    this.copyLayouts();
    this.copyEvents();
    this.copyWhole("recording_name");
    this.copyWhole("host_cpu");
    this.copyWhole("header_line");
    this.copyWhole("header_word");
    this.copyWho();
    this.copyLines();
    this.copy("call_return", `recording_id = ${this.id} AND ${this.isReturnBefore()}`);
    this.copy("marker", `recording_id = ${this.id} AND seq <= ${this.cut.seq}`);
    const links = this.copyChain();
    this.cutRecording(links);
    rebuild(this.sqlite, pickRecording(this.sqlite, this.id));
    if (links > 0) new ChainWriter(this.sqlite, this.id).sealTables(links);
  }

  /** The recordings before the one that is cut, as they are. */
  private copyEarlier(table: string): void {
    const owner = table === "recording" ? "id" : "recording_id";
    this.copy(table, `${owner} < ${this.id}`);
  }

  private copyWhole(table: string): void {
    this.copy(table, `recording_id = ${this.id}`);
  }

  private copy(table: string, where: string): void {
    this.sqlite.exec(`INSERT INTO main.${table} SELECT * FROM origin.${table} WHERE ${where}`);
  }

  /** The migrations have made some of the rows already. */
  private copyLayouts(): void {
    this.sqlite.exec("INSERT OR IGNORE INTO main.tag_layout SELECT * FROM origin.tag_layout");
  }

  /** A trigger asks for the highest seq at every row: it waits until they are in. */
  private copyEvents(): void {
    const { sqlite } = this;
    const trigger = sqlite
      .prepare<[], string>("SELECT sql FROM main.sqlite_schema WHERE name = 'event_no_replace'")
      .pluck()
      .get();
    sqlite.exec("DROP TRIGGER main.event_no_replace");
    this.copy("event", `seq <= ${this.cut.seq}`);
    sqlite.exec(trigger ?? "");
  }

  /** Tasks, VMs and vCPUs that an event up to the cut names. */
  private copyWho(): void {
    const named = (column: string): string =>
      `SELECT ${column} FROM main.event WHERE recording_id = ${this.id}`;
    const of = `recording_id = ${this.id}`;
    this.copy("vcpu", `${of} AND id IN (${named("vcpu")})`);
    this.copy("task", `${of} AND id IN (${named("task")})`);
    const owners = `SELECT vm FROM main.vcpu WHERE ${of}`;
    this.copy("vm", `${of} AND (id IN (${named("vm")}) OR id IN (${owners}))`);
  }

  private isReturnBefore(): string {
    const { line, cut } = this;
    return cut.recording.isSorted
      ? `(after_seq < ${cut.seq} OR line = ${line})`
      : `line <= ${line}`;
  }

  /** Rejected lines and gaps. Of a gap that is open at the cut, the marker that tells of it comes later. */
  private copyLines(): void {
    const { seq, time } = this.cut;
    // Where line numbers do not rise with the time, a rejected line may be before any moment.
    const isBefore = this.cut.recording.isSorted ? "true" : `line <= ${this.line}`;
    this.copy("rejected_line", `recording_id = ${this.id} AND ${isBefore}`);
    this.copy("gap", `recording_id = ${this.id} AND to_seq <= ${seq}`);
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
  private copyChain(): number {
    const { seq, recording } = this.cut;
    const { sqlite, id } = this;
    const last = sqlite
      .prepare<[number, number], { link: number | null; seq: number | null }>(
        `SELECT max(link) AS link, max(last_seq) AS seq FROM origin.chain
         WHERE recording_id = ? AND content = 'event' AND last_seq <= ?`,
      )
      .get(id, seq);
    const links = last?.link ?? 0;
    this.copy("chain", `recording_id = ${id} AND content = 'event' AND link <= ${links}`);
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

  /**
   * The recording as far as it goes. It is no whole file any more, so it has no hash of one. Header lines
   * are those before the events; the lines that are nothing else were unused. Of lines that were put in order it
   * is not stored how many unused ones stand before the cut: all are counted.
   */
  private cutRecording(batches: number): void {
    const { sqlite, id, line } = this;
    const count = (from: string): number =>
      sqlite.prepare<[], number>(`SELECT count(*) FROM main.${from}`).pluck().get() ?? 0;
    const rows = count(`event WHERE recording_id = ${id}`);
    const gaps = count(
      `event JOIN event_kind ON event_kind.id = kind
       WHERE recording_id = ${id} AND name = 'events_lost'`,
    );
    const rejected = count(`rejected_line WHERE recording_id = ${id}`);
    const { lines, firstTimeAnomaly, timeAnomalies, isSorted } = this.cut.recording;
    const header = isSorted ? lines.header : Math.min(line, lines.header);
    const total = isSorted ? header + rows + rejected + lines.unused : line;
    const hasAnomaly = firstTimeAnomaly !== null && (isSorted || firstTimeAnomaly <= line);
    const values: Readonly<Record<string, number | bigint | string | null>> = {
      file: `${this.cut.recording.file} (up to line ${line})`,
      sha256: null,
      last_seq: rows === 0 ? null : this.cut.seq,
      last_ns: this.cut.time,
      lines_total: total,
      lines_header: header,
      lines_events: rows - gaps,
      lines_unused: total - header - rows - rejected,
      lines_rejected: rejected,
      lines_gaps: gaps,
      // How many of them stand before the cut is not stored.
      time_anomalies: hasAnomaly ? timeAnomalies : 0,
      first_time_anomaly: hasAnomaly ? firstTimeAnomaly : null,
      batches,
    };
    const columns = sqlite.pragma("main.table_info(recording)") as { readonly name: string }[];
    const selected = columns.map(({ name }) => (name in values ? `@${name}` : name));
    sqlite
      .prepare(
        `INSERT INTO main.recording SELECT ${selected.join(", ")} FROM origin.recording WHERE id = @id`,
      )
      .run({ ...values, id });
  }
}
