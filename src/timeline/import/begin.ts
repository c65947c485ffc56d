// How an import begins: it goes on with its own dead one, or rolls another's back and starts anew.

import { LOG_VERSION } from "../integrity/chain.js";
import type Database from "better-sqlite3";
import { type Selectable } from "kysely";
import { TwinError } from "../../base/errors.js";
import { type Sniffed } from "../../ftrace/sniff.js";
import { type Input } from "./input.js";
import { importerIsAlive, thisImporter } from "./importer-lock.js";
import { removeRecording } from "./import-result.js";
import { first, q, run } from "../store/sql.js";
import { checkSupersedes, type Reading } from "./supersede.js";
import { type RecordingTable } from "../schema/tables.js";

/** Where a recording's rows begin. */
export interface Start {
  readonly id: number;
  readonly seq: number;
  readonly task: number;
  readonly vm: number;
  readonly vcpu: number;
  /** Batches that are stored already. */
  readonly batches: number;
}

export interface BeginOptions {
  readonly clockHz?: number | undefined;
  readonly supersedes?: number | undefined;
}

/** The recording of an import, `importing` from here on; the caller holds the transaction. */
export function beginRecording(
  sqlite: Database.Database,
  input: Input,
  sniffed: Sniffed,
  options: BeginOptions,
): Start {
  if (options.supersedes !== undefined)
    checkSupersedes(sqlite, options.supersedes, readingOf(input.sha256, sniffed, options));
  const dead = first(
    sqlite,
    q.selectFrom("recording").selectAll().where("state", "=", "importing"),
  );
  if (dead !== undefined) {
    if (importerIsAlive(dead.importer)) {
      throw new TwinError(
        "ERR_IMPORT_RUNNING",
        `process ${dead.importer?.split(":")[0] ?? "?"} is importing ${dead.file} into this timeline: wait until it is done`,
      );
    }
    if (isSameImport(dead, input, sniffed, options)) {
      return goOn(sqlite, dead);
    }
    removeRecording(sqlite, dead.id);
  }
  const start = nextStart(sqlite);
  run(
    sqlite,
    q.insertInto("recording").values({
      id: start.id,
      state: "importing",
      file: input.name,
      sha256: input.sha256,
      format: sniffed.format,
      kernel: sniffed.kernel,
      platform: sniffed.platform,
      rules: sniffed.rules,
      rules_from: sniffed.rulesFrom,
      clock_unit: options.clockHz === undefined ? sniffed.clockUnit : "ns",
      clock_hz: options.clockHz ?? null,
      overwritten: sniffed.overwritten,
      first_seq: start.seq,
      first_task: start.task,
      first_vm: start.vm,
      first_vcpu: start.vcpu,
      importer: thisImporter(),
      chained: 1,
      log_version: LOG_VERSION,
      supersedes: options.supersedes ?? null,
    }),
  );
  return start;
}

/** This process takes a dead import up. */
function goOn(sqlite: Database.Database, dead: Selectable<RecordingTable>): Start {
  const { id, first_seq, first_task, first_vm, first_vcpu, batches } = dead;
  run(sqlite, q.updateTable("recording").set({ importer: thisImporter() }).where("id", "=", id));
  return { id, seq: first_seq, task: first_task, vm: first_vm, vcpu: first_vcpu, batches };
}

/** How a file is read. */
export function readingOf(
  sha256: string | null,
  { kernel, rules }: Sniffed,
  { clockHz }: BeginOptions,
): Reading {
  return { sha256, kernel, rules, clockHz: clockHz ?? null };
}

function isSameImport(
  dead: Pick<
    Selectable<RecordingTable>,
    "sha256" | "rules" | "clock_hz" | "chained" | "supersedes" | "log_version"
  >,
  { sha256 }: Input,
  { rules }: Sniffed,
  { clockHz, supersedes }: BeginOptions,
): boolean {
  return (
    dead.sha256 !== null &&
    dead.sha256 === sha256 &&
    dead.rules === rules &&
    dead.clock_hz === (clockHz ?? null) &&
    dead.supersedes === (supersedes ?? null) &&
    // What an older version stored of it has no links, or another log.
    dead.chained === 1 &&
    dead.log_version === LOG_VERSION
  );
}

function nextStart(sqlite: Database.Database): Start {
  const next = (table: "recording" | "task" | "vm" | "vcpu"): number =>
    (first(
      sqlite,
      q.selectFrom(table).select((eb) => eb.fn.max<number | null>("id").as("id")),
    )?.id ?? 0) + 1;
  const seq =
    first(
      sqlite,
      q.selectFrom("event").select((eb) => eb.fn.max<number | null>("seq").as("seq")),
    )?.seq ?? 0;
  return {
    id: next("recording"),
    seq: seq + 1,
    task: next("task"),
    vm: next("vm"),
    vcpu: next("vcpu"),
    batches: 0,
  };
}
