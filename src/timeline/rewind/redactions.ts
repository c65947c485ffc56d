// How the recordings of a timeline are redacted while they are copied: what each column becomes, as SQL.

import type Database from "better-sqlite3";
import { isRedacted } from "../read/redacted.js";
import { recordings } from "../read/recordings.js";
import { redactedHash, redactedText, Redaction } from "../redact/redaction.js";

/** By the number of a recording: what makes its substitutes; null = it is redacted already. */
export type Redactions = ReadonlyMap<number, Redaction | null>;

/** The redactions of the recordings of a timeline, but for those that were dropped. `key`: the user's; null = each has its own. */
export function redactionsOf(sqlite: Database.Database, key: Uint8Array | null): Redactions {
  return new Map(
    recordings(sqlite)
      .filter(({ dropped }) => dropped === null)
      .map(({ id, sha256 }) => [id, isRedacted(sqlite, id) ? null : new Redaction(sha256, key)]),
  );
}

/** By table: the columns that are replaced, and by what. */
const REPLACED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  recording: {
    file: "redact_file(id, file)",
    sha256: "redact_hash(id, sha256)",
    path: "NULL",
    supersedes:
      "iif(supersedes IN (SELECT recording_id FROM origin.dropped_recording), NULL, supersedes)",
  },
  recording_name: {
    name: "CASE known WHEN 1 THEN name ELSE redact_name(recording_id, name) END",
  },
  task: { comm: "redact_comm(recording_id, comm)", pid: "redact_pid(recording_id, pid)" },
  vm: {
    kvm: "redact_pointer(recording_id, kvm)",
    name: "redact_name(recording_id, name)",
    vmm_pid: "redact_pid(recording_id, vmm_pid)",
  },
  marker: { text: "redact_marker(recording_id, text)" },
  rejected_line: { text: "redact_line(recording_id, text)" },
};

/** The columns of a table for a SELECT, with the replaced ones in their places. */
export function redactedColumns(sqlite: Database.Database, table: string): string {
  const replaced = REPLACED[table];
  if (replaced === undefined) return "*";
  const columns = sqlite.pragma(`main.table_info(${table})`) as { readonly name: string }[];
  return columns.map(({ name }) => replaced[name] ?? name).join(", ");
}

/** Makes the substitute of a value. */
const SUBSTITUTES: Readonly<Record<string, (redaction: Redaction, value: string) => unknown>> = {
  name: (redaction, value) => redaction.name(value),
  file: (redaction, value) => redaction.file(value),
  comm: (redaction, value) => redaction.comm(value),
  pid: (redaction, value) => redaction.pid(Number(value)),
  pointer: (redaction, value) => redaction.pointer(value),
  hash: (_redaction, value) => redactedHash(value),
  marker: (_redaction, value) => redactedText("marker", value),
  line: (_redaction, value) => redactedText("line", value),
};

/** Gives a connection the SQL functions of `redactedColumns`. */
export function defineRedactions(sqlite: Database.Database, redactions: Redactions): void {
  for (const [name, of] of Object.entries(SUBSTITUTES))
    sqlite.function(`redact_${name}`, (id: number, value: string | number | null) => {
      const redaction = redactions.get(id);
      if (redaction === undefined) throw new Error(`recording ${id} has no redaction`);
      return redaction === null || value === null ? value : of(redaction, String(value));
    });
}
