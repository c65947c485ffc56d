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
import { type PackKind, type Packs } from "./pack.js";

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
  private readonly packs: Packs;
  private first: Stamp | null = null;
  private isExact = true;
  /** By the place of an entry (`FateCases.keys`): the pack of its fates. */
  private readonly ofPlace: number[] = [];

  /** `packs`: takes what is drawn. */
  constructor(packs: Packs) {
    this.packs = packs;
  }

  /** Takes the events of a batch. */
  takeEvents(batch: Batch): void {
    this.first ??= batch[0] ?? null;
    for (const event of batch) if (IS_PACKED[event.kind] === 1) this.take(event);
  }

  /** Takes changes of fates; `all`: the cases that they name. */
  takeFates({ seqs, cases }: FateChanges, all: FateCases): void {
    for (let at = 0; at < cases.length; at++) {
      const id = cases[at] ?? 0;
      const pack = this.packOfCase(id, all);
      this.packs.putSeq(pack, seqs[at] ?? 0);
      this.packs.put(pack, id);
    }
  }

  /** Takes changes of intervals. */
  takeIntervals({ irtes, vcpus, routes, links }: ChangedIntervals): void {
    for (const each of vcpus.ended) this.run(each);
    for (const { value } of vcpus.opened) this.count("vcpu_rows", value.vcpu);
    for (const { value } of routes.opened) this.count("route_rows", value.vm);
    for (const { value } of links.opened) this.count("link_rows", value.key);
    for (const { value } of irtes.opened)
      this.count("irte_rows", irteKey(value.segment, value.devid, value.index));
  }

  /** No further events come. `lasting`: what vCPUs are now. Returns false where times are too far from one another. */
  finish(lasting: Iterable<Interval<VcpuState>>): boolean {
    for (const each of lasting) this.run(each);
    return this.isExact;
  }

  private take(event: TwinEvent): void {
    const { kind, seq, devid, irte_index } = event;
    if (kind === KIND.marker) this.mark(event);
    else if (IS_INHIBIT[kind] === 1)
      this.packs.putSeq(this.packs.of("inhibit", event.vm ?? 0), seq);
    else if (kind === KIND.irte_written) this.countAt("write", event.cause ?? 0, event);
    else if (kind === KIND.irte_prepared) this.prepare(event);
    if (IS_TICK[kind] !== 1) return;
    if (kind === KIND.ga_log_entry) this.countAt("ga_log", 0, event);
    if (devid !== null && irte_index !== null)
      this.tick("irte_tick", irteKey(event.segment ?? 0, devid, irte_index), event);
    else if (event.vcpu !== null) this.tick("vcpu_tick", event.vcpu, event);
  }

  private mark(event: TwinEvent): void {
    const { packs } = this;
    const pack = packs.of("marker", 0);
    packs.putSeq(pack, event.seq);
    packs.putTime(pack, this.timeOf(event));
  }

  private count(kind: PackKind, subject: number): void {
    this.packs.count(this.packs.of(kind, subject));
  }

  private countAt(kind: PackKind, subject: number, event: TwinEvent): void {
    const { packs } = this;
    const pack = packs.of(kind, subject);
    packs.count(pack);
    packs.putTime(pack, this.timeOf(event));
  }

  private tick(kind: PackKind, subject: number, event: TwinEvent): void {
    const { packs } = this;
    const pack = packs.of(kind, subject);
    packs.putSeq(pack, event.seq);
    packs.putTime(pack, this.timeOf(event));
    packs.put(pack, event.kind);
  }

  private prepare({ segment, devid, irte_index, host_irq, seq }: TwinEvent): void {
    if (devid === null || irte_index === null || host_irq === null) return;
    const { packs } = this;
    const pack = packs.of("host_irq", irteKey(segment ?? 0, devid, irte_index));
    if (packs.lastOf(pack) === host_irq) return;
    packs.putSeq(pack, seq);
    packs.put(pack, host_irq);
  }

  private run({ value, from, to }: Interval<VcpuState>): void {
    const { run_state, pcpu } = value;
    if (run_state !== "running" || pcpu === null || pcpu < 0) return;
    const { packs } = this;
    const pack = packs.of("cpu", pcpu);
    const begin = this.timeOf(from);
    packs.putSeq(pack, from.seq);
    packs.putTime(pack, begin);
    packs.put(pack, value.vcpu);
    // Where lines are in no order of time, the end can be stamped before the begin.
    packs.put(pack, to === null ? 0 : 1 + withoutSign(this.timeOf(to) - begin));
  }

  private packOfCase(id: number, cases: FateCases): number {
    const place = cases.placeOf(id);
    return (this.ofPlace[place] ??= this.packs.of("fate", cases.keys[place] ?? 0));
  }

  private timeOf({ billions, rest }: Stamp): number {
    const { first } = this;
    const since = billions - (first?.billions ?? 0);
    if (since > BILLIONS_MAX || since < -BILLIONS_MAX) this.isExact = false;
    return since * BILLION + rest - (first?.rest ?? 0);
  }
}
