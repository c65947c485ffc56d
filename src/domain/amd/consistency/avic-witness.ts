// AVIC of vCPUs: who takes up that it is inhibited or active, and that it is loaded with its vCPU.

import { type TwinEvent } from "../../events/event.js";
import { KIND } from "../../events/kinds.js";
import { payload } from "../../events/payload.js";
import { type Seq, type VcpuRow } from "../../values/ids.js";
import { PROBE } from "../probes/probes.js";
import { ASIDES, type InhibitWitness } from "./inhibit-witness.js";
import { type Doubt, type Witness, type WitnessContext } from "./witness.js";

/** Whether AVIC is active, and the event that showed it. */
interface Shown {
  readonly active: boolean;
  readonly seq: number;
  /** Shown by avic_refresh_apicv_exec_ctrl(), which is called for a change only. */
  readonly isRefresh: boolean;
}

/** svm_vcpu_load() or put, and what was shown of AVIC when it was entered. */
interface Moving {
  readonly outer: TwinEvent;
  readonly before: Shown | undefined;
}

/** The function of AVIC inside of a load, put, block and unblock. */
const INNER: Readonly<Record<number, number>> = {
  [KIND.vcpu_loaded]: KIND.avic_vcpu_loaded,
  [KIND.vcpu_put]: KIND.avic_vcpu_put,
  [KIND.vcpu_blocking]: KIND.avic_vcpu_put,
  [KIND.vcpu_unblocking]: KIND.avic_vcpu_loaded,
};

/** Blocks and unblocks that are remembered while it is not known whether the build inlines AVIC's function. */
const FLAT_MAX = 64;

/** Watches AVIC. */
export class AvicWitness implements Witness {
  private readonly at: WitnessContext;
  private readonly shown = new Map<VcpuRow, Shown>();
  private readonly inhibits: InhibitWitness;
  /** Kinds of event in which AVIC's function was seen to be called, though a build may inline it. */
  private readonly nested = new Set<number>();
  /** Blocks and unblocks in which it was not seen before that, each with the next event of its task. */
  private readonly flat: (readonly [outer: TwinEvent, next: TwinEvent])[] = [];
  /** svm_vcpu_load() or put under way, by task. */
  private readonly moving = new Map<number, Moving>();
  /** The last avic_vcpu_load() or put that no function called, by task. */
  private readonly uncalled = new Map<number, Seq>();
  private readonly seesBoth: boolean;
  private readonly seesRefresh: boolean;

  /** `inhibits` has looked at each event before. */
  constructor(at: WitnessContext, inhibits: InhibitWitness) {
    this.at = at;
    this.inhibits = inhibits;
    this.seesBoth = at.seesAll(
      ...[PROBE.svm_vcpu_load, PROBE.svm_vcpu_put, PROBE.avic_vcpu_load, PROBE.avic_vcpu_put],
    );
    this.seesRefresh = at.sees(PROBE.avic_refresh);
  }

  observe(event: TwinEvent): void {
    this.testInner(event);
    switch (event.kind) {
      case KIND.avic_refreshed:
        this.testRefresh(event);
        break;
      case KIND.vcpu_blocking:
      case KIND.vcpu_unblocking:
        this.testActive(event);
        break;
      case KIND.vcpu_destroyed:
        this.end(event);
    }
  }

  /** avic_vcpu_load() or put that no function called, where the recording may lack avic_refresh. */
  isUncalled({ task, cause_seq }: TwinEvent): boolean {
    return task !== null && cause_seq !== null && this.uncalled.get(task) === cause_seq;
  }

  forget(): void {
    this.shown.clear();
    this.moving.clear();
  }

  /** The vCPU is freed: what it was put by has run to its end. */
  private end(event: TwinEvent): void {
    for (const moving of this.moving.values())
      if (moving.outer.vcpu === event.vcpu) this.testCalled(moving, event);
    if (event.vcpu !== null) this.shown.delete(event.vcpu);
  }

  /** C10 */
  private testRefresh(event: TwinEvent): void {
    const { vcpu, vm } = event;
    const active = payload.apicv_active(event);
    if (vcpu === null || active === null) return;
    const before = this.shown.get(vcpu);
    const inhibit = vm === null ? undefined : this.inhibits.of(vm);
    const inhibits = inhibit === undefined ? null : payload.inhibits(inhibit);
    this.shown.set(vcpu, { active: active !== 0, seq: event.seq, isRefresh: true });
    if (before?.active === (active !== 0)) this.doubt("C10", event, [before.seq]);
    if (inhibits !== null && active !== 0 && inhibits !== 0)
      this.doubt("C10", event, [inhibit?.seq]);
  }

