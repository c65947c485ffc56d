// The IRTEs of a recording that shows none of their writes, as the rules have them: each write that
// an event demands is taken as made at the event that demands it. Three-valued bit by bit: what may or
// may not have been written, or was written in an order that the events do not tell, is not known.

import { type IrteKey } from "../../values/ids.js";
import {
  type PredictedIrte,
  type Predictor,
  type Sees,
  type HostFacts,
} from "../../platform/platform.js";
import { newAmdKernel } from "../rules/rules.js";
import { type AmdKernel } from "../rules/amd-kernel.js";
import { payload } from "../../events/payload.js";
import { type Call, type Single, type Step, type Walk } from "../../model/calls.js";
import { SECOND_WRITE } from "../rules/routing-rules.js";
import { byKind } from "../../events/by-kind.js";
import { KIND } from "../../events/kinds.js";
import { type TwinEvent, type CallReturn, irteKeyOf } from "../../events/event.js";
import { type VcpuModel } from "../../model/model.js";
import { type Rules } from "../releases/releases.js";
import { PredictedIrtes, type Author, type Bits } from "./predicted-irtes.js";
import { IrteLifeCycle } from "./irte-life-cycle.js";
import { VisibleBits } from "./visible-bits.js";

/** The second write of a posting (before the series), due when the function is over. */
interface Second {
  readonly step: Single;
  readonly vcpu: VcpuModel;
  readonly lastEvent: number | null;
  /** Whether the vCPU ran; null = not known, or about to change. */
  readonly running: boolean | null;
}

/** What is kept of a function under way. */
interface Notes {
  cause: number | null;
  seconds: Second[];
  /** PredictedIrtes as they were before amd_ir_set_vcpu_affinity(), unless an event confirmed it. */
  readonly before: Map<number, Bits & { readonly posts: boolean }>;
  /** The IRTE whose producer it removes. */
  removed: number | null;
}

type IsSure = (vcpu: VcpuModel, event: TwinEvent) => boolean;

/** Did the function do what the rules say; false = what decides it was not observed. */
const SURE: readonly (IsSure | undefined)[] = byKind<IsSure>({
  [KIND.avic_vcpu_loaded]: ({ blocking }) => blocking !== null,
  [KIND.avic_vcpu_put]: ({ running }, { words }) => words > 0 || running !== null,
  [KIND.vcpu_blocking]: ({ active }, event) =>
    payload.apicv_active(event) !== null || active !== null,
  [KIND.vcpu_unblocking]: ({ active }, event) =>
    payload.apicv_active(event) !== null || active !== null,
});

const NONE_CHANGED: readonly PredictedIrte[] = [];

/** Takes each write that the rules demand as made. */
export class AmdPredictor implements Predictor {
  private readonly kernel: AmdKernel;
  private readonly visible: VisibleBits;
  private readonly entries: PredictedIrtes;
  private readonly lifeCycle: IrteLifeCycle;
  private readonly notes = new WeakMap<Call, Notes>();
  private readonly settleOne = (call: Call): void => {
    this.settle(call);
  };

  /** `sees`: has the recording a line of that name. */
  constructor(rules: Rules, sees: Sees, host: HostFacts) {
    // No names: the GA tag is the one that the driver was told, not what it should have been.
    this.kernel = newAmdKernel(rules, host, () => undefined);
    this.visible = new VisibleBits(rules, sees);
    this.entries = new PredictedIrtes(this.kernel);
    this.lifeCycle = new IrteLifeCycle(this.kernel, this.entries, this.visible);
  }

  /** Takes the next event, and returns the entries that are others now, or known otherwise. */
  advance(event: TwinEvent): readonly PredictedIrte[] {
    const { kernel, entries } = this;
    kernel.settleEnded(event, this.settleOne);
    if (this.visible.observe(event)) for (const key of entries.keys()) entries.changed.add(key);
    const vcpu = event.vcpu === null ? null : kernel.model.vcpu(event.vcpu);
    const sure = vcpu === null || (SURE[event.kind]?.(vcpu, event) ?? true);
    this.lifeCycle.before(event);
    this.before(event, vcpu);
    for (const step of kernel.advance(event)) this.perform(event, step, sure);
    this.after(event);
    this.lifeCycle.after(event);
    if (entries.changed.size === 0) return NONE_CHANGED;
    const changed = [...entries.changed].map((key) => this.known(key));
    entries.changed.clear();
    return changed;
  }

  /** Takes the returns of calls whose entries are still to come. */
  returned(returns: Iterable<CallReturn>): void {
    this.kernel.returned(returns);
  }

  private known(key: IrteKey): PredictedIrte {
    const { table, cause, cause_seq } = this.entries.get(key);
    return { key, bits: this.visible.visible(table), cause, cause_seq };
  }

  private notesOf(call: Call): Notes {
    let notes = this.notes.get(call);
    if (notes === undefined) {
      notes = { cause: null, seconds: [], before: new Map(), removed: null };
      this.notes.set(call, notes);
    }
    return notes;
  }

  private authorOf(call: Call): Author {
    return { cause: this.notesOf(call).cause, cause_seq: call.root, call };
  }

