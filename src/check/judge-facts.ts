// What a check rests on besides the events. A recording that grows tells more of it: then what was decided by less of it
// counts no more, and the check begins again.

import { type HostFacts, type NamesOf } from "../domain/platform/platform.js";
import { type Seq, type VcpuRow } from "../domain/values/ids.js";
import { type Directory } from "../timeline/read/directory.js";
import { gaps } from "../timeline/read/gaps.js";
import { type Recording } from "../timeline/read/recordings.js";
import { all, q } from "../timeline/store/sql.js";
import { type GapSpan } from "./gaps.js";
import { type JudgedRecording } from "./judge-recording.js";

type Named = ReturnType<NamesOf>;

/** What a check rests on. */
export class JudgeFacts {
  /** The probes that have lines. */
  readonly seen: ReadonlySet<string>;
  /** What the recording shows of the host's APICs. */
  readonly host: HostFacts;
  /** Where events were lost. */
  readonly gaps: readonly GapSpan[];
  private who: Directory;
  private gapsKnown: number;
  private readonly named = new Map<VcpuRow, Named>();

  /** What a recording tells as it stands. */
  constructor(judged: JudgedRecording) {
    this.seen = judged.who.names;
    this.who = judged.who;
    this.host = { apicOfCpu: apicsOf(judged), logical: logicalOf(judged) };
    this.gaps = gapsOf(judged);
    this.gapsKnown = this.gaps.length;
  }

  /** The names of a VM and a vCPU. What was told once is told again, so that nothing is judged by two names. */
  readonly names: NamesOf = (vcpu) => {
    if (!this.named.has(vcpu)) this.named.set(vcpu, namedIn(this.who, vcpu));
    return this.named.get(vcpu);
  };

  /**
   * Takes what the recording, which has grown, tells by now. Returns the gaps that are new; null = something is told that was
   * not known when it was asked for, or a gap reaches back behind event `judgedTo` (null = none is judged).
   */
  grown(judged: JudgedRecording, judgedTo: Seq | null): readonly GapSpan[] | null {
    const known = gapsOf(judged);
    // Both are in the order of their ends.
    const added = known.slice(this.gapsKnown);
    if (added.some(({ from }) => from === null || from < (judgedTo ?? 0))) return null;
    if (this.isTold(judged)) return null;
    this.who = judged.who;
    this.gapsKnown = known.length;
    return added;
  }

  /** Is the destination mode that most entries show another one by now? Looks at all entries. */
  isOtherMode(judged: JudgedRecording): boolean {
    return logicalOf(judged) !== this.host.logical;
  }

  private isTold(judged: JudgedRecording): boolean {
    const { who } = judged;
    if (who.names.size !== this.seen.size) return true;
    const apics = apicsOf(judged);
    if (apics.size !== this.host.apicOfCpu.size) return true;
    return [...this.named].some(([vcpu, named]) => !isSame(named, namedIn(who, vcpu)));
  }
}

function isSame(a: Named, b: Named): boolean {
  return a?.vm_id === b?.vm_id && a?.vcpu_id === b?.vcpu_id && a?.vcpu_idx === b?.vcpu_idx;
}

function namedIn(who: Directory, vcpu: VcpuRow): Named {
  const row = who.vcpu(vcpu);
  if (row === null) return undefined;
  const { vcpu_id, vcpu_idx } = row;
  return { vm_id: who.vm(row.vm)?.vm_id ?? null, vcpu_id, vcpu_idx };
}

function gapsOf({ sqlite, recording }: JudgedRecording): readonly GapSpan[] {
  return [...lostAtStart(recording), ...gaps(sqlite, recording)];
}

/** The gap at the beginning of a recording that is still being imported: it is stored at the end. */
function lostAtStart({ state, overwritten, firstSeq }: Recording): readonly GapSpan[] {
  return state === "importing" && overwritten > 0 ? [{ from: null, to: firstSeq }] : [];
}

function apicsOf({ sqlite, recording }: JudgedRecording): HostFacts["apicOfCpu"] {
  const rows = all(
    sqlite,
    q.selectFrom("host_cpu").select(["cpu", "apic_id"]).where("recording_id", "=", recording.id),
  );
  return new Map(rows.map(({ cpu, apic_id }) => [cpu, apic_id]));
}

/** Are destinations logical? What most of the entries show that tell; null where none does. */
function logicalOf({ sqlite, recording, platform }: JudgedRecording): boolean | null {
  const shows = platform.sql.logical;
  if (shows === null) return null;
  const logical = sqlite
    .prepare<[number], number>(
      `SELECT ${shows} AS logical FROM irte_interval WHERE recording_id = ? AND ${shows} IS NOT NULL
      GROUP BY logical ORDER BY count(*) DESC LIMIT 1`,
    )
    .pluck()
    .get(recording.id);
  return logical === undefined ? null : logical === 1;
}
