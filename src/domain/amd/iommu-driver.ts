// What each function of the AMD IOMMU driver writes into an IRTE: shadow in, shadow out, bit for bit.
// Every write to the table carries the whole shadow. Source: drivers/iommu/amd/iommu.c; where releases
// part, a row of the table in rules.ts decides.

import { type IrteBits, type Predicted } from "../bits.js";
import { type Rules } from "./releases.js";

/** What KVM handed to the driver for a posted entry; null = not observed. */
export interface PostTarget {
  readonly ga_tag: number | null;
  /** Backing page address >> 12. */
  readonly ga_root_ptr: number | null;
  readonly vector: number | null;
}

/** irq_cfg: where the host wants the interrupt; null = not observed. */
export interface HostTarget {
  readonly vector: number | null;
  readonly dest_apicid: number | null;
  /** apic->dest_mode_logical, one for the host. */
  readonly logical: boolean | null;
}

/** A CPU's APIC ID, -1 = the vCPU is on no CPU, null = not observed. */
export type Destination = number | null;

const ALL: IrteBits = { loH: -1, loL: -1, hiH: -1, hiL: -1 };
const VALID = 1 << 0;
const GA_LOG_INTR = 1 << 2;
const IS_RUN_OR_DM = 1 << 6;
const GUEST_MODE = 1 << 7;
const DEST_LO = 0xffff_ff00 | 0;
const DEST_HI = 0xff00_0000 | 0;

/**
 * amd_iommu_activate_guest_mode(). Without `postsInOneWrite`: not running, destination 0 (the caller
 * sets those with a second write); with it the CPU is an argument. Without `logsOnlyBlocking`
 * GALogIntr is on, with it as asked, and off while the vCPU runs.
 */
export function activateGuestMode(
  rules: Rules,
  shadow: IrteBits | null,
  target: PostTarget,
  cpu: Destination,
  ga_log_intr: boolean | null,
): Predicted {
  const { ga_tag, ga_root_ptr, vector } = target;
  const page = ga_root_ptr ?? 0;
  const base: Predicted = {
    bits: {
      loH: (ga_tag ?? 0) | 0,
      loL: GUEST_MODE | (shadow === null ? 0 : shadow.loL & VALID),
      hiL: ((page % 0x10_0000) << 12) | (vector ?? 0),
      hiH: Math.floor(page / 0x10_0000),
    },
    known: {
      loH: ga_tag === null ? 0 : -1,
      loL: shadow === null ? ~VALID : -1,
      hiL: (ga_root_ptr === null ? 0xfff : -1) & (vector === null ? ~0xff : -1),
      hiH: ga_root_ptr === null ? ~0xf_ffff : -1,
    },
  };
  const isRunning = rules.postsInOneWrite && cpu !== -1;
  const moved = withRunning(base, isRunning ? cpu : -1);
  const log = rules.logsOnlyBlocking ? (isRunning ? false : ga_log_intr) : true;
  return withGaLog(moved, log);
}

/** amd_iommu_deactivate_guest_mode(): back to the host's vector and CPU, as irq_cfg has them now. */
export function deactivateGuestMode(shadow: IrteBits, host: HostTarget): Predicted {
  const { vector, dest_apicid, logical } = host;
  const dest = dest_apicid ?? 0;
  return {
    bits: {
      loH: 0,
      loL: (shadow.loL & VALID) | (dest << 8) | (logical === true ? IS_RUN_OR_DM : 0),
      hiL: vector ?? 0,
      hiH: dest & DEST_HI,
    },
    known: {
      loH: -1,
      loL: (dest_apicid === null ? ~DEST_LO : -1) & (logical === null ? ~IS_RUN_OR_DM : -1),
      hiL: vector === null ? ~0xff : -1,
      hiH: dest_apicid === null ? ~DEST_HI : -1,
    },
  };
}

/**
 * amd_iommu_update_ga(). `cpu` -1: not running, destination kept. GALogIntr stays as it is; with
 * `logsOnlyBlocking` it is off while the vCPU runs, else as asked.
 */
export function updateGa(
  rules: Rules,
  shadow: IrteBits,
  cpu: Destination,
  ga_log_intr: boolean | null,
): Predicted {
  const moved = withRunning({ bits: shadow, known: ALL }, cpu);
  return rules.logsOnlyBlocking ? withGaLog(moved, cpu === -1 ? ga_log_intr : false) : moved;
}

/** irte_ga_set_affinity() on a remapped entry; on a posted one it writes nothing. */
export function setAffinity(
  shadow: IrteBits,
  vector: number | null,
  dest: number | null,
): Predicted {
  const moved = withDestination({ bits: shadow, known: ALL }, dest);
  return {
    bits: { ...moved.bits, hiL: (shadow.hiL & ~0xff) | (vector ?? 0) },
    known: { ...moved.known, hiL: vector === null ? ~0xff : -1 },
  };
}

/** irte_ga_activate() and irte_ga_deactivate(): the valid bit, all else kept (guest_mode too). */
export function setValid(shadow: IrteBits, valid: boolean): Predicted {
  return withLow({ bits: shadow, known: ALL }, valid ? VALID : 0, VALID);
}

/** IsRun and the CPU; -1 = IsRun off, the destination as it is. */
function withRunning(base: Predicted, cpu: Destination): Predicted {
  if (cpu === -1) return withLow(base, 0, IS_RUN_OR_DM);
  return withDestination(withLow(base, IS_RUN_OR_DM, IS_RUN_OR_DM), cpu);
}

function withGaLog(base: Predicted, log: boolean | null): Predicted {
  const logging = withLow(base, log === true ? GA_LOG_INTR : 0, GA_LOG_INTR);
  return log === null ? unknownLow(logging, GA_LOG_INTR) : logging;
}

function withLow({ bits, known }: Predicted, set: number, of: number): Predicted {
  return {
    bits: { ...bits, loL: (bits.loL & ~of) | set },
    known: { ...known, loL: known.loL | of },
  };
}

function unknownLow({ bits, known }: Predicted, of: number): Predicted {
  return { bits, known: { ...known, loL: known.loL & ~of } };
}

function withDestination({ bits, known }: Predicted, dest: Destination): Predicted {
  const id = dest ?? 0;
  return {
    bits: {
      ...bits,
      loL: (bits.loL & ~DEST_LO) | (id << 8),
      hiH: (bits.hiH & ~DEST_HI) | (id & DEST_HI),
    },
    known:
      dest === null
        ? { ...known, loL: known.loL & ~DEST_LO, hiH: known.hiH & ~DEST_HI }
        : { ...known, loL: known.loL | DEST_LO, hiH: known.hiH | DEST_HI },
  };
}
