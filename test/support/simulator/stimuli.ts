// What happens to the simulated host: random operations, that fast-check can shrink, and their running,
// one after another or two at a time on different CPUs.

import fc from "fast-check";
import { type RulesId } from "../../../src/domain/amd/releases/releases.js";
import { allocate, free, moveHostIrq } from "./iommu.js";
import {
  assignIrqfd,
  changeInhibit,
  clearTrigger,
  createVcpu,
  createVm,
  deassignIrqfd,
  destroyVm,
  enterGuest,
  exitRun,
  halt,
  interrupt,
  ioctl,
  schedule,
  scheduleOut,
  setRouting,
  setTrigger,
  wake,
} from "./kvm.js";
import {
  Crash,
  Machine,
  VCPU_CPUS,
  type Route,
  type Run,
  type Size,
  type Vcpu,
  type Vector,
  type Vm,
} from "./machine.js";

/** Operations of a vCPU's thread: [vCPU, CPU]. */
const OF_VCPU = {
  run: (at, vcpu, cpu) => schedule(at, vcpu, cpu),
  preempt: (at, vcpu) => scheduleOut(at, vcpu),
  halt: (at, vcpu) => halt(at, vcpu),
  wake: (at, vcpu, cpu) => wake(at, vcpu, cpu),
  enter: (at, vcpu) => enterGuest(at, vcpu),
  exit: (at, vcpu) => exitRun(at, vcpu),
} as const satisfies Record<string, (at: Machine, vcpu: Vcpu, cpu: number) => Run>;

/** Operations of user space and VFIO: [VM, vector, a number]. */
const OF_HOST = {
  post: (at, vm, vector, n) => route(at, vm, vector, toVcpu(vm, n)),
  unpostable: (at, vm, vector, n) => route(at, vm, vector, { ...toVcpu(vm, n), mode: 4 }),
  multicast: (at, vm, vector, n) => route(at, vm, vector, { ...toVcpu(vm, n), dest: 0xff }),
  irqchip: (at, vm, vector) => route(at, vm, vector, { type: 1, dest: 0, vector: 0, mode: 0 }),
  unroute: (at, vm, vector) => route(at, vm, vector, null),
  assign: (at, vm, vector) => assignIrqfd(at, vm, vector),
  deassign: (at, vm, vector) => deassignIrqfd(at, vm, vector),
  trigger: (at, _vm, vector, n) => enable(at, vector, n),
  untrigger: (at, _vm, vector) => clearTrigger(at, vector),
  free: (at, _vm, vector) => disable(at, vector),
  affinity: (at, _vm, vector, n) => move(at, vector, n),
  inhibit: (at, vm, _vector, n) => inhibit(at, vm, n, true),
  uninhibit: (at, vm, _vector, n) => inhibit(at, vm, n, false),
  toggle: (at, vm) => toggle(at, vm),
  ioctl: (at, vm, _vector, n) => ioctlOf(at, vm, n),
  interrupt: (at, _vm, vector) => interruptOf(at, vector),
  hotplug: (at, vm) => hotplug(at, vm),
  renew: (at, vm, vector) => renew(at, vm, vector),
} as const satisfies Record<string, (at: Machine, vm: Vm, vector: Vector, n: number) => Run>;

export type VcpuOp = keyof typeof OF_VCPU;
export type HostOp = keyof typeof OF_HOST;

/** One operation: its name and numbers that choose what it is done to. */
export interface Stimulus {
  readonly op: VcpuOp | HostOp;
  readonly which: number;
  readonly n: number;
}

/** What a vCPU's thread does meanwhile on another CPU, and who goes on at each point: bit by bit. */
export interface Company {
  readonly ops: readonly VcpuOp[];
  readonly which: number;
  readonly order: number;
}

export interface Step extends Stimulus {
  readonly beside?: Company | undefined;
}

function toVcpu(vm: Vm, n: number): Route {
  const target = vm.vcpus[n % vm.vcpus.length];
  return { type: 2, dest: target?.id ?? 0, vector: 0x40 + (n % 5), mode: n % 7 === 0 ? 1 : 0 };
}

function* route(at: Machine, vm: Vm, vector: Vector, to: Route | null): Run {
  const routes = new Map(vm.routes);
  if (to === null) routes.delete(vector.gsi);
  else routes.set(vector.gsi, to);
  yield* setRouting(at, vm, routes);
}

function* enable(at: Machine, vector: Vector, n: number): Run {
  if (vector.data === null) yield* allocate(at, at.controller, vector);
  yield* setTrigger(at, vector, 0x21 + (n % 9), n % 6);
}

function* disable(at: Machine, vector: Vector): Run {
  if (vector.data === null) return;
  yield* clearTrigger(at, vector);
  free(at, at.controller, vector);
}

function* move(at: Machine, vector: Vector, n: number): Run {
  if (vector.triggered) yield* moveHostIrq(at, at.controller, vector, 0x21 + (n % 9), n % 6);
}

/** BLOCKIRQ or PIT_REINJ. */
function* inhibit(at: Machine, vm: Vm, n: number, set: boolean): Run {
  changeInhibit(at, at.controller, vm, { reason: n % 2 === 0 ? 3 : 9, set });
  yield;
}

/** AVIC off or on again, and the vCPUs that run take it up at once: they are kicked. */
function* toggle(at: Machine, vm: Vm): Run {
  if (vm.inhibits === 0) yield* inhibit(at, vm, 0, true);
  else for (const n of [0, 1]) yield* inhibit(at, vm, n, false);
  for (const vcpu of vm.vcpus) yield* enterGuest(at, vcpu);
}

function* ioctlOf(at: Machine, vm: Vm, n: number): Run {
  const vcpu = vm.vcpus[n % vm.vcpus.length];
  if (vcpu !== undefined && !vcpu.inRun) yield* ioctl(at, vcpu);
}

