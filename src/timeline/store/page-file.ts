// The fast way of rows into the timeline: a file of the database's own format that is composed page
// by page (table-pages.ts), attached, and copied with INSERT ... SELECT in the same transaction as the rest
// of a commit: nothing crosses from the engine to SQLite value by value.
// What arrives are ordinary rows; what fails is rolled back with the transaction.
//
// The file has no name once it is attached, so nothing of it stays behind a process that dies.

import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import type Database from "better-sqlite3";
import { TEXT_UNITS_MAX } from "./record-writer.js";
import { EVENT_COLUMNS } from "./row-bytes.js";
import { makeScratchFolder, removeFolder } from "./scratch-folder.js";
import { PAGE_BYTES, TableImage, type Pages } from "./table-pages.js";
import { type Writes } from "./writes.js";

const SCHEMA = "scratch";
/** The schemas of the files that another connection attaches. */
const HANDED_SCHEMAS = ["scratch_1", "scratch_2"] as const;
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
  fate_case: "recording_id id segment devid irte_index vcpu fate_facts",
  interrupt:
    "id recording_id interrupt_case segment devid irte_index vcpu got accepted_seq woken_seq running_seq",
} as const;

/** A table besides `event` whose rows are copied from the page file. */
export type CopiedTable = keyof typeof COPIED_COLUMNS;

/** An interval table. */
export type IntervalTable = Exclude<
  CopiedTable,
  "call_return" | "marker" | "fate_change" | "fate_case" | "interrupt"
>;

const COPIED_TABLES = Object.keys(COPIED_COLUMNS) as readonly CopiedTable[];

/** Tables whose trigger NAME_no_replace refuses a key that is taken, as their primary key does. */
const NO_REPLACE = ["event", "call_return", "marker"] as const;

/** The columns that hold texts; all others hold integers. */
const TEXTS: ReadonlySet<string> = new Set(["text"]);

/** Where rows are composed, and the file that they are composed into. */
export class PageFile {
  /** Where rows of `event` are composed. */
  readonly event: TableImage;
  /** Where rows of the other tables are composed. */
  readonly copied: Readonly<Record<CopiedTable, TableImage>>;
  private readonly sqlite: Database.Database;
  /** The triggers of NO_REPLACE, by table. */
  private readonly noReplace: ReadonlyMap<string, string>;
  /** The file that is attached to the own connection. */
  private readonly own: ScratchDatabase;
  /** The files that another connection copies from, the one in use first; none = it copies from the own one. */
  private handed: ScratchDatabase[] = [];
  private readonly full = new Map<string, number>();

  /** Makes the page file of a connection that is in no transaction; null = none can be made. */
  static open(sqlite: Database.Database): PageFile | null {
    return inFolder((folder) => {
      try {
        return new PageFile(sqlite, join(folder, "scratch.db"));
      } catch (error) {
        detach(sqlite, SCHEMA);
        throw error;
      }
    });
  }

  private constructor(sqlite: Database.Database, path: string) {
    this.sqlite = sqlite;
    this.noReplace = new Map(
      NO_REPLACE.map((table) => [table, schemaOf(sqlite, `${table}_no_replace`)]),
    );
    const own = new ScratchDatabase(sqlite, path, SCHEMA);
    this.own = own;
    const pages: Pages = {
      next: () => this.inUse.next(),
      put: (page, bytes) => {
        this.inUse.put(page, bytes);
      },
    };
    const rootOf = (table: string): number => own.roots.get(table) ?? 0;
    this.event = new TableImage(EVENT_COLUMNS.split(" ").length, rootOf("event"), pages);
    const image = (table: CopiedTable): TableImage => {
      const columns = columnsOf(table);
      const texts = columns.filter((name) => TEXTS.has(name)).length;
      return new TableImage(columns.length, rootOf(table), pages, texts * TEXT_UNITS_MAX);
    };
    this.copied = {
      call_return: image("call_return"),
      marker: image("marker"),
      irte_interval: image("irte_interval"),
      vcpu_interval: image("vcpu_interval"),
      route_interval: image("route_interval"),
      link_interval: image("link_interval"),
      fate_change: image("fate_change"),
      fate_case: image("fate_case"),
      interrupt: image("interrupt"),
    };
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
    this.inUse.finish();
  }

  /**
   * Copies the rows of the completed file into the timeline, as a part of a transaction. Rows that are composed from now
   * on go into the other file, if there are two.
   */
  copy(writes: Writes): void {
    const { schema } = this.inUse;
    // WHERE keeps SQLite from copying b-tree cells as they are: that needs the same index on both sides, and
    // leaves its pages nearly empty.
    this.insert(writes, "event", `INSERT INTO main.event SELECT * FROM ${schema}.event WHERE true`);
    for (const table of COPIED_TABLES) {
      const columns = columnsOf(table).join(", ");
      const rows = `SELECT ${columns} FROM ${schema}.${table}`;
      this.insert(writes, table, `INSERT INTO main.${table} (${columns}) ${rows}`);
    }
    this.handed.reverse();
  }

  /**
   * From now on rows are composed into two files in turn, which another connection attaches: it copies from one while
   * the other is composed. No row is queued. `use` is given them, and their names are gone when it returns; false =
   * they cannot be made.
   */
  handOver(use: (files: readonly Attachable[]) => void): boolean {
    const made = inFolder((folder) => {
      const files = HANDED_SCHEMAS.map((schema) => {
        const path = join(folder, `${schema}.db`);
        const file = new ScratchDatabase(this.sqlite, path, schema);
        detach(this.sqlite, schema);
        return { path, schema, file };
      });
      use(files);
      return files.map(({ file }) => file);
    });
    this.handed = made ?? [];
    return made !== null;
  }

