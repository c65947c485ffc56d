// The entries whose fates are followed, with the functions that are at work on them, and where to find them: by host
// IRQ, by the page that they post to. A vCPU has those that post to it.

import { type CallReturn, type TwinEvent } from "../domain/events/event.js";
import { NONE } from "../domain/fold/state.js";
import { type FateNeeds, type FateRules } from "../domain/platform/fate.js";
import { type IrteBits } from "../domain/values/bits.js";
import { type IrteKey, type VcpuRow } from "../domain/values/ids.js";
import { isGone, type FateVcpu } from "./fate-vcpus.js";
import { KeptList } from "./kept-list.js";

/** The vCPU for which an entry was put on an ir_list, and the route that was resolved to it. */
export interface Resolved {
  /** The vCPU that the update named. */
  readonly vcpu: VcpuRow;
  /** The destination of the route; null = not known. */
  readonly dest: number | null;
}

/** A function, or a chain of them, that is at work on entries. */
export interface InFlight {
  /** The task that runs it; null = not known. */
  task: number | null;
  /** The CPU that its task was on last. */
  cpu: number;
  /** The code of the cause that its first line has; null = none. */
  cause: number | null;
  /** Which function it is. */
  kind: FunctionKind;
  /** Was it seen to begin? Else it is a part of one that began before the recording, or where events were lost. */
  isSeen: boolean;
  /** Is it not certain that it is at work on its entries, or what they hold until it is over? */
  isPerhaps: boolean;
  /** Does it not show whether it is at work still, or changes anything, though what the entry holds is known? */
  isDoubtful: boolean;
  /** Does it make a call for certain? An irqfd that is shut down loses the producer that it has. */
  calls: boolean;
  /** Has another task run on its CPU since it is doubtful? */
  hasPaused: boolean;
  /** The vCPU that it is a function of; null = it is of none, or not known of which. */
  vcpu: VcpuRow | null;
  /** The call of it whose return a line may show; null = none yet. */
  call: number | null;
  /** The entries that it is at work on. */
  readonly entries: KeptList<FateEntry>;
  /** The return of that call; undefined = none is known yet. */
  returned: CallReturn | undefined;
  /** Its last write whose exchange was not seen; null = none. */
  begun: TwinEvent | null;
  /** Those before it; null = none. */
  unexchanged: TwinEvent[] | null;
}

/**
 * What a function works on: a vCPU; one that begins to block; one that takes up AVIC's new state, in several calls;
 * routes, which are changed by who may sleep; the same, of which only the last line is known; an entry; what writes
 * entries, before any line has shown whether a function on a vCPU would have one.
 */
export type FunctionKind = "vcpu" | "block" | "refresh" | "route" | "decided" | "write" | "alone";

/** An entry whose fate is followed. */
export interface FateEntry {
  /** Its place in `FateCases.keys`, from 1. */
  readonly place: number;
  /** Its bits in the table; null = not known. */
  bits: IrteBits | null;
  /** `FateRules.entryOf` of the bits; null = not known. */
  entry: number | null;
  /** What matters for such bits; null = they are not known. */
  needs: FateNeeds | null;
  /** What a walk that is under way has written: it counts when that is over; undefined = nothing. */
  later: IrteBits | null | undefined;
  /** That walk; null = there was none. */
  walk: InFlight | null;
  /** The page that it posts to; null = it does not post, or its bits are not known. */
  page: number | null;
  /** Its Linux IRQ number, or NONE; null = not known. */
  host_irq: number | null;
  /** The vCPU whose page the entry posts to; null = none is known. */
  vcpu: FateVcpu | null;
  /** What the last update resolved its route to; null = none was seen. */
  resolved: Resolved | null;
  /** What was written without an exchange, and shown by the end of its function: the fold has still to tell it. */
  ended: readonly IrteBits[];
  /** The functions that are at work on the entry. */
  readonly atWork: KeptList<InFlight>;
  /** Is its fate to be decided anew? */
  isDirty: boolean;
  /** The number of its case; 0 = none yet. */
  now: number;
  /** Is something known of it since events were lost last? */
  isKnown: boolean;
  /** Is no function at work on it that was not seen to begin? Its allocation shows it, and the end of one that was seen. */
  isFollowed: boolean;
  /** Was its host IRQ allocated since events were lost last? Then it has no connection but one that a line shows. */
  isNew: boolean;
}

const NO_ENTRIES: readonly FateEntry[] = [];
const NO_BITS: readonly IrteBits[] = [];

