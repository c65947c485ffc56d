// What a kernel that follows the rules would be doing: its data (model.ts, irqfds.ts), and the functions
// under way on its tasks with the writes that they owe. The platform's rules move it on.

import { irteKeyOf, isAfterReturn, type CallReturn, type TwinEvent } from "../events/event.js";
import { IS_OF_INTERRUPT, KIND } from "../events/kinds.js";
import { payload } from "../events/payload.js";
import { routeKey, type IrteKey, type Seq } from "../values/ids.js";
import {
  newCall,
  isPartOf,
  type Call,
  type Op,
  type Single,
  type Step,
  type Walk,
} from "./calls.js";
import { Irqfds, type Route } from "./irqfds.js";
import { type IrteModel, type Model, type VcpuModel } from "./model.js";

/** May be preempted, and go on elsewhere. Updates run under irqfds.lock, with interrupts off. */
const PREEMPTIBLE = new Set<number>([
  KIND.host_irq_activated,
  KIND.host_irq_deactivated,
  KIND.host_affinity_set,
]);

/** What a write is demanded for besides its rule. */
export interface Demand {
  /** Is it owed? Default: if it would write when it is demanded. */
  readonly owed?: Single["owed"];
  /** The known bug that making it shows. */
  readonly bug?: string;
}

/** The kernel's data and its functions under way. */
export class Kernel<TheModel extends Model = Model> {
  /** Entries and vCPUs. */
  readonly model: TheModel;
  /** The irqfds. */
  readonly irqfds = new Irqfds();
  /** The function under way, by task. */
  readonly calls = new Map<number, Call>();
  /** Those that may still owe something, or have touched what is not looked at yet. */
  readonly open = new Set<Call>();
  /** The function that runs on a CPU with interrupts off: another task there means it is over. */
  private readonly onCpu = new Map<number, Call>();
  /** The tasks of which a function was seen. */
  private readonly tasks = new Set<number>();
  /** Those of which one was seen that is no part of another one. */
  private readonly callers = new Set<number>();
  /** Returns, by the event of the call's entry. */
  private readonly returns = new Map<Seq, CallReturn>();
  /** What the event that the rules are at demands. */
  protected demanded: Step[] = [];
  /** Entries whose route that event changed. */
  protected rerouted: IrteKey[] = [];

  /** `model`: nothing is known in it yet. */
  constructor(model: TheModel) {
    this.model = model;
  }

  /** The entry that the event names; null where it names none. */
  irteOf(event: TwinEvent): IrteModel | null {
    const key = irteKeyOf(event);
    return key === null ? null : this.model.irte(key);
  }

  /** The same, and from now on it has the event's host IRQ. */
  bindIrq(event: TwinEvent): IrteModel | null {
    const irte = this.irteOf(event);
    if (irte !== null && event.host_irq !== null) irte.host_irq = event.host_irq;
    return irte;
  }

  /** The vCPU that the event names; null where it names none. */
  vcpuOf(event: TwinEvent): VcpuModel | null {
    if (event.vcpu === null) return null;
    const vcpu = this.model.vcpu(event.vcpu);
    vcpu.lastEvent = event.seq;
    return vcpu;
  }

  /** The route of the GSI that an entry serves; undefined = not shown, or it serves none. */
  routeOf({ connection }: IrteModel): Route | undefined {
    if (connection === undefined) return undefined;
    return this.irqfds.routeOf(routeKey(connection.vm, connection.gsi));
  }

  /**
   * Was a function of this task seen that no other one calls? If not, one may be under way that began before the recording:
   * what was seen may have been a part of it.
   */
  hasCalled(task: number | null): boolean {
    const call = this.calls.get(task ?? -1);
    return this.callers.has(task ?? -1) || call?.mayBeInner === false;
  }

  /** The call that an event belongs to; a new one where it is outermost. */
  callOf(event: TwinEvent): Call {
    const root = event.cause_seq ?? event.seq;
    const task = event.task ?? -1;
    let call = this.calls.get(task);
    if (call?.root !== root) {
      if (call !== undefined) this.noteEnded(call, task);
      call = newCall(root, event, !this.tasks.has(task));
      this.tasks.add(task);
      this.calls.set(task, call);
    }
    call.last = event.seq;
    call.isOver = false;
    this.open.add(call);
    return call;
  }

  /** The event enters a call: its return ends it. */
  enter(call: Call, event: TwinEvent): void {
    call.returned = this.returnOf(event);
    call.entered = call.returned === null ? event.seq : null;
  }

