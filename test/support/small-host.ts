// A small host for tests of the rules: who is on it, and its kernel's functions as the probes print them.

import { causeCode, type Cause } from "../../src/domain/events/causes.js";
import { type EventKindName } from "../../src/domain/events/kinds.js";
import { type TwinEvent } from "../../src/domain/events/event.js";
import { irteKey, type IrteKey } from "../../src/domain/values/ids.js";
import { RULES, RULES_IDS, type RulesId } from "../../src/domain/amd/releases/releases.js";
import { event, type EventFields } from "./twin-event.js";

/** What one function prints, its entry first. */
export type Printed = readonly TwinEvent[];

/** A vCPU with all of its names. */
export interface Vcpu {
  readonly name: string;
  readonly row: number;
  readonly vm: number;
  readonly vm_id: number;
  readonly vcpu_id: number;
  readonly vcpu_idx: number;
  /** Page frame of its backing page. */
  readonly page: number;
}

/** A host interrupt with its entry, and the GSI that it is connected to. */
export interface Entry {
  readonly name: string;
  readonly irte_index: number;
  readonly key: IrteKey;
  readonly host_irq: number;
  readonly gsi: number;
}

// prettier-ignore
const VCPU_ROWS = {
  A: { name: "A", row: 1, vm: 1, vm_id: 1, vcpu_id: 7, vcpu_idx: 3, page: 0x123456 },
  B: { name: "B", row: 2, vm: 1, vm_id: 1, vcpu_id: 9, vcpu_idx: 4, page: 0x80_0012_3457 },
  // In another VM, which has the first one's avic_vm_id.
  STRANGER: { name: "STRANGER", row: 3, vm: 2, vm_id: 1, vcpu_id: 0, vcpu_idx: 0, page: 0x77 },
} as const;

/** Two vCPUs of one VM, whose vcpu_id is not their index, and a stranger. */
export const { A, B, STRANGER } = VCPU_ROWS;
export const VCPUS: readonly Vcpu[] = Object.values(VCPU_ROWS);

/** The GA tags of A and B, worked out by hand: vm_id 1 above 9 or 12 bits of vcpu_id or vcpu_idx. */
const TAGS = {
  "vcpu_id in 9": { A: 0x207, B: 0x209 },
  "vcpu_idx in 9": { A: 0x203, B: 0x204 },
  "vcpu_id in 12": { A: 0x1007, B: 0x1009 },
  "vcpu_idx in 12": { A: 0x1003, B: 0x1004 },
} as const;

/** The same by profile. */
export const TAG = Object.fromEntries(
  RULES_IDS.map((id) => {
    const { tagVcpuField, tagVcpuBits } = RULES[id];
    return [id, TAGS[`${tagVcpuField} in ${tagVcpuBits}`]];
  }),
) as Readonly<Record<RulesId, { readonly A: number; readonly B: number }>>;

/** The guest vectors and pages of the entries that are posted, and where the host has them. */
export const GUEST_VECTOR = 0x41;
export const HOST_VECTOR = 0x22;
export const HOST_APIC = 0x21;

const DEVID = 0x100;

function entry(name: string, irte_index: number): Entry {
  const key = irteKey(0, DEVID, irte_index);
  return { name, irte_index, key, host_irq: 50 + irte_index, gsi: 20 + irte_index };
}

/** Two interrupts of one device. */
export const E: Entry = entry("E", 0);
export const F: Entry = entry("F", 1);
export const ENTRIES: readonly Entry[] = [E, F];

/** CPU 5 has the APIC ID 0x25. */
export function apicOf(cpu: number): number {
  return 0x20 + cpu;
}

export const APIC_OF_CPU: ReadonlyMap<number, number> = new Map(
  Array.from({ length: 8 }, (_, cpu) => [cpu, apicOf(cpu)]),
);

// --- vCPUs ----------------------------------------------------------------------------------------

type VcpuKind = Extract<EventKindName, `vcpu_${string}` | `avic_${string}`>;

/** A function of a vCPU's own thread on a CPU. */
function ofVcpu(kind: VcpuKind, cause: Cause | null, vcpu: Vcpu, fields: EventFields): Printed {
  const { vm, row } = vcpu;
  const code = cause === null ? null : causeCode(cause);
  return [event(kind, { vm, vcpu: row, task: 10 + row, cause: code, ...fields })];
}

/** What a probe prints of the vCPU's physical ID entry. */
export interface PhysicalId {
  readonly is_running?: boolean;
  readonly ga_log_intr?: boolean;
  readonly apic?: number;
}