/** The entries of one recording. */
export class FateEntries {
  private readonly rules: FateRules;
  /** By what `FateRules.entryOf` says. */
  private readonly needs: (FateNeeds | undefined)[] = [];
  private readonly byKey = new Map<IrteKey, FateEntry>();
  private readonly byIrq = new Map<number, FateEntry>();
  /** The vCPU that had a page last. */
  private readonly owners = new Map<number, FateVcpu>();
  /** Posted entries whose page no vCPU is known to have, by the page. */
  private readonly ownerless = new Map<number, Set<FateEntry>>();

  private readonly keys: IrteKey[];

  /** `rules`: those of the platform; `keys`: takes the key of each entry that is new, at its place. */
  constructor(rules: FateRules, keys: IrteKey[]) {
    this.rules = rules;
    this.keys = keys;
  }

  /** The entry of that key; one that is new has no bits yet. */
  entry(key: IrteKey): FateEntry {
    const old = this.byKey.get(key);
    if (old !== undefined) return old;
    const made: FateEntry = {
      place: this.keys.push(key) - 1,
      bits: null,
      entry: null,
      needs: null,
      later: undefined,
      walk: null,
      page: null,
      host_irq: null,
      vcpu: null,
      resolved: null,
      ended: NO_BITS,
      atWork: new KeptList(),
      isDirty: false,
      now: 0,
      isKnown: false,
      isFollowed: false,
      isNew: false,
    };
    this.byKey.set(key, made);
    return made;
  }

  /** The entry that serves a host IRQ. */
  ofIrq(host_irq: number): FateEntry | undefined {
    return this.byIrq.get(host_irq);
  }

  /** The entry serves another host IRQ; null = it is not known which. */
  setIrq(entry: FateEntry, host_irq: number | null): void {
    const { host_irq: old } = entry;
    if (old !== null && this.byIrq.get(old) === entry) this.byIrq.delete(old);
    entry.host_irq = host_irq;
    if (host_irq !== null && host_irq !== NONE) this.byIrq.set(host_irq, entry);
  }

  /** The entry holds these bits now. */
  setBits(entry: FateEntry, bits: IrteBits | null): void {
    const { rules } = this;
    const { page: before } = entry;
    entry.bits = bits;
    entry.later = undefined;
    entry.entry = bits === null ? null : rules.entryOf(bits);
    entry.needs = entry.entry === null ? null : this.needsOf(entry.entry);
    const page = bits !== null && entry.needs?.vcpu === true ? rules.pageOf(bits) : null;
    if (page === before) return;
    entry.page = page;
    if (before !== null) this.ownerless.get(before)?.delete(entry);
    this.bind(entry, page, page === null ? null : (this.owners.get(page) ?? null));
  }

  private needsOf(entry: number): FateNeeds {
    return (this.needs[entry] ??= this.rules.needs(entry));
  }

  /**
   * Notes whose page a page is. Returns the entries that post to it and whose vCPU is another one, or not known, since.
   */
  own(vcpu: FateVcpu, page: number | null): readonly FateEntry[] {
    if (page === null || vcpu.page === page) return NO_ENTRIES;
    const before = this.owners.get(page);
    vcpu.page = page;
    if (before === vcpu) return NO_ENTRIES;
    if (before?.page === page) before.page = null;
    this.owners.set(page, vcpu);
    const found = [...(this.ownerless.get(page) ?? [])];
    this.ownerless.delete(page);
    for (const entry of found) this.bind(entry, page, vcpu);
    if (before === undefined || isGone(before)) return found;
    // Two vCPUs have had the page, and neither is known to be gone: which one an entry posts to is not known.
    const doubtful = before.entries.all().filter((entry) => entry.page === page);
    for (const entry of doubtful) this.bind(entry, page, null);
    return [...found, ...doubtful];
  }

  private bind(entry: FateEntry, page: number | null, vcpu: FateVcpu | null): void {
    if (entry.vcpu !== null) leave(entry, entry.vcpu);
    entry.vcpu = vcpu;
    if (vcpu !== null) vcpu.entries.push(entry);
    else if (page !== null) this.orphan(entry, page);
  }

  private orphan(entry: FateEntry, page: number): void {
    let entries = this.ownerless.get(page);
    if (entries === undefined) this.ownerless.set(page, (entries = new Set()));
    entries.add(entry);
  }
}

function leave(entry: FateEntry, vcpu: FateVcpu): void {
  vcpu.entries.remove(entry);
  if (isGone(vcpu)) vcpu.entries.release();
}
