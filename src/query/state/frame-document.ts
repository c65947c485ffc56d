// What a frame tells of each kind of entity.

import { type IrteBits, type Predicted } from "../../domain/values/bits.js";
import { type RunState } from "../../domain/fold/state.js";

/** One IRTE at a moment. */
export interface FrameIrte {
  /** `SSSS:BB:DD.F/INDEX`. */
  readonly irte: string;
  /** The PCI segment. */
  readonly segment: number;
  /** Bus, device and function: `bus << 8 | device << 3 | function`. */
  readonly devid: number;
  /** The index of the entry in the device's table. */
  readonly index: number;
  /** null = they are not known, or (of a predicted entry) not all 128 of them are. */
  readonly bits: IrteBits | null;
  /** observed: a line shows it. predicted: the rules say so. anchor: a dump of the table shows it. */
  readonly source: "observed" | "predicted" | "anchor";
  /** Of a predicted entry: its bits, and which of them are known. */
  readonly predicted?: Predicted;
  /** The event since which it is so. */
  readonly since_seq: number;
}

/** One vCPU at a moment; null = the value is unknown. */
export interface FrameVcpu {
  /** null where its VM's avic vm_id was never shown. */
  readonly vcpu: string | null;
  /** The avic vm_id of its VM. */
  readonly vm_id: number | null;
  /** KVM's vcpu_id. */
  readonly vcpu_id: number;
  /** running: on a CPU. out: off it, and not waiting. blocking: waiting in a halt. freed: gone. */
  readonly run_state: RunState | null;
  /** NONE (-1) = on no CPU. */
  readonly pcpu: number | null;
  /** AVIC is on for it: no inhibit holds. */
  readonly avic_active: boolean | null;
  /** IsRunning of KVM's copy of the physical ID entry. */
  readonly is_running: boolean | null;
  /** GA_LOG_INTR of KVM's copy of the physical ID entry. */
  readonly ga_log_intr: boolean | null;
  /** The event since which it is so. */
  readonly since_seq: number;
}

/** One GSI's route at a moment, in numbers as in the table route_interval; null = the value is unknown. */
export interface FrameRoute {
  /** The avic vm_id of its VM. */
  readonly vm_id: number | null;
  /** The guest's interrupt. */
  readonly gsi: number;
  /** enum KVM_IRQ_ROUTING_*: 0 none, 1 irqchip, 2 MSI. */
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
  readonly since_seq: number;
}

/** An IRTE on the ir_list of a vCPU. */
export interface FrameLink {
  /** `SSSS:BB:DD.F/INDEX`. */
  readonly irte: string;
  /** null where its VM's avic vm_id was never shown. */
  readonly vcpu: string | null;
  /** The GSI that it was put there for; null = unknown. */
  readonly gsi: number | null;
  /** The event at which it joined the list. */
  readonly since_seq: number;
}