/** The physical ID entry as a 64-bit word: valid, IsRunning, GA_LOG_INTR, the page, the APIC ID. */
export function physicalId(
  { page }: Vcpu,
  { is_running = false, ga_log_intr = false, apic = 0 }: PhysicalId = {},
): { readonly words: number; readonly loH: number; readonly loL: number } {
  const flags = (1 << 31) | (is_running ? 1 << 30 : 0) | (ga_log_intr ? 1 << 29 : 0);
  return { words: 1, loH: flags | Math.floor(page / 0x10_0000), loL: (page << 12) | apic };
}

export function created(vcpu: Vcpu): Printed {
  const { vm, row, vcpu_idx } = vcpu;
  return [event("vcpu_created", { vm, vcpu: row, ...physicalId(vcpu), payload: { vcpu_idx } })];
}

export function destroyed({ vm, row }: Vcpu): Printed {
  return [event("vcpu_destroyed", { vm, vcpu: row })];
}

export function loaded(vcpu: Vcpu, cpu: number, fields: EventFields = {}): Printed {
  return ofVcpu("avic_vcpu_loaded", "vcpu load", vcpu, { cpu, payload: { cpu }, ...fields });
}

export function put(vcpu: Vcpu, fields: EventFields = {}): Printed {
  return ofVcpu("avic_vcpu_put", "vcpu put", vcpu, fields);
}

/** It halts; `apicv_active`: AVIC is not inhibited. */
export function blocked(vcpu: Vcpu, apicv_active = 1): Printed {
  return ofVcpu("vcpu_blocking", "vcpu block", vcpu, { payload: { apicv_active } });
}

export function unblocked(vcpu: Vcpu, cpu: number, apicv_active = 1): Printed {
  return ofVcpu("vcpu_unblocking", "vcpu unblock", vcpu, { cpu, payload: { apicv_active } });
}

/** The vCPU takes up that AVIC is inhibited, while it runs. */
export function inhibited(vcpu: Vcpu, cpu: number): Printed {
  return ofVcpu("avic_refreshed", "AVIC inhibit", vcpu, { cpu, payload: { apicv_active: 0 } });
}

/** The vCPU takes up that AVIC is active again, while it runs. */
export function uninhibited(vcpu: Vcpu, cpu: number): Printed {
  return ofVcpu("avic_refreshed", "AVIC un-inhibit", vcpu, { cpu, payload: { apicv_active: 1 } });
}

/** The IOMMU logged an interrupt for the vCPU, because it did not run. */
export function logged({ vm, row }: Vcpu): Printed {
  return [event("ga_log_entry", { vm, vcpu: row, task: 2 })];
}

// --- the host's interrupts --------------------------------------------------------------------------

/** The fields by which an event names an entry. */
export function naming({ irte_index, host_irq }: Entry): EventFields {
  return { segment: 0, devid: DEVID, irte_index, host_irq };
}

export function allocated(of: Entry): Printed {
  return [event("irte_allocated", { ...naming(of), payload: { count: 1 } })];
}

/** The host gives the IRQ a vector and a CPU, in irq_cfg. */
export function assigned(of: Entry, vector: number, apicdest: number): Printed {
  return [
    event("host_vector_assigned", { host_irq: of.host_irq, payload: { vector, cpu: 1, apicdest } }),
  ];
}

/** irte_ga_prepare(): fixed, physical, HOST_VECTOR to HOST_APIC; not in the table yet. */
export function prepared(of: Entry): Printed {
  const words = { words: 2, loH: 0, loL: HOST_APIC << 8, hiH: 0, hiL: HOST_VECTOR };
  return [event("irte_prepared", { ...naming(of), ...words })];
}

export function activated(of: Entry): Printed {
  return [event("host_irq_activated", { ...naming(of), cause: causeCode("activate") })];
}

export function deactivated(of: Entry): Printed {
  return [event("host_irq_deactivated", { ...naming(of), cause: causeCode("deactivate") })];
}

/** irte_ga_set_affinity(). */
export function moved(of: Entry, vector: number, dest: number): Printed {
  const cause = causeCode("host affinity");
  return [event("host_affinity_set", { ...naming(of), cause, payload: { vector, dest } })];
}

// --- routes and producers -----------------------------------------------------------------------

