// What a recording can tell at all, by the probes whose lines it has.

import type Database from "better-sqlite3";
import { type Directory } from "../../timeline/read/directory.js";
import { type Recording } from "../../timeline/read/recordings.js";
import { isPredicted, knownShare } from "../state/predicted.js";

/** Where the IRTEs of a recording come from. */
export interface Coverage {
  /** observed: by lines of irte_write; predicted: by the rules; none: the recording shows neither. */
  readonly irtes: "observed" | "predicted" | "none";
  /** Which share of the bits of the predicted IRTEs is known, 0 to 1, over all events; null = none is predicted. */
  readonly known: number | null;
}

/** Finds out where the IRTEs of a recording come from. */
export function coverage(
  sqlite: Database.Database,
  recording: Recording,
  { names }: Directory,
): Coverage {
  if (names.has("irte_write")) return { irtes: "observed", known: null };
  if (!isPredicted(sqlite, recording.id)) return { irtes: "none", known: null };
  return { irtes: "predicted", known: knownShare(sqlite, recording) };
}

/** Which probe set a recording was made with, as far as its names tell. */
export type ProbeLevel = "full" | "standard" | "minimal" | "none";

/** Finds out which probe set a recording was made with, by its names. */
export function probeLevel({ names }: Directory): ProbeLevel {
  if (!names.has("irte_write")) return "none";
  if (!names.has("avic_vcpu_load") && !names.has("avic_pi_update") && !names.has("ir_activate"))
    return "minimal";
  return names.has("irte_cmpxchg") || names.has("svm_vcpu_load") ? "full" : "standard";
}

const DECIDES: readonly (readonly [string, string])[] = [
  ["irte_write", "what any IRTE holds, but for what the rules predict"],
  ["avic_vcpu_load", "which CPU a vCPU is loaded on, and which load or put wrote an IRTE"],
  ["avic_blocking", "whether a vCPU blocks"],
  ["kvm_irqfd", "which irqfds exist"],
  ["add_producer", "which GSI a host IRQ is connected to"],
  ["ir_activate", "which host IRQ an IRTE serves"],
  ["svm_vcpu_load", "whether a vCPU is loaded while AVIC is inhibited"],
];

/** irte_cmpxchg prints inside the lock; it is recognised, and not used. */
const RACED =
  "the order of two writes of one IRTE that raced (irte_write prints before the table's lock)";

/** Names whose lines say which entry of which table a host IRQ has. */
const NAMING = ["ir_activate", "ir_set_vcpu_affinity", "irte_alloc_ret"];

/** What the recording leaves open, one sentence each; empty while its import is not complete. */
export function cannotDecide({ names }: Directory, recording: Recording): readonly string[] {
  if (recording.state === "importing") return [];
  const missing = [
    ...(NAMING.some((name) => names.has(name))
      ? []
      : [`which IRTE a host IRQ has (no line of ${NAMING.join(", ")})`]),
    ...lacking(names),
    ...(names.has("irte_write") ? [RACED] : []),
  ];
  return recording.rules === null
    ? [...missing, "which vCPU a GA tag names (no rules profile)"]
    : missing;
}

function lacking(names: ReadonlySet<string>): readonly string[] {
  return DECIDES.filter(([name]) => !names.has(name)).map(
    ([name, what]) => `${what} (no line of ${name})`,
  );
}
