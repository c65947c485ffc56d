// What the folds tell of a batch, kept until the events are gone through once more: the tables of a whole batch are
// folded before KVM's part, and here both are needed in the order of the events.

import { type TwinEvent } from "../domain/events/event.js";
import { type FoldListeners } from "../domain/fold/folding.js";
import { type IrteState, type RouteState, type VcpuState } from "../domain/fold/state.js";
import { sameBits, type IrteBits } from "../domain/values/bits.js";
import { type IrteKey, type VcpuRow } from "../domain/values/ids.js";
import { KeptList } from "./kept-list.js";

/** Takes what was told, with the event that it was told of. */
export interface Taker {
  /** An entry has other bits. */
  irte(irte: IrteState, event: TwinEvent): void;
  /** An entry may serve another host IRQ. */
  irq(irte: IrteState): void;
  /** A vCPU has another state. */
  vcpu(vcpu: VcpuState, event: TwinEvent): void;
  /** An entry came onto the ir_list of a vCPU. */
  link(key: IrteKey, vcpu: VcpuRow, event: TwinEvent): void;
  /** A GSI has another route; `after` undefined = it went with its VM. */
  route(before: RouteState | undefined, after: RouteState | undefined, event: TwinEvent): void;
}

/** Events count from 1. */
const NO_SEQ = 0;

/** Of what something was told, in the order in which the fold tells it of one event. */
const IRQ = 0;
const IRTE = 1;
const VCPU = 2;
const ROUTE = 3;
const LINK = 4;

/** What one fold told, in the order of the events. The values are in a list for each kind. */
class Queue {
  private readonly events = new KeptList<TwinEvent>();
  private readonly kinds: number[] = [];
  private next = 0;
  /** The event that the next one was told of; NO_SEQ = there is none. */
  nextSeq = NO_SEQ;

  push(kind: number, event: TwinEvent): void {
    const { events } = this;
    if (events.size === this.next) this.nextSeq = event.seq;
    this.kinds[events.size] = kind;
    events.push(event);
  }

  /** The kind of the one `ahead` of the next, where the same event made both; undefined = there is none. */
  kindAhead(ahead: number): number | undefined {
    const { events, next } = this;
    const isThere = next + ahead < events.size && events.at(next + ahead).seq === this.nextSeq;
    return isThere ? this.kinds[next + ahead] : undefined;
  }

  /** The event of the next one, which is the last that is asked for of it. */
  take(): TwinEvent {
    const { events } = this;
    const event = events.at(this.next++);
    this.nextSeq = this.next < events.size ? events.at(this.next).seq : NO_SEQ;
    return event;
  }

  clear(): void {
    this.events.clear();
    this.next = 0;
    this.nextSeq = NO_SEQ;
  }
}

/** Values of one kind, in the order in which they were told. */
class Values<Value> {
  private readonly all = new KeptList<Value>();
  private next = 0;

  push(value: Value): void {
    this.all.push(value);
  }

  /** The next one stays. */
  peek(): Value {
    return this.all.at(this.next);
  }

  take(): Value {
    return this.all.at(this.next++);
  }

  clear(): void {
    this.all.clear();
    this.next = 0;
  }
}

/** Listens to the folds of a batch. */
export class Told {
  private readonly tables = new Queue();
  private readonly kvm = new Queue();
  private readonly irtes = new Values<IrteState>();
  private readonly vcpus = new Values<VcpuState>();
  private readonly linked = new Values<IrteKey>();
  private readonly targets = new Values<VcpuRow>();
  private readonly befores = new Values<RouteState | undefined>();
  private readonly afters = new Values<RouteState | undefined>();

  /** Listen to the folds. */
  readonly listeners: Required<FoldListeners> = {
    onIrte: (before, after, event) => {
      if (before?.host_irq !== after.host_irq) this.noteIrte(IRQ, after, event);
      if (!isSameEntry(before?.bits ?? null, after.bits)) this.noteIrte(IRTE, after, event);
    },
    onKvm: {
      vcpu: (before, after, event) => {
        if (isSamePlace(before, after) && before?.backing_page === after.backing_page) return;
        this.vcpus.push(after);
        this.kvm.push(VCPU, event);
      },
      link: (key, vcpu, event) => {
        if (vcpu === null) return;
        this.linked.push(key);
        this.targets.push(vcpu);
        this.kvm.push(LINK, event);
      },
      route: (before, after, event) => {
        this.befores.push(before);
        this.afters.push(after);
        this.kvm.push(ROUTE, event);
      },
    },
  };

  /** Was something told of an event? Events come in their order. */
  isOf({ seq }: TwinEvent): boolean {
    return this.tables.nextSeq === seq || this.kvm.nextSeq === seq;
  }

  /** The next state of a vCPU that an event made; undefined = it made none. */
  vcpuOf({ seq }: TwinEvent): VcpuState | undefined {
    const { kvm } = this;
    if (kvm.nextSeq !== seq) return undefined;
    for (let ahead = 0, kind; (kind = kvm.kindAhead(ahead)) !== undefined; ahead++)
      if (kind === VCPU) return this.vcpus.peek();
    return undefined;
  }

  /** Hands over what was told of an event. */
  give({ seq }: TwinEvent, taker: Taker): void {
    const { tables, kvm } = this;
    while (tables.nextSeq === seq) this.hand(tables, taker);
    while (kvm.nextSeq === seq) this.hand(kvm, taker);
  }

  /** The batch is gone through. */
  clear(): void {
    this.tables.clear();
    this.kvm.clear();
    this.irtes.clear();
    this.vcpus.clear();
    this.linked.clear();
    this.targets.clear();
    this.befores.clear();
    this.afters.clear();
  }

  private noteIrte(kind: number, irte: IrteState, event: TwinEvent): void {
    this.irtes.push(irte);
    this.tables.push(kind, event);
  }

  private hand(queue: Queue, taker: Taker): void {
    const kind = queue.kindAhead(0);
    const event = queue.take();
    if (kind === IRTE) taker.irte(this.irtes.take(), event);
    else if (kind === VCPU) taker.vcpu(this.vcpus.take(), event);
    else if (kind === IRQ) taker.irq(this.irtes.take());
    else if (kind === LINK) taker.link(this.linked.take(), this.targets.take(), event);
    else taker.route(this.befores.take(), this.afters.take(), event);
  }
}

/** Is it known where a vCPU is, as far as a fate can tell? */
export function isPlaced(vcpu: VcpuState | undefined): boolean {
  const run_state = vcpu?.run_state ?? null;
  return run_state !== null && (run_state !== "running" || vcpu?.pcpu !== null);
}

/** Is a vCPU where it was, as far as a fate can tell? */
export function isSamePlace(a: VcpuState | undefined, b: VcpuState): boolean {
  return a?.run_state === b.run_state && (b.run_state !== "running" || a.pcpu === b.pcpu);
}

/** Are they the same bits, or not known both? */
export function isSameEntry(a: IrteBits | null, b: IrteBits | null): boolean {
  return a === null || b === null ? a === b : sameBits(a, b);
}
