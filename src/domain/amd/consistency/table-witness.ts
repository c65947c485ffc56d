// The remapping table as its exchanges show it: each finds what the one before it left.

import { bitsOf, irteKeyOf, type TwinEvent } from "../../events/event.js";
import { KIND } from "../../events/kinds.js";
import { payload } from "../../events/payload.js";
import { bitsBefore } from "../../events/stored-event.js";
import { EntryDraft } from "../../values/bit-fields.js";
import { NO_BITS, sameBits, type IrteBits } from "../../values/bits.js";
import { routeKey, type IrteKey, type Seq, type VmRow } from "../../values/ids.js";
import { IRTES_MAX, IRTE_ALLOCATED } from "../irte/irte.js";
import { IRTE, isGuestMode } from "../irte/irte-fields.js";
import { PROBE } from "../probes/probes.js";
import { type Witness, type WitnessContext } from "./witness.js";

/** What the table holds, and the event that put it there. */
interface Held {
  readonly bits: IrteBits;
  readonly seq: Seq;
  /** A dump of the table shows it. */
  readonly isDumped?: boolean;
  /** What another task wrote before, where no exchange tells which of the two came last. */
  readonly other?: IrteBits | null;
  /** What the exchange that wrote it has found. */
  readonly found?: IrteBits | null;
  readonly task?: number | null;
}

/** Changes of routes that are evidence of what changed an entry unseen. */
const ROUTINGS_MAX = 3;

/** Watches the table. */
export class TableWitness implements Witness {
  private readonly at: WitnessContext;
  private readonly table = new Map<IrteKey, Held>();
  /** The last changes of the routes of each VM. */
  private readonly routings = new Map<VmRow, readonly Seq[]>();

  /** The entries that dumps show. */
  readonly dumps = { entries: 0, agreed: 0, contradicted: 0 };

  /** `at`: what all witnesses of the recording use. */
  constructor(at: WitnessContext) {
    this.at = at;
  }

  observe(event: TwinEvent): void {
    const { kind, vm, seq } = event;
    if (kind === KIND.gsi_routing_set && vm !== null)
      this.routings.set(vm, [...(this.routings.get(vm) ?? []).slice(1 - ROUTINGS_MAX), seq]);
    const key = irteKeyOf(event);
    if (key === null) return;
    if (event.kind === KIND.irte_freed) this.table.set(key, { bits: NO_BITS, seq: event.seq });
    if (event.kind === KIND.irte_anchored) this.dumped(event, key);
    if (event.kind !== KIND.irte_allocated) return;
    for (let i = 0; i < Math.min(payload.count(event) ?? 1, IRTES_MAX); i++)
      this.table.set(key + i, { bits: IRTE_ALLOCATED, seq: event.seq });
  }

  /** The exchange of a write is missing: the write counts as made. */
  missing(write: TwinEvent): void {
    const key = irteKeyOf(write);
    if (!this.mayBeStore(write)) this.at.report("C3", write, [this.at.before?.seq]);
    else if (key !== null) this.store(write, key);
    if (key !== null) this.table.set(key, { bits: bitsOf(write), seq: write.seq });
  }

  /** Whether an exchange carries the write out is not known: its task printed nothing more for long. */
  unsure(write: TwinEvent): void {
    const key = irteKeyOf(write);
    if (key === null) return;
    if (this.at.sees(PROBE.irte_cmpxchg)) {
      this.table.delete(key);
      return;
    }
    const { seq, task } = write;
    const held = this.table.get(key);
    const other = held?.task === task ? null : (held?.bits ?? null);
    this.table.set(key, { bits: bitsOf(write), seq, task, other });
  }

  /** A dump shows the entry: it is what the lines before it left, or the first that is known of it. */
  private dumped(event: TwinEvent, key: IrteKey): void {
    const bits = bitsOf(event);
    const held = this.table.get(key);
    this.dumps.entries++;
    if (held === undefined) this.table.set(key, { bits, seq: event.seq, isDumped: true });
    else if (this.isHeld(held, bits) || this.wasFound(held, bits, event)) this.dumps.agreed++;
    else {
      this.dumps.contradicted++;
      this.at.report("C21", event, [held.seq], { key });
    }
  }

  /** An exchange is judged at its write, which a dump may come behind: the dump then shows what the exchange has found. */
  private wasFound({ seq, found = null }: Held, shown: IrteBits, dump: TwinEvent): boolean {
    return seq > dump.seq && found !== null && this.isSame(found, shown);
  }

  private isHeld(held: Held, shown: IrteBits): boolean {
    if (this.isSame(held.bits, shown) || this.mayBeAllocatedUnseen(held.bits, shown)) return true;
    return held.other != null && this.isSame(held.other, shown);
  }

  /** 6.1 changes IsRun and the CPU of a posted entry without an exchange, and without a line if it has no probe. */
  private isSame(a: IrteBits, b: IrteBits): boolean {
    if (sameBits(a, b)) return true;
    const { rules } = this.at.kernel;
    const isStored = rules.storesRunBits && !this.at.sees(PROBE.irte_store);
    if (!isStored || !isGuestMode(a) || !isGuestMode(b)) return false;
    return sameBits(withoutRun(a), withoutRun(b));
  }

