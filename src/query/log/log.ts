// The history: events, newest first, narrowed by subject and time.

import { type IrteName, type Seq, type TimeText, type VcpuName } from "../../domain/values/ids.js";
import type Database from "better-sqlite3";
import { type Cause } from "../../domain/events/causes.js";
import { type EventKindName } from "../../domain/events/kinds.js";
import { type EventPayload } from "../../domain/events/payload-values.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { kernelFunctions, type Caused, type EventFunctions } from "../subject/functions.js";
import { type SpanOptions } from "../subject/span.js";
import { LINK, linkChanges, type LinkChange } from "./links.js";
import { conditionsOf, type LogFilter } from "./log-filter.js";
import { interruptSaid, type InterruptSaid } from "./shown-interrupt.js";

/** Which part of the history `log` shows. */
export interface LogOptions extends Omit<LogFilter, "from" | "to">, SpanOptions {}

/**
 * One event of a kind as a row of v_event, its payload as values, and the kernel functions that it stands for. null = the
 * trace does not say, or the event has none.
 */
export interface LogEntryOf<Kind extends EventKindName> extends EventFunctions {
  /** Its place in the order of the timeline. */
  readonly seq: Seq;
  /** Integer nanoseconds or ticks, as text. */
  readonly time_ns: TimeText;
  /** The host CPU that printed it. */
  readonly cpu: number;
  /** Name of the acting task. */
  readonly comm: string | null;
  /** Pid of the acting task. */
  readonly pid: number | null;
  /** A name of EVENT_KINDS. */
  readonly kind: Kind;
  /** The avic vm_id of the event's VM; null = it names none. */
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
  readonly cause_seq: Seq | null;
  /** Why it happened, a name of CAUSES. */
  readonly cause: Cause | null;
  /** anchor: a dump of the table shows it. */
  readonly source: "observed" | "anchor";
  /** The recording's number. */
  readonly recording_id: number;
  /** The line of the trace, from 1. */
  readonly line: number;
  /** The VM's own name; null = the recording's header gives none. */
  readonly vm_name: string | null;
  /** The names of its IRTE and its vCPU; null = it has none, or its VM's avic vm_id is not known. */
  readonly irte: IrteName | null;
  /** Its vCPU, as `vmN/vcpuM`; null = it has none, or the avic vm_id of its VM is not known. */
  readonly vcpu: VcpuName | null;
  /** What only its kind has. */
  readonly payload: EventPayload<Kind>;
  /** Only with the kind `link`: what the event did to lists. */
  readonly links?: readonly LinkChange[];
  /** Only with a verdict: what is said of the interrupt that the event shows first. */
  readonly interrupt?: InterruptSaid;
}

/** One event of any kind. A test of `kind` tells what its payload holds. */
export type LogEntry = { readonly [Kind in EventKindName]: LogEntryOf<Kind> }[EventKindName];

const COLUMNS = `v.seq, cast(v.time_ns AS text) AS time_ns, v.cpu, v.comm, v.pid, v.kind, v.vm_id,
  v.vcpu_id, v.devid, e.segment, v.irte_index, v.gsi, v.host_irq, v.cause_seq, v.cause, v.source, v.recording_id,
  v.line, v.vm_name, v.irte, v.vcpu, v.payload`;
const CAUSE_KIND = `(SELECT k.name FROM event AS c JOIN event_kind AS k ON k.id = c.kind
  WHERE c.seq = e.cause_seq) AS cause_kind`;

type Row = Omit<LogEntryOf<EventKindName>, "payload" | keyof EventFunctions> &
  Caused & { readonly payload: string };

/**
 * The SQL statement of `log`, and the values of its parameters for each run of events, in the order in which they are
 * shown; less the limit, which is the last. CROSS JOIN keeps the order of the tables: events are picked by their own
 * integer columns, and only those that are shown get their names.
 */
export function logQuery(
  sqlite: Database.Database,
  recording: Recording,
  filter: LogFilter,
): { readonly sql: string; readonly values: readonly (readonly (number | string)[])[] } {
  const { sql, values, runs } = conditionsOf(sqlite, recording, filter);
  const [order, shown] = filter.reverse === true ? ["", runs] : ["DESC", runs.toReversed()];
  return {
    sql: `SELECT ${COLUMNS}, ${CAUSE_KIND} FROM event AS e CROSS JOIN v_event AS v ON v.seq = e.seq
      WHERE ${sql.join(" AND ")} ORDER BY e.seq ${order} LIMIT ?`,
    values: shown.map(({ from, to }) => [from, to, ...values]),
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
  const statement = sqlite.prepare<unknown[], Row>(sql);
  const rows = rowsOf(values, filter.limit, (run, left) => statement.iterate(...run, left));
  const functionsOf = kernelFunctions(sqlite, recording);
  const isMoreAsked = filter.kind === LINK || filter.verdict !== undefined;
  for (const row of rows) {
    const { cause_kind, payload, ...columns } = row;
    const functions = functionsOf({ kind: columns.kind, cause: columns.cause, cause_kind });
    const values = JSON.parse(payload) as LogEntry["payload"];
    // The payload that is stored is the one of the kind.
    const entry = Object.assign(columns, functions, { payload: values }) as LogEntry;
    yield isMoreAsked ? { ...entry, ...asked(sqlite, recording, row, filter) } : entry;
  }
}

/** What an entry has with a certain filter only. */
function asked(
  sqlite: Database.Database,
  recording: Recording,
  row: Row,
  { kind, verdict }: LogFilter,
): Pick<LogEntry, "links" | "interrupt"> {
  const interrupt = verdict === undefined ? undefined : interruptSaid(sqlite, recording, row.seq);
  return {
    ...(kind === LINK ? { links: linkChanges(sqlite, recording, row) } : {}),
    ...(interrupt === undefined ? {} : { interrupt }),
  };
}

/** The rows of one run after the other, at most `limit`. `read` reads at most so many of one; -1 = all. */
function* rowsOf<Values>(
  runs: readonly Values[],
  limit: number | undefined,
  read: (run: Values, limit: number) => Iterable<Row>,
): IterableIterator<Row> {
  let left = limit ?? Infinity;
  for (const run of runs) {
    if (left === 0) return;
    for (const row of read(run, Number.isFinite(left) ? left : -1)) {
      left--;
      yield row;
    }
  }
}
