// The interval projections: from every change of an IRTE, a vCPU or a route to rows that say from
// when until when it was so. A change closes the open interval and opens the next.

import { sinceOf, type TwinEvent } from "../domain/events/event.js";
import { type IrteListener } from "../domain/fold/iommu-draft.js";
import { type KvmListener } from "../domain/fold/kvm-draft.js";
import { sameBits } from "../domain/values/bits.js";
import { irteKey, routeKey, type Since } from "../domain/values/ids.js";
import { type IrteState, type RouteState, type VcpuState } from "../domain/fold/state.js";

/** An interval in which an entity kept one value. It begins with event `from`, inclusive. */
export interface Interval<Value> {
  /** The value. */
  readonly value: Value;
  /** The event that it begins with. */
  readonly from: Since;
  /** The first event after the interval, exclusive; null = the value is still so. */
  to: Since | null;
  /** Kind of the event that began it. */
  readonly witness: number;
  /** Has the interval been handed over by `drain`? Then its end must be handed over on its own. */
  isDrained: boolean;
}

/** Intervals that are to be written, each list in the order of the events. */
export interface IntervalChanges<Value> {
  /** New intervals. Some have ended already. */
  readonly opened: readonly Interval<Value>[];
  /** Intervals that an earlier `drain` handed over as new, and that have ended since. */
  readonly closed: readonly Interval<Value>[];
  /** All intervals that have ended since, in the order of their ends. */
  readonly ended: readonly Interval<Value>[];
}

/**
 * Is told of every interval as it begins with event `seq`. Routes and links can end without a next one: then
 * `isThere` is false.
 */
export interface IntervalListener {
  /** An entry has this value from event `seq` on. */
  irte(value: IrteState, seq: number): void;
  /** A vCPU has this value from event `seq` on. */
  vcpu(value: VcpuState, seq: number): void;
  /** A GSI's route is another one from event `seq` on, or is gone. */
  route(
    of: {
      /** The row number of the VM. */
      readonly vm: number;
      /** The GSI. */
      readonly gsi: number;
    },
    isThere: boolean,
    seq: number,
  ): void;
  /** An entry (irteKey()) is on a vCPU's list from event `seq` on, or on none. */
  link(key: number, isThere: boolean, seq: number): void;
}

/** Turns the changes of the entities of one kind into intervals. */
export class Track<Key, Value> {
  private readonly open = new Map<Key, Interval<Value>>();
  private fresh: Interval<Value>[] = [];
  private closed: Interval<Value>[] = [];
  private ended: Interval<Value>[] = [];
  private readonly same: (a: Value, b: Value) => boolean;

  /** `same`: are two values of an entity one interval? */
  constructor(same: (a: Value, b: Value) => boolean) {
    this.same = same;
  }

  /**
   * An event gave an entity a value, or (undefined) took it away: ends its interval and begins the next.
   * false = the value is the same as before, and the interval goes on.
   */
  change(key: Key, value: Value | undefined, event: TwinEvent): boolean {
    const current = this.open.get(key);
    if (current !== undefined && value !== undefined && this.same(current.value, value))
      return false;
    const from = sinceIn(value, event);
    if (current !== undefined) {
      current.to = from;
      this.ended.push(current);
      if (current.isDrained) this.closed.push(current);
    }
    if (value === undefined) {
      return this.open.delete(key);
    }
    const interval = { value, from, to: null, witness: event.kind, isDrained: false };
    this.open.set(key, interval);
    this.fresh.push(interval);
    return true;
  }

  /** Hands over what changed since the last call. The caller writes it. */
  drain(): IntervalChanges<Value> {
    const { fresh: opened, closed, ended } = this;
    this.fresh = [];
    this.closed = [];
    this.ended = [];
    for (const interval of opened) interval.isDrained = true;
    return { opened, closed, ended };
  }

  /** Hands over what has ended since the last call: an interval that is new and goes on waits for its end. */
  drainEnded(): IntervalChanges<Value> {
    const { fresh, closed, ended } = this;
    const opened = fresh.filter(({ to }) => to !== null);
    if (opened.length > 0) this.fresh = fresh.filter(({ to }) => to === null);
    this.closed = [];
    this.ended = [];
    return { opened, closed, ended };
  }

  /** The intervals that have not ended. */
  get lasting(): Iterable<Interval<Value>> {
    return this.open.values();
  }
}

