// How an import begins: it goes on with its own dead one, or rolls another's back and starts anew.

import { platformOf } from "../../platforms/registry.js";
import { storeLayout } from "../store/tag-layout.js";
import { textOfProfiles } from "../../domain/platform/read-by.js";
import { DROPPED } from "../schema/dropped.js";
import { LOG_VERSION } from "../schema/log-version.js";
import { dirname, relative, resolve } from "node:path";
import type Database from "better-sqlite3";
import { type Selectable } from "kysely";
import { type Sniffed } from "../../source/sniffed.js";
import { anchorIdentity, type Anchor } from "./anchor.js";
import { type RedactableInput } from "./redacted-input.js";
import { newImporter } from "./importer.js";
import { importLeft, isOver, isRunning, type Lease, type Left } from "./lease.js";
import { clearLast, dropRecording } from "./remove-recording.js";
import { storeNotes, type InputNote } from "../read/notes.js";
import { markRedacted, redactionMark } from "../read/redacted.js";
import { first, q, run } from "../store/sql.js";
import { checkSupersedes, type Reading } from "./supersede.js";
import { type RecordingTable } from "../schema/tables.js";

/** The first free numbers, from which a recording's rows are numbered. */
export interface Start extends Lease {
  /** The first event's. */
  readonly seq: number;
  /** The first task's. */
  readonly task: number;
  /** The first VM's. */
  readonly vm: number;
  /** The first vCPU's. */
  readonly vcpu: number;
  /** Batches that an earlier run of the same import has stored; 0 for a new import. */
  readonly batches: number;
}

/** What the caller says that is kept with the recording. */
export interface BeginOptions {
  /** Ticks per second of a counter clock. Absent = its stamps stay as they are. */
  readonly clockHz?: number | undefined;
  /** The recording that this one corrects. Absent = none. */
  readonly supersedes?: number | undefined;
  /** The dump that is imported beside it. Absent or null = none. */
  readonly anchor?: Pick<Anchor, "identity"> | null | undefined;
  /** What the caller notes of the input. Absent = nothing. */
  readonly notes?: readonly InputNote[] | undefined;
}

/** What an earlier import left that did not come to its end, and that is another's. */
export interface LeftBefore {
  /** The number of its recording. */
  readonly recording_id: number;
  /** The name of the file that it read. */
  readonly file: string;
  /** true: it cannot be imported again, and ends where it stood. false: it was removed, and its file is still there. */
  readonly is_kept: boolean;
}

/** Another's dead recording is dropped. Its rows are to be removed, and then the import begins from these numbers on. */
export interface DroppedFirst {
  /** null = from the first free ones. */
  readonly next: Start | null;
}

/**
 * Makes the recording of an import, or takes up the one that an import of the same file left. It is `importing`
 * from here on. `silent`: an import that shows no sign of life. `next`: what an earlier call returned. The caller holds
 * the transaction. Throws ERR_IMPORT_RUNNING if another import runs, ERR_SUPERSEDES or ERR_NO_RECORDING if the
 * recording that is to be corrected cannot be.
 */
export function beginRecording(
  sqlite: Database.Database,
  input: RedactableInput,
  sniffed: Sniffed,
  options: BeginOptions,
  { silent, next }: { readonly silent: Left | null; readonly next: Start | null },
): Start | DroppedFirst {
  if (options.supersedes !== undefined)
    checkSupersedes(sqlite, options.supersedes, readingOf(input.sha256, sniffed, options));
  const left = importLeft(sqlite);
  if (left === undefined)
    return insertRecording(sqlite, input, sniffed, options, next ?? nextStart(sqlite));
  if (!isOver(left, silent)) throw isRunning(left);
  const row = recordingOf(sqlite, left);
  const isSame =
    isSameImport(row, input, sniffed, options) &&
    hasAnchor(sqlite, row, options) &&
    redactionMark(sqlite, row.id) === (input.redaction?.mark ?? null);
  if (isSame) return takeUp(sqlite, row);
  // A process that may still be there gets none of its numbers back as another recording's.
  const after = left.importer === silent?.importer ? nextStart(sqlite) : next;
  dropRecording(sqlite, left.id);
  return { next: after };
}

function recordingOf(sqlite: Database.Database, { id }: Lease): Selectable<RecordingTable> {
  const row = first(sqlite, q.selectFrom("recording").selectAll().where("id", "=", id));
  if (row === undefined) throw new Error(`recording ${id} is gone within one transaction`);
  return row;
}

