// What a frame tells of each kind of entity.

import { type IrteBits, type Predicted } from "../../domain/values/bits.js";
import { type RunState } from "../../domain/fold/state.js";

/** One IRTE at a moment. */
export interface FrameIrte {
  readonly irte: string;
  readonly segment: number;
  readonly devid: number;
  readonly index: number;
  /** null = they are not known, or (of a predicted entry) not all 128 of them are. */
  readonly bits: IrteBits | null;
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
  readonly vm_id: number | null;
  readonly vcpu_id: number;
  readonly run_state: RunState | null;
  /** NONE (-1) = on no CPU. */
  readonly pcpu: number | null;
  readonly avic_active: boolean | null;
  readonly is_running: boolean | null;
  readonly ga_log_intr: boolean | null;
  readonly since_seq: number;
}

/** One GSI's route at a moment, in numbers as in the table route_interval; null = the value is unknown. */
export interface FrameRoute {
  readonly vm_id: number | null;
  readonly gsi: number;
  readonly type: number | null;
  readonly address: number | null;
  readonly data: number | null;
  readonly dest: number | null;
  readonly vector: number | null;
  readonly delivery_mode: number | null;
  readonly postable: boolean | null;
  readonly since_seq: number;
}

/** An IRTE on the ir_list of a vCPU. */
export interface FrameLink {
  readonly irte: string;
  /** null where its VM's avic vm_id was never shown. */
  readonly vcpu: string | null;
  /** The GSI that it was put there for; null = unknown. */
  readonly gsi: number | null;
  readonly since_seq: number;
}
