// One event, as everything but its storage sees it. How it is stored (which payload field stands in which
// column) is known to stored-event.ts alone.

import { type IrteBits } from "../values/bits.js";
import {
  irteKey,
  routeKey,
  type IrteKey,
  type RouteKey,
  type Seq,
  type Since,
  type Stamp,
  type VcpuRow,
  type VmRow,
} from "../values/ids.js";

/**
 * One fact of a recording: it never changes once it is made. `null` = the trace does not say. The fields
 * that only some kinds have are read with `payload`.
 */
export interface TwinEvent extends Stamp {
  /** Its place in the total order of the timeline: 1, 2, 3 and so on. */
  readonly seq: Seq;
  /** The line of the trace file, from 1. */
  readonly line: number;
  /** The host CPU that printed it. */
  readonly cpu: number;
  /** Row of the acting task. */
  readonly task: number | null;
  /** Code of its kind (KIND, kindName()). */
  readonly kind: number;
  /** Row of the VM; not the VM's avic_vm_id. */
  readonly vm: VmRow | null;
  /** Row of the vCPU; not its vcpu_id. */
  readonly vcpu: VcpuRow | null;
  /** PCI segment; null where the trace names none, which means 0. */
  readonly segment: number | null;
  /** PCI requester ID: bus 15:8, device 7:3, function 2:0. */
  readonly devid: number | null;
  /** Index in the device's interrupt remapping table. */
  readonly irte_index: number | null;
  /** The guest's interrupt. */
  readonly gsi: number | null;
  /** Linux IRQ number on the host. */
  readonly host_irq: number | null;
  /** Code of the cause: its place in CAUSES, from 1. */
  readonly cause: number | null;
  /** The event that brought it about. */
  readonly cause_seq: Seq | null;
  /** How many of the two 64-bit words hold a value: 0, 1 or 2. */
  readonly words: number;
  /** The first word's bits 63:32, as a signed 32-bit integer. */
  readonly loH: number;
  /** The first word's bits 31:0, as a signed 32-bit integer. */
  readonly loL: number;
  /** The second word's bits 63:32, as a signed 32-bit integer. */
  readonly hiH: number;
  /** The second word's bits 31:0, as a signed 32-bit integer. */
  readonly hiL: number;
}

/** What RxJS carries: events in `seq` order, never empty. */
export type Batch = readonly TwinEvent[];

/** The text of an event of the kind marker. */
export interface MarkerText {
  /** The event. */
  readonly seq: Seq;
  /** What was written to trace_marker. */
  readonly text: string;
}

/** A call whose return a probe shows: the event of its entry, and the line of its return. */
export interface CallReturn {
  /** The event of its entry. */
  readonly seq: Seq;
  /** The line of its return. */
  readonly line: number;
  /** The last event before the return; left out or null where the lines of the file are in the order of time. */
  readonly after?: Seq | null;
}

/** Does the event come after the return of a call? */
export function isAfterReturn({ seq, line }: TwinEvent, returned: CallReturn): boolean {
  const { after = null } = returned;
  return after === null ? line > returned.line : seq > after;
}

/** The key of the IRTE that the event names; null where it names none. */
export function irteKeyOf({ segment, devid, irte_index }: TwinEvent): IrteKey | null {
  return devid === null || irte_index === null ? null : irteKey(segment ?? 0, devid, irte_index);
}

/** The key of the GSI that the event names; null where it names no VM or no GSI. */
export function routeKeyOf({ vm, gsi }: TwinEvent): RouteKey | null {
  return vm === null || gsi === null ? null : routeKey(vm, gsi);
}

/** The event as the moment since which something is so. */
export function sinceOf({ seq, billions, rest }: TwinEvent): Since {
  return { seq, billions, rest };
}

/** The bits that an event of two words carries. */
export function bitsOf({ loH, loL, hiH, hiL }: TwinEvent): IrteBits {
  return { loH, loL, hiH, hiL };
}
