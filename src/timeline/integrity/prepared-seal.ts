// The bytes of the tables that have a row for nearly every event, made before the transaction that seals them: what is hashed
// follows the hashes of tables that are known only then, and reading rows takes ten times as long as hashing their bytes.

import { type Hash } from "node:crypto";
import type Database from "better-sqlite3";
import { type Steps } from "../../base/steps.js";
import { ScratchFile } from "../store/scratch-file.js";
import { hashTable, type SealedRows } from "./hash-table.js";

/** Rows of these are stored with their batch, and never changed. They are found by their seq. */
const LARGE = ["call_return", "marker"] as const;

/** What has fewer events is sealed in some milliseconds. */
const EVENTS_MIN = 16_384;

/** The rows of one table. */
interface Prepared {
  readonly file: ScratchFile;
  readonly rows: number;
  /** The key of the last row; undefined = there is none. */
  readonly last: number | undefined;
}

/** The bytes of the large tables of one recording. Close it when done. */
export class PreparedSeal {
  private readonly sqlite: Database.Database;
  private readonly tables = new Map<string, Prepared>();

  /** `sqlite`: the timeline. Nothing is prepared yet. */
  constructor(sqlite: Database.Database) {
    this.sqlite = sqlite;
  }

  /** Prepares a table of a recording that has so many events, if it is a large one and there is room for its bytes. */
  *prepare(sealed: SealedRows, events: number): Steps<void> {
    if (events < EVENTS_MIN || !LARGE.some((table) => table === sealed.table)) return;
    const file = openScratch();
    if (file === null) return;
    const kept = { isWhole: true };
    const update = (bytes: Buffer): void => {
      kept.isWhole &&= appended(file, bytes);
    };
    try {
      const last = this.lastOf(sealed);
      const rows = yield* hashTable(this.sqlite, { update }, sealed);
      if (kept.isWhole) this.tables.set(sealed.table, { file, rows, last });
    } finally {
      // Also where the import is stopped between two steps.
      if (!this.tables.has(sealed.table)) file.close();
    }
  }

  /** Adds the rows of a table to a hash; how many. null = they are not prepared, or more have come. */
  add(hash: Hash, sealed: SealedRows): number | null {
    const prepared = this.tables.get(sealed.table);
    if (prepared === undefined || this.lastOf(sealed) !== prepared.last) return null;
    for (const bytes of prepared.file.chunks()) hash.update(bytes);
    return prepared.rows;
  }

  /** Its bytes are gone. */
  close(): void {
    for (const { file } of this.tables.values()) file.close();
    this.tables.clear();
  }

  private lastOf({ table, key, recording }: SealedRows): number | undefined {
    return this.sqlite
      .prepare<[number], number>(
        `SELECT ${key} FROM main.${table} WHERE recording_id = ? ORDER BY ${key} DESC LIMIT 1`,
      )
      .pluck()
      .get(recording);
  }
}

/** null = no file can be made: the rows are read in the transaction. */
function openScratch(): ScratchFile | null {
  try {
    return ScratchFile.open();
  } catch {
    return null;
  }
}

function appended(file: ScratchFile, bytes: Buffer): boolean {
  try {
    file.append(bytes);
    return true;
  } catch {
    return false;
  }
}
