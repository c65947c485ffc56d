// What a kernel that follows the rules would be doing: its data (model.ts), and the functions under way
// on its tasks with the writes that they owe. decide.ts moves it on.

import { payload } from "../events/payload.js";
import { type Call, type Op, type Single, type Step, type Walk } from "./calls.js";
import { KIND } from "../events/kinds.js";
import { type TwinEvent, type CallReturn } from "../events/event.js";
import { destinationOf } from "../amd/irte.js";
import { type IrteBits, agrees, isComplete } from "../bits.js";
import { Irqfds } from "./irqfds.js";
import { Model, type IrteModel, type VcpuModel } from "./model.js";
import { Operations } from "../amd/operations.js";
import { type Difference, type Rules } from "../amd/releases.js";
import { irteKey, type Seq } from "../ids.js";

/** Names of a vCPU as a GA tag has them. */
export type TagNames = (vcpu: number) => { vm_id: number; field: number } | null;

/** May be preempted, and go on elsewhere. Updates run under irqfds.lock, with interrupts off. */
const PREEMPTIBLE = new Set<number>([
  KIND.host_irq_activated,
  KIND.host_irq_deactivated,
  KIND.host_affinity_set,
]);

/** Events that a task prints while another function of it is under way. */
const ASIDES = new Set<number>([
  KIND.host_irq_handled,
  KIND.ga_log_entry,
  KIND.irq_accepted,
  KIND.host_vector_assigned,
]);

export class Kernel {
  readonly rules: Rules;
  readonly model: Model;
  readonly ops: Operations;
  readonly names: TagNames;
  /** The function under way, by task. */
  readonly calls = new Map<number, Call>();
  /** Those that may still owe something, or have touched what is not looked at yet. */
  readonly open = new Set<Call>();
  /** The function that runs on a CPU with interrupts off: another task there means it is over. */
  readonly onCpu = new Map<number, Call>();
  readonly irqfds = new Irqfds();
  /** Lines of returns, by the event of the call's entry. */
  private readonly returns = new Map<Seq, number>();
  /** What the event that is being decided demands. */
  demanded: Step[] = [];

  constructor(rules: Rules, apicOfCpu: ReadonlyMap<number, number>, names: TagNames) {
    this.rules = rules;
    this.model = new Model(apicOfCpu);
    this.ops = new Operations(rules, this.model);
    this.names = names;
  }

  keyOf({ segment, devid, irte_index }: TwinEvent): number | null {
    return devid === null || irte_index === null ? null : irteKey(segment ?? 0, devid, irte_index);
  }

  irteOf(event: TwinEvent): IrteModel | null {
    const key = this.keyOf(event);
    return key === null ? null : this.model.irte(key);
  }

  /** The event's IRTE, which its host IRQ is bound to. */
  bindIrq(event: TwinEvent): IrteModel | null {
    const irte = this.irteOf(event);
    if (irte !== null && event.host_irq !== null) irte.host_irq = event.host_irq;
    return irte;
  }

  vcpuOf(event: TwinEvent): VcpuModel | null {
    if (event.vcpu === null) return null;
    const vcpu = this.model.vcpu(event.vcpu);
    vcpu.lastEvent = event.seq;
    return vcpu;
  }

  /** The call that an event belongs to; a new one where it is outermost. */
  callOf(event: TwinEvent): Call {
    const root = event.cause_seq ?? event.seq;
    const task = event.task ?? -1;
    let call = this.calls.get(task);
    if (call?.root !== root) {
      call = newCall(root, event);
      this.calls.set(task, call);
    }
    call.last = event.seq;
    this.open.add(call);
    return call;
  }

  /**
   * The line at which the call that this event entered returned; null where no return probe shows it. In a
   * timeline's first log version an event carries it; since then it is told with `returned`.
   */
  returnOf(event: TwinEvent): number | null {
    const line = payload.returned_line(event) ?? this.returns.get(event.seq) ?? null;
    this.returns.delete(event.seq);
    return line;
  }

  /** Takes the returns of calls whose entries are still to come. */
  returned(returns: Iterable<CallReturn>): void {
    for (const { seq, line } of returns) this.returns.set(seq, line);
  }

  /** Events are or were lost: what could have changed unseen is not known any more. */
  forget(): void {
    this.model.forget();
    this.calls.clear();
    this.open.clear();
    this.onCpu.clear();
    this.irqfds.forget();
  }

  /** The functions that are over by the time of the event: what they owe is due. */
  *ended(event: TwinEvent): IterableIterator<Call> {
    const { task, kind, cpu, line } = event;
    for (const call of this.open) {
      if (call.returned !== null && line > call.returned) {
        call.returned = null;
        yield call;
      }
    }
    const running = this.onCpu.get(cpu);
    if (running !== undefined && running.task !== task) {
      yield running;
      this.onCpu.delete(cpu);
    }
    if (task === null || ASIDES.has(kind)) return;
    const call = this.calls.get(task);
    if (call === undefined || isPartOf(call, event)) return;
    yield call;
    this.calls.delete(task);
  }

