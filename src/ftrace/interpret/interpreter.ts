// Reads one line's payload in the light of what came before on its task, and makes the event. What
// each name's payload says stands in readers/; here is what all of them use.

import { setPayload } from "../../domain/events/payload.js";
import { type EventDraft, newDraft } from "../../domain/events/stored-event.js";
import { KIND } from "../../domain/events/kinds.js";
import { type TwinEvent, type CallReturn } from "../../domain/events/event.js";
import { RULES, type Rules, type RulesId } from "../../domain/amd/releases.js";
import { type ProbeName } from "../../domain/amd/probes.js";
import { type FrameKind } from "../../domain/amd/probes/frames.js";
import { FIELD, Fields } from "../text/fields.js";
import { Line } from "../text/line.js";
import { World, type FirstIds, type Task, type VmRow } from "./world.js";

const OPEN_PAREN = 0x28;

/** What a line turned out to be; a rejected one says why. */
export type Outcome = "event" | "unused" | { readonly rejected: string };

/** Largest remapping table (amd_iommu_types.h, 2K entries since 6.16). */
const IRTES_MAX = 2048;

/** Reads the line that the interpreter stands at. */
export type Reader = (at: Interpreter) => Outcome;

/** Readers by the name of the probe or tracepoint. */
export type Readers = Readonly<Partial<Record<ProbeName, Reader>>>;

export class Interpreter {
  readonly line = new Line();
  readonly world: World;
  /** The task that printed the line; set before a reader is called. */
  task!: Task;
  private made: EventDraft | null = null;
  private readonly lazyFields = new Fields();
  private isRead = false;
  readonly rules: Rules | null;
  private readonly series: "before" | "after";
  private seq: number;
  lineNumber = 0;
  /** Calls that ended since the list was last emptied. */
  returns: CallReturn[] = [];

  constructor(rules: RulesId | null, first: FirstIds & { readonly seq: number }) {
    this.world = new World(first);
    this.rules = rules === null ? null : RULES[rules];
    this.series = this.rules?.series ?? "before";
    this.seq = first.seq;
  }

  /** The event that the last reader made, if it made one. */
  get lastMade(): TwinEvent | null {
    return this.made;
  }

  /** The seq that the next event gets. */
  get nextSeq(): number {
    return this.seq;
  }

  /** Calls a reader for the line that `line` holds. */
  interpret(reader: Reader, lineNumber: number): Outcome {
    const { line } = this;
    this.lineNumber = lineNumber;
    this.made = null;
    this.task = this.world.task(line);
    this.isRead = false;
    // A probe's payload begins with its symbol: damage in it is found before anything acts on it.
    if (line.buffer[line.body] === OPEN_PAREN && this.fields.malformed) {
      return { rejected: `${line.name()}: a value is neither a number nor (fault)` };
    }
    const outcome = reader(this);
    if (this.hasMalformedField()) {
      this.made = null;
      return { rejected: `${line.name()}: a value is neither a number nor (fault)` };
    }
    if (this.lastMade !== null) this.seq++;
    return outcome;
  }

  private hasMalformedField(): boolean {
    return this.isRead && this.lazyFields.malformed;
  }

  /** The payload's fields, read when a reader first asks: many lines are told by their name alone. */
  get fields(): Fields {
    if (!this.isRead) {
      this.isRead = true;
      this.lazyFields.read(this.line.buffer, this.line.body, this.line.end);
    }
    return this.lazyFields;
  }

  /** A new event at this line; a reader makes at most one. */
  event(kind: number): EventDraft {
    const { line } = this;
    this.made = newDraft(kind, {
      seq: this.seq,
      line: this.lineNumber,
      billions: line.billions,
      rest: line.rest,
      cpu: line.cpu,
      task: this.task.row.id,
    });
    if (kind !== KIND.avic_inhibit_set && kind !== KIND.avic_inhibit_cleared)
      this.task.inhibitVm = null;
    return this.made;
  }

