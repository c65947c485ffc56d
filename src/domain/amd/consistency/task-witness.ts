// Which vCPU a task is at work on: svm_vcpu_load() makes it the task's own, and svm_vcpu_put() ends that. What the task
// does for a vCPU meanwhile it does for this one.

import { type TwinEvent } from "../../events/event.js";
import { KIND } from "../../events/kinds.js";
import { type Seq, type VcpuRow } from "../../values/ids.js";
import { PROBE } from "../probes/probes.js";
import { type Witness, type WitnessContext } from "./witness.js";

/** Functions that a task calls for the vCPU that it has loaded. */
const OF_LOADED = new Set<number>([
  KIND.vcpu_put,
  KIND.avic_vcpu_loaded,
  KIND.avic_vcpu_put,
  KIND.vcpu_blocking,
  KIND.vcpu_unblocking,
  KIND.avic_refreshed,
]);

/** What is known of a task. */
interface TaskState {
  /** Its last load or put. */
  readonly moved: TwinEvent;
  /** The vCPU that it has loaded or put last, as its lines show it. */
  readonly vcpu: VcpuRow | null;
  /** The one that it had loaded before. */
  readonly before: VcpuRow | null;
}

/** Watches the vCPUs that tasks have loaded (C16). */
export class TaskWitness implements Witness {
  private readonly at: WitnessContext;
  private readonly seesMoves: boolean;
  private readonly tasks = new Map<number, TaskState>();
  private readonly seen = new Set<VcpuRow>();
  /** A VM may have come to the address of another one unseen: a line with its avic_vm_id shows that late. */
  private mayBeRenamed: boolean;

  /** `at`: what all witnesses of the recording use. */
  constructor(at: WitnessContext) {
    this.at = at;
    this.seesMoves = at.seesAll(PROBE.svm_vcpu_load, PROBE.svm_vcpu_put);
    this.mayBeRenamed = !at.sees(PROBE.vm_init) && !at.sees(PROBE.avic_vm_init_ret);
  }

  observe(event: TwinEvent): void {
    const { task, kind, vcpu } = event;
    if (task === null || !this.seesMoves) return;
    this.testCpu(event, this.tasks.get(task));
    if (vcpu === null) return;
    const state = this.stateOf(task, vcpu);
    if (state !== undefined && isWrong(event, state)) this.contradict(event, task, vcpu, state);
    else if (kind === KIND.vcpu_loaded)
      this.tasks.set(task, { moved: event, vcpu, before: state?.vcpu ?? null });
    else if (kind === KIND.vcpu_put && state !== undefined)
      this.tasks.set(task, { ...state, moved: event });
  }

  forget(): void {
    this.tasks.clear();
    this.mayBeRenamed = true;
  }

  /** C5: a task that goes to another CPU puts its vCPU first, and loads it there. */
  private testCpu(event: TwinEvent, state: TaskState | undefined): void {
    const moved = state?.moved;
    if (moved?.kind !== KIND.vcpu_loaded || moved.cpu === event.cpu) return;
    if (event.kind === KIND.vcpu_loaded || event.kind === KIND.events_lost) return;
    const root = event.cause_seq ?? event.seq;
    this.at.report("C5", event, [moved.seq], { root, vcpu: state?.vcpu ?? null });
  }

  /** A vCPU that shows up now may be the one that the task has loaded, by the name of its own VM. */
  private stateOf(task: number, vcpu: VcpuRow): TaskState | undefined {
    const state = this.tasks.get(task);
    const isNew = !this.seen.has(vcpu);
    this.seen.add(vcpu);
    if (state === undefined || !isNew || !this.mayBeRenamed) return state;
    const renamed = { ...state, vcpu };
    this.tasks.set(task, renamed);
    return renamed;
  }

  /** What was said of either vCPU may be of the other one. */
  private contradict(event: TwinEvent, task: number, vcpu: VcpuRow, state: TaskState): void {
    const { moved, before, vcpu: loaded } = state;
    this.report(event, moved, event.cause_seq ?? event.seq, vcpu);
    if (loaded !== null && loaded !== vcpu) this.report(event, moved, moved.seq, loaded);
    const isMove = event.kind === KIND.vcpu_loaded || event.kind === KIND.vcpu_put;
    // The line of the load is the wrong one, where the task is back at the vCPU that it had before.
    const isOwn = event.kind === KIND.vcpu_loaded || vcpu === before;
    if (!isOwn && vcpu !== loaded) this.at.disbelieve(event);
    this.tasks.set(task, {
      moved: isMove ? event : moved,
      vcpu: isOwn ? vcpu : loaded,
      before: isOwn ? loaded : before,
    });
  }

  private report(event: TwinEvent, moved: TwinEvent, root: Seq, vcpu: VcpuRow): void {
    this.at.report("C16", event, [moved.seq], { root, vcpu });
    this.at.doubtVcpu(vcpu);
  }
}

/** avic_vcpu_put() is called by svm_vcpu_put(), so after its line. */
function isWrong({ kind, vcpu }: TwinEvent, { moved, vcpu: loaded }: TaskState): boolean {
  const isLoaded = moved.kind === KIND.vcpu_loaded;
  if (kind === KIND.vcpu_loaded) return isLoaded;
  if (!OF_LOADED.has(kind)) return false;
  return vcpu !== loaded || (!isLoaded && kind !== KIND.avic_vcpu_put);
}
