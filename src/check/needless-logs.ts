// What known bugs cost: entries of the IOMMU's log that KVM was told of, and that woke no vCPU that waited for them.

import type Database from "better-sqlite3";
import { atOnce, type Steps } from "../base/steps.js";
import { type IrteKey } from "../domain/values/ids.js";
import { type LogCost } from "../domain/platform/invariant.js";
import { type Platform } from "../domain/platform/platform.js";
import { gaps } from "../timeline/read/gaps.js";
import { type Recording } from "../timeline/read/recordings.js";
import { RunningLogs } from "./running-logs.js";

/** How many needless entries of the IOMMU's log a known bug cost. */
export interface NeedlessLogs {
  /** So many; null = not known. */
  readonly logged: number | null;
  /** Why it is not known, in a few words; null = it is. */
  readonly unknown: string | null;
}

/** What the cost of a finding depends on. */
export interface CostlyFinding {
  /** The known bug that it is; null = none. */
  readonly bug: string | null;
  /** How often it was seen. */
  readonly times: number;
  /** Its entry; null = it is about none. */
  readonly key: IrteKey | null;
}

const GROWS = "the recording is not imported to its end";
const LOST = "events were lost";
const NOT_SEEN = "the recording has no line of the GA log";
const NOT_WHEN = "KVM is told of them after the kernel function in which it was so";
const NOT_WHOSE = "which IRTE raised some of them is not known";

/** Counts what the findings of one recording cost. */
export class NeedlessLogCounter {
  private readonly sqlite: Database.Database;
  private readonly recording: Recording;
  private readonly platform: Platform;
  private readonly names: ReadonlySet<string>;
  private hasGaps: boolean | null = null;
  private logs: RunningLogs | null = null;

  /** `names`: what could be observed in the recording. */
  constructor(
    sqlite: Database.Database,
    recording: Recording,
    platform: Platform,
    names: ReadonlySet<string>,
  ) {
    this.sqlite = sqlite;
    this.recording = recording;
    this.platform = platform;
    this.names = names;
  }

  /** Reads in steps what the costs of findings are counted from. Without it the first cost that needs it does. */
  *prepare(findings: readonly CostlyFinding[]): Steps<void> {
    if (this.logs === null && findings.some((finding) => this.needsLogs(finding)))
      this.logs = yield* RunningLogs.read(this.sqlite, this.recording, this.platform);
  }

  /** What a finding cost; null = it is no bug that costs any. */
  of(finding: CostlyFinding): NeedlessLogs | null {
    const cost = this.costOf(finding);
    if (cost === undefined) return null;
    // They are read from the whole recording: a check that goes on would read it again and again.
    if (this.recording.state === "importing") return { logged: null, unknown: GROWS };
    if (this.isCut()) return { logged: null, unknown: LOST };
    return this.counted(finding, cost);
  }

  private costOf({ bug }: CostlyFinding): LogCost | undefined {
    return this.platform.bugs.find(({ id }) => id === bug)?.logCost;
  }

  private needsLogs(finding: CostlyFinding): boolean {
    const cost = this.costOf(finding);
    if (cost === undefined || cost.by === "each time" || finding.key === null) return false;
    return this.names.has(cost.probe) && !this.isCut();
  }

  private counted({ times, key }: CostlyFinding, { by, probe }: LogCost): NeedlessLogs {
    if (by === "each time") return { logged: times, unknown: null };
    if (!this.names.has(probe)) return { logged: null, unknown: NOT_SEEN };
    const came = key === null ? null : this.running().of(key);
    if (came === null) return { logged: null, unknown: NOT_WHOSE };
    const { own, open } = came;
    if (by === "in a function")
      return own + open > 0 ? { logged: null, unknown: NOT_WHEN } : { logged: 0, unknown: null };
    return open > 0 ? { logged: null, unknown: NOT_WHOSE } : { logged: own, unknown: null };
  }

  private running(): RunningLogs {
    return (this.logs ??= atOnce(RunningLogs.read(this.sqlite, this.recording, this.platform)));
  }

  private isCut(): boolean {
    return (this.hasGaps ??= gaps(this.sqlite, this.recording).length > 0);
  }
}

/** The cost in one line; nothing where a finding has none. */
export function needlessLogsText(cost: NeedlessLogs | null): string | null {
  if (cost === null) return null;
  const { logged, unknown } = cost;
  if (logged === null) return `not known how many entries of the GA log woke nobody: ${unknown}`;
  const entries = logged === 1 ? "1 entry" : `${logged} entries`;
  return `${entries} of the GA log woke nobody`;
}
