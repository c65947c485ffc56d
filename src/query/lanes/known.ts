// What lanes may say. Where lines may be missing, a row of a view is what the lines tell, and not what was so. Lanes
// state what `at` states (query/state/describe.ts), and say why they state no more.

import { type StateValue } from "../../domain/platform/state-values.js";
import { seenNames } from "../../timeline/read/directory.js";
import { doubtsOf, missingLines } from "../../timeline/read/doubts.js";
import { timeOf } from "../../timeline/read/events.js";
import { type OneVm } from "../../timeline/read/one-vm.js";
import { unreadLines } from "../../timeline/read/unread-lines.js";
import { whyUnfollowed } from "../../timeline/read/unfollowed-by.js";
import { prepared } from "../../timeline/store/sql.js";
import { type LaneSource } from "./lane-reader.js";
import { type RowCut } from "./lane-rows.js";

/** What of an entry decides whether it is known. */
interface KnownEntry {
  readonly mode: string | null;
  readonly valid: number | null;
  readonly is_run: number | null;
  readonly vm_id: number | null;
  readonly source: string;
}

/** The reasons for which values of one recording are not known; each answer of null = it is known. */
export class Known {
  /** From where on nothing is known until it shows itself again, because a line could not be read. */
  readonly cuts: readonly RowCut[];
  /**
   * The same for run states: a vCPU's next row may rest on what the unread line changed, so nothing shows itself again.
   */
  readonly runCuts: readonly RowCut[];
  /** Why lines could not be read; "" = all could. */
  readonly unread: string;
  private readonly source: LaneSource;
  private readonly doubt: string | null;
  private readonly oneVm: OneVm | null;
  private readonly saysOneVm: string;
  private readonly names: ReadonlySet<string>;
  private readonly reasons = new Map<StateValue, string | null>();

  /** Looks for the reasons in the header, the lines that could not be read, and the names of the lines. */
  constructor(source: LaneSource) {
    const { sqlite, recording } = source;
    const doubts = doubtsOf(sqlite, recording);
    const { doubt, oneVm } = missingLines(sqlite, recording, doubts);
    this.source = source;
    this.unread = doubts.find(({ kind }) => kind === "unread")?.says ?? "";
    // Lines that were put in another order: an unread one may have stood anywhere.
    const isAnywhere = recording.isSorted && recording.lines.rejected > 0;
    this.doubt = doubt ?? (isAnywhere ? this.unread || "lines could not be read" : null);
    this.oneVm = oneVm;
    this.saysOneVm = doubts[0]?.says ?? "";
    this.names = seenNames(sqlite, recording);
    this.cuts = this.unread === "" || this.doubt !== null ? [] : unreadCuts(source);
    this.runCuts = this.cuts.slice(0, 1).flatMap((cut) => [cut, { seq: Infinity, time: cut.time }]);
  }

  /** Is each entry known wherever its row says so? */
  get isWhole(): boolean {
    const hasAll = this.doubt === null && this.oneVm === null && this.cuts.length === 0;
    return hasAll && this.unfollowed("entry", "life of an entry") === null;
  }

  /** Why an entry is not known. */
  entry({ mode, valid, is_run, vm_id, source }: KnownEntry): string | null {
    if (this.doubt !== null) return this.doubt;
    if (source === "predicted")
      return this.oneVm === null ? this.unfollowed("prediction") : this.saysOneVm;
    const isOther = vm_id === null || this.oneVm?.vmIds.has(vm_id) === false;
    if (this.oneVm !== null && (mode !== "posted" || is_run === 1 || isOther))
      return this.saysOneVm;
    return this.unfollowed("entry", ...(valid === 1 ? [] : (["life of an entry"] as const)));
  }

  /** Why the run state of a vCPU is not known. Once freed, it stays so. */
  runState(vm_id: number | null, run_state: string): string | null {
    if (run_state === "freed") return null;
    const why = this.ofVm(vm_id);
    if (why !== null) return why;
    if (this.oneVm !== null && run_state === "running") return this.saysOneVm;
    return this.unfollowed(
      "run state",
      ...(run_state === "out" ? (["life of a vCPU"] as const) : []),
    );
  }

  /** Why it is not known whether AVIC is active for a vCPU that has it off. */
  avicOff(vm_id: number | null): string | null {
    // A row does not tell whether its own event showed it.
    if (this.cuts.length > 0) return this.unread;
    return this.ofVm(vm_id) ?? this.unfollowed("AVIC state");
  }

  /** Why the routes of a VM are not known. */
  routes(vm_id: number): string | null {
    return this.ofVm(vm_id) ?? this.unfollowed("routes");
  }

  /** Why the lists of a VM's vCPUs are not known. */
  links(vm_id: number | null): string | null {
    return this.ofVm(vm_id) ?? this.unfollowed("links");
  }

  /** Why the inhibits of a VM are not known; `vm`: its name, `vmN`. */
  inhibits(vm: string): string | null {
    const vm_id = /^vm(\d+)$/.exec(vm)?.[1];
    return this.ofVm(vm_id === undefined ? null : Number(vm_id)) ?? this.unfollowed("inhibits");
  }

  private ofVm(vm_id: number | null): string | null {
    if (this.doubt !== null || this.oneVm === null) return this.doubt;
    return vm_id !== null && this.oneVm.vmIds.has(vm_id) ? null : this.saysOneVm;
  }

  private unfollowed(...values: readonly StateValue[]): string | null {
    for (const value of values) {
      if (!this.reasons.has(value)) this.reasons.set(value, this.whyUnfollowed(value));
      const reason = this.reasons.get(value) ?? null;
      if (reason !== null) return reason;
    }
    return null;
  }

  private whyUnfollowed(value: StateValue): string | null {
    return whyUnfollowed(this.source.recording, { names: this.names }, value);
  }
}

/** The last event before each line that could not be read. Lines rise with seq here. */
function unreadCuts({ sqlite, recording, base }: LaneSource): readonly RowCut[] {
  const lineOf = prepared<[number], number>(sqlite, "SELECT line FROM event WHERE seq = ?").pluck();
  const lines = unreadLines(sqlite, recording);
  const { firstSeq } = recording;
  const lastSeq = recording.lastSeq ?? firstSeq - 1;
  const cuts: RowCut[] = [];
  let before = firstSeq - 1;
  for (const line of lines) {
    let [low, high] = [Math.max(before, firstSeq - 1), lastSeq];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((lineOf.get(middle) ?? Infinity) < line) low = middle;
      else high = middle - 1;
    }
    if (low !== before) cuts.push({ seq: low, time: Number(timeOf(sqlite, low) - base) });
    before = low;
  }
  return cuts;
}
