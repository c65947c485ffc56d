// What a recording script is made from: the probes that a kernel can have, and those that it cannot.

import { type Level } from "../domain/platform/facts.js";

/** One kprobe event, ready for the file `kprobe_events` of tracefs. */
export interface PlannedProbe {
  /** The event's name, as the probe table has it: `irte_write`. */
  readonly name: string;
  /** The line to write: `p:pi/irte_write __modify_irte_ga.isra.0 devid=%si:x16 ...`. Its group is always `pi`. */
  readonly definition: string;
  /** The symbol that the probe is on, without an offset: `__modify_irte_ga.isra.0`. */
  readonly symbol: string;
  /** The module that has the symbol, such as `kvm_amd`; null = the kernel itself. */
  readonly module: string | null;
  /**
   * false: the definition names registers of a function that the compiler has specialised, or a value that the kernel's
   * own descriptions do not give, and this was not verified on a build of this release.
   */
  readonly isVerified: boolean;
  /** The smallest set that has it on this kernel. */
  readonly level: Level;
}

/** A probe that this kernel cannot have, and why. */
export interface AbsentProbe {
  /** The name of the probe. */
  readonly name: string;
  /** A whole sentence. */
  readonly reason: string;
  /** What cannot be decided without it, from the probe table; null = nothing. */
  readonly undecided: string | null;
  /** The release is known to have no such function: it does without, and so does the recording. */
  readonly isExpected: boolean;
}

/** A tracepoint of the kernel, by its group and name. */
export interface PlannedTracepoint {
  /** Its group, such as `kvm`. */
  readonly system: string;
  /** Its name, such as `kvm_avic_ga_log`. */
  readonly name: string;
}

/** Everything that a recording of one kernel sets. */
export interface CapturePlan {
  /** What `uname -r` prints there; null = not known. */
  readonly release: string | null;
  /** The set of probes that was asked for. */
  readonly level: Level;
  /** The probes that are set, with their definitions. */
  readonly probes: readonly PlannedProbe[];
  /** The tracepoints that are switched on. */
  readonly tracepoints: readonly PlannedTracepoint[];
  /** The probes of the set that this kernel cannot have. */
  readonly absent: readonly AbsentProbe[];
}
