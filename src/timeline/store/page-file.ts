// The fast way of rows into the timeline: a file of the database's own format that is composed page
// by page (table-pages.ts), attached, and copied with INSERT ... SELECT in the same transaction as the rest
// of a commit: nothing crosses from the engine to SQLite value by value.
// What arrives are ordinary rows; what fails is rolled back with the transaction.
//
// The file has no name once it is attached, so nothing of it stays behind a process that dies.

import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Database from "better-sqlite3";
import { TEXT_UNITS_MAX } from "./record-writer.js";
import { EVENT_COLUMNS } from "./row-bytes.js";
import { PAGE_BYTES, TableImage } from "./table-pages.js";

const SCHEMA = "scratch";
const HEADER_BYTES = 100;
const CHANGE_COUNTER_AT = 24;
const PAGE_COUNT_AT = 28;
const VERSION_VALID_FOR_AT = 92;

/** The columns of the tables that are copied whole, in the order in which the rows are composed. */
export const COPIED_COLUMNS = {
  call_return: "seq recording_id line after_seq",
  marker: "seq recording_id text",
  irte_interval:
    "devid irte_index segment from_seq to_seq from_ns to_ns recording_id lo hi cause cause_seq witness",
  vcpu_interval:
    "vcpu from_seq to_seq from_ns to_ns recording_id run_state pcpu avic_active is_running ga_log_intr",
  route_interval:
    "vm gsi from_seq to_seq from_ns to_ns recording_id type address data dest vector delivery_mode postable",
  link_interval: "vcpu devid irte_index segment gsi from_seq to_seq from_ns to_ns recording_id",
  fate_change: "id fate_case recording_id",
  interrupt:
    "id recording_id interrupt_case segment devid irte_index vcpu got accepted_seq woken_seq running_seq",
} as const;

/** A table besides `event` whose rows are copied from the page file. */
export type CopiedTable = keyof typeof COPIED_COLUMNS;

/** An interval table. */
export type IntervalTable = Exclude<
  CopiedTable,
  "call_return" | "marker" | "fate_change" | "interrupt"
>;

const COPIED_TABLES = Object.keys(COPIED_COLUMNS) as readonly CopiedTable[];

/** Tables whose trigger NAME_no_replace refuses a key that is taken, as their primary key does. */
const NO_REPLACE = ["event", "call_return", "marker"] as const;

/** The columns that hold texts; all others hold integers. */
const TEXTS: ReadonlySet<string> = new Set(["text"]);

/** The file of composed pages of one connection. */
export class PageFile {
  /** Where rows of `event` are composed. */
  readonly event: TableImage;
  /** Where rows of the other tables are composed. */
  readonly copied: Readonly<Record<CopiedTable, TableImage>>;
  private readonly sqlite: Database.Database;
  private readonly fd: number;
  private readonly header = Buffer.alloc(HEADER_BYTES);
  /** The triggers of NO_REPLACE, by table. */
  private readonly noReplace: ReadonlyMap<string, string>;
  private readonly firstFreePage: number;
  private pageCount: number;
  private changes: number;
  private readonly full = new Map<string, number>();

  /** Makes the page file of a connection that is in no transaction; null = none can be made. */
  static open(sqlite: Database.Database): PageFile | null {
    let folder: string | null = null;
    try {
      folder = mkdtempSync(join(tmpdir(), "irqtwin-"));
      return new PageFile(sqlite, join(folder, "scratch.db"));
    } catch {
      // No room, or no such thing as a file without a name: prepared INSERTs do the same.
      detach(sqlite);
      return null;
    } finally {
      if (folder !== null) rmSync(folder, { recursive: true, force: true });
    }
  }