  /** C10: the same value that a refresh, or a load with AVIC, has shown. */
  private testActive(event: TwinEvent): void {
    const active = payload.apicv_active(event);
    if (event.vcpu === null || active === null) return;
    const before = this.shown.get(event.vcpu);
    this.shown.set(event.vcpu, { active: active !== 0, seq: event.seq, isRefresh: false });
    if (before !== undefined && before.active !== (active !== 0) && this.seesRefresh)
      this.doubt("C10", event, [before.seq]);
  }

  /** Whether AVIC is active on the vCPU is not known. */
  private doubt(
    id: "C7" | "C10",
    event: TwinEvent,
    others: readonly (number | undefined)[],
    about: Doubt = {},
  ): void {
    const { vcpu = event.vcpu } = about;
    this.at.report(id, event, others, about);
    if (vcpu !== null) this.at.kernel.model.vcpu(vcpu).active = null;
  }

  /** C7: svm_vcpu_load() and put call AVIC's functions first, or not at all. */
  private testInner(event: TwinEvent): void {
    const { task, kind } = event;
    if (task === null || ASIDES.has(kind)) return;
    const moving = this.moving.get(task);
    this.moving.delete(task);
    if (this.calls(kind) && event.vcpu !== null)
      this.moving.set(task, { outer: event, before: this.shown.get(event.vcpu) });
    if (moving !== undefined) this.testCalled(moving, event);
    else if (this.isInnermost(event)) this.testCaller(event);
  }

  /** Since the series a block or unblock calls an inner function, which is no event. */
  private calls(kind: number): boolean {
    const isMove = kind === KIND.vcpu_loaded || kind === KIND.vcpu_put;
    const isShown = isMove || !this.at.kernel.rules.togglesInOneWrite;
    return this.seesBoth && isShown && INNER[kind] !== undefined;
  }

  private testCalled({ outer, before }: Moving, event: TwinEvent): void {
    const { vcpu } = outer;
    if (vcpu === null) return;
    const isCalled = event.kind === INNER[outer.kind] && event.vcpu === vcpu;
    if (outer.kind === KIND.vcpu_blocking || outer.kind === KIND.vcpu_unblocking) {
      this.testNested(outer, event, isCalled);
      return;
    }
    const { seq } = isCalled ? event : outer;
    // The task may go on long after: what was shown meanwhile counts.
    if (this.shown.get(vcpu) === before)
      this.shown.set(vcpu, { active: isCalled, seq, isRefresh: false });
    if (before === undefined || before.active === isCalled) return;
    if (this.seesRefresh || (!isCalled && !this.inhibits.isInhibited))
      this.doubt("C7", event, [before.seq, outer.seq], { vcpu, root: outer.seq });
  }

  /** Some builds inline the function of AVIC in a block or unblock: then none of the recording shows it. */
  private testNested(outer: TwinEvent, event: TwinEvent, isCalled: boolean): void {
    if (isCalled && !this.nested.has(outer.kind)) this.isNested(outer.kind);
    if (isCalled || payload.apicv_active(outer) !== 1) return;
    if (this.nested.has(outer.kind)) this.reportFlat(outer, event);
    else if (this.flat.length < FLAT_MAX) this.flat.push([outer, event]);
  }

  /** The build does not inline it: where it was not seen, its line is missing. */
  private isNested(kind: number): void {
    this.nested.add(kind);
    for (const [outer, next] of this.flat) if (outer.kind === kind) this.reportFlat(outer, next);
  }

  private reportFlat({ vcpu, seq }: TwinEvent, next: TwinEvent): void {
    this.at.report("C7", next, [seq], { vcpu, root: seq });
  }

  private isInnermost({ kind }: TwinEvent): boolean {
    return kind === KIND.avic_vcpu_loaded || kind === KIND.avic_vcpu_put;
  }

  /** A load or put of AVIC that no function called. */
  private testCaller(event: TwinEvent): void {
    const { before } = this.at;
    if (event.cause_seq !== null || before === undefined || !this.seesBoth) return;
    if (event.task !== null) this.uncalled.set(event.task, event.seq);
    if (!this.at.seesAll(PROBE.avic_blocking, PROBE.avic_unblocking)) return;
    // Before the series a refresh calls them as well.
    if (!this.at.sees(PROBE.avic_refresh) && !this.at.kernel.rules.togglesInOneWrite) return;
    this.at.report("C7", event, [before.seq], { root: event.seq });
  }
}