  /** A store leaves all of the entry but IsRun and the CPU as it finds it; one that clears IsRun leaves the CPU. */
  private store(write: TwinEvent, key: IrteKey): void {
    const held = this.table.get(key);
    if (held === undefined || !this.at.seesAll(PROBE.irte_store, PROBE.irte_cmpxchg)) return;
    const bits = bitsOf(write);
    const left = IRTE.is_run.isSet(bits) ? withoutRun : withoutIsRun;
    if (sameBits(left(held.bits), left(bits))) return;
    this.at.report("C1", write, [held.seq, ...this.routingsOf(key), write.cause_seq], { key });
    this.correct(key, held.bits, bits);
  }

  /** 6.1 stores IsRun and the CPU of a posted entry without an exchange. */
  private mayBeStore(write: TwinEvent): boolean {
    return this.at.kernel.rules.storesRunBits && isGuestMode(bitsOf(write));
  }

  /** The write and its exchange are of different entries, or have different bits. */
  compare(write: TwinEvent, exchange: TwinEvent): boolean {
    const key = irteKeyOf(exchange);
    const isSame = irteKeyOf(write) === key && sameBits(bitsOf(write), bitsOf(exchange));
    if (isSame || this.isRaced(write, key)) return true;
    this.at.report("C2", exchange, [write.cause_seq, write.seq], { key: irteKeyOf(write) });
    return false;
  }

  /** An exchange in the order of the table's lock. false = it does not find what was left there. */
  exchange(event: TwinEvent, isTrusted: boolean): boolean {
    const key = irteKeyOf(event);
    if (key === null) return true;
    const held = this.table.get(key);
    const before = bitsBefore(event);
    if (isTrusted) this.table.set(key, { bits: bitsOf(event), seq: event.seq, found: before });
    else this.table.delete(key);
    if (before === null || held === undefined) return true;
    if (held.isDumped === true) return this.exchangeOfDumped(event, key, held, before);
    if (sameBits(before, held.bits) || this.mayBeAllocatedUnseen(held.bits, before)) return true;
    const routings = this.routingsOf(key).filter((seq) => seq > held.seq);
    const others = [held.seq, ...routings, event.cause_seq, payload.written_seq(event)];
    this.at.report("C1", event, others, { key });
    this.correct(key, held.bits, before);
    return false;
  }

  /** The first exchange after a dump. What the rules know does not rest on the dump, so nothing is corrected. */
  private exchangeOfDumped(event: TwinEvent, key: IrteKey, held: Held, before: IrteBits): boolean {
    if (this.isHeld(held, before)) {
      this.dumps.agreed++;
      return true;
    }
    this.dumps.contradicted++;
    this.at.kernel.model.irte(key).dumped = null;
    this.at.report("C21", event, [held.seq, payload.written_seq(event)], { key });
    return false;
  }

  forget(): void {
    this.table.clear();
  }

  /** The last changes of the routes of the VM that the entry is connected to: each may have updated it. */
  private routingsOf(key: IrteKey): readonly Seq[] {
    const vm = this.at.kernel.model.irte(key).connection?.vm;
    return vm === undefined ? [] : (this.routings.get(vm) ?? []);
  }

  /**
   * Before the series another CPU's function may have changed the driver's copy since the write was entered: one that
   * has touched the entry, or still owes a write.
   */
  private isRaced({ seq, task }: TwinEvent, key: IrteKey | null): boolean {
    const { model, open } = this.at.kernel;
    if (key === null) return false;
    for (const call of open)
      if (call.task !== task && (call.touched.has(key) || call.steps.length > 0)) return true;
    return (model.irte(key).lastWrite ?? 0) > seq;
  }

  /** Where no line shows allocations, the entry may have been freed and allocated meanwhile. */
  private mayBeAllocatedUnseen(held: IrteBits, before: IrteBits): boolean {
    if (this.at.seesAll(PROBE.irte_alloc, PROBE.irte_alloc_ret, PROBE.irte_free)) return false;
    return sameBits(before, IRTE_ALLOCATED) || sameBits(before, NO_BITS) || sameBits(held, NO_BITS);
  }

  /** A write of the entry was not seen: the driver's copy is what the table held, and its list is not known. */
  private correct(key: IrteKey, held: IrteBits, before: IrteBits): void {
    const { model } = this.at.kernel;
    const irte = model.irte(key);
    irte.otherwise = irte.shadow;
    irte.shadow = before;
    const isSameTarget = before.loH === held.loH && before.hiL === held.hiL;
    if (isGuestMode(before) === isGuestMode(held) && isSameTarget) return;
    model.doubtUpdate(key);
    const { connection } = irte;
    if (connection !== undefined)
      this.at.kernel.irqfds.doubtRoute(routeKey(connection.vm, connection.gsi));
  }
}

/** The entry without IsRun and the CPU. */
function withoutRun(bits: IrteBits): IrteBits {
  return isGuestMode(bits)
    ? new EntryDraft(withoutIsRun(bits)).set(IRTE.destination, 0).done().bits
    : bits;
}

function withoutIsRun(bits: IrteBits): IrteBits {
  return isGuestMode(bits) ? new EntryDraft(bits).setFlag(IRTE.is_run, false).done().bits : bits;
}