  /** The event of a `[LOST n EVENTS]` marker: it has no task, and the time of the CPU's next line. */
  lost(
    cpu: number,
    count: number | null,
    stamp: { billions: number; rest: number },
    lineNumber: number,
  ): TwinEvent {
    this.world.forgetTasks();
    const event = newDraft(KIND.events_lost, {
      seq: this.seq++,
      line: lineNumber,
      ...stamp,
      cpu,
      task: null,
    });
    setPayload.count(event, count);
    return event;
  }

  // --- fields -----------------------------------------------------------------------------------

  number(field: number): number | null {
    return this.fields.number(field);
  }

  require(...fields: readonly number[]): boolean {
    return fields.every((field) => this.fields.has(field));
  }

  lacking(what: string): Outcome {
    return { rejected: `${this.line.name()}: ${what} must be there and readable` };
  }

  // --- subjects ---------------------------------------------------------------------------------

  irte(event: EventDraft): void {
    event.segment = this.number(FIELD.seg);
    event.devid = this.number(FIELD.devid);
    event.irte_index = this.number(FIELD.index);
  }

  words(event: EventDraft, first: number, second?: number): void {
    if (!this.fields.has(first)) return;
    event.loH = this.fields.high(first);
    event.loL = this.fields.low(first);
    event.words = 1;
    if (second === undefined) return;
    event.hiH = this.fields.high(second);
    event.hiL = this.fields.low(second);
    event.words = 2;
  }

  /** The VM of the line's `kvm=`; its avic_vm_id is learned where the line shows it. */
  vm(): VmRow | null {
    const { fields, world } = this;
    if (!fields.has(FIELD.kvm)) return null;
    const vm_id = fields.number(FIELD.vm_id);
    return world.vmWithId(fields.high(FIELD.kvm), fields.low(FIELD.kvm), vm_id);
  }

  /** A host IRQ, and the IRTE it has. */
  irq(event: EventDraft, field: number): void {
    event.host_irq = this.number(field);
    const irte = event.host_irq === null ? undefined : this.world.irteOf(event.host_irq);
    if (irte === undefined) return;
    event.segment = irte.segment === 0 ? null : irte.segment;
    event.devid = irte.devid;
    event.irte_index = irte.index;
  }

  bindIrqs(count: number, event: EventDraft): void {
    const { host_irq, devid, irte_index } = event;
    if (host_irq === null || devid === null || irte_index === null) return;
    for (let i = 0; i < Math.min(count, IRTES_MAX); i++) {
      this.world.bindIrq(host_irq + i, {
        segment: event.segment ?? 0,
        devid,
        index: irte_index + i,
      });
    }
  }

  /** An event of the vCPU whose thread printed a line that names no vCPU. */
  ofLoadedVcpu(kind: number): EventDraft {
    const event = this.event(kind);
    event.vm = this.task.vm;
    event.vcpu = this.task.vcpu;
    return event;
  }

  // --- causes -----------------------------------------------------------------------------------

  causedByStack(event: EventDraft): void {
    if (this.line.inInterrupt) return;
    event.cause = this.task.stack.cause;
    event.cause_seq = this.task.stack.causeSeq;
  }

  /** The event is the entry of a function: it has the cause of its caller, and causes what follows. */
  enter(event: EventDraft, kind: FrameKind): void {
    if (this.line.inInterrupt) return;
    const { stack } = this.task;
    stack.prepare(kind, this.series);
    const { cause } = stack;
    event.cause_seq = stack.causeSeq;
    stack.enter(kind, event.seq);
    event.cause = cause ?? stack.cause;
    this.task.entered.set(event.kind, event.seq);
  }

  /** A return probe of the function whose entry is an event of this kind: the call and all it called end. */
  leave(kind: number, frame: FrameKind): void {
    const { entered, stack } = this.task;
    const seq = entered.get(kind);
    // A second return without an entry between is another call's, whose entry was not seen.
    if (seq !== undefined) this.returns.push({ seq, line: this.lineNumber });
    entered.delete(kind);
    stack.leave(frame);
  }
}
