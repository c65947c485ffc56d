// The history: events, newest first, narrowed by subject and time.

import type Database from "better-sqlite3";
import { type Recording } from "../../timeline/read/recordings.js";
import { kernelFunctions, type Caused, type EventFunctions } from "../subject/functions.js";
import { type SpanOptions } from "../subject/span.js";
import { LINK, linkChanges, type LinkChange } from "./links.js";
import { conditionsOf, type LogFilter } from "./log-filter.js";

/** Which part of the history `log` shows. */
export interface LogOptions extends Omit<LogFilter, "from" | "to">, SpanOptions {}

/** One event as a row of v_event, its payload as values, and the kernel functions that it stands for. */
export interface LogEntry extends EventFunctions {
  /** Its place in the order of all events of the timeline, from 1. */
  readonly seq: number;
  /** Integer nanoseconds or ticks, as text. */
  readonly time_ns: string;
  /** The CPU that acted. */
  readonly cpu: number;
  /** The name of the task that acted; null = not known. */
  readonly comm: string | null;
  /** The pid of that task; null = not known. */
  readonly pid: number | null;
  /** The name of its kind (EVENT_KINDS). */
  readonly kind: string;
  /** The avic vm_id of its VM; null = it has none, or that is not known. */
  readonly vm_id: number | null;
  /** The vcpu_id of its vCPU; null = it has none. */
  readonly vcpu_id: number | null;
  /** Bus, device and function of its IRTE: `bus << 8 | device << 3 | function`; null = it has none. */
  readonly devid: number | null;
  /** PCI segment of the device; null = 0000, or the line names none. */
  readonly segment: number | null;
  /** The index of its IRTE in the device's table; null = it has none. */
  readonly irte_index: number | null;
  /** Its guest interrupt; null = it has none. */
  readonly gsi: number | null;
  /** Its Linux IRQ number; null = it has none. */
  readonly host_irq: number | null;
  /** The event that brought it about; null = none is known. */
  readonly cause_seq: number | null;
  /** Why it was brought about (CAUSES); null = none is known. */
  readonly cause: string | null;
  /** Where it comes from: `observed`, a line of the trace, or `predicted`, the rules. */
  readonly source: string;
  /** The number of its recording. */
  readonly recording_id: number;
  /** The line of the trace, from 1. */
  readonly line: number;
  /** The VM's own name; null = the recording's header gives none. */
  readonly vm_name: string | null;
  /** Its IRTE, as `SSSS:BB:DD.F/INDEX`; null = it has none. */
  readonly irte: string | null;
  /** Its vCPU, as `vmN/vcpuM`; null = it has none, or the avic vm_id of its VM is not known. */
  readonly vcpu: string | null;
  /** The fields that its kind has besides, by name (EVENT_KINDS); null = the line does not say. */
  readonly payload: Readonly<Record<string, number | string | null>>;
  /** Only with the kind `link`: what the event did to lists. */
  readonly links?: readonly LinkChange[];
}

const COLUMNS = `v.seq, cast(v.time_ns AS text) AS time_ns, v.cpu, v.comm, v.pid, v.kind, v.vm_id,
  v.vcpu_id, v.devid, e.segment, v.irte_index, v.gsi, v.host_irq, v.cause_seq, v.cause, v.source, v.recording_id,
  v.line, v.vm_name, v.irte, v.vcpu, v.payload`;
const CAUSE_KIND = `(SELECT k.name FROM event AS c JOIN event_kind AS k ON k.id = c.kind
  WHERE c.seq = e.cause_seq) AS cause_kind`;

type Row = Omit<LogEntry, "payload" | keyof EventFunctions> & Caused & { readonly payload: string };

/**
 * The SQL statement of `log`, and the values of its parameters. CROSS JOIN keeps the order of the tables:
 * events are picked by their own integer columns, and only those that are shown get their names.
 */
export function logQuery(
  sqlite: Database.Database,
  recording: Recording,
  filter: LogFilter,
): { readonly sql: string; readonly values: readonly (number | string)[] } {
  const { sql, values } = conditionsOf(sqlite, recording, filter);
  const order = filter.reverse === true ? "" : "DESC";
  return {
    sql: `SELECT ${COLUMNS}, ${CAUSE_KIND} FROM event AS e CROSS JOIN v_event AS v ON v.seq = e.seq
      WHERE ${sql.join(" AND ")} ORDER BY e.seq ${order} LIMIT ?`,
    values: [...values, filter.limit ?? -1],
  };
}

/**
 * The events that a filter lets through, newest first (oldest first with `reverse`). Each is read only when it is
 * asked for. Throws ERR_NAME for a name that nothing in the recording has.
 */
export function* log(
  sqlite: Database.Database,
  recording: Recording,
  filter: LogFilter = {},
): IterableIterator<LogEntry> {
  const { sql, values } = logQuery(sqlite, recording, filter);
  const functionsOf = kernelFunctions(sqlite, recording);
  for (const row of sqlite.prepare<unknown[], Row>(sql).iterate(...values)) {
    const { cause_kind, payload, ...columns } = row;
    const functions = functionsOf({ kind: columns.kind, cause: columns.cause, cause_kind });
    const entry: LogEntry = Object.assign(columns, functions, {
      payload: JSON.parse(payload) as LogEntry["payload"],
    });
    yield filter.kind === LINK ? { ...entry, links: linkChanges(sqlite, recording, row) } : entry;
  }
}
