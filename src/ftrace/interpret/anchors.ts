// Dumps of the remapping table that wait for their place among the events.
//
// A dump in the header is taken while the trace runs already, and what it shows of an entry counts only if no line before
// its time is about that entry: else the entry may have been written while the table was read. A dump that is imported
// beside the trace is as of the moment that the user names, so all of it is compared with the trace.

import { TwinError } from "../../base/errors.js";
import { stampToBigint } from "../../base/stamp.js";
import { type IrteKey, type Stamp, irteKey } from "../../domain/values/ids.js";
import { type HostFact } from "../../source/header/host-fact.js";
import { type DumpedEntry, type TableDump } from "../../source/header/irqtbl.js";

/** The entries of dumps that have no place yet. */
export class Anchors {
  private waiting: DumpedEntry[] = [];
  private readonly seen = new Set<IrteKey>();
  private readonly dump: TableDump | null;
  private isPlaced: boolean;
  private waitingFacts: readonly HostFact[];

  /** `dump`: the one that is imported beside the trace. */
  constructor(dump: TableDump | null) {
    this.dump = dump;
    this.isPlaced = dump === null;
    this.waitingFacts = dump?.facts ?? [];
  }

  /** Are there none that a line could be behind? */
  get isEmpty(): boolean {
    return this.waiting.length === 0 && (this.isPlaced || this.dump?.at === "end");
  }

  /** A dump in the header shows an entry. */
  add(entry: DumpedEntry): void {
    this.waiting.push(entry);
  }

  /** A line of the trace is about the entry with this key; null = about none. */
  note(key: IrteKey | null): void {
    if (key !== null) this.seen.add(key);
  }

  /** The entries whose place is before a line of this time. */
  before(line: Stamp): readonly DumpedEntry[] {
    return [...this.ownBefore(line), ...this.fileBefore(line)];
  }

  /**
   * The entries whose place is behind all lines, the last of which has this time. Throws ERR_WHEN where the dump is of a
   * later moment: what happened until then is not in the recording.
   */
  atEnd(last: Stamp): readonly DumpedEntry[] {
    const at = this.dump?.at ?? "end";
    if (!this.isPlaced && typeof at === "object" && isLater(at, last))
      throw new TwinError(
        "ERR_WHEN",
        `\`anchor.at\` is ${stampToBigint(at)}ns, after the end of the recording, which is ${stampToBigint(last)}ns: if nothing happened in between, write end`,
      );
    return this.takeFile();
  }

  /** What the dump beside the trace shows besides, once its entries have their place. Whoever asks takes it. */
  takeFacts(): readonly HostFact[] {
    const { waitingFacts } = this;
    if (this.isPlaced) this.waitingFacts = [];
    return this.isPlaced ? waitingFacts : [];
  }

  /** Of entries that the trace has shown before, none. */
  private ownBefore(line: Stamp): readonly DumpedEntry[] {
    const isDue = ({ at }: DumpedEntry): boolean => at === null || !isLater(at, line);
    const due = this.waiting.filter(isDue);
    if (due.length === 0) return due;
    this.waiting = this.waiting.filter((entry) => !isDue(entry));
    return due.filter(({ segment, devid, index }) => {
      const key = irteKey(segment, devid, index);
      const isNew = !this.seen.has(key);
      this.seen.add(key);
      return isNew;
    });
  }

  private fileBefore(line: Stamp): readonly DumpedEntry[] {
    const { at = "end" } = this.dump ?? {};
    if (at === "end" || (at !== "start" && !isLater(line, at))) return [];
    return this.takeFile();
  }

  private takeFile(): readonly DumpedEntry[] {
    if (this.isPlaced) return [];
    this.isPlaced = true;
    return this.dump?.entries ?? [];
  }
}

function isLater(a: Stamp, b: Stamp): boolean {
  return a.billions > b.billions || (a.billions === b.billions && a.rest > b.rest);
}
