// What functions do to entries: at which they are at work, what they write there, and what their ends show.

import { bitsOf, irteKeyOf, type CallReturn, type TwinEvent } from "../domain/events/event.js";
import { KIND } from "../domain/events/kinds.js";
import { bitsBefore, isStored } from "../domain/events/stored-event.js";
import { type VcpuState } from "../domain/fold/state.js";
import { type FateRules } from "../domain/platform/fate.js";
import { type IrteBits } from "../domain/values/bits.js";
import { type VcpuRow, type VmRow } from "../domain/values/ids.js";
import { type FateDecisions } from "./fate-decisions.js";
import { type FateEntries, type FateEntry, type InFlight } from "./fate-entries.js";
import { FunctionsInFlight, isOfVcpu, kindsIn, vcpuFunction } from "./fate-in-flight.js";
import { type FateVcpu, type FateVcpus } from "./fate-vcpus.js";
import { isPlaced, isSameEntry, isSamePlace } from "./told.js";

const WRITTEN = KIND.irte_written;

/** Is an event a write of an entry, or the exchange that makes it? By the code of its kind. */
export const IS_WRITE = kindsIn(["irte_written", "irte_exchanged"]);

/** What functions work on. */
interface WorkedOn {
  readonly entries: FateEntries;
  readonly vcpus: FateVcpus;
  readonly decisions: FateDecisions;
}

/** Follows the functions of one recording, and marks each entry whose fate may be another one by what they do. */
export class FateWork {
  private readonly functions = new FunctionsInFlight();
  private readonly rules: FateRules;
  private readonly entries: FateEntries;
  private readonly vcpus: FateVcpus;
  private readonly decisions: FateDecisions;

  /** `rules`: those of the platform. */
  constructor(rules: FateRules, { entries, vcpus, decisions }: WorkedOn) {
    this.rules = rules;
    this.entries = entries;
    this.vcpus = vcpus;
    this.decisions = decisions;
  }

  /** Is nothing at work? */
  get isIdle(): boolean {
    return this.functions.isIdle;
  }

  /** A batch begins: takes the returns of calls that are known by now. */
  beginBatch(returns: Iterable<CallReturn>): void {
    this.functions.take(returns);
  }

  /** The batch is over. */
  endBatch(): void {
    this.functions.forgetReturns();
  }

  /** What an event shows to be over has left its entries. */
  end(event: TwinEvent): void {
    const ended = this.functions.endedBy(event);
    for (let i = 0; i < ended.size; i++) this.leave(ended.at(i));
    const { turned } = this.functions;
    for (let i = 0; i < turned.size; i++) this.markAll(turned.at(i));
  }

  /** What was lost may have ended every function. */
  forget(): void {
    this.functions.clear();
    this.vcpus.endBlocks();
  }

  /** A write is made by its exchange; where none is seen, the end of its function shows that it was made. */
  note(event: TwinEvent): void {
    const writer = this.functions.of(event);
    if (writer === undefined || isStored(event)) return;
    if (event.kind === WRITTEN) {
      if (writer.begun !== null) (writer.unexchanged ??= []).push(writer.begun);
      writer.begun = event;
      return;
    }
    this.functions.seesExchanges = true;
    writer.begun = null;
    // What began unseen may be over with it.
    if (writer.isSeen) return;
    this.markAll(writer);
  }

  /**
   * A function on a vCPU begins where the vCPU's place becomes another one, or may become one; `after`: its state from then
   * on, undefined = no other one.
   */
  begin(event: TwinEvent, row: VcpuRow, after: VcpuState | undefined): void {
    const vcpu = this.vcpus.of(row);
    const isSame = after === undefined || isSamePlace(vcpu.state, after);
    if (isSame && isPlaced(vcpu.state)) return;
    if (this.functions.of(event) !== undefined) return;
    const kind = vcpuFunction(event.kind);
    const begun = this.functions.begin(kind, event);
    // Where the vCPU was is not known: perhaps it is no other place, and the function changes nothing.
    if (!isPlaced(vcpu.state)) begun.isPerhaps = true;
    if (kind === "block") this.vcpus.beginBlock(vcpu);
    const { entries } = vcpu;
    for (let i = 0; i < entries.size; i++) this.work(entries.at(i), begun);
  }

  /**
   * A vCPU that is new here may be one that has another row already: then the function is at work on the entries of that.
   * `isBegun`: no other row is of the same VM.
   */
  meet(vcpu: FateVcpu, isBegun: (vm: VmRow) => boolean): void {
    const vm = vcpu.state?.vm;
    if (vm === undefined || isBegun(vm)) return;
    for (const entry of this.decisions.followed) {
      const { vcpu: own } = entry;
      if (own?.state === undefined || own.state.vm === vm || isBegun(own.state.vm)) continue;
      if (this.vcpus.isNamesake(own, vcpu)) this.decisions.unfollow(entry);
    }
  }

