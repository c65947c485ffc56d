// The last time that KVM set up the posting of an irqfd's interrupt, if that is over at the moment that is asked for.

import type Database from "better-sqlite3";
import { KIND } from "../../domain/events/kinds.js";
import { type IrqfdState } from "../../domain/fold/state.js";
import { type Recording } from "../../timeline/read/recordings.js";

/** The last step of an update that the recording shows. */
export interface Update {
  /** Its event. */
  readonly seq: number;
  /** What amd_ir_set_vcpu_affinity() was told; null = not to post, or it was not called. */
  readonly is_guest_mode: number | null;
}

/** What begins an update, or is a step of it, in the order of the functions. */
const STEPS = [
  KIND.producer_added,
  KIND.irqfd_routed,
  KIND.irqfd_msi,
  KIND.pi_update_requested,
  KIND.vcpu_affinity_set,
];
/** What a task does within an update besides. */
const WITHIN = [...STEPS, KIND.pi_update_decided, KIND.irte_written, KIND.irte_exchanged];

interface Step {
  readonly seq: number;
  readonly kind: number;
  readonly task: number | null;
  readonly a: number | null;
}

/**
 * The last update of an irqfd up to an event. null = none is shown, it may not be over yet, a step of it failed, or
 * events were lost since.
 */
export function lastUpdate(
  {
    sqlite,
    recording,
    seq,
  }: { readonly sqlite: Database.Database; readonly recording: Recording; readonly seq: number },
  { vm, gsi, host_irq }: IrqfdState,
): Update | null {
  const { id } = recording;
  const last = (kinds: readonly number[]): Step | undefined =>
    sqlite
      .prepare<unknown[], Step>(
        `SELECT seq, kind, task, a FROM event
         WHERE recording_id = ? AND seq <= ? AND kind IN (${kinds.join(", ")})
           AND (vm = ? AND gsi = ? OR host_irq = ?) ORDER BY seq DESC LIMIT 1`,
      )
      .get(id, seq, vm, gsi, host_irq);
  const step = last(STEPS);
  if (step?.task == null) return null;
  const told = last([KIND.vcpu_affinity_set]);
  const added = last([KIND.producer_added])?.seq ?? 0;
  const is_guest_mode = told !== undefined && told.seq >= added ? told.a : null;
  const later = sqlite
    .prepare<unknown[], { readonly kind: number }>(
      `SELECT kind FROM event WHERE recording_id = ? AND seq > ? AND seq <= ? AND task = ?
         AND kind NOT IN (${WITHIN.join(", ")}) ORDER BY seq LIMIT 1`,
    )
    .get(id, step.seq, seq, step.task);
  const lost = sqlite
    .prepare("SELECT 1 FROM event WHERE recording_id = ? AND kind = ? AND seq > ? AND seq <= ?")
    .get(id, KIND.events_lost, Math.min(step.seq, told?.seq ?? step.seq), seq);
  if (later === undefined || later.kind === KIND.call_failed || lost !== undefined) return null;
  return { seq: told !== undefined && told.seq >= added ? told.seq : step.seq, is_guest_mode };
}
