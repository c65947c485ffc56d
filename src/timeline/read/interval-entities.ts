// The state of all intervals at a moment, as words, from the interval tables: where there is no frame (a timeline
// of an older schema, the last events of an import that runs).

import type Database from "better-sqlite3";
import { highOf, lowOf } from "../../base/words.js";
import { RUN_STATES, highWord, packVcpu } from "../../domain/fold/frame-layout.js";
import { irteKey } from "../../domain/values/ids.js";
import { type EntityTables, type EntityWordsAt } from "./frame-at.js";
import { type Recording } from "./recordings.js";

/** A row of an interval table, by column. */
type Row = Readonly<Record<string, bigint | null>>;

/** What one interval says of its entity. */
interface EntityWords {
  readonly key: readonly number[];
  readonly value: readonly number[];
  /** Is the entity there, and its value not known? */
  readonly isUnknown?: boolean;
}

const IRTE_COLUMNS = "segment, devid, irte_index";
const VCPU_COLUMNS = "vcpu, run_state, pcpu, avic_active, is_running, ga_log_intr";

/** The entities of each kind after event `seq`. */
export function entitiesOfIntervals(
  sqlite: Database.Database,
  recording: Recording,
  seq: number,
): EntityTables {
  const entitiesOf = (
    table: string,
    columns: string,
    words: (row: Row) => EntityWords,
  ): EntityWordsAt =>
    tableOf(
      rowsAt(sqlite, recording, seq, `SELECT from_seq, ${columns} FROM ${table}`),
      words,
      recording,
    );
  return {
    irte: entitiesOf("irte_interval", `${IRTE_COLUMNS}, lo, hi`, irteWords),
    vcpu: entitiesOf("vcpu_interval", VCPU_COLUMNS, vcpuWords),
    route: entitiesOf("route_interval", "vm, gsi", routeWords),
    link: entitiesOf("link_interval", IRTE_COLUMNS, (row) => ({
      key: irteKeyWords(row),
      value: [],
    })),
  };
}

/** The rows whose interval holds an event. */
function rowsAt(
  sqlite: Database.Database,
  recording: Recording,
  seq: number,
  select: string,
): readonly Row[] {
  return sqlite
    .prepare<[{ recording: number; seq: number }], Row>(
      `${select} WHERE recording_id = :recording AND from_seq <= :seq AND (to_seq IS NULL OR to_seq > :seq)`,
    )
    .safeIntegers()
    .all({ recording: recording.id, seq });
}

function tableOf(
  rows: readonly Row[],
  words: (row: Row) => EntityWords,
  { firstSeq }: Recording,
): EntityWordsAt {
  const made = rows.map((row) => {
    const { key, value, isUnknown = false } = words(row);
    const since = Number(row["from_seq"]) - firstSeq + 1;
    return { key, row: [isUnknown ? -since : since, ...value] };
  });
  return {
    keys: Int32Array.from(made.flatMap(({ key }) => key)),
    rows: Int32Array.from(made.flatMap(({ row }) => row)),
  };
}

function irteWords(row: Row): EntityWords {
  const { lo = null, hi = null } = row;
  return {
    key: irteKeyWords(row),
    value: [lo, hi].flatMap((word) => [highOf(word ?? 0n), lowOf(word ?? 0n)]),
    isUnknown: lo === null,
  };
}

function irteKeyWords(row: Row): readonly number[] {
  const key = irteKey(Number(row["segment"]), Number(row["devid"]), Number(row["irte_index"]));
  return [highWord(key), key | 0];
}

function vcpuWords(row: Row): EntityWords {
  const numberOf = (column: string): number | null => {
    const cell = row[column] ?? null;
    return cell === null ? null : Number(cell);
  };
  const flagOf = (column: string): boolean | null => {
    const cell = row[column] ?? null;
    return cell === null ? null : cell === 1n;
  };
  const word = packVcpu({
    run_state: RUN_STATES[numberOf("run_state") ?? 0] ?? null,
    pcpu: numberOf("pcpu"),
    avic_active: flagOf("avic_active"),
    is_running: flagOf("is_running"),
    ga_log_intr: flagOf("ga_log_intr"),
  });
  return { key: [Number(row["vcpu"])], value: [word] };
}

function routeWords({ vm, gsi }: Row): EntityWords {
  return { key: [Number(vm), highWord(Number(gsi)), Number(gsi) | 0], value: [] };
}
