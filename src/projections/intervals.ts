// The interval projections: from every change of an IRTE, a vCPU or a route to rows that say from
// when until when it was so. A change closes the open interval and opens the next.

import { type TwinEvent } from "../domain/events/event.js";
import { type IrteListener } from "../domain/fold/iommu-draft.js";
import { type KvmListener } from "../domain/fold/kvm-draft.js";
import { sameBits } from "../domain/values/bits.js";
import { irteKey, routeKey, type Since } from "../domain/values/ids.js";
import { type IrteState, type RouteState, type VcpuState } from "../domain/fold/state.js";

/** One interval of `value`; `to` null = still so. */
export interface Interval<Value> {
  readonly value: Value;
  readonly from: Since;
  to: Since | null;
  /** Is the row in the database (then closing it is an update). */
  stored: boolean;
}

/** Intervals that must be written: new rows, and the ends of rows written before. */
export interface IntervalChanges<Value> {
  readonly opened: readonly Interval<Value>[];
  readonly closed: readonly Interval<Value>[];
}

/** Told of every interval as it begins, and of routes and links as they end without another. */
export interface IntervalListener {
  irte(value: IrteState, seq: number): void;
  vcpu(value: VcpuState, seq: number): void;
  route(of: { readonly vm: number; readonly gsi: number }, isThere: boolean, seq: number): void;
  link(key: number, isThere: boolean, seq: number): void;
}

/** The intervals of one kind of entity; `same` says whether two states are one interval. */
export class Track<Key, Value> {
  private readonly open = new Map<Key, Interval<Value>>();
  private fresh: Interval<Value>[] = [];
  private ended: Interval<Value>[] = [];
  private readonly same: (a: Value, b: Value) => boolean;

  constructor(same: (a: Value, b: Value) => boolean) {
    this.same = same;
  }

  /** Returns whether the intervals changed. */
  change(key: Key, value: Value | undefined, { seq, billions, rest }: TwinEvent): boolean {
    const current = this.open.get(key);
    if (current !== undefined) {
      if (value !== undefined && this.same(current.value, value)) return false;
      current.to = { seq, billions, rest };
      if (current.stored) this.ended.push(current);
    }
    if (value === undefined) {
      return this.open.delete(key);
    }
    const interval = { value, from: { seq, billions, rest }, to: null, stored: false };
    this.open.set(key, interval);
    this.fresh.push(interval);
    return true;
  }

  /** What changed since the last call. What is still open counts as stored from now on. */
  take(): IntervalChanges<Value> {
    const opened = this.fresh;
    const closed = this.ended;
    this.fresh = [];
    this.ended = [];
    for (const interval of opened) interval.stored = true;
    return { opened, closed };
  }
}

/** An IRTE on a vCPU's ir_list, put there for a GSI. */
export interface LinkState {
  readonly key: number;
  readonly vcpu: number;
  readonly gsi: number | null;
}

/** Listens to the folds and keeps the intervals. */
export class IntervalRecorder {
  private readonly irtes = new Track<number, IrteState>((a, b) =>
    a.bits === null || b.bits === null ? a.bits === b.bits : sameBits(a.bits, b.bits),
  );
  private readonly vcpus = new Track<number, VcpuState>(sameVcpu);
  private readonly routes = new Track<string, RouteState>(sameRoute);
  private readonly listener: IntervalListener | null;

  constructor(listener: IntervalListener | null = null) {
    this.listener = listener;
  }

  readonly onIrte: IrteListener = (_before, after, event) => {
    const key = irteKey(after.segment, after.devid, after.index);
    if (this.irtes.change(key, after, event)) this.listener?.irte(after, event.seq);
  };

  private readonly links = new Track<number, LinkState>(
    (a, b) => a.vcpu === b.vcpu && a.gsi === b.gsi,
  );

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

  take(): {
    irtes: IntervalChanges<IrteState>;
    vcpus: IntervalChanges<VcpuState>;
    routes: IntervalChanges<RouteState>;
    links: IntervalChanges<LinkState>;
  } {
    return {
      irtes: this.irtes.take(),
      vcpus: this.vcpus.take(),
      routes: this.routes.take(),
      links: this.links.take(),
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
