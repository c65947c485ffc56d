// The state that events fold into. Immutable to its readers. Three values everywhere: a value, NONE
// (known to be none) and null (unknown: never observed, or lost in a gap).

import {
  type IrteKey,
  type RouteKey,
  type Seq,
  type Since,
  type VcpuRow,
  type VmRow,
} from "../values/ids.js";
import { type IrteBits } from "../values/bits.js";

/** Known to be none, where null would say "unknown". */
export const NONE = -1;

/** One entry of an interrupt remapping table. */
export interface IrteState {
  /** The PCI segment. */
  readonly segment: number;
  /** Bus, device and function: `bus << 8 | device << 3 | function`. */
  readonly devid: number;
  /** The index of the entry in the device's table. */
  readonly index: number;
  /** What the IOMMU reads; null = unknown. */
  readonly bits: IrteBits | null;
  /** The driver's copy (ir_data->entry) where it differs from the table; null = the same. */
  readonly shadow: IrteBits | null;
  /** Linux IRQ number, or NONE. */
  readonly host_irq: number | null;
  /** Its allocation was observed, so nothing about it predates the recording. */
  readonly born: boolean;
  /** The event since which the bits are what they are. */
  readonly since: Since;
  /** The code of that event's cause: its place in CAUSES, from 1 (LiveNames.cause()); null = none is known. */
  readonly cause: number | null;
  /** The event that brought it about; null = none is known. */
  readonly cause_seq: Seq | null;
}

/** A write whose function was entered and whose exchange was not seen yet: the table still holds what it held. */
export interface PendingWrite {
  /** The row number of the task that writes; null = not known. */
  readonly task: number | null;
  /** The CPU that writes. */
  readonly cpu: number;
  /** The PCI segment; null = not known. */
  readonly segment: number | null;
  /** Bus, device and function. */
  readonly devid: number;
  /** The index of the entry in the device's table. */
  readonly index: number;
  /** The bits that are to be written. */
  readonly bits: IrteBits;
  /** The code of the cause; null = none is known. */
  readonly cause: number | null;
  /** The event that brought it about; null = none is known. */
  readonly cause_seq: Seq | null;
  /** Another task has changed the entry meanwhile, and nothing tells which of both came last. Absent = none has. */
  readonly raced?: boolean;
}

/** The interrupt remapping tables of a host. */
export interface IommuState {
  /** By irteKey(). */
  readonly irtes: ReadonlyMap<IrteKey, IrteState>;
  /**
   * An exchange was seen, so the table changes with the exchanges; before the first one it changes with the writes.
   */
  readonly seesExchanges: boolean;
  /** In the order of their events. */
  readonly pending: readonly PendingWrite[];
}

/** Where a vCPU is: on a CPU, off it and runnable or in user space, waiting in a halt, or gone. */
export type RunState = "running" | "out" | "blocking" | "freed";

/** One vCPU. null = not known. */
export interface VcpuState {
  /** Its row number, by which `KvmState.vcpus` has it (LiveNames.vcpu()). */
  readonly vcpu: VcpuRow;
  /** The row number of its VM. */
  readonly vm: VmRow;
  /** Where it is. */
  readonly run_state: RunState | null;
  /** The CPU it is loaded on, or NONE. */
  readonly pcpu: number | null;
  /** AVIC is on for it: no inhibit holds. */
  readonly avic_active: boolean | null;
  /** IsRunning of KVM's copy of the physical ID entry. */
  readonly is_running: boolean | null;
  /** GA_LOG_INTR of KVM's copy of the physical ID entry. */
  readonly ga_log_intr: boolean | null;
  /** Address of the vAPIC backing page >> 12. */
  readonly backing_page: number | null;
  /** irteKey()s linked to the vCPU, newest first; null = unknown. */
  readonly ir_list: readonly IrteKey[] | null;
  /** The event since which it is so. */
  readonly since: Since;
}

/** A vCPU of which nothing is known. */
export function unseenVcpu(vm: VmRow, vcpu: VcpuRow): Omit<VcpuState, "since"> {
  return {
    vcpu,
    vm,
    run_state: null,
    pcpu: null,
    avic_active: null,
    is_running: null,
    ga_log_intr: null,
    backing_page: null,
    ir_list: null,
  };
}

/** One VM. */
export interface VmState {
  /** Its row number, by which `KvmState.vms` has it (LiveNames.vm()). */
  readonly vm: VmRow;
  /** It has been destroyed. */
  readonly destroyed: boolean;
  /** Bit mask of kvm->arch.apicv_inhibit_reasons. */
  readonly inhibits: number | null;
  /** No line says that the inhibits are this VM's: what the task did says so. Absent = false. */
  readonly isInferred?: boolean | undefined;
}

