// A frame's words. Entities of one kind share a table: each has a slot (0, 1, 2 ... as they are first seen) and
// a row of 32-bit words, whose first is the event since which it is so:
//
//   0 = there is none; n = since event first_seq + n - 1 of the recording; -n = unknown since then.
//
// The words after it are the value. Routes and links have none: their row in the interval table is found
// by the key and that event.

import { NONE, type RunState, type VcpuState } from "./state.js";

/** The kinds of entities that a frame holds, in the order of its sections. */
export const ENTITY_KINDS = ["irte", "vcpu", "route", "link"] as const;
/** One of ENTITY_KINDS. */
export type EntityKind = (typeof ENTITY_KINDS)[number];

interface Width {
  /** Words that name the entity: an irteKey() as high and low; a vCPU's row; a VM's row, GSI high and low. */
  readonly key: number;
  /** Words of the value: an IRTE's lo and hi, high halves first; a vCPU's state (packVcpu). */
  readonly value: number;
}

/** How many words the key and the value of an entity have, by kind. */
export const WIDTHS: Readonly<Record<EntityKind, Width>> = {
  irte: { key: 2, value: 4 },
  vcpu: { key: 1, value: 1 },
  route: { key: 3, value: 0 },
  link: { key: 2, value: 0 },
};

const TWO_32 = 0x1_0000_0000;

/** The high half of a safe integer; the low one is `value | 0`. */
export function highWord(value: number): number {
  return Math.floor(value / TWO_32) | 0;
}

/** The safe integer whose halves are `highWord(value)` and `value | 0`. */
export function integerOf(high: number, low: number): number {
  return high * TWO_32 + (low >>> 0);
}

/**
 * The run states by their codes, which frames and vcpu_interval.run_state hold. 0 = not known; the table has
 * NULL for it.
 */
export const RUN_STATES: readonly (RunState | null)[] = [
  null,
  "running",
  "out",
  "blocking",
  "freed",
];
const FLAG_UNKNOWN = 2;
const PCPU_AT = 9;
/** A CPU's number that does not fit: it stands in the interval's row. */
const PCPU_ELSEWHERE = 0x3f_ffff;

/** What a vCPU's word says. `pcpu` undefined = the CPU stands in the interval's row only. */
export interface PackedVcpu extends Pick<
  VcpuState,
  "run_state" | "avic_active" | "is_running" | "ga_log_intr"
> {
  /** The host CPU, or NONE; null = not known; undefined = it stands in the interval's row only. */
  readonly pcpu: number | null | undefined;
}

/**
 * A vCPU's state as one word: bits 0-2 run_state, 3-4 avic_active, 5-6 is_running, 7-8 ga_log_intr, 9-30 the CPU's
 * number + 2 (1 = it is on none, 0 = unknown).
 */
export function packVcpu(
  vcpu: Pick<VcpuState, "run_state" | "pcpu" | "avic_active" | "is_running" | "ga_log_intr">,
): number {
  const { run_state, pcpu, avic_active, is_running, ga_log_intr } = vcpu;
  const code = pcpu === null ? 0 : pcpu - NONE + 1;
  const fits = pcpu === null || (code >= 1 && code < PCPU_ELSEWHERE);
  return (
    RUN_STATES.indexOf(run_state) |
    (flagCode(avic_active) << 3) |
    (flagCode(is_running) << 5) |
    (flagCode(ga_log_intr) << 7) |
    ((fits ? code : PCPU_ELSEWHERE) << PCPU_AT)
  );
}

/** The state that `packVcpu` made the word of. */
export function unpackVcpu(word: number): PackedVcpu {
  const code = (word >>> PCPU_AT) & PCPU_ELSEWHERE;
  return {
    run_state: RUN_STATES[word & 7] ?? null,
    avic_active: flagOf(word >> 3),
    is_running: flagOf(word >> 5),
    ga_log_intr: flagOf(word >> 7),
    pcpu: code === PCPU_ELSEWHERE ? undefined : code === 0 ? null : code - 1 + NONE,
  };
}

function flagCode(value: boolean | null): number {
  return value === null ? FLAG_UNKNOWN : value ? 1 : 0;
}

function flagOf(code: number): boolean | null {
  const value = code & 3;
  return value === FLAG_UNKNOWN ? null : value === 1;
}
