// The code's idea of the tables, the contract's idea of the views, and what SQLite has.

import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { openTimeline } from "../../../src/index.js";
import { rowsOf } from "../../support/content.js";
import { Scratch } from "../../support/scratch.js";

const scratch = new Scratch();
const db = scratch.path(".db");

beforeAll(async () => {
  (await openTimeline(db, { create: true })).close();
});

const SCHEMA = new URL("../../../src/timeline/schema/", import.meta.url);
const SOURCE = readdirSync(SCHEMA)
  .map((file) => readFileSync(new URL(file, SCHEMA), "utf8"))
  .join("\n");

interface Column {
  readonly name: string;
  readonly type: "INTEGER" | "TEXT" | "BLOB";
  readonly nullable: boolean;
}

/** Columns of an interface, those of the one it extends included. */
function columnsOf(name: string): Column[] {
  const match = new RegExp(`interface ${name}(?: extends (\\w+))? \\{([^}]*)\\}`).exec(SOURCE);
  if (match === null) throw new Error(`no interface ${name} in src/timeline/schema`);
  const [, parent, body = ""] = match;
  const own = [...body.matchAll(/^ {2}(\w+): (.*);$/gm)].map(([, column = "", type = ""]) => ({
    name: column,
    type: typeOf(type),
    nullable: type.endsWith("| null"),
  }));
  return parent === undefined ? own : [...columnsOf(parent), ...own];
}

function typeOf(type: string): Column["type"] {
  if (type === "Buffer") return "BLOB";
  // Every other type is of text: string, a closed set of words, or the name of one.
  return /\b(?:number|bigint|Int64)\b/.test(type) ? "INTEGER" : "TEXT";
}

/** Table name to interface name, from `interface Tables`. */
const TABLES = [
  ...(/interface Tables \{([^}]*)\}/.exec(SOURCE)?.[1]?.matchAll(/(\w+): (\w+);/g) ?? []),
].map(([, table = "", type = ""]): [string, string] => [table, type]);

describe("src/timeline/schema", () => {
  test("names every table there is, but those of the migrator", () => {
    const tables = rowsOf(db, "SELECT name FROM sqlite_schema WHERE type = 'table'")
      .map(([name]) => String(name))
      .filter((name) => !/^(?:sqlite_|kysely_|migration_checksum$|cause$|tag_layout$)/.test(name));
    expect(TABLES.map(([table]) => table).sort()).toEqual(tables.sort());
  });

  test.each(TABLES)("%s has the columns, types and nulls of %s", (table, type) => {
    const columns = rowsOf(db, `PRAGMA table_info(${table})`).map(
      ([, name, columnType, notNull, , key]) => ({
        name: String(name),
        type: columnType,
        // SQLite reports an INTEGER PRIMARY KEY as nullable; it never is.
        nullable: notNull === 0n && key === 0n,
      }),
    );
    const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
    expect(columnsOf(type).sort(byName)).toEqual(columns.sort(byName));
  });
});

// Section 3 of the contract. A view may have more columns, never fewer.
const VIEWS: Readonly<Record<string, string>> = {
  v_event:
    "seq, time_ns, cpu, comm, pid, kind, vm_id, vcpu_id, devid, irte_index, gsi, host_irq, cause_seq, cause, source, recording_id, line",
  v_irte:
    "irte, devid, irte_index, from_seq, to_seq, from_ns, to_ns, lo, hi, mode, valid, vector, destination, is_run, ga_log_intr, ga_tag, ga_root_ptr, vm_id, vcpu_id, cause, source",
  v_irte_change:
    "seq, time_ns, irte, field, old, new, cause, cause_seq, comm, pid, cpu, rule, allowed",
  v_vcpu:
    "vm_id, vcpu_id, from_seq, to_seq, from_ns, to_ns, run_state, pcpu, avic_active, is_running, ga_log_intr",
  v_link: "vm_id, vcpu_id, irqfd, gsi, irte, from_seq, to_seq, added_by, removed_by, source",
  v_route:
    "vm_id, gsi, from_seq, to_seq, type, address, data, dest, vector, delivery_mode, postable",
  v_finding: "id, kind, rule, invariant, severity, seq, time_ns, irte, title",
  v_gap: "recording_id, kind, from_seq, to_seq, from_ns, to_ns",
  v_recording: "recording_id, file, sha256, format, kernel, rules, clock_unit",
};

describe("the views", () => {
  test.each(Object.entries(VIEWS))("%s has the contract's columns", (view, columns) => {
    const has = rowsOf(db, `PRAGMA table_info(${view})`).map(([, name]) => String(name));
    expect(has).toEqual(expect.arrayContaining(columns.split(", ")));
    expect(new Set(has).size).toBe(has.length);
  });

  test("every view is named v_ and can be read in an empty timeline", () => {
    const views = rowsOf(db, "SELECT name FROM sqlite_schema WHERE type = 'view'")
      .flat()
      .map(String);
    expect(views.length).toBeGreaterThanOrEqual(Object.keys(VIEWS).length);
    for (const view of views) {
      expect(view).toMatch(/^v_/);
      expect(rowsOf(db, `SELECT * FROM ${view}`)).toEqual([]);
    }
  });
});
