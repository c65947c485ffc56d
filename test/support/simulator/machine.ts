// The data of a small host: its CPUs, the MSI-X vectors of its devices, their IRTEs, and the VMs. A
// reference model, written from the kernel's functions and not from src/domain/amd/rules, which is
// tested against it. Functions of the kernel are generators: they yield where another CPU may be faster.

import { IRTE_FREE, type Irte, type RemappedIrte } from "../../../src/domain/amd/irte/irte.js";
import { type IrteBits } from "../../../src/domain/values/bits.js";
import { RULES, type Rules, type RulesId } from "../../../src/domain/amd/releases/releases.js";
import { irteKey } from "../../../src/domain/values/ids.js";
import { newTask, Recorder, type Task } from "./recorder.js";

/** A kernel function under way. */
export type Run = Generator<void, void, void>;

export interface Lock {
  held: boolean;
}

export function* lock(it: Lock): Run {
  while (it.held) yield;
  it.held = true;
}

export function unlock(it: Lock): void {
  it.held = false;
}

/** A kernel that touches freed memory may go no further. */
export class Crash extends Error {}

/** struct amd_ir_data: the driver's private data of an allocated IRTE. */
export interface IrData {
  readonly vector: Vector;
  entry: Irte;
  ga_tag: number;
  ga_root_ptr: bigint;
  ga_vector: number;
  /** Before the series. */
  cached_ga_tag: number;
  freed: boolean;
}

/** An MSI-X vector of a device, its IRTE, its host IRQ, its eventfd and the GSI that a VM uses for it. */
export interface Vector {
  readonly devid: number;
  readonly index: number;
  readonly key: number;
  readonly host_irq: number;
  readonly fd: number;
  readonly gsi: number;
  /** Which VM has the device: its place in `Machine.vms`. */
  readonly slot: number;
  readonly desc: Lock;
  /** irq_cfg. */
  cfg: { vector: number; dest_apicid: number };
  data: IrData | null;
  table: IrteBits;
  /** VFIO has requested the IRQ and registered the producer. */
  triggered: boolean;
  /** The irqfd that the producer is connected to. */
  irqfd: Irqfd | null;
}

/** A routing entry. type: 0 none, 1 irqchip, 2 MSI. */
export interface Route {
  readonly type: 0 | 1 | 2;
  readonly dest: number;
  readonly vector: number;
  readonly mode: number;
}

export const NO_ROUTE: Route = { type: 0, dest: 0, vector: 0, mode: 0 };

export interface Irqfd {
  readonly vm: Vm;
  readonly gsi: number;
  readonly fd: number;
  irq_entry: Route;
  producer: Vector | null;
  /** Since the series. */
  irq_bypass_vcpu: Vcpu | null;
}

/** An element of an ir_list: since the series the irqfd itself, `freed` with it. */
export interface Link {
  readonly data: IrData;
  readonly irqfd: Irqfd;
  freed: boolean;
}

export interface Vcpu {
  readonly row: number;
  readonly vm: Vm;
  readonly id: number;
  readonly idx: number;
  /** Backing page's address >> 12, C-bit included. */
  readonly page: number;
  readonly task: Task;
  readonly ir_list_lock: Lock;
  ir_list: Link[];
  apicv_active: boolean;
  blocking: boolean;
  /** The CPU it is loaded on; null = none. */
  cpu: number | null;
  /** Scheduled out inside KVM_RUN. */
  inRun: boolean;
  entry: { apic: number; running: boolean; log: boolean };
  freed: boolean;
}

export interface Vm {
  readonly row: number;
  readonly vm_id: number;
  readonly irqfds_lock: Lock;
  vcpus: Vcpu[];
  irqfds: Irqfd[];
  routes: Map<number, Route>;
  /** GSIs whose route changed while no producer was connected: no probe printed it. */
  readonly untold: Set<number>;
  inhibits: number;
  destroyed: boolean;
}

/** What is set up, and how the host behaves. */
export interface Size {
  /** apic->dest_mode_logical of the host. */
  readonly logical?: boolean;
  /** Freed memory is read without a crash, as long as nothing else took it. */
  readonly survives?: boolean;
  readonly vms: number;
  readonly vcpus: number;
  readonly vectors: number;
}

const REMAPPED: RemappedIrte = {
  shape: "remapped",
  valid: false,
  no_fault: false,
  int_type: 0,
  rq_eoi: false,
  dm: false,
  destination: 0,
  vector: 0,
  ga_tag: 0,
  ga_root_ptr: 0n,
  reserved: 0,
};

export const ZEROED: Irte = REMAPPED;

/** APIC IDs by CPU: none is the CPU's number; the last is too big for a vCPU to run on. */
const APIC_IDS: readonly number[] = [7, 0x10, 0x25, 0x105, 0xffe, 0x1234567];

/** CPUs that vCPUs run on; the controller and the kernel's threads have CPU 0. */
export const VCPU_CPUS: readonly number[] = [1, 2, 3, 4];

export class Machine {
  readonly rules: Rules;
  readonly rec = new Recorder();
  readonly apics: ReadonlyMap<number, number> = new Map(APIC_IDS.map((apic, cpu) => [cpu, apic]));
  readonly logical: boolean;
  readonly survives: boolean;
  readonly controller = newTask(1, 0);
  /** Work queue of irqfd_shutdown(), and the thread of the GA log. */
  readonly worker = newTask(2, 0);
  readonly gaLog = newTask(3, 0);
  readonly vms: Vm[] = [];
  /** All that ever lived, by row number. */
  readonly allVms: Vm[] = [];
  readonly allVcpus: Vcpu[] = [];
  readonly vectors: Vector[];

  constructor(rules: RulesId, size: Size) {
    this.rules = RULES[rules];
    this.logical = size.logical === true;
    this.survives = size.survives === true;
    this.vectors = Array.from({ length: size.vms * size.vectors }, (_, i) =>
      newVector(Math.floor(i / size.vectors), i % size.vectors, i),
    );
  }

  apic(cpu: number): number {
    return this.apics.get(cpu) ?? 0;
  }

  vcpuOn(cpu: number): Vcpu | null {
    return this.allVcpus.find((vcpu) => vcpu.cpu === cpu) ?? null;
  }

  /** AVIC_GATAG(). */
  tag({ vm, id, idx }: Vcpu): number {
    const { tagsIn12Bits, tagsVcpuIdx } = this.rules;
    return ((vm.vm_id << (tagsIn12Bits ? 12 : 9)) | (tagsVcpuIdx ? idx : id)) >>> 0;
  }

  /** The vCPU that a tag names, living or not. */
  vcpuOfTag(tag: number): Vcpu | null {
    return this.allVcpus.findLast((vcpu) => this.tag(vcpu) === tag) ?? null;
  }
}

function newVector(slot: number, index: number, i: number): Vector {
  const devid = 0x40 + 8 * slot;
  return {
    devid,
    index,
    key: irteKey(0, devid, index),
    host_irq: 30 + i,
    fd: 100 + i,
    gsi: 24 + index,
    slot,
    desc: { held: false },
    cfg: { vector: 0, dest_apicid: 0 },
    data: null,
    table: IRTE_FREE,
    triggered: false,
    irqfd: null,
  };
}

/** The IRTE's place, as events name it. */
export function irteOf({ devid, index }: Vector): { devid: number; irte_index: number } {
  return { devid, irte_index: index };
}
