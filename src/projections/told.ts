// What the folds tell of a batch, kept until the events are gone through once more: the tables of a whole batch are
// folded before KVM's part, and here both are needed in the order of the events.

import { type TwinEvent } from "../domain/events/event.js";
import { type FoldListeners } from "../domain/fold/folding.js";
import { type IrteState, type RouteState, type VcpuState } from "../domain/fold/state.js";
import { sameBits, type IrteBits } from "../domain/values/bits.js";
import { type IrteKey, type VcpuRow } from "../domain/values/ids.js";

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

/** Of what something was told, in the order in which the fold tells it of one event. */
const IRQ = 0;
const IRTE = 1;
const VCPU = 2;
const ROUTE = 3;
const LINK = 4;

/** What one fold told, in the order of the events: numbers here, and the values in a list for each kind. */
class Queue {
  readonly events: TwinEvent[] = [];
  readonly seqs: number[] = [];
  readonly kinds: number[] = [];
  next = 0;

  push(kind: number, event: TwinEvent): void {
    this.events.push(event);
    this.seqs.push(event.seq);
    this.kinds.push(kind);
  }

  clear(): void {
    this.events.length = 0;
    this.seqs.length = 0;
    this.kinds.length = 0;
    this.next = 0;
  }
}

/** Values of one kind, in the order in which they were told. */
class Values<Value> {
  private readonly all: Value[] = [];
  private next = 0;

  push(value: Value): void {
    this.all.push(value);
  }

  /** The next one stays. */
  peek(): Value {
    return this.all[this.next] as Value;
  }

  take(): Value {
    return this.all[this.next++] as Value;
  }

  clear(): void {
    this.all.length = 0;
    this.next = 0;
  }
}

/** Listens to the folds of a batch. */
export class Told {
  private readonly tables = new Queue();
  private readonly kvm = new Queue();
  private readonly irtes = new Values<IrteState>();
  private readonly vcpus = new Values<VcpuState>();
  private readonly links = new Values<readonly [IrteKey, VcpuRow]>();
  private readonly routes = new Values<readonly [RouteState | undefined, RouteState | undefined]>();

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
        this.links.push([key, vcpu]);
        this.kvm.push(LINK, event);
      },
      route: (before, after, event) => {
        this.routes.push([before, after]);
        this.kvm.push(ROUTE, event);
      },
    },
  };

  /** The next event of which something was told; Infinity = there is none. */
  nextSeq = Infinity;

  /** Finds the next event of which something was told. */
  begin(): void {
    const { tables, kvm } = this;
    this.nextSeq = Math.min(tables.seqs[tables.next] ?? Infinity, kvm.seqs[kvm.next] ?? Infinity);
  }

  /** The next state of a vCPU that an event made; undefined = it made none. */
  vcpuOf({ seq }: TwinEvent): VcpuState | undefined {
    const { seqs, kinds, next } = this.kvm;
    for (let i = next; seqs[i] === seq; i++) if (kinds[i] === VCPU) return this.vcpus.peek();
    return undefined;
  }

  /** Hands over what was told of an event. Events come in their order. */
  give({ seq }: TwinEvent, taker: Taker): void {
    const { tables, kvm } = this;
    for (; tables.seqs[tables.next] === seq; tables.next++) this.hand(tables, taker);
    for (; kvm.seqs[kvm.next] === seq; kvm.next++) this.hand(kvm, taker);
    this.begin();
  }

  /** The batch is gone through. */
  clear(): void {
    this.tables.clear();
    this.kvm.clear();
    this.irtes.clear();
    this.vcpus.clear();
    this.links.clear();
    this.routes.clear();
    this.nextSeq = Infinity;
  }

  private noteIrte(kind: number, irte: IrteState, event: TwinEvent): void {
    this.irtes.push(irte);
    this.tables.push(kind, event);
  }

  private hand({ events, kinds, next }: Queue, taker: Taker): void {
    const event = events[next];
    if (event === undefined) return;
    const kind = kinds[next];
    if (kind === IRTE) taker.irte(this.irtes.take(), event);
    else if (kind === VCPU) taker.vcpu(this.vcpus.take(), event);
    else if (kind === IRQ) taker.irq(this.irtes.take());
    else if (kind === LINK) {
      const [key, vcpu] = this.links.take();
      taker.link(key, vcpu, event);
    } else {
      const [before, after] = this.routes.take();
      taker.route(before, after, event);
    }
  }
}

/** Is a vCPU where it was, as far as a fate can tell? */
export function isSamePlace(a: VcpuState | undefined, b: VcpuState): boolean {
  return a?.run_state === b.run_state && (b.run_state !== "running" || a.pcpu === b.pcpu);
}

/** Are they the same bits, or not known both? */
export function isSameEntry(a: IrteBits | null, b: IrteBits | null): boolean {
  return a === null || b === null ? a === b : sameBits(a, b);
}
