// Entries of the IOMMU's log of which KVM was told while their vCPU ran: read once for all findings of a recording.

import type Database from "better-sqlite3";
import { type Steps } from "../base/steps.js";
import { irteKey, type IrteKey, type Seq, type VcpuRow } from "../domain/values/ids.js";
import { type Platform } from "../domain/platform/platform.js";
import { type Recording } from "../timeline/read/recordings.js";
import { prepared } from "../timeline/store/sql.js";

/** How many entries of the log came while a vCPU ran to which an entry of the table posted. */
export interface CameWhileRunning {
  /** Those that it raised: it said that the vCPU does not run. */
  readonly own: number;
  /** Those that it may have raised. */
  readonly open: number;
}

interface Logged {
  readonly seq: Seq;
  readonly key: IrteKey | null;
  /** An entry said, with no function at work, that the vCPU does not run. */
  readonly isSeen: boolean;
}

interface Link {
  readonly key: IrteKey;
  readonly from: Seq;
  readonly to: Seq;
}

/** Nothing wakes or loads a vCPU that runs: what comes then has no such event, or its own. */
const LOGGED_SQL = `SELECT i.id AS seq, i.got AS vcpu, i.segment, i.devid, i.irte_index, of.reason IN (?, ?) AS isSeen
  FROM interrupt AS i JOIN interrupt_case AS of ON of.recording_id = i.recording_id AND of.id = i.interrupt_case
  WHERE i.recording_id = ? AND of.shown = 'logged' AND of.reason IN (?, ?, ?)
    AND i.woken_seq IS NULL AND coalesce(i.running_seq, i.id) = i.id`;

const LINKS_SQL =
  "SELECT vcpu, segment, devid, irte_index, from_seq AS seq, to_seq FROM link_interval WHERE recording_id = ?";

interface Row {
  readonly seq: Seq;
  readonly vcpu: VcpuRow | null;
  readonly segment: number | null;
  readonly devid: number | null;
  readonly irte_index: number | null;
}

interface LoggedRow extends Row {
  readonly isSeen: number;
}

interface LinkRow extends Row {
  readonly to_seq: Seq | null;
}

/** Those of one recording, by vCPU. */
export class RunningLogs {
  private readonly logged = new Map<VcpuRow | null, Logged[]>();
  private readonly links = new Map<VcpuRow | null, Link[]>();
  private readonly vcpusOf = new Map<IrteKey | null, Set<VcpuRow | null>>();

  private constructor(logged: readonly LoggedRow[], links: readonly LinkRow[]) {
    for (const row of logged)
      add(this.logged, row.vcpu, { seq: row.seq, key: keyOf(row), isSeen: row.isSeen === 1 });
    for (const row of links) this.link(row, row.to_seq ?? Infinity);
  }

  /** Reads those of a recording whose platform has a table of fates. */
  static *read(
    sqlite: Database.Database,
    { id }: Recording,
    platform: Platform,
  ): Steps<RunningLogs> {
    const [unsure, seen, taken] = reasonsOf(platform);
    const logged = prepared<unknown[], LoggedRow>(sqlite, LOGGED_SQL);
    const rows = logged.all(seen, unsure, id, seen, unsure, taken);
    yield;
    const links = prepared<unknown[], LinkRow>(sqlite, LINKS_SQL).all(id);
    yield;
    return new RunningLogs(rows, links);
  }

  /** Those that may be of an entry; null = it was seen on no vCPU's list. */
  of(key: IrteKey): CameWhileRunning | null {
    const vcpus = this.vcpusOf.get(key);
    if (vcpus === undefined) return null;
    let [own, open] = [0, 0];
    // Of some it is not known whose they are.
    for (const vcpu of [null, ...vcpus])
      for (const each of this.logged.get(vcpu) ?? []) {
        if (each.key !== null && each.key !== key) continue;
        if (each.isSeen && (each.key === key || this.isAlone(key, vcpu, each.seq))) own++;
        else open++;
      }
    return { own, open };
  }

  /** Is no other entry on the list of the vCPU? */
  private isAlone(key: IrteKey, vcpu: VcpuRow | null, seq: Seq): boolean {
    const now = (this.links.get(vcpu) ?? []).filter(({ from, to }) => from <= seq && seq < to);
    return now.length > 0 && now.every((link) => link.key === key);
  }

  private link(row: Row, to: Seq): void {
    const key = keyOf(row);
    if (key === null) return;
    add(this.links, row.vcpu, { key, from: row.seq, to });
    const known = this.vcpusOf.get(key);
    if (known === undefined) this.vcpusOf.set(key, new Set([row.vcpu]));
    else known.add(row.vcpu);
  }
}

/** What is said of one while an entry was seen to be wrong, its route not known, or known; and while none was. */
function reasonsOf({ fates }: Platform): readonly (string | null)[] {
  const cases = [
    ["unnoticed", "not known"],
    ["unnoticed", "fits"],
    ["taken", "fits"],
  ] as const;
  return cases.map(([outcome, route]) => {
    const facts = { shown: "logged", outcome, route, isAmbiguous: true } as const;
    return fates?.judgeInterrupt(facts).reason ?? null;
  });
}

function keyOf({ segment, devid, irte_index }: Row): IrteKey | null {
  if (segment === null || devid === null || irte_index === null) return null;
  return irteKey(segment, devid, irte_index);
}

function add<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