function insertRecording(
  sqlite: Database.Database,
  input: RedactableInput,
  sniffed: Sniffed,
  options: BeginOptions,
  start: Start,
): Start {
  if (sniffed.rules !== null) storeLayout(sqlite, platformOf(sniffed), sniffed.rules);
  run(
    sqlite,
    q.insertInto("recording").values({
      id: start.id,
      state: "importing",
      file: input.name,
      sha256: input.sha256,
      path: input.origin === null ? null : relative(dirname(resolve(sqlite.name)), input.origin),
      format: sniffed.format,
      kernel: sniffed.kernel,
      platform: sniffed.platform,
      rules: sniffed.rules,
      rules_from: sniffed.rulesFrom,
      rules_allowed: textOfProfiles(sniffed.rulesAllowed) ?? "",
      clock_unit: options.clockHz === undefined ? sniffed.clockUnit : "ns",
      clock_hz: options.clockHz ?? null,
      overwritten: sniffed.overwritten,
      sees_exchanges: sniffed.seesExchanges ? 1 : 0,
      first_seq: start.seq,
      first_task: start.task,
      first_vm: start.vm,
      first_vcpu: start.vcpu,
      importer: start.importer,
      chained: 1,
      log_version: LOG_VERSION,
      supersedes: options.supersedes ?? null,
    }),
  );
  if (input.redaction !== null) markRedacted(sqlite, start.id, input.redaction.mark);
  storeNotes(sqlite, start.id, options.notes ?? []);
  return start;
}

/** This import takes up one that is over. */
function takeUp(sqlite: Database.Database, dead: Selectable<RecordingTable>): Start {
  const { id, first_seq, first_task, first_vm, first_vcpu, batches } = dead;
  clearLast(sqlite, id);
  const importer = newImporter();
  run(sqlite, q.updateTable("recording").set({ importer }).where("id", "=", id));
  const first = { seq: first_seq, task: first_task, vm: first_vm, vcpu: first_vcpu };
  return { id, importer, ...first, batches };
}

/** How a file is read, for the comparison with recordings that are here already. */
export function readingOf(
  sha256: string | null,
  { kernel, rules, rulesAllowed }: Sniffed,
  { clockHz, anchor }: BeginOptions,
): Reading {
  return {
    sha256,
    kernel,
    rules,
    rulesAllowed: textOfProfiles(rulesAllowed) ?? "",
    clockHz: clockHz ?? null,
    anchor: anchor?.identity ?? null,
  };
}

function isSameImport(
  dead: Selectable<RecordingTable>,
  { sha256 }: RedactableInput,
  { rules, rulesAllowed }: Sniffed,
  { clockHz, supersedes }: BeginOptions,
): boolean {
  return (
    // One that is dropped may have lost rows already.
    dead.importer !== DROPPED &&
    dead.sha256 !== null &&
    dead.sha256 === sha256 &&
    dead.rules === rules &&
    dead.rules_allowed === (textOfProfiles(rulesAllowed) ?? "") &&
    dead.clock_hz === (clockHz ?? null) &&
    dead.supersedes === (supersedes ?? null) &&
    // What an older version stored of it has no links, or another log.
    dead.chained === 1 &&
    dead.log_version === LOG_VERSION
  );
}

/** Was what is stored of a dead import read with this dump? */
function hasAnchor(
  sqlite: Database.Database,
  { id, batches }: Pick<Selectable<RecordingTable>, "id" | "batches">,
  { anchor }: BeginOptions,
): boolean {
  return batches === 0 || anchorIdentity(sqlite, id) === (anchor?.identity ?? null);
}

function nextStart(sqlite: Database.Database): Start {
  const next = (table: "recording" | "task" | "vm" | "vcpu"): number =>
    (first(
      sqlite,
      q.selectFrom(table).select((eb) => eb.fn.max<number | null>("id").as("id")),
    )?.id ?? 0) + 1;
  const seq = Math.max(
    first(
      sqlite,
      q.selectFrom("event").select((eb) => eb.fn.max<number | null>("seq").as("seq")),
    )?.seq ?? 0,
    // A seq of a recording that was dropped names no other event.
    first(
      sqlite,
      q.selectFrom("recording").select((eb) => eb.fn.max<number | null>("last_seq").as("seq")),
    )?.seq ?? 0,
  );
  return {
    id: next("recording"),
    importer: newImporter(),
    seq: seq + 1,
    task: next("task"),
    vm: next("vm"),
    vcpu: next("vcpu"),
    batches: 0,
  };
}