  /** Takes returns of calls whose entries were seen already. `returnOf`: that of an entry; null = it is not known. */
  returnedLate(returnOf: (entry: Seq) => CallReturn | null): void {
    for (const call of this.open) {
      if (call.entered === null) continue;
      call.returned = returnOf(call.entered);
      if (call.returned !== null) call.entered = null;
    }
  }

  /**
   * The return of the call that this event entered; null where no return probe shows it. In the first version of
   * a timeline's log an event carries it; since then `returned` tells it.
   */
  private returnOf(event: TwinEvent): CallReturn | null {
    const { seq } = event;
    const line = payload.returned_line(event);
    const returned = line === null ? (this.returns.get(seq) ?? null) : { seq, line };
    this.returns.delete(seq);
    return returned;
  }

  /** Takes the returns of calls whose entries are still to come. */
  returned(returns: Iterable<CallReturn>): void {
    for (const each of returns) this.returns.set(each.seq, each);
  }

  /** Events are or were lost: what could have changed unseen is not known any more. */
  forget(): void {
    this.model.forget();
    this.irqfds.forget();
    this.calls.clear();
    this.open.clear();
    this.onCpu.clear();
    this.tasks.clear();
    this.callers.clear();
  }

  /** Settles the functions that are over by the time of the event: what they owe is due. */
  settleEnded(event: TwinEvent, settle: (call: Call) => void): void {
    const { task, kind, cpu } = event;
    for (const call of this.open) {
      if (call.returned !== null && isAfterReturn(event, call.returned)) {
        call.returned = null;
        settle(call);
      }
    }
    const running = this.onCpu.get(cpu);
    if (running !== undefined && running.task !== task) {
      settle(running);
      this.onCpu.delete(cpu);
    }
    if (task === null || IS_OF_INTERRUPT.has(kind)) return;
    const call = this.calls.get(task);
    if (call === undefined || isPartOf(call, event)) return;
    settle(call);
    this.noteEnded(call, task);
    this.calls.delete(task);
  }

  /** Another function that loads, puts or toggles this vCPU is under way. */
  isInTransition(vcpu: VcpuModel, own: Call): boolean {
    for (const call of this.open) {
      if (call === own) continue;
      if (call.steps.some((step) => step.type === "walk" && step.vcpu === vcpu)) return true;
    }
    return false;
  }

  /** The event's function walks the vCPU's list and does `op` to each element; `isSure`: it must. */
  walk(event: TwinEvent, rule: string, vcpu: VcpuModel, op: Op, isSure = true): void {
    const step: Walk = {
      type: "walk",
      rule,
      vcpu,
      op,
      atEntry: vcpu.list,
      demandedBy: event.seq,
      due: new Set(isSure ? vcpu.list.filter((key) => this.writes(key, op)) : []),
      done: new Map(),
      skipped: new Set(),
      early: null,
    };
    const call = this.demand(event, step);
    call.target = vcpu.vcpu;
    call.walks = true;
    this.onCpu.set(event.cpu, call);
  }

  /** The event's function does `op` to one entry. */
  single(event: TwinEvent, rule: string, irte: IrteModel, op: Op, demand: Demand = {}): void {
    const call = this.demand(event, this.newSingle(event, rule, irte, op, demand));
    call.isForOne = true;
    if (!PREEMPTIBLE.has(event.kind)) this.onCpu.set(event.cpu, call);
  }

  /** The event's function does `op`, because of a difference, if no other event tells the driver what to do. */
  presume(event: TwinEvent, rule: string, irte: IrteModel, op: Op, row: string): void {
    const step = this.newSingle(event, rule, irte, op, {});
    this.callOf(event).presumed.push({ ...step, row });
  }

  /** Entries whose route was changed by the event that the rules were at last. */
  takeRerouted(): readonly IrteKey[] {
    return this.rerouted.length === 0 ? this.rerouted : this.rerouted.splice(0);
  }

  private noteEnded({ mayBeInner }: Call, task: number): void {
    if (!mayBeInner) this.callers.add(task);
  }

  private writes(key: IrteKey, op: Op): boolean {
    const irte = this.model.irte(key);
    return op(irte, irte.shadow) !== null;
  }

  private newSingle(
    { seq }: TwinEvent,
    rule: string,
    irte: IrteModel,
    op: Op,
    { owed, bug }: Demand,
  ): Single {
    const isDue = this.writes(irte.key, op);
    const owedBy = owed ?? (() => isDue);
    const others = { row: null, bug: bug ?? null };
    return { type: "single", rule, irte, op, demandedBy: seq, owed: owedBy, ...others };
  }

  private demand(event: TwinEvent, step: Step): Call {
    const call = this.callOf(event);
    call.steps.push(step);
    this.demanded.push(step);
    return call;
  }
}