  private constructor(sqlite: Database.Database, file: string) {
    this.sqlite = sqlite;
    const schemaOf = (name: string): string =>
      sqlite
        .prepare<[string], string>("SELECT sql FROM main.sqlite_schema WHERE name = ?")
        .pluck()
        .get(name) ?? "";
    this.noReplace = new Map(NO_REPLACE.map((table) => [table, schemaOf(`${table}_no_replace`)]));
    sqlite.prepare(`ATTACH ? AS ${SCHEMA}`).run(file);
    sqlite.pragma(`${SCHEMA}.page_size = ${PAGE_BYTES}`);
    sqlite.pragma(`${SCHEMA}.journal_mode = MEMORY`);
    sqlite.pragma(`${SCHEMA}.synchronous = OFF`);
    sqlite.exec(schemaOf("event").replace("TABLE event", `TABLE ${SCHEMA}.event`));
    for (const table of COPIED_TABLES) {
      const columns = columnsOf(table).map(
        (name) => `${name} ${TEXTS.has(name) ? "TEXT" : "INTEGER"}`,
      );
      sqlite.exec(`CREATE TABLE ${SCHEMA}.${table} (${columns.join(", ")}) STRICT`);
    }
    this.fd = openSync(file, "r+");
    readSync(this.fd, this.header, 0, HEADER_BYTES, 0);
    this.changes = this.header.readUInt32BE(CHANGE_COUNTER_AT);
    this.pageCount = this.header.readUInt32BE(PAGE_COUNT_AT);
    this.firstFreePage = this.pageCount + 1;
    this.event = new TableImage(EVENT_COLUMNS.split(" ").length, this.rootOf("event"), this);
    const image = (table: CopiedTable): TableImage => {
      const columns = columnsOf(table);
      const texts = columns.filter((name) => TEXTS.has(name)).length;
      return new TableImage(columns.length, this.rootOf(table), this, texts * TEXT_UNITS_MAX);
    };
    this.copied = {
      call_return: image("call_return"),
      marker: image("marker"),
      irte_interval: image("irte_interval"),
      vcpu_interval: image("vcpu_interval"),
      route_interval: image("route_interval"),
      link_interval: image("link_interval"),
      fate_change: image("fate_change"),
      interrupt: image("interrupt"),
    };
  }

  /** The number of a page that nothing uses yet. */
  next(): number {
    return ++this.pageCount;
  }

  /** Writes a page to its place in the file. */
  put(page: number, bytes: Buffer): void {
    writeSync(this.fd, bytes, 0, PAGE_BYTES, (page - 1) * PAGE_BYTES);
  }

  /**
   * Completes the file, so that `copy` can read it. Not inside a transaction: SQLite reads the file anew
   * because its change counter is another one.
   */
  finishPages(): void {
    this.full.clear();
    for (const table of COPIED_TABLES) {
      this.full.set(table, this.copied[table].rows);
      this.copied[table].finishTree();
    }
    this.full.set("event", this.event.rows);
    this.event.finishTree();
    this.changes++;
    this.header.writeUInt32BE(this.changes, CHANGE_COUNTER_AT);
    this.header.writeUInt32BE(this.changes, VERSION_VALID_FOR_AT);
    this.header.writeUInt32BE(this.pageCount, PAGE_COUNT_AT);
    writeSync(this.fd, this.header, 0, HEADER_BYTES, 0);
    this.pageCount = this.firstFreePage - 1;
  }

  /** Copies the rows of the completed file into the timeline. The caller holds the transaction. */
  copy(): void {
    // WHERE keeps SQLite from copying b-tree cells as they are: that needs the same index on both sides, and
    // leaves its pages nearly empty.
    this.insert("event", `INSERT INTO main.event SELECT * FROM ${SCHEMA}.event WHERE true`);
    for (const table of COPIED_TABLES) {
      const columns = columnsOf(table).join(", ");
      this.insert(
        table,
        `INSERT INTO main.${table} (${columns}) SELECT ${columns} FROM ${SCHEMA}.${table}`,
      );
    }
  }

  /**
   * Runs the INSERT of a table that has rows. A trigger would run for each row; what this one refuses, a key that
   * is taken, the copy refuses too. To everyone else the trigger is never gone.
   */
  private insert(table: string, sql: string): void {
    if ((this.full.get(table) ?? 0) === 0) return;
    // A timeline whose trigger someone has dropped is damaged; `verify` says so.
    const trigger = this.noReplace.get(table) ?? "";
    if (trigger !== "") this.sqlite.exec(`DROP TRIGGER main.${table}_no_replace`);
    this.sqlite.exec(sql);
    if (trigger !== "") this.sqlite.exec(trigger);
  }

  /** Detaches the file; nothing of it stays. */
  close(): void {
    detach(this.sqlite);
    closeSync(this.fd);
  }

  private rootOf(name: string): number {
    return (
      this.sqlite
        .prepare<[string], number>(`SELECT rootpage FROM ${SCHEMA}.sqlite_schema WHERE name = ?`)
        .pluck()
        .get(name) ?? 0
    );
  }
}

function columnsOf(table: CopiedTable): readonly string[] {
  return COPIED_COLUMNS[table].split(" ");
}

function detach(sqlite: Database.Database): void {
  try {
    sqlite.exec(`DETACH ${SCHEMA}`);
  } catch {
    // It was never attached, or goes with the connection.
  }
}
