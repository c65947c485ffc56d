// The history: events, newest first, narrowed by subject and time.

import type Database from "better-sqlite3";
import { parseIrteName, parseVcpuName } from "../domain/names.js";
import { TwinError } from "../base/errors.js";
import { type Recording } from "../timeline/read.js";

export interface LogFilter {
  readonly irte?: string | undefined;
  readonly vcpu?: string | undefined;
  readonly vm_id?: number | undefined;
  readonly gsi?: number | undefined;
  readonly host_irq?: number | undefined;
  readonly kind?: string | undefined;
  /** First and last seq that count, inclusive. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** At most so many; absent = all. */
  readonly limit?: number | undefined;
  /** Oldest first. */
  readonly reverse?: boolean | undefined;
}

/** One event as a row of v_event. */
export interface LogEntry {
  readonly seq: number;
  /** Integer nanoseconds or ticks, as text. */
  readonly time_ns: string;
  readonly cpu: number;
  readonly comm: string | null;
  readonly pid: number | null;
  readonly kind: string;
  readonly vm_id: number | null;
  readonly vcpu_id: number | null;
  readonly devid: number | null;
  readonly irte_index: number | null;
  readonly gsi: number | null;
  readonly host_irq: number | null;
  readonly cause_seq: number | null;
  readonly cause: string | null;
  readonly source: string;
  readonly recording_id: number;
  readonly line: number;
  readonly payload: Readonly<Record<string, number | string | null>>;
}

const COLUMNS = `seq, cast(time_ns AS text) AS time_ns, cpu, comm, pid, kind, vm_id, vcpu_id, devid,
  irte_index, gsi, host_irq, cause_seq, cause, source, recording_id, line, payload`;

/** Streams the events; nothing is read that is not asked for. */
export function* log(
  sqlite: Database.Database,
  recording: Recording,
  filter: LogFilter = {},
): IterableIterator<LogEntry> {
  const { conditions, values } = conditionsOf(recording, filter);
  const order = filter.reverse === true ? "" : "DESC";
  const rows = sqlite
    .prepare<unknown[], Omit<LogEntry, "payload"> & { payload: string }>(
      `SELECT ${COLUMNS} FROM v_event WHERE ${conditions.join(" AND ")} ORDER BY seq ${order} LIMIT ?`,
    )
    .iterate(...values, filter.limit ?? -1);
  for (const row of rows) {
    yield { ...row, payload: JSON.parse(row.payload) as LogEntry["payload"] };
  }
}

function conditionsOf(
  recording: Recording,
  filter: LogFilter,
): { conditions: string[]; values: (number | string)[] } {
  const from = Math.max(filter.from ?? recording.firstSeq, recording.firstSeq);
  const to = Math.min(filter.to ?? Number.MAX_SAFE_INTEGER, recording.lastSeq ?? 0);
  const conditions = ["seq BETWEEN ? AND ?"];
  const values: (number | string)[] = [from, to];
  const add = (column: string, value: number | string | undefined): void => {
    if (value === undefined) return;
    conditions.push(`${column} = ?`);
    values.push(value);
  };
  if (filter.irte !== undefined) {
    const irte = parseIrteName(filter.irte);
    if (irte === null)
      throw new TwinError(
        "ERR_NAME",
        `${filter.irte} is not an IRTE: write SSSS:BB:DD.F/INDEX, such as 0000:00:08.0/0`,
      );
    add("devid", irte.devid);
    add("irte_index", irte.index);
  }
  if (filter.vcpu !== undefined) {
    const vcpu = parseVcpuName(filter.vcpu);
    if (vcpu === null)
      throw new TwinError(
        "ERR_NAME",
        `${filter.vcpu} is not a vCPU: write vmN/vcpuM, such as vm1/vcpu0`,
      );
    add("vm_id", vcpu.vm_id);
    add("vcpu_id", vcpu.vcpu_id);
  }
  add("vm_id", filter.vm_id);
  add("gsi", filter.gsi);
  add("host_irq", filter.host_irq);
  add("kind", filter.kind);
  return { conditions, values };
}
