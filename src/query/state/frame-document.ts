// What a frame tells of each kind of entity.

import { type IrteName, type Seq, type TimeText, type VcpuName } from "../../domain/values/ids.js";
import { type RunState } from "../../domain/fold/state.js";

/** The two 64-bit words of an entry, or of a mask of its bits: 0x and 16 hexadecimal digits each. */
export interface WordsText {
  /** Bits 63 to 0: 0x and 16 hexadecimal digits. */
  readonly lo: string;
  /** Bits 127 to 64: 0x and 16 hexadecimal digits. */
  readonly hi: string;
}

/** One IRTE at a moment. */
export interface FrameIrte {
  /** Its name, `SSSS:BB:DD.F/INDEX`. */
  readonly irte: IrteName;
  /** PCI segment of the device. */
  readonly segment: number;
  /** PCI requester ID: bus 15:8, device 7:3, function 2:0. */
  readonly devid: number;
  /** Index in the device's interrupt remapping table. */
  readonly index: number;
  /** The low 64 bits: 0x and 16 hexadecimal digits; null = not all of them are known. */
  readonly lo: string | null;
  /** The high 64 bits: 0x and 16 hexadecimal digits; null = not all of them are known. */
  readonly hi: string | null;
  /** predicted: the rules say what it was, no write is shown. anchor: a dump shows it, and no write since. */
  readonly source: "observed" | "predicted" | "anchor";
  /** Only of a predicted entry: its bits. One that is not known is 0. */
  readonly bits?: WordsText;
  /** Only of a predicted entry: which of the bits are known (1). */
  readonly known?: WordsText;
  /** The event since which it is so. */
  readonly since_seq: Seq;
}

/** One vCPU at a moment; null = the value is unknown. */
export interface FrameVcpu {
  /** null where its VM's avic vm_id was never shown. */
  readonly vcpu: VcpuName | null;
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
  readonly since_seq: Seq;
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
  readonly since_seq: Seq;
}

/** An IRTE on the ir_list of a vCPU. */
export interface FrameLink {
  /** `SSSS:BB:DD.F/INDEX`. */
  readonly irte: IrteName;
  /** null where its VM's avic vm_id was never shown. */
  readonly vcpu: VcpuName | null;
  /** The GSI that it was put there for; null = unknown. */
  readonly gsi: number | null;
  /** The event at which it joined the list. */
  readonly since_seq: Seq;
}

/**
 * All entities of a recording that are known at a moment. Lists are in the order in which the entities were first seen.
 * A list is read when it is first asked for: if the timeline is closed by then, that throws ERR_CLOSED. JSON and
 * `structuredClone` read and have all of it but the two functions.
 */
export interface Frame {
  /** The last event that counts; one less than the recording's first if none has happened yet. */
  readonly seq: Seq;
  /** The moment, in the recording's clock unit, as text. */
  readonly time_ns: TimeText;
  /** Every IRTE. */
  readonly irtes: readonly FrameIrte[];
  /** Every vCPU. */
  readonly vcpus: readonly FrameVcpu[];
  /** The route of every GSI that has one. */
  readonly routes: readonly FrameRoute[];
  /** Every IRTE that is on an ir_list, with the vCPU of the list. */
  readonly links: readonly FrameLink[];
  /** An IRTE by its name, without the list; null = not seen until then. Throws ERR_NAME for a name that nothing has. */
  readonly irte: (name: string) => FrameIrte | null;
  /**
   * A vCPU by its name (of several of that name the newest), without the list; null = not seen until then. Throws
   * ERR_NAME for a name that nothing has.
   */
  readonly vcpu: (name: string) => FrameVcpu | null;
}