/** The event as a since: the value's own where it began there, of which there are as many as open intervals. */
function sinceIn(value: unknown, event: TwinEvent): Since {
  const own = (value as { readonly since?: Since } | undefined)?.since;
  return own?.seq === event.seq ? own : sinceOf(event);
}

/** An IRTE on a vCPU's ir_list. */
export interface LinkState {
  /** The IRTE's irteKey(). */
  readonly key: number;
  /** The vCPU's row. */
  readonly vcpu: number;
  /** The GSI that the IRTE was put there for; null = unknown. */
  readonly gsi: number | null;
}

/** What changed in the intervals of every kind of entity. */
export interface ChangedIntervals {
  /** Intervals of IRTEs. */
  readonly irtes: IntervalChanges<IrteState>;
  /** Intervals of vCPUs. */
  readonly vcpus: IntervalChanges<VcpuState>;
  /** Intervals of routes. */
  readonly routes: IntervalChanges<RouteState>;
  /** Intervals of links. */
  readonly links: IntervalChanges<LinkState>;
}

/** Listens to the folds (`onIrte`, `onKvm`) and turns their changes into intervals. */
export class IntervalRecorder {
  private readonly irtes = new Track<number, IrteState>((a, b) =>
    a.bits === null || b.bits === null ? a.bits === b.bits : sameBits(a.bits, b.bits),
  );
  private readonly vcpus = new Track<number, VcpuState>(sameVcpu);
  private readonly routes = new Track<string, RouteState>(sameRoute);
  private readonly links = new Track<number, LinkState>(
    (a, b) => a.vcpu === b.vcpu && a.gsi === b.gsi,
  );
  private readonly listener: IntervalListener | null;

  /** `listener`: is told of every interval as it begins. */
  constructor(listener: IntervalListener | null = null) {
    this.listener = listener;
  }

  /** For the fold of the interrupt remapping tables. */
  readonly onIrte: IrteListener = (_before, after, event) => {
    const key = irteKey(after.segment, after.devid, after.index);
    if (this.irtes.change(key, after, event)) this.listener?.irte(after, event.seq);
  };

  /** For the fold of VMs, vCPUs, irqfds and routes. */
  readonly onKvm: KvmListener = {
    link: (key, vcpu, event) => {
      const link = vcpu === null ? undefined : { key, vcpu, gsi: event.gsi };
      if (this.links.change(key, link, event))
        this.listener?.link(key, link !== undefined, event.seq);
    },
    vcpu: (_before, after, event) => {
      if (this.vcpus.change(after.vcpu, after, event)) this.listener?.vcpu(after, event.seq);
    },
    route: (before, after, event) => {
      const of = after ?? before ?? { vm: 0, gsi: 0 };
      if (this.routes.change(routeKey(of.vm, of.gsi), after, event))
        this.listener?.route(of, after !== undefined, event.seq);
    },
  };

  /** What vCPUs are now. */
  get lastingVcpus(): Iterable<Interval<VcpuState>> {
    return this.vcpus.lasting;
  }

  /** Hands over what changed since the last call. The caller writes it. */
  drain(): ChangedIntervals {
    return {
      irtes: this.irtes.drain(),
      vcpus: this.vcpus.drain(),
      routes: this.routes.drain(),
      links: this.links.drain(),
    };
  }

  /** Hands over what has ended since the last call. The caller writes it. */
  drainEnded(): ChangedIntervals {
    return {
      irtes: this.irtes.drainEnded(),
      vcpus: this.vcpus.drainEnded(),
      routes: this.routes.drainEnded(),
      links: this.links.drainEnded(),
    };
  }
}

function sameVcpu(a: VcpuState, b: VcpuState): boolean {
  return (
    a.run_state === b.run_state &&
    a.pcpu === b.pcpu &&
    a.avic_active === b.avic_active &&
    a.is_running === b.is_running &&
    a.ga_log_intr === b.ga_log_intr
  );
}

function sameRoute(a: RouteState, b: RouteState): boolean {
  return (
    a.type === b.type &&
    a.address === b.address &&
    a.data === b.data &&
    a.dest === b.dest &&
    a.vector === b.vector &&
    a.delivery_mode === b.delivery_mode &&
    a.postable === b.postable
  );
}