  /** Is the event the last line of an update, of which no line shows when it began? */
  isTail(event: TwinEvent): boolean {
    return event.kind === KIND.pi_update_decided && this.functions.of(event) === undefined;
  }

  /** Has the update of which the event is the last line returned already? */
  hasReturned(event: TwinEvent): boolean {
    return this.functions.hasReturned(event);
  }

  /** The event's function works on an entry's route: one of that kind begins where none is at work. */
  update(entry: FateEntry, event: TwinEvent, kind: "route" | "decided"): void {
    this.work(entry, this.functions.of(event) ?? this.functions.begin(kind, event));
  }

  /** The fold says that an event gives an entry other bits. */
  hold(entry: FateEntry, bits: IrteBits | null, event: TwinEvent): void {
    if (IS_WRITE[event.kind] === 1) this.write(entry, bits, event);
    else this.change(entry, bits);
  }

  private write(entry: FateEntry, bits: IrteBits | null, event: TwinEvent): void {
    const isFirst = entry.bits === null;
    const found = isFirst ? bitsBefore(event) : null;
    // Whoever connects a host IRQ has activated it before.
    if (found !== null && this.rules.isUnused(found)) entry.isNew = true;
    if (found !== null && isSameEntry(found, bits)) {
      this.change(entry, bits);
      return;
    }
    const writer = this.writerOf(event);
    // It may have been at work on this entry since it began, as on those that its vCPU is known to have.
    if (!isOwned(entry) && isOfVcpu(writer)) writer.isPerhaps = true;
    // A walk over the entries of a vCPU: what they hold counts when it is over.
    if (isOfVcpu(writer) && entry.atWork.includes(writer)) {
      entry.later = bits;
      entry.walk = writer;
      return;
    }
    this.change(entry, bits);
    // What it found there is not known: it may have changed nothing.
    if (isFirst && found === null && writer.kind === "write") writer.isDoubtful = true;
    this.work(entry, writer);
  }

  private change(entry: FateEntry, bits: IrteBits | null): void {
    this.entries.setBits(entry, bits);
    this.decisions.mark(entry);
  }

  /** The line of a write stands in front of the instruction, and a flush comes after it. */
  private writerOf(event: TwinEvent): InFlight {
    return this.functions.of(event) ?? this.functions.beginWrite(event);
  }

  private work(entry: FateEntry, writer: InFlight): void {
    if (this.functions.work(writer, entry)) this.decisions.mark(entry);
  }

  private markAll({ entries }: InFlight): void {
    for (let i = 0; i < entries.size; i++) this.decisions.mark(entries.at(i));
  }

  private leave(each: InFlight): void {
    const { entries, begun, unexchanged, vcpu, isSeen, kind } = each;
    if (kind === "block" && vcpu !== null) this.vcpus.endBlock(vcpu);
    if (unexchanged !== null) for (const write of unexchanged) this.endWrite(write);
    if (begun !== null) this.endWrite(begun);
    for (let i = 0; i < entries.size; i++) {
      const entry = entries.at(i);
      if (isSeen) this.follow(entry);
      if (entry.later !== undefined && entry.walk === each)
        this.entries.setBits(entry, entry.later);
      this.decisions.mark(entry);
    }
  }

  /** A function that was seen is over on an entry: whatever else is at work there may have been over before. */
  private follow(entry: FateEntry): void {
    const { atWork } = entry;
    for (let i = atWork.size - 1; i >= 0; i--) {
      const other = atWork.at(i);
      if (other.kind === "route" && other.isDoubtful && other.hasPaused) atWork.removeAt(i);
      else this.functions.doubt(other);
    }
    this.decisions.follow(entry);
  }

  private endWrite(write: TwinEvent): void {
    const key = irteKeyOf(write);
    if (key === null) return;
    const entry = this.entries.entry(key);
    this.decisions.mark(entry);
    // Where no exchange is seen the fold has told the write at its line, and perhaps another CPU's since.
    if (!this.functions.seesExchanges) return;
    const bits = bitsOf(write);
    entry.ended = [...entry.ended, bits];
    this.entries.setBits(entry, bits);
  }
}

/** Is it known which vCPU, if any, an entry posts to? */
function isOwned({ needs, vcpu }: FateEntry): boolean {
  return needs !== null && (!needs.vcpu || vcpu !== null);
}