function* interruptOf(at: Machine, vector: Vector): Run {
  interrupt(at, vector);
  yield;
}

function* hotplug(at: Machine, vm: Vm): Run {
  if (vm.vcpus.length < 3) yield* createVcpu(at, vm);
}

/** The VM goes, and another takes its device. */
function* renew(at: Machine, vm: Vm, vector: Vector): Run {
  yield* destroyVm(at, vm);
  yield* createVm(at, vector.slot, vm.vcpus.length);
}

// --- running -------------------------------------------------------------------------------------------

function isVcpuOp(op: VcpuOp | HostOp): op is VcpuOp {
  return Object.hasOwn(OF_VCPU, op);
}

function at<T>(list: readonly T[], n: number): T {
  const one = list[n % list.length];
  if (one === undefined) throw new RangeError("an empty list");
  return one;
}

function start(machine: Machine, { op, which, n }: Stimulus): Run {
  if (isVcpuOp(op)) {
    const vcpus = machine.vms.flatMap((vm) => vm.vcpus);
    return OF_VCPU[op](machine, at(vcpus, which), at(VCPU_CPUS, n));
  }
  const vector = at(machine.vectors, which);
  return OF_HOST[op](machine, at(machine.vms, vector.slot), vector, n);
}

/** Runs both to their ends; `order` says who goes on, as long as both do. */
function interleave(one: Run, other: Run, order: number): void {
  for (let i = 0, live = [one, other]; live.length > 0; i++) {
    const next = at(live, (order >>> (i % 31)) & 1);
    if (next.next().done === true) live = live.filter((run) => run !== next);
  }
}

function* inTurn(machine: Machine, vcpu: Vcpu, cpu: number, ops: readonly VcpuOp[]): Run {
  for (const op of ops) yield* OF_VCPU[op](machine, vcpu, cpu);
}

function complete(run: Run): void {
  while (run.next().done !== true);
}

export class Simulator {
  readonly machine: Machine;
  crashed = false;

  /** VMs with their vCPUs, every vector in use and routed to a vCPU. */
  constructor(rules: RulesId, size: Size) {
    this.machine = new Machine(rules, size);
    for (let slot = 0; slot < size.vms; slot++) complete(createVm(this.machine, slot, size.vcpus));
    this.machine.vectors.forEach((_, which) => {
      for (const op of ["trigger", "assign", "post"] as const) this.do({ op, which, n: which });
    });
  }

  /** Does one step, or two at once; a crashed kernel does nothing. */
  do(step: Step): void {
    if (this.crashed) return;
    try {
      const { beside } = step;
      const run = start(this.machine, step);
      const other = beside === undefined ? null : this.other(step, beside);
      if (other === null || beside === undefined) complete(run);
      else interleave(run, other, beside.order);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.crashed = true;
    }
  }

  /** A vCPU's thread that stays on its CPU, where the step leaves it alone. */
  private other(step: Step, beside: Company): Run | null {
    if (isVcpuOp(step.op) || ALONE.has(step.op)) return null;
    const vcpu = at(
      this.machine.vms.flatMap((vm) => vm.vcpus),
      beside.which,
    );
    const cpu = vcpu.cpu ?? VCPU_CPUS.find((one) => this.machine.vcpuOn(one) === null);
    return cpu === undefined ? null : inTurn(this.machine, vcpu, cpu, beside.ops);
  }
}

/**
 * What needs the vCPUs for itself; and a change of the host's affinity, whose race with an inhibit has a
 * window of a few instructions.
 */
const ALONE = new Set<HostOp>(["renew", "hotplug", "ioctl", "toggle", "affinity"]);

// --- random stimuli --------------------------------------------------------------------------------------

const WEIGHTS: Readonly<Record<VcpuOp | HostOp, number>> = {
  run: 12,
  preempt: 5,
  halt: 6,
  wake: 6,
  enter: 8,
  exit: 4,
  post: 12,
  unpostable: 2,
  multicast: 1,
  irqchip: 1,
  unroute: 2,
  assign: 4,
  deassign: 2,
  trigger: 4,
  untrigger: 2,
  free: 1,
  affinity: 3,
  inhibit: 2,
  uninhibit: 2,
  toggle: 5,
  ioctl: 2,
  interrupt: 3,
  hotplug: 1,
  renew: 1,
};

/** Operations at random; `without`: those that never come. */
export function steps(
  options: { without?: readonly (VcpuOp | HostOp)[]; beside?: boolean; length?: number } = {},
): fc.Arbitrary<Step[]> {
  const { without = [], beside = true, length = 150 } = options;
  const names = (Object.keys(WEIGHTS) as (VcpuOp | HostOp)[]).filter((op) => !without.includes(op));
  const op = fc.oneof(
    ...names.map((name) => ({ arbitrary: fc.constant(name), weight: WEIGHTS[name] })),
  );
  const company = fc.record({
    ops: fc.array(fc.constantFrom<VcpuOp>("run", "preempt", "halt", "wake", "enter"), {
      minLength: 1,
      maxLength: 4,
    }),
    which: fc.nat(5),
    order: fc.nat(),
  });
  return fc.array(
    fc.record({
      op,
      which: fc.nat(5),
      n: fc.nat(41),
      beside: beside ? fc.option(company, { nil: undefined, freq: 3 }) : fc.constant(undefined),
    }),
    { maxLength: length, size: "max" },
  );
}

/** A small host, of either destination mode. */
export const sizes: fc.Arbitrary<Size> = fc.record({
  vms: fc.constant(2),
  vcpus: fc.constant(2),
  vectors: fc.constant(2),
  logical: fc.boolean(),
  survives: fc.boolean(),
});
