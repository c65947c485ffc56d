// What each function of the AMD IOMMU driver writes into an IRTE: shadow in, shadow out, bit for bit.
// Every write to the table carries the whole shadow. Source: drivers/iommu/amd/iommu.c; where releases
// part, a row of the release table decides.

import { IRTE } from "../irte/irte-fields.js";
import { EntryDraft } from "../../values/bit-fields.js";
import { type IrteBits, type Predicted, NO_BITS } from "../../values/bits.js";
import { type Rules } from "../releases/releases.js";

/** What KVM handed to the driver for a posted entry; null = not observed. */
export interface PostTarget {
  /** The GA tag. */
  readonly ga_tag: number | null;
  /** Backing page address >> 12. */
  readonly ga_root_ptr: number | null;
  /** The guest's vector. */
  readonly vector: number | null;
}

/** irq_cfg: where the host wants the interrupt; null = not observed. */
export interface HostTarget {
  /** The host's vector. */
  readonly vector: number | null;
  /** The APIC ID of the CPU that is to get it. */
  readonly dest_apicid: number | null;
  /** apic->dest_mode_logical, one for the host. */
  readonly logical: boolean | null;
}

/** A CPU's APIC ID, -1 = the vCPU is on no CPU, null = not observed. */
export type Destination = number | null;

/**
 * amd_iommu_activate_guest_mode(). Without `postsInOneWrite`: not running, destination 0 (the caller sets
 * those with a second write); with it the CPU is an argument. Without `logsOnlyBlocking` GALogIntr is on,
 * with it as asked, and off while the vCPU runs.
 */
export function activateGuestMode(
  rules: Rules,
  shadow: IrteBits | null,
  { ga_tag, ga_root_ptr, vector }: PostTarget,
  cpu: Destination,
  ga_log_intr: boolean | null,
): Predicted {
  const isRunning = rules.postsInOneWrite && cpu !== -1;
  const log = rules.logsOnlyBlocking ? (isRunning ? false : ga_log_intr) : true;
  const entry = new EntryDraft(NO_BITS)
    .setFlag(IRTE.valid, shadow === null ? null : IRTE.valid.isSet(shadow))
    .setFlag(IRTE.guest_mode, true)
    .set(IRTE.ga_tag, ga_tag)
    .set(IRTE.ga_root_ptr, ga_root_ptr)
    .set(IRTE.vector, vector)
    .setFlag(IRTE.ga_log_intr, log);
  return setRunning(entry, isRunning ? cpu : -1).done();
}

/** amd_iommu_deactivate_guest_mode(): back to the host's vector and CPU, as irq_cfg has them now. */
export function deactivateGuestMode(
  shadow: IrteBits,
  { vector, dest_apicid, logical }: HostTarget,
): Predicted {
  return new EntryDraft(NO_BITS)
    .setFlag(IRTE.valid, IRTE.valid.isSet(shadow))
    .setFlag(IRTE.dm, logical)
    .set(IRTE.destination, dest_apicid)
    .set(IRTE.vector, vector)
    .done();
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
  const entry = setRunning(new EntryDraft(shadow), cpu);
  if (rules.logsOnlyBlocking) entry.setFlag(IRTE.ga_log_intr, cpu === -1 ? ga_log_intr : false);
  return entry.done();
}

/** irte_ga_set_affinity() on a remapped entry; on a posted one it writes nothing. */
export function setAffinity(
  shadow: IrteBits,
  vector: number | null,
  dest: number | null,
): Predicted {
  return new EntryDraft(shadow).set(IRTE.destination, dest).set(IRTE.vector, vector).done();
}

/**
 * irte_ga_activate() and irte_ga_deactivate(): the valid bit, all else kept (guest_mode too). With
 * `storesRunBits` the driver's copy has IsRun and the CPU as the posting left them: not running, 0.
 */
export function setValid(rules: Rules, shadow: IrteBits, valid: boolean): Predicted {
  const entry = new EntryDraft(shadow).setFlag(IRTE.valid, valid);
  const isStale = rules.storesRunBits && IRTE.guest_mode.isSet(shadow);
  if (isStale) entry.setFlag(IRTE.is_run, false).set(IRTE.destination, 0);
  return entry.done();
}

/** IsRun and the CPU; -1 = IsRun off, and the destination as it is. */
function setRunning(entry: EntryDraft, cpu: Destination): EntryDraft {
  entry.setFlag(IRTE.is_run, cpu !== -1);
  return cpu === -1 ? entry : entry.set(IRTE.destination, cpu);
}
