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

/** What was told of one part of the state: one array for each column, because objects for each row cost more. */
class Column<Value> {
  readonly events: TwinEvent[] = [];
  readonly values: Value[] = [];
  next = 0;

  push(value: Value, event: TwinEvent): void {
    this.values.push(value);
    this.events.push(event);
  }

  /** The event that the next one was told of; Infinity = there is no next one. */
  get seq(): number {
    return this.next < this.events.length ? (this.events[this.next]?.seq ?? Infinity) : Infinity;
  }

  /** Is the next one of the event? */
  isOf(seq: number): boolean {
    return this.seq === seq;
  }

  clear(): void {
    this.events.length = 0;
    this.values.length = 0;
    this.next = 0;
  }
}

/** Listens to the folds of a batch. */
export class Told {
  private readonly irtes = new Column<IrteState>();
  private readonly irqs = new Column<IrteState>();
  private readonly vcpus = new Column<VcpuState>();
  private readonly links = new Column<readonly [IrteKey, VcpuRow]>();
  private readonly routes = new Column<readonly [RouteState | undefined, RouteState | undefined]>();

  /** Listen to the folds. */
  readonly listeners: Required<FoldListeners> = {
    onIrte: (before, after, event) => {
      if (before?.host_irq !== after.host_irq) this.irqs.push(after, event);
      if (!isSameEntry(before?.bits ?? null, after.bits)) this.irtes.push(after, event);
    },
    onKvm: {
      vcpu: (before, after, event) => {
        const isSame = isSamePlace(before, after) && before?.backing_page === after.backing_page;
        if (!isSame) this.vcpus.push(after, event);
      },
      link: (key, vcpu, event) => {
        if (vcpu !== null) this.links.push([key, vcpu], event);
      },
      route: (before, after, event) => {
        this.routes.push([before, after], event);
      },
    },
  };

  /** The next event of which something was told; Infinity = there is none. */
  nextSeq = Infinity;

  /** Finds the next event of which something was told. */
  begin(): void {
    const { irtes, irqs, vcpus, links, routes } = this;
    this.nextSeq = Math.min(irtes.seq, irqs.seq, vcpus.seq, links.seq, routes.seq);
  }

  /** The next state of a vCPU that an event made; undefined = it made none. */
  vcpuOf({ seq }: TwinEvent): VcpuState | undefined {
    const { vcpus } = this;
    return vcpus.isOf(seq) ? vcpus.values[vcpus.next] : undefined;
  }

  /** Hands over what was told of an event. Events come in their order. */
  give({ seq }: TwinEvent, taker: Taker): void {
    const { irtes, irqs, vcpus, links, routes } = this;
    for (; irqs.isOf(seq); irqs.next++)
      hand(irqs, (irte) => {
        taker.irq(irte);
      });
    for (; irtes.isOf(seq); irtes.next++)
      hand(irtes, (irte, event) => {
        taker.irte(irte, event);
      });
    for (; vcpus.isOf(seq); vcpus.next++)
      hand(vcpus, (vcpu, event) => {
        taker.vcpu(vcpu, event);
      });
    for (; routes.isOf(seq); routes.next++)
      hand(routes, ([before, after], event) => {
        taker.route(before, after, event);
      });
    for (; links.isOf(seq); links.next++)
      hand(links, ([key, vcpu], event) => {
        taker.link(key, vcpu, event);
      });
    this.begin();
  }

  /** The batch is gone through. */
  clear(): void {
    this.irtes.clear();
    this.irqs.clear();
    this.vcpus.clear();
    this.links.clear();
    this.routes.clear();
    this.nextSeq = Infinity;
  }
}

function hand<Value>(
  { events, values, next }: Column<Value>,
  take: (value: Value, event: TwinEvent) => void,
): void {
  const event = events[next];
  if (event !== undefined) take(values[next] as Value, event);
}

/** Is a vCPU where it was, as far as a fate can tell? */
export function isSamePlace(a: VcpuState | undefined, b: VcpuState): boolean {
  return a?.run_state === b.run_state && (b.run_state !== "running" || a.pcpu === b.pcpu);
}

/** Are they the same bits, or not known both? */
export function isSameEntry(a: IrteBits | null, b: IrteBits | null): boolean {
  return a === null || b === null ? a === b : sameBits(a, b);
}
