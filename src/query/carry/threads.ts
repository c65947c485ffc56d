// The threads that have vCPUs loaded at the end of a recording: lines of a thread that name no vCPU are about the one that it
// has loaded.

import type Database from "better-sqlite3";
import { causeCode } from "../../domain/events/causes.js";
import { KIND } from "../../domain/events/kinds.js";
import { type KvmState } from "../../domain/fold/state.js";
import { type Recording } from "../../timeline/read/recordings.js";

const LOADS: readonly number[] = [KIND.vcpu_loaded, KIND.avic_vcpu_loaded];
const PUTS = [KIND.vcpu_put, KIND.avic_vcpu_put];
/** A put in a block or an inhibit leaves the vCPU loaded. */
const CAUSE_PUT = causeCode("vcpu put");

const IS_MOVE = `(kind IN (${LOADS.join()}) OR (kind IN (${PUTS.join()}) AND cause = ${CAUSE_PUT}))`;
const LAST_OF_VCPU = `SELECT kind, task, seq FROM event
  WHERE vcpu = ? AND seq BETWEEN ? AND ? AND ${IS_MOVE} ORDER BY seq DESC LIMIT 1`;
const LAST_OF_TASKS = `SELECT e.task, t.pid, max(e.seq) AS seq FROM event AS e JOIN task AS t ON t.id = e.task
  WHERE e.seq BETWEEN ? AND ? AND e.task IN (SELECT value FROM json_each(?)) AND ${IS_MOVE} GROUP BY e.task`;
const LAST_LOSS = "SELECT max(to_seq) FROM gap WHERE recording_id = ? AND kind <> 'start'";

interface Move {
  readonly kind: number;
  readonly task: number | null;
  readonly seq: number;
}

/** The pids of these threads, by the vCPU's row; none where events were lost since. */
export function threadsOf(
  sqlite: Database.Database,
  { id, firstSeq, lastSeq }: Recording,
  { vcpus }: KvmState,
): ReadonlyMap<number, number> {
  const lost = sqlite.prepare<[number], number | null>(LAST_LOSS).pluck().get(id) ?? 0;
  const from = Math.max(firstSeq, lost);
  const lastOf = sqlite.prepare<[number, number, number], Move>(LAST_OF_VCPU);
  const loads = [...vcpus.values()].flatMap(({ vcpu, run_state, since }) => {
    const last = run_state === "freed" ? undefined : lastOf.get(vcpu, from, since.seq);
    return last !== undefined && LOADS.includes(last.kind) ? [{ ...last, vcpu }] : [];
  });
  if (loads.length === 0) return new Map();
  const first = loads.reduce((least, { seq }) => Math.min(least, seq), Infinity);
  const tasks = JSON.stringify(loads.map(({ task }) => task));
  const moves = sqlite
    .prepare<[number, number, string], { pid: number; seq: number }>(LAST_OF_TASKS)
    .all(first, lastSeq ?? from, tasks);
  const pids = new Map(moves.map(({ pid, seq }) => [seq, pid]));
  return new Map(
    loads.flatMap(({ vcpu, seq }) => {
      const pid = pids.get(seq);
      return pid === undefined ? [] : [[vcpu, pid] as const];
    }),
  );
}