  private before(event: TwinEvent, vcpu: VcpuModel | null): void {
    if (event.kind === KIND.call_failed && payload.of_kind(event) === KIND.vcpu_affinity_set)
      this.refuse(event);
    // Whether it toggled AVIC on or off could not be read.
    if (event.kind === KIND.avic_refreshed && vcpu !== null && payload.apicv_active(event) === null)
      this.entries.forget(vcpu.list);
  }

  private after(event: TwinEvent): void {
    const { kernel } = this;
    if (event.kind === KIND.events_lost) this.lose();
    if (event.kind === KIND.producer_removed)
      this.notesOf(kernel.callOf(event)).removed = irteKeyOf(event);
    if (event.kind !== KIND.pi_update_decided) return;
    // It prints after a success, and after svm_ir_list_add().
    const call = kernel.callOf(event);
    const key = irteKeyOf(event);
    if (payload.enabled(event) === 1 && key !== null) this.notesOf(call).before.delete(key);
    this.writeSeconds(call);
  }

  /** Events were lost: nothing is known, of functions under way and of the lists either. */
  private lose(): void {
    this.entries.forget(this.entries.keys());
    this.kernel.forget();
  }

  private perform(event: TwinEvent, step: Step, sure: boolean): void {
    const call = this.kernel.callOf(event);
    const notes = this.notesOf(call);
    notes.cause ??= event.cause;
    if (step.type === "walk") this.walk(step, sure, call);
    else if (step.rule === SECOND_WRITE) this.postpone(step, call, notes);
    else this.writeSingle(event, step, call, notes);
  }

  private walk(step: Walk, sure: boolean, call: Call): void {
    for (const key of step.atEntry) {
      if (step.vcpu.corrupt) this.entries.forget([key]);
      else this.entries.write(key, step.op, sure, this.authorOf(call));
    }
    // What another task is about to link may be on the list already.
    for (const other of this.kernel.calls.values()) {
      for (const { step: second, vcpu } of this.notesOf(other).seconds) {
        if (vcpu === step.vcpu)
          this.entries.write(second.irte.key, step.op, false, this.authorOf(call));
      }
    }
  }

  private writeSingle(event: TwinEvent, step: Single, call: Call, notes: Notes): void {
    const { key } = step.irte;
    const isUpdate = event.kind === KIND.vcpu_affinity_set;
    const posts = isUpdate && payload.is_guest_mode(event) === 1;
    const { table, shadow } = this.entries.get(key);
    if (isUpdate) notes.before.set(key, { table, shadow, posts });
    this.entries.write(key, step.op, true, this.authorOf(call));
    if (!posts) return;
    // Whose loads and puts write it from now on is not known, or two say it differently.
    const isKnown = event.vcpu !== null || call.target !== null;
    if (isKnown && (event.vcpu ?? call.target) === (call.target ?? event.vcpu)) return;
    this.kernel.model.unlink(key);
    this.entries.forget([key]);
  }

  private postpone(step: Single, call: Call, notes: Notes): void {
    const vcpu = call.target === null ? null : this.kernel.model.vcpu(call.target);
    if (vcpu === null) return;
    const running = this.kernel.isInTransition(vcpu, call) ? null : vcpu.running;
    notes.seconds.push({ step, vcpu, lastEvent: vcpu.lastEvent, running });
    // Until then it may be made any time.
    if (running !== false) this.entries.write(step.irte.key, step.op, false, this.authorOf(call));
  }

  /** svm_ir_list_add(): its write of the CPU, if the vCPU ran all the while. */
  private writeSeconds(call: Call): void {
    const notes = this.notesOf(call);
    for (const { step, vcpu, lastEvent, running } of notes.seconds) {
      const isQuiet = vcpu.lastEvent === lastEvent && !this.kernel.isInTransition(vcpu, call);
      if (isQuiet && running === false) continue;
      const sure = isQuiet && running === true;
      this.entries.write(step.irte.key, step.op, sure, this.authorOf(call));
    }
    notes.seconds = [];
  }

  /** amd_ir_set_vcpu_affinity() failed: it wrote nothing, and nothing is linked. */
  private refuse(event: TwinEvent): void {
    const { kernel, entries } = this;
    const key = irteKeyOf(event);
    if (key === null) return;
    const call = kernel.callOf(event);
    const notes = this.notesOf(call);
    const before = notes.before.get(key);
    notes.before.delete(key);
    notes.seconds = [];
    if (kernel.rules.unlinksFirst) kernel.model.unlink(key);
    if (before === undefined || entries.get(key).call !== call) entries.forget([key]);
    else entries.set(key, before, this.authorOf(call));
  }

  /** The function is over. */
  private settle(call: Call): void {
    const { kernel, entries } = this;
    const notes = this.notesOf(call);
    this.writeSeconds(call);
    for (const [key, before] of notes.before) {
      // Nothing shows that the driver did not refuse it.
      if (before.posts && !this.visible.seesRefusal) entries.join(key, before, this.authorOf(call));
    }
    const { atEnd } = call;
    call.atEnd = [];
    call.steps = [];
    for (const link of atEnd) link();
    for (const key of call.touched) entries.race(key, this.authorOf(call));
    call.touched.clear();
    const holder = notes.removed === null ? null : kernel.model.holderOf(notes.removed);
    // Disconnected and still linked: the element is freed sooner or later, and stays on the list.
    if (holder !== null) holder.corrupt = true;
    this.notes.delete(call);
  }
}
