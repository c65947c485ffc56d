// What is drawn of each subject over the time, packed by subject, where no index of the timeline finds it: fates,
// interrupts, vCPUs on CPUs, inhibits, and what counters count.

import { withoutSign } from "../domain/values/varints.js";
import { type Batch, type TwinEvent } from "../domain/events/event.js";
import { KIND } from "../domain/events/kinds.js";
import { type VcpuState } from "../domain/fold/state.js";
import { irteKey, type Stamp } from "../domain/values/ids.js";
import { type FateCases } from "./fate-cases.js";
import { type FateChanges } from "./fate-decisions.js";
import { kindsIn } from "./fate-in-flight.js";
import { type ChangedIntervals, type Interval } from "./intervals.js";
import { type KeyedPack, Pack, type PackKind } from "./pack.js";

/** The kinds of events that are moments of lanes. */
export const TICK_EVENTS = [
  "host_irq_handled",
  "ga_log_entry",
  "vcpu_woken",
  "irq_injected",
] as const;

/** The kinds of events that inhibits are known from. */
export const INHIBIT_EVENTS = [
  ...(["vm_created", "vm_destroyed", "avic_inhibit_requested"] as const),
  ...(["avic_inhibit_set", "avic_inhibit_cleared", "events_lost"] as const),
];

const OTHERS = ["irte_written", "irte_prepared", "marker"] as const;
const IS_PACKED = kindsIn([...TICK_EVENTS, ...INHIBIT_EVENTS, ...OTHERS]);
const IS_TICK = kindsIn(TICK_EVENTS);
const IS_INHIBIT = kindsIn(INHIBIT_EVENTS);
const BILLION = 1_000_000_000;
/** So many are exact in a pack. */
const BILLIONS_MAX = 2_000_000;

/** Packs what is drawn of one recording, from its first event on. */
export class LanePacks {
  private readonly packs = new Map<PackKind, Map<number, Pack>>();
  private first: Stamp | null = null;
  private isExact = true;
  /** By the number of a case: the pack of its entry's fates. */
  private readonly ofCase: Pack[] = [];

  /** Takes the events of a batch. */
  takeEvents(batch: Batch): void {
    this.first ??= batch[0] ?? null;
    for (const event of batch) if (IS_PACKED[event.kind] === 1) this.take(event);
  }

  /** Takes changes of fates; `all`: the cases that they name. */
  takeFates({ seq, case: cases }: FateChanges, all: FateCases): void {
    for (let at = 0; at < cases.length; at++) {
      const id = cases[at] ?? 0;
      const pack = this.ofCase[id] ?? this.packOfCase(id, all);
      pack.putSeq(seq[at] ?? 0);
      pack.put(id);
    }
  }

  /** Takes changes of intervals. */
  takeIntervals({ irtes, vcpus, routes, links }: ChangedIntervals): void {
    for (const each of vcpus.ended) this.run(each);
    for (const { value } of vcpus.opened) this.pack("vcpu_rows", value.vcpu).rows++;
    for (const { value } of routes.opened) this.pack("route_rows", value.vm).rows++;
    for (const { value } of links.opened) this.pack("link_rows", value.key).rows++;
    for (const { value } of irtes.opened)
      this.pack("irte_rows", irteKey(value.segment, value.devid, value.index)).rows++;
  }

  /** All packs. No further events come. `lasting`: what vCPUs are now. null = times are too far from one another. */
  finish(lasting: Iterable<Interval<VcpuState>>): readonly KeyedPack[] | null {
    for (const each of lasting) this.run(each);
    if (!this.isExact) return null;
    return [...this.packs].flatMap(([kind, packs]) =>
      [...packs].map(([subject, pack]): KeyedPack => [kind, subject, pack]),
    );
  }

  private take(event: TwinEvent): void {
    const { kind, seq, devid, irte_index } = event;
    if (kind === KIND.marker) this.mark(event);
    else if (IS_INHIBIT[kind] === 1) this.pack("inhibit", event.vm ?? 0).putSeq(seq);
    else if (kind === KIND.irte_written) this.count("write", event.cause ?? 0, event);
    else if (kind === KIND.irte_prepared) this.prepare(event);
    if (IS_TICK[kind] !== 1) return;
    if (kind === KIND.ga_log_entry) this.count("ga_log", 0, event);
    if (devid !== null && irte_index !== null)
      this.tick("irte_tick", irteKey(event.segment ?? 0, devid, irte_index), event);
    else if (event.vcpu !== null) this.tick("vcpu_tick", event.vcpu, event);
  }

  private mark(event: TwinEvent): void {
    const pack = this.pack("marker", 0);
    pack.putSeq(event.seq);
    pack.putTime(this.timeOf(event));
  }

  private count(kind: PackKind, subject: number, event: TwinEvent): void {
    const pack = this.pack(kind, subject);
    pack.rows++;
    pack.putTime(this.timeOf(event));
  }

  private tick(kind: PackKind, subject: number, event: TwinEvent): void {
    const pack = this.pack(kind, subject);
    pack.putSeq(event.seq);
    pack.putTime(this.timeOf(event));
    pack.put(event.kind);
  }

  private prepare({ segment, devid, irte_index, host_irq, seq }: TwinEvent): void {
    if (devid === null || irte_index === null || host_irq === null) return;
    const pack = this.pack("host_irq", irteKey(segment ?? 0, devid, irte_index));
    if (pack.last === host_irq) return;
    pack.putSeq(seq);
    pack.put(host_irq);
  }

  private run({ value, from, to }: Interval<VcpuState>): void {
    const { run_state, pcpu } = value;
    if (run_state !== "running" || pcpu === null || pcpu < 0) return;
    const pack = this.pack("cpu", pcpu);
    const begin = this.timeOf(from);
    pack.putSeq(from.seq);
    pack.putTime(begin);
    pack.put(value.vcpu);
    // Where lines are in no order of time, the end can be stamped before the begin.
    pack.put(to === null ? 0 : 1 + withoutSign(this.timeOf(to) - begin));
  }

  private packOfCase(id: number, { all, keys }: FateCases): Pack {
    const pack = this.pack("fate", keys[all[id - 1]?.place ?? -1] ?? 0);
    this.ofCase[id] = pack;
    return pack;
  }

  private timeOf({ billions, rest }: Stamp): number {
    const { first } = this;
    const since = billions - (first?.billions ?? 0);
    if (since > BILLIONS_MAX || since < -BILLIONS_MAX) this.isExact = false;
    return since * BILLION + rest - (first?.rest ?? 0);
  }

  private pack(kind: PackKind, subject: number): Pack {
    let packs = this.packs.get(kind);
    if (packs === undefined) this.packs.set(kind, (packs = new Map<number, Pack>()));
    let pack = packs.get(subject);
    if (pack === undefined) packs.set(subject, (pack = new Pack()));
    return pack;
  }
}