/** AVIC inhibits that were changed last of a VM which no line names. */
export interface UnnamedInhibits {
  /** Bit mask of kvm->arch.apicv_inhibit_reasons. */
  readonly inhibits: number;
  /** The event that changed them. */
  readonly since: Since;
}

/** One irqfd: an eventfd bound to a GSI. null = not known. */
export interface IrqfdState {
  /** The row number of its VM. */
  readonly vm: VmRow;
  /** The guest's interrupt that it raises. */
  readonly gsi: number;
  /** The eventfd's number in the process that assigned it; null = assigned before the recording. */
  readonly fd: number | null;
  /** Is it assigned (KVM_IRQFD), or has it been deassigned? */
  readonly state: "assigned" | "deassigned" | null;
  /** The connected producer's host IRQ, or NONE. */
  readonly host_irq: number | null;
  /** The event since which it is so. */
  readonly since: Since;
}

/** The route of a GSI, as an irqfd on it shows it. null = not known. */
export interface RouteState {
  /** The row number of its VM. */
  readonly vm: VmRow;
  /** The guest's interrupt. */
  readonly gsi: number;
  /** enum KVM_IRQ_ROUTING_*: 0 none, 1 irqchip, 2 MSI; null = unknown. */
  readonly type: number | null;
  /** The MSI's address, without its upper 32 bits. */
  readonly address: number | null;
  /** The MSI's data. */
  readonly data: number | null;
  /** The APIC ID that the MSI is sent to. */
  readonly dest: number | null;
  /** The guest's vector. */
  readonly vector: number | null;
  /** The APIC's delivery mode: 0 fixed, 1 lowest priority, and so on. */
  readonly delivery_mode: number | null;
  /** Can the IOMMU post it: single vCPU, fixed or lowest priority. */
  readonly postable: boolean | null;
  /** The event since which it is so. */
  readonly since: Since;
}

/** VMs, vCPUs, irqfds and routes of a host. */
export interface KvmState {
  /** The rules that decide what the functions leave behind, one, or several with `, ` between them; null = unknown. */
  readonly rules: string | null;
  /**
   * svm_vcpu_load() is probed, so every load and put shows. Where only avic_vcpu_load() is, a vCPU
   * whose AVIC is inhibited comes and goes unseen.
   */
  readonly seesEveryLoad: boolean;
  /** By the VM's row number. */
  readonly vms: ReadonlyMap<VmRow, VmState>;
  /** null = every VM whose inhibits were changed is known, since events were lost. */
  readonly unnamedInhibits: UnnamedInhibits | null;
  /** By the vCPU's row number. */
  readonly vcpus: ReadonlyMap<VcpuRow, VcpuState>;
  /** In the order of assignment. */
  readonly irqfds: readonly IrqfdState[];
  /** By `vm:gsi`. */
  readonly routes: ReadonlyMap<RouteKey, RouteState>;
}

/**
 * All that the events say of a host at one moment. `structuredClone` has it whole; in JSON a map is the list of its
 * values, each of which has its key. A clone is plain data and forgets how JSON has it, so JSON of a clone has `{}` for
 * each map: make JSON of the state itself, or clone what `JSON.parse` gives.
 */
export interface TwinState {
  /** The interrupt remapping tables. */
  readonly iommu: IommuState;
  /** VMs, vCPUs, irqfds and routes. */
  readonly kvm: KvmState;
}

/**
 * The state, and how JSON has it: a map as the list of its values. A copy of the state by spreading does not have it.
 */
export function inJson<State extends object>(state: State): State {
  return Object.defineProperty(state, "toJSON", { value: mapsAsLists });
}

function mapsAsLists(this: object): object {
  const values = Object.entries(this) as [string, unknown][];
  return Object.fromEntries(
    values.map(([name, value]) => [name, value instanceof Map ? [...value.values()] : value]),
  );
}

/** The tables before the first event. */
export function emptyIommu(): IommuState {
  return inJson({ irtes: new Map(), seesExchanges: false, pending: [] });
}

/** KVM before the first event; `rules`: the profile of the recording, null = not known. */
export function emptyKvm(rules: string | null): KvmState {
  return inJson({
    rules,
    seesEveryLoad: false,
    vms: new Map(),
    unnamedInhibits: null,
    vcpus: new Map(),
    irqfds: [],
    routes: new Map(),
  });
}

/**
 * The state before the first event; `rules`: the profile of the recording, null = not known; `seesExchanges`: the
 * recording shows the exchange inside of each IRTE write. Default: not known before the first one.
 */
export function emptyState(rules: string | null, seesExchanges = false): TwinState {
  return { iommu: inJson({ ...emptyIommu(), seesExchanges }), kvm: emptyKvm(rules) };
}
