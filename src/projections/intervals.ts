// The interval projections: from every change of an IRTE, a vCPU or a route to rows that say from
// when until when it was so. A change closes the open interval and opens the next.

import { type TwinEvent } from "../domain/event.js";
import { type IrteListener } from "../domain/evolve-iommu.js";
import { type KvmListener } from "../domain/kvm-draft.js";
import { sameBits } from "../domain/irte.js";
import {
  irteKey,
  routeKey,
  type IrteState,
  type RouteState,
  type Since,
  type VcpuState,
} from "../domain/state.js";

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

/** The intervals of one kind of entity; `same` says whether two states are one interval. */
export class Track<Key, Value> {
  private readonly open = new Map<Key, Interval<Value>>();
  private fresh: Interval<Value>[] = [];
  private ended: Interval<Value>[] = [];
  private readonly same: (a: Value, b: Value) => boolean;

  constructor(same: (a: Value, b: Value) => boolean) {
    this.same = same;
  }

  change(key: Key, value: Value | undefined, { seq, billions, rest }: TwinEvent): void {
    const current = this.open.get(key);
    if (current !== undefined) {
      if (value !== undefined && this.same(current.value, value)) return;
      current.to = { seq, billions, rest };
      if (current.stored) this.ended.push(current);
    }
    if (value === undefined) {
      this.open.delete(key);
      return;
    }
    const interval = { value, from: { seq, billions, rest }, to: null, stored: false };
    this.open.set(key, interval);
    this.fresh.push(interval);
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

  readonly onIrte: IrteListener = (_before, after, event) => {
    this.irtes.change(irteKey(after.segment, after.devid, after.index), after, event);
  };

  private readonly links = new Track<number, LinkState>(
    (a, b) => a.vcpu === b.vcpu && a.gsi === b.gsi,
  );

  readonly onKvm: KvmListener = {
    link: (key, vcpu, event) => {
      this.links.change(key, vcpu === null ? undefined : { key, vcpu, gsi: event.gsi }, event);
    },
    vcpu: (_before, after, event) => {
      this.vcpus.change(after.vcpu, after, event);
    },
    route: (before, after, event) => {
      const { vm, gsi } = after ?? before ?? { vm: 0, gsi: 0 };
      this.routes.change(routeKey(vm, gsi), after, event);
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