/** Where an update sends an entry, and how much of the update the probes print. */
export interface Update {
  /** null = to no vCPU. */
  readonly to: Vcpu | null;
  /** AVIC is inhibited on the target. */
  readonly isInhibited?: boolean;
  readonly vector?: number;
  /** What the probe prints of the vCPU since the series: its CPU's APIC ID, -1 = none, and the log. */
  readonly cpu?: number;
  readonly ga_log_intr?: number;
  /** The driver refuses. */
  readonly fails?: boolean;
  /** The type of the route where there is no target: 0 none, 1 irqchip, 2 an MSI that cannot be posted. */
  readonly type?: number;
}

const VM = 1;
const MSI = 2;

function ofIrqfd(kind: EventKindName, of: Entry, fields: EventFields = {}): TwinEvent {
  return event(kind, { ...naming(of), vm: VM, gsi: of.gsi, ...fields });
}

/** avic_pi_update_irte() asks for an update. */
export function requested(of: Entry, { to, vector = GUEST_VECTOR }: Update): TwinEvent {
  return ofIrqfd("pi_update_requested", of, { vcpu: to?.row ?? null, payload: { vector } });
}

/**
 * What amd_ir_set_vcpu_affinity() is told, by default in the fields that every release prints; the tag as the
 * oldest packs it. The rules pack it anew, for they know the vCPU.
 */
export function told(of: Entry, how: Update): TwinEvent {
  const { to, isInhibited = false, cpu = null, ga_log_intr = null } = how;
  if (to === null) return ofIrqfd("vcpu_affinity_set", of);
  const { words, loH, loL } = physicalId(to);
  return ofIrqfd("vcpu_affinity_set", of, {
    ...{ words, loH: loH & 0xf_ffff, loL },
    vcpu: isInhibited ? null : to.row,
    payload: {
      ...{ is_guest_mode: isInhibited ? 0 : 1, ga_tag: (to.vm_id << 9) | to.vcpu_id },
      ...{ cpu, ga_log_intr },
    },
  });
}

function update(of: Entry, how: Update): Printed {
  const { to, vector = GUEST_VECTOR, fails = false } = how;
  const msi = ofIrqfd("irqfd_msi", of, { payload: { dest: to?.vcpu_id ?? 0, vector, mode: 0 } });
  const failed = ofIrqfd("call_failed", of, { payload: { ret: -22, of_kind: 9 } });
  return [
    ...(to === null ? [] : [msi]),
    requested(of, how),
    told(of, how),
    ...(fails ? [failed] : []),
  ];
}

function routing(of: Entry, type: number, inner: Printed): Printed {
  const cause = causeCode("routing change");
  const data = type === MSI ? GUEST_VECTOR : 0;
  return [
    event("gsi_routing_set", { vm: VM, cause, payload: { nr: 1 } }),
    ofIrqfd("irqfd_routed", of, { payload: { type, address: 0, data } }),
    ...inner,
  ];
}

/** KVM_SET_GSI_ROUTING: the route of the entry's GSI is another, and the entry is updated. */
export function routed(of: Entry, how: Update): Printed {
  return routing(of, how.to === null ? (how.type ?? MSI) : MSI, update(of, how));
}

/** KVM_SET_GSI_ROUTING with no route for the entry's GSI: the update that KVM began, and no call of the driver. */
export function unrouted(of: Entry): Printed {
  return routing(of, 0, [requested(of, { to: null })]);
}

/** A producer is connected, and the entry is updated. */
export function connected(of: Entry, how: Update): Printed {
  const cause = causeCode("producer added");
  return [ofIrqfd("producer_added", of, { cause }), ...update(of, how)];
}

/** A producer is disconnected; `inner`: what the probes print of the update. */
export function disconnected(of: Entry, inner: Printed): Printed {
  const cause = causeCode("producer removed");
  return [ofIrqfd("producer_removed", of, { cause }), ...inner];
}

/** KVM_IRQFD with DEASSIGN, up to the irqfd's shutdown on the task that disconnects it. */
export function deassigned(of: Entry): readonly Printed[] {
  return [[ofIrqfd("irqfd_deassigned", of)], [ofIrqfd("irqfd_shut_down", of)]];
}

// --- histories ----------------------------------------------------------------------------------

/** The entry is remapped and valid. */
export function ready(of: Entry): readonly Printed[] {
  return [allocated(of), assigned(of, HOST_VECTOR, HOST_APIC), prepared(of), activated(of)];
}

/** Both vCPUs are there, on no CPU, and E is remapped. */
export const BEGIN: readonly Printed[] = [created(A), created(B), ...ready(E)];

/** A runs on CPU 5, and E is posted to it. */
export const POSTED_RUNNING: readonly Printed[] = [...BEGIN, loaded(A, 5), connected(E, { to: A })];