  /** The event's function walks the vCPU's ir_list and does `op` to each element; `sure`: it must. */
  walk(event: TwinEvent, rule: string, vcpu: VcpuModel, op: Op, sure = true): void {
    const step: Walk = {
      type: "walk",
      rule,
      vcpu,
      op,
      atEntry: vcpu.list,
      demandedBy: event.seq,
      due: new Set(sure ? vcpu.list.filter((key) => this.writes(key, op)) : []),
      done: new Map(),
      skipped: new Set(),
      early: null,
    };
    const call = this.demand(event, step);
    call.target = vcpu.vcpu;
    call.walks = true;
    this.onCpu.set(event.cpu, call);
  }

  private writes(key: number, op: Op): boolean {
    const irte = this.model.irte(key);
    return op(irte, irte.shadow) !== null;
  }

  /** The event's function does `op` to one IRTE. `owed`: by default if it would write now. */
  single(event: TwinEvent, rule: string, irte: IrteModel, op: Op, owed?: Single["owed"]): void {
    const call = this.demand(event, this.newSingle(event, rule, irte, op, owed));
    call.isForOne = true;
    if (!PREEMPTIBLE.has(event.kind)) this.onCpu.set(event.cpu, call);
  }

  /** T3 of the event's function, by a row of the table, if no other event tells the driver what to do. */
  presumeUnposting(event: TwinEvent, irte: IrteModel, row: Difference): void {
    const step = this.newSingle(event, "T3", irte, this.ops.deactivate());
    this.callOf(event).presumed.push({ ...step, row });
  }

  private newSingle(
    { seq }: TwinEvent,
    rule: string,
    irte: IrteModel,
    op: Op,
    owed?: Single["owed"],
  ): Single {
    const isDue = this.writes(irte.key, op);
    const owedBy = owed ?? (() => isDue);
    return { type: "single", rule, irte, op, demandedBy: seq, owed: owedBy, row: null };
  }

  private demand(event: TwinEvent, step: Step): Call {
    const call = this.callOf(event);
    call.steps.push(step);
    this.demanded.push(step);
    return call;
  }

  /**
   * The rules by which a function without a probe would have written these very bits on this CPU, where
   * all 128 can be told from the entry before, the CPU and irq_cfg; null = none, or not all.
   */
  ruleByBits(irte: IrteModel, cpu: number, seen: IrteBits): string | null {
    const blocks = this.rules.logsOnlyBlocking;
    const able: readonly (readonly [rule: string, op: Op])[] = [
      ["T4/T7", this.ops.update(this.model.apic(cpu), false)],
      [blocks ? "T5" : "T5/T6", this.ops.update(-1, false)],
      ["T6", this.ops.update(-1, true)],
      ["T2/T3/T8", this.ops.deactivate()],
      ["T11", this.ops.valid(true)],
      ["T11", this.ops.valid(false)],
    ];
    for (const [rule, op] of able) {
      const predicted = op(irte, irte.shadow);
      if (predicted === null || predicted === "unknown" || !agrees(predicted, seen)) continue;
      if (isComplete(predicted)) return rule;
      // The first write by a CPU shows its APIC ID: the next ones can be told.
      if (rule === "T4/T7") this.model.learnApic(cpu, destinationOf(seen));
    }
    return null;
  }

  /** Another function that loads, puts or toggles this vCPU is under way. */
  isInTransition(vcpu: VcpuModel, own: Call): boolean {
    for (const call of this.open) {
      if (call === own) continue;
      if (call.steps.some((step) => step.type === "walk" && step.vcpu === vcpu)) return true;
    }
    return false;
  }
}

function newCall(root: number, { task, cpu, seq, kind, cause_seq }: TwinEvent): Call {
  return {
    root,
    task,
    isOrphan: kind === KIND.vcpu_affinity_set && cause_seq === null,
    cpu,
    steps: [],
    atEnd: [],
    walks: false,
    isForOne: false,
    touched: new Set(),
    returned: null,
    stray: null,
    last: seq,
    presumed: [],
    untargeted: new Set(),
    spared: new Map(),
    deassigns: false,
    vector: null,
    routed: null,
    target: null,
  };
}

/** Did the function print the event? */
export function isPartOf({ root, isOrphan }: Call, { cause_seq, kind }: TwinEvent): boolean {
  return cause_seq === root || (isOrphan && cause_seq === null && kind === KIND.irte_written);
}