  /** Rows are composed into the own file again. The other connection is closed, and no row is queued. */
  takeBack(): void {
    for (const file of this.handed) file.close();
    this.handed = [];
  }

  /** Detaches the file; nothing of it stays. */
  close(): void {
    this.takeBack();
    detach(this.sqlite, SCHEMA);
    this.own.close();
  }

  private get inUse(): ScratchDatabase {
    return this.handed[0] ?? this.own;
  }

  /**
   * Runs the INSERT of a table that has rows. A trigger would run for each row; what this one refuses, a key that
   * is taken, the copy refuses too. To everyone else the trigger is never gone.
   */
  private insert(writes: Writes, table: string, sql: string): void {
    if ((this.full.get(table) ?? 0) === 0) return;
    // A timeline whose trigger someone has dropped is damaged; `verify` says so.
    const trigger = this.noReplace.get(table) ?? "";
    if (trigger !== "") writes.run(`DROP TRIGGER main.${table}_no_replace`);
    writes.run(sql);
    if (trigger !== "") writes.run(trigger);
  }
}

/** A file that a connection can attach. */
export interface Attachable {
  /** Where it is, for as long as it has a name. */
  readonly path: string;
  /** The name of its schema. */
  readonly schema: string;
}

/** One file of composed pages: its tables are those that are copied. */
class ScratchDatabase implements Pages {
  /** The name that its schema is attached by. */
  readonly schema: string;
  /** The root page of each table. */
  readonly roots: ReadonlyMap<string, number>;
  private readonly fd: number;
  private readonly header = Buffer.alloc(HEADER_BYTES);
  private readonly firstFreePage: number;
  private pageCount: number;
  private changes: number;

  /** Makes it, and attaches it to the connection. */
  constructor(sqlite: Database.Database, path: string, schema: string) {
    this.schema = schema;
    sqlite.prepare(`ATTACH ? AS ${schema}`).run(path);
    sqlite.pragma(`${schema}.page_size = ${PAGE_BYTES}`);
    sqlite.pragma(`${schema}.journal_mode = MEMORY`);
    sqlite.pragma(`${schema}.synchronous = OFF`);
    sqlite.exec(schemaOf(sqlite, "event").replace("TABLE event", `TABLE ${schema}.event`));
    for (const table of COPIED_TABLES) {
      const columns = columnsOf(table).map(
        (name) => `${name} ${TEXTS.has(name) ? "TEXT" : "INTEGER"}`,
      );
      sqlite.exec(`CREATE TABLE ${schema}.${table} (${columns.join(", ")}) STRICT`);
    }
    // Each page of it is read once.
    sqlite.pragma(`${schema}.cache_size = 1`);
    const tables = sqlite.prepare<[], [string, number]>(
      `SELECT name, rootpage FROM ${schema}.sqlite_schema`,
    );
    this.roots = new Map(tables.raw().all());
    this.fd = openSync(path, "r+");
    readSync(this.fd, this.header, 0, HEADER_BYTES, 0);
    this.changes = this.header.readUInt32BE(CHANGE_COUNTER_AT);
    this.pageCount = this.header.readUInt32BE(PAGE_COUNT_AT);
    this.firstFreePage = this.pageCount + 1;
  }

  /** The number of a page that nothing uses yet. */
  next(): number {
    return ++this.pageCount;
  }

  /** Writes a page to its place in the file. */
  put(page: number, bytes: Buffer): void {
    writeSync(this.fd, bytes, 0, PAGE_BYTES, (page - 1) * PAGE_BYTES);
  }

  /** All pages are there: writes the header, by which SQLite sees that they are others. */
  finish(): void {
    const { header } = this;
    this.changes++;
    header.writeUInt32BE(this.changes, CHANGE_COUNTER_AT);
    header.writeUInt32BE(this.changes, VERSION_VALID_FOR_AT);
    header.writeUInt32BE(this.pageCount, PAGE_COUNT_AT);
    writeSync(this.fd, header, 0, HEADER_BYTES, 0);
    this.pageCount = this.firstFreePage - 1;
  }

  /** Closes it. No connection has it attached. */
  close(): void {
    closeSync(this.fd);
  }
}

/** Makes files in a folder that is gone afterwards; null = they cannot be made: prepared INSERTs do the same. */
function inFolder<Made>(make: (folder: string) => Made): Made | null {
  let folder: string | null = null;
  try {
    folder = makeScratchFolder();
    return make(folder);
  } catch {
    // No room, or no such thing as a file without a name.
    return null;
  } finally {
    if (folder !== null) removeFolder(folder);
  }
}

/** The statement that made something of the timeline. */
function schemaOf(sqlite: Database.Database, name: string): string {
  return (
    sqlite
      .prepare<[string], string>("SELECT sql FROM main.sqlite_schema WHERE name = ?")
      .pluck()
      .get(name) ?? ""
  );
}

function columnsOf(table: CopiedTable): readonly string[] {
  return COPIED_COLUMNS[table].split(" ");
}

function detach(sqlite: Database.Database, schema: string): void {
  try {
    sqlite.exec(`DETACH ${schema}`);
  } catch {
    // It was never attached, or goes with the connection.
  }
}
