// Reads one line's payload in the light of what came before on its task, and makes the event. The
// readers that need more than a few lines stand here; vocabulary.ts says which name uses which.

import { IRTE_FREE, encodeIrte } from "../domain/irte.js";
import { KIND, causeCode, type TwinEvent } from "../domain/event.js";
import { DELIVERY_MODES } from "../domain/msi.js";
import { RULES, type Rules, type RulesId } from "../domain/rules.js";
import { type FrameKind } from "./causes.js";
import { FIELD, Fields } from "./fields.js";
import { Line } from "./line.js";
import { World, type FirstIds, type Task, type VmRow } from "./world.js";

/** What a line turned out to be; a rejected one says why. */
export type Outcome = "event" | "unused" | { readonly rejected: string };

/** include/linux/kvm_irqfd.h, uapi/linux/kvm.h: KVM_IRQFD_FLAG_DEASSIGN. */
const IRQFD_DEASSIGN = 1;
const CAUSE_PUT = causeCode("vcpu put");
/** APICV_INHIBIT_REASON_ABSENT: set by kvm_apicv_init() for every new VM. */
const REASON_ABSENT = 2;

export class Interpreter {
  readonly line = new Line();
  readonly world: World;
  /** The task that printed the line; set before a reader is called. */
  task!: Task;
  /** The event that the last reader made. */
  made: TwinEvent | null = null;
  private readonly lazyFields = new Fields();
  private isRead = false;
  private readonly rules: Rules | null;
  private readonly series: "before" | "after";
  private seq: number;
  private lineNumber = 0;

  constructor(rules: RulesId | null, first: FirstIds & { readonly seq: number }) {
    this.world = new World(first);
    this.rules = rules === null ? null : RULES[rules];
    this.series = this.rules?.series ?? "before";
    this.seq = first.seq;
  }

  /** The seq that the next event gets. */
  get nextSeq(): number {
    return this.seq;
  }

  /** Calls a reader for the line that `line` holds. */
  interpret(reader: (at: Interpreter) => Outcome, lineNumber: number): Outcome {
    const { line } = this;
    this.lineNumber = lineNumber;
    this.made = null;
    this.task = this.world.task(line);
    this.isRead = false;
    const outcome = reader(this);
    if (this.isRead && this.lazyFields.malformed) {
      this.made = null;
      return { rejected: `${line.name()}: a value is neither a number nor (fault)` };
    }
    if (this.made !== null) this.seq++;
    return outcome;
  }

  /** The payload's fields, read when a reader first asks: many lines are told by their name alone. */
  private get fields(): Fields {
    if (!this.isRead) {
      this.isRead = true;
      this.lazyFields.read(this.line.buffer, this.line.body, this.line.end);
    }
    return this.lazyFields;
  }

  /** A new event at this line; a reader makes at most one. */
  event(kind: number): TwinEvent {
    const { line } = this;
    this.made = {
      seq: this.seq, line: this.lineNumber,
      billions: line.billions, rest: line.rest,
      cpu: line.cpu, task: this.task.row.id, kind,
      vm: null, vcpu: null, segment: null, devid: null, irte_index: null, gsi: null, host_irq: null,
      cause: null, cause_seq: null,
      words: 0, loH: 0, loL: 0, hiH: 0, hiL: 0,
      a: null, b: null, c: null,
    };
    if (kind !== KIND.avic_inhibit_set && kind !== KIND.avic_inhibit_cleared) this.task.inhibitVm = null;
    return this.made;
  }

