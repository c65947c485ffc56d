// Why a recording may not be what the kernel wrote: lines are left out, cannot be read, or are not in the order of
// time. What such a recording does not show may have happened all the same.

import type Database from "better-sqlite3";
import { oneVmOf, type OneVm } from "./one-vm.js";
import { type Recording } from "./recordings.js";
import { countUnread, isCutOff } from "./unread-lines.js";

/** One reason to doubt a recording. */
export interface Doubt {
  /**
   * left out: lines are missing; unread: lines could not be read; order: lines are not in the order of time;
   * contradicted: lines contradict each other at so many places that lines must be missing elsewhere too; unseen:
   * functions that would explain a difference have no line, and nothing tells that they did not run; one VM: the
   * capture script left the tasks of the other VMs out.
   */
  readonly kind: "left out" | "unread" | "order" | "contradicted" | "unseen" | "one VM";
  /** The reason in one sentence, with what can be done. */
  readonly says: string;
}

/** The reasons to doubt a recording; none for one that is as ftrace wrote it, as far as it shows. */
export function doubtsOf(sqlite: Database.Database, recording: Recording): readonly Doubt[] {
  const { leftOut, timeAnomalies, firstTimeAnomaly } = recording;
  const unread = countUnread(sqlite, recording);
  const doubts: Doubt[] = [];
  // A copy that broke off is whole up to its end, and the end needs no other reason.
  const oneVm = oneVmOf(sqlite, recording);
  if (oneVm !== null) doubts.push({ kind: "one VM", says: saysOneVm(oneVm) });
  else if (leftOut !== null && !isCutOff(sqlite, recording))
    doubts.push({
      kind: "left out",
      says: `${whatIsLeftOut(leftOut)}: it is a part of the trace (grep, head, an excerpt, one VM), and nothing tells which; import the whole trace`,
    });
  if (unread > 0)
    doubts.push({
      kind: "unread",
      says: `${unread} lines are not as ftrace writes them, and what they say is not known: see the table rejected_line`,
    });
  if (timeAnomalies > 0)
    doubts.push({
      kind: "order",
      says: `${timeAnomalies} lines are stamped before the line above them, the first at line ${firstTimeAnomaly ?? "?"}, and cannot be put in order: import each trace by itself`,
    });
  return doubts;
}

/** What the doubts say of lines that are missing. */
export interface MissingLines {
  /** Why lines of any kind may be missing; null = nothing says that some are. */
  readonly doubt: string | null;
  /** The one VM that was recorded, where nothing else is in doubt; null = all were, or more is in doubt. */
  readonly oneVm: OneVm | null;
}

/** Which lines may be missing of a recording with these doubts, besides those that could not be read. */
export function missingLines(
  sqlite: Database.Database,
  recording: Recording,
  doubts: readonly Doubt[],
): MissingLines {
  const oneVm = doubts.length === 1 ? oneVmOf(sqlite, recording) : null;
  const isDoubt = ({ kind }: Doubt): boolean =>
    kind !== "unread" && (kind !== "one VM" || oneVm === null);
  return { doubt: doubts.find(isDoubt)?.says ?? null, oneVm };
}

function saysOneVm({ pid }: OneVm): string {
  return `one VM was recorded (process ${pid}, capture --vm): what the other VMs did is not in it, and nothing is said of them`;
}

/** What the file lacks; `entries`: how many, 0 = it is not known. */
function whatIsLeftOut(entries: number): string {
  return entries === 0
    ? "lines of the trace are not in the file (all lines are of one CPU or one task, or contradict each other, or lack others that come with them, or the numbers in front of them have gaps, or one VM alone was recorded)"
    : `the header counts ${entries} more entries than are in the file`;
}