  /** The event of a `[LOST n EVENTS]` marker: it has no task, and the time of the CPU's next line. */
  lost(cpu: number, count: number | null, stamp: { billions: number; rest: number }, lineNumber: number): TwinEvent {
    return {
      seq: this.seq++, line: lineNumber, ...stamp, cpu, task: null, kind: KIND.events_lost,
      vm: null, vcpu: null, segment: null, devid: null, irte_index: null, gsi: null, host_irq: null,
      cause: null, cause_seq: null,
      words: 0, loH: 0, loL: 0, hiH: 0, hiL: 0,
      a: count, b: null, c: null,
    };
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

  irte(event: TwinEvent): void {
    event.segment = this.number(FIELD.seg);
    event.devid = this.number(FIELD.devid);
    event.irte_index = this.number(FIELD.index);
  }

  words(event: TwinEvent, first: number, second?: number): void {
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
    const vm = world.vm(fields.high(FIELD.kvm), fields.low(FIELD.kvm));
    world.learnVmId(vm, fields.number(FIELD.vm_id));
    return vm;
  }

  /** A host IRQ, and the IRTE it has. */
  irq(event: TwinEvent, field: number): void {
    event.host_irq = this.number(field);
    const irte = event.host_irq === null ? undefined : this.world.irteOf(event.host_irq);
    if (irte === undefined) return;
    event.segment = irte.segment === 0 ? null : irte.segment;
    event.devid = irte.devid;
    event.irte_index = irte.index;
  }

  bindIrqs(count: number, event: TwinEvent): void {
    const { host_irq, devid, irte_index } = event;
    if (host_irq === null || devid === null || irte_index === null) return;
    for (let i = 0; i < count; i++) {
      this.world.bindIrq(host_irq + i, { segment: event.segment ?? 0, devid, index: irte_index + i });
    }
  }

  // --- causes -----------------------------------------------------------------------------------

  causedByStack(event: TwinEvent): void {
    if (this.line.inInterrupt) return;
    event.cause = this.task.stack.cause;
    event.cause_seq = this.task.stack.causeSeq;
  }

  /** The event is the entry of a function: it has the cause of its caller, and causes what follows. */
  enter(event: TwinEvent, kind: FrameKind, subject = 0): void {
    if (this.line.inInterrupt) return;
    const { stack } = this.task;
    stack.prepare(kind, this.series, subject);
    const { cause } = stack;
    event.cause_seq = stack.causeSeq;
    stack.enter(kind, event.seq, subject);
    event.cause = cause ?? stack.cause;
  }

  // --- readers: IOMMU ---------------------------------------------------------------------------

  /** The shadow that irte_ga_prepare() makes: zero but for these fields, valid set. */
  prepared(event: TwinEvent): void {
    const bits = encodeIrte({
      shape: "remapped", valid: true, no_fault: false, rq_eoi: false, ga_tag: 0, ga_root_ptr: 0n, reserved: 0,
      int_type: this.number(FIELD.delivery_mode) ?? 0,
      dm: this.number(FIELD.dest_mode) === 1,
      destination: this.number(FIELD.dest) ?? 0,
      vector: this.number(FIELD.vector) ?? 0,
    });
    Object.assign(event, IRTE_FREE, bits);
    event.words = 2;
    const { virq, allocIndex } = this.task;
    event.host_irq = virq === null ? null : virq + ((event.irte_index ?? allocIndex) - allocIndex);
  }

  hostIrq(kind: number, frame: FrameKind): Outcome {
    if (!this.require(FIELD.irq, FIELD.devid, FIELD.index)) return this.lacking("irq, devid and index");
    const event = this.event(kind);
    this.irte(event);
    event.host_irq = this.number(FIELD.irq);
    this.bindIrqs(1, event);
    this.enter(event, frame);
    return "event";
  }

  setVcpuAffinity(): Outcome {
    if (!this.require(FIELD.irq, FIELD.devid, FIELD.index)) return this.lacking("irq, devid and index");
    const event = this.event(KIND.vcpu_affinity_set);
    this.irte(event);
    event.host_irq = this.number(FIELD.irq);
    this.bindIrqs(1, event);
    event.vm = this.task.updateVm;
    event.gsi = event.host_irq === this.task.updateIrq ? this.task.updateGsi : null;
    // info = NULL (since the series): not to a vCPU. The other fields are then not readable.
    if (this.number(FIELD.info) !== 0) {
      event.a = this.number(FIELD.is_guest_mode);
      event.b = this.number(FIELD.ga_tag);
      event.c = this.number(FIELD.vector);
      this.words(event, this.fields.has(FIELD.base) ? FIELD.base : FIELD.vapic_addr);
    }
    if (event.a === 1 && event.b !== null && this.rules !== null) {
      const vcpu = this.world.vcpuOfTag(event.b, this.rules);
      if (vcpu !== undefined) {
        event.vm = vcpu.vm;
        event.vcpu = vcpu.id;
      }
    }
    this.causedByStack(event);
    return "event";
  }

  // --- readers: posted-interrupt updates ----------------------------------------------------------

  piUpdate(): Outcome {
    const vm = this.vm();
    if (vm === null || !this.require(FIELD.host_irq)) return this.lacking("kvm and host_irq");
    const event = this.event(KIND.pi_update_requested);
    event.vm = vm.id;
    event.gsi = this.number(FIELD.gsi);
    this.irq(event, FIELD.host_irq);
    // Since the series the target vCPU is an argument (NULL = none); before it, `set`.
    const vcpu_id = this.number(FIELD.vcpu_id);
    if (this.fields.has(FIELD.vcpu) && this.number(FIELD.vcpu) !== 0 && vcpu_id !== null) {
      event.vcpu = this.world.vcpu(vm, vcpu_id).id;
    }
    event.a = this.number(FIELD.set);
    event.b = this.number(FIELD.vector);
    this.enter(event, "avic_pi_update_irte");
    this.subjectOfUpdate(event);
    return "event";
  }

  producer(kind: number, frame: FrameKind): Outcome {
    const vm = this.vm();
    if (vm === null || !this.require(FIELD.gsi, FIELD.host_irq)) return this.lacking("kvm, gsi and host_irq");
    const event = this.event(kind);
    event.vm = vm.id;
    event.gsi = this.number(FIELD.gsi);
    this.irq(event, FIELD.host_irq);
    this.enter(event, frame);
    this.subjectOfUpdate(event);
    return "event";
  }

  private subjectOfUpdate(event: TwinEvent): void {
    const { task } = this;
    task.updateVm = event.vm;
    task.updateGsi = event.gsi;
    task.updateIrq = event.host_irq;
  }

  /** After: old and new entry are printed. Before: only that the route changed, and its new type. */
  updateRouting(): Outcome {
    const vm = this.vm();
    if (vm === null || !this.require(FIELD.gsi)) return this.lacking("kvm and gsi");
    const event = this.event(KIND.irqfd_routed);
    event.vm = vm.id;
    event.gsi = this.number(FIELD.gsi);
    if (this.fields.has(FIELD.host_irq)) this.irq(event, FIELD.host_irq);
    event.a = this.number(FIELD.new_type) ?? this.task.newRouteType;
    event.b = this.number(FIELD.new_addr);
    event.c = this.number(FIELD.new_data);
    this.task.newRouteType = null;
    this.enter(event, "update_irqfd_routing");
    this.subjectOfUpdate(event);
    return "event";
  }

  /** kvm_msi_set_irq: only while a route is resolved; an MSI that is merely injected is unused. */
  msi(): Outcome {
    const { task, line } = this;
    const resolving =
      task.stack.isIn("avic_pi_update_irte") ||
      task.stack.isIn("update_irqfd_routing") ||
      task.stack.isIn("add_producer");
    if (!resolving || line.inInterrupt || task.updateVm === null) return "unused";
    const match = /^dst ([0-9a-f]+) vec (\d+) \((\w+)\|(logical|physical)/.exec(line.text());
    if (match === null) return { rejected: "kvm_msi_set_irq: text is not `dst X vec N (mode|...`" };
    const [, dest = "", vector = "", mode = ""] = match;
    const event = this.event(KIND.irqfd_msi);
    event.vm = task.updateVm;
    event.gsi = task.updateGsi;
    event.host_irq = task.updateIrq;
    event.a = parseInt(dest, 16);
    event.b = Number(vector);
    const code = DELIVERY_MODES.indexOf(mode);
    event.c = code < 0 ? null : code;
    this.causedByStack(event);
    return "event";
  }

  piDecided(): Outcome {
    const match =
      /^PI is (.+) for irq (\d+), vcpu (-?\d+), gsi: 0x([0-9a-f]+), gvec: 0x([0-9a-f]+)/.exec(this.line.text());
    if (match === null) return { rejected: "kvm_pi_irte_update: text is not `PI is ... for irq N, vcpu N, gsi: X, gvec: X`" };
    const [, state = "", irq = "", vcpu = "", gsi = "", gvec = ""] = match;
    const { task } = this;
    const event = this.event(KIND.pi_update_decided);
    event.host_irq = Number(irq);
    event.gsi = parseInt(gsi, 16);
    if (task.updateIrq === event.host_irq && task.updateGsi === event.gsi) event.vm = task.updateVm;
    const irte = this.world.irteOf(event.host_irq);
    if (irte !== undefined) {
      event.devid = irte.devid;
      event.irte_index = irte.index;
      event.segment = irte.segment === 0 ? null : irte.segment;
    }
    event.a = state.startsWith("enabled") ? 1 : 0;
    event.b = parseInt(gvec, 16);
    event.c = Number(vcpu);
    this.causedByStack(event);
    return "event";
  }

  irqfd(): Outcome {
    const vm = this.vm();
    if (vm === null || !this.require(FIELD.gsi, FIELD.flags)) return this.lacking("kvm, gsi and flags");
    const flags = this.number(FIELD.flags) ?? 0;
    const isDeassign = (flags & IRQFD_DEASSIGN) !== 0;
    const event = this.event(isDeassign ? KIND.irqfd_deassigned : KIND.irqfd_assigned);
    event.vm = vm.id;
    event.gsi = this.number(FIELD.gsi);
    event.a = this.number(FIELD.fd);
    event.b = flags;
    const { task } = this;
    task.irqfdVm = isDeassign ? null : vm.id;
    task.irqfdGsi = event.gsi;
    task.irqfdFd = event.a;
    return "event";
  }

  /** A return probe: an event only if the function failed. */
  returned(of: number): Outcome {
    const ret = this.number(FIELD.ret);
    if (ret === null || ret === 0) return "unused";
    const { task } = this;
    const isIrqfd = of === KIND.irqfd_assigned;
    if (isIrqfd && task.irqfdVm === null) return "unused";
    const event = this.event(KIND.call_failed);
    event.vm = isIrqfd ? task.irqfdVm : task.updateVm;
    event.gsi = isIrqfd ? task.irqfdGsi : task.updateGsi;
    if (!isIrqfd) this.subjectIrq(event);
    event.a = ret;
    event.b = of;
    this.causedByStack(event);
    return "event";
  }

  private subjectIrq(event: TwinEvent): void {
    event.host_irq = this.task.updateIrq;
    const irte = event.host_irq === null ? undefined : this.world.irteOf(event.host_irq);
    if (irte === undefined) return;
    event.segment = irte.segment === 0 ? null : irte.segment;
    event.devid = irte.devid;
    event.irte_index = irte.index;
  }

  // --- readers: VMs and vCPUs ---------------------------------------------------------------------

  /** vm_init and avic_vm_init_ret announce the same VM: the first one counts. */
  createVm(isInit: boolean): Outcome {
    const announced = this.task.createdVm;
    const before = this.knownVm();
    if (before !== null && (before.id !== announced || before.vm_id !== null || isInit)) {
      // The address of a VM that is gone, whose end was not observed.
      this.world.forgetVm(this.fields.high(FIELD.kvm), this.fields.low(FIELD.kvm));
    }
    const vm = this.vm();
    if (vm === null) return this.lacking("kvm");
    if (vm.id === announced) return "unused";
    vm.born = true;
    this.task.createdVm = vm.id;
    this.event(KIND.vm_created).vm = vm.id;
    return "event";
  }

  /** The VM at the line's `kvm=`, if it was seen before. */
  private knownVm(): VmRow | null {
    const { fields } = this;
    if (!fields.has(FIELD.kvm)) return null;
    return this.world.knownVm(fields.high(FIELD.kvm), fields.low(FIELD.kvm)) ?? null;
  }

  destroyVm(): Outcome {
    const vm = this.vm();
    if (vm === null) return this.lacking("kvm");
    this.event(KIND.vm_destroyed).vm = vm.id;
    this.world.forgetVm(this.fields.high(FIELD.kvm), this.fields.low(FIELD.kvm));
    return "event";
  }

  createVcpu(): Outcome {
    const vm = this.vm();
    const vcpu_id = this.number(FIELD.id);
    if (vm === null || vcpu_id === null) return this.lacking("kvm and id");
    if ((this.number(FIELD.ret) ?? 0) !== 0) return "unused";
    const vcpu = this.world.createVcpu(vm, vcpu_id);
    const event = this.event(KIND.vcpu_created);
    event.vm = vm.id;
    event.vcpu = vcpu.id;
    event.a = vcpu.vcpu_idx;
    this.words(event, FIELD.entry);
    return "event";
  }

  /** Fills in the vCPU of `kvm=` and `id=`; null where the line has none. */
  private subjectVcpu(kind: number): TwinEvent | null {
    const vm = this.vm();
    const vcpu_id = this.number(FIELD.id);
    if (vm === null || vcpu_id === null) return null;
    const vcpu = this.world.vcpu(vm, vcpu_id);
    const event = this.event(kind);
    event.vm = vm.id;
    event.vcpu = vcpu.id;
    return event;
  }

  vcpuEvent(kind: number): Outcome {
    return this.subjectVcpu(kind) === null ? this.lacking("kvm and id") : "event";
  }

  load(kind: number, frame: FrameKind): Outcome {
    if (!this.require(FIELD.cpu)) return this.lacking("cpu");
    const event = this.subjectVcpu(kind);
    if (event === null) return this.lacking("kvm and id");
    event.a = this.number(FIELD.cpu);
    this.words(event, FIELD.entry);
    this.enter(event, frame);
    this.task.vm = event.vm;
    this.task.vcpu = event.vcpu;
    return "event";
  }

  put(kind: number, frame: FrameKind): Outcome {
    const event = this.subjectVcpu(kind);
    if (event === null) return this.lacking("kvm and id");
    this.words(event, FIELD.entry);
    this.enter(event, frame);
    if (event.cause === CAUSE_PUT) {
      this.task.vm = null;
      this.task.vcpu = null;
    }
    return "event";
  }

  toggle(kind: number, frame: FrameKind): Outcome {
    const event = this.subjectVcpu(kind);
    if (event === null) return this.lacking("kvm and id");
    event.a = this.number(FIELD.apicv_active);
    this.words(event, FIELD.entry);
    this.enter(event, frame);
    return "event";
  }

  // --- readers: inhibits ----------------------------------------------------------------------------

  requestInhibit(): Outcome {
    const vm = this.vm();
    if (vm === null || !this.require(FIELD.reason)) return this.lacking("kvm and reason");
    const event = this.event(KIND.avic_inhibit_requested);
    event.vm = vm.id;
    event.a = this.number(FIELD.reason);
    event.b = this.number(FIELD.set);
    this.task.inhibitVm = vm.id;
    return "event";
  }

  /** The tracepoint names no VM: it is that of the call under way, or of the VM just made. */
  inhibitChanged(): Outcome {
    if (!this.require(FIELD.reason, FIELD.inhibits)) return this.lacking("reason and inhibits");
    const { task } = this;
    const isSet = this.line.text().startsWith("set ");
    const event = this.event(isSet ? KIND.avic_inhibit_set : KIND.avic_inhibit_cleared);
    event.a = this.number(FIELD.reason);
    event.b = this.number(FIELD.inhibits);
    event.vm = task.inhibitVm ?? (isSet && event.a === REASON_ABSENT ? task.createdVm : null);
    return "event";
  }

  // --- readers: interrupts and scheduling -------------------------------------------------------------

  gaLog(): Outcome {
    const vm_id = this.number(FIELD.vmid);
    const field = this.number(FIELD.vcpuid);
    if (vm_id === null || field === null) return this.lacking("vmid and vcpuid");
    const event = this.event(KIND.ga_log_entry);
    event.a = field;
    event.vm = this.world.vmOfVmId(vm_id)?.id ?? null;
    if (this.rules !== null) {
      event.vcpu = this.world.vcpuOfField(vm_id, field, this.rules)?.id ?? null;
    }
    return "event";
  }

  woken(): Outcome {
    const match = /^(wait|poll) time (\d+) ns, polling (valid|invalid)/.exec(this.line.text());
    if (match === null) return { rejected: "kvm_vcpu_wakeup: text is not `wait|poll time N ns, polling valid|invalid`" };
    const event = this.ofLoadedVcpu(KIND.vcpu_woken);
    event.a = Number(match[2]);
    event.b = match[1] === "wait" ? 1 : 0;
    event.c = match[3] === "valid" ? 1 : 0;
    return "event";
  }

  injected(): Outcome {
    const match = /^(?:Soft\/INTn |IRQ )?(?:0x)?([0-9a-f]+)/.exec(this.line.text());
    if (match === null) return { rejected: "kvm_inj_virq: no vector" };
    this.ofLoadedVcpu(KIND.irq_injected).a = parseInt(match[1] ?? "", 16);
    return "event";
  }

  /** "apicid %x vec %u (mode|level)": apicid is the vcpu_id. No VM is named. */
  accepted(): Outcome {
    const match = /^apicid ([0-9a-f]+) vec (\d+) /.exec(this.line.text());
    if (match === null) return { rejected: `${this.line.name()}: text is not \`apicid X vec N (...\`` };
    const event = this.event(KIND.irq_accepted);
    event.a = parseInt(match[1] ?? "", 16);
    event.b = Number(match[2]);
    event.c = this.line.name() === "kvm_apicv_accept_irq" ? 1 : 0;
    return "event";
  }

  /** A tracepoint of the vCPU's own thread, which names no vCPU. */
  private ofLoadedVcpu(kind: number): TwinEvent {
    const event = this.event(kind);
    event.vm = this.task.vm;
    event.vcpu = this.task.vcpu;
    return event;
  }

  /** A runnable task that leaves its CPU with a vCPU loaded was preempted (prev_state R or R+). */
  schedSwitch(): Outcome {
    if (this.task.vcpu === null) return "unused";
    const text = this.line.text();
    const [, prev = ""] = /prev_pid=(\d+) /.exec(text) ?? [];
    const [, state = ""] = / prev_state=(\S+) /.exec(text) ?? [];
    if (Number(prev) !== this.line.pid || !state.startsWith("R")) return "unused";
    this.ofLoadedVcpu(KIND.vcpu_preempted);
    return "event";
  }
}
