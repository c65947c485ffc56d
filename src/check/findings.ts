// Findings in words: which fields differ, what it is called, how bad it is.

import { destinationOf, gaRootPtrOf, isGuestMode } from "../domain/amd/irte.js";
import { type IrteBits, type Predicted } from "../domain/bits.js";
import { INVARIANTS, KNOWN_BUGS, type Invariant } from "../domain/amd/invariants.js";
import { type WriteFinding } from "./verdict.js";

/** A finding about a write, or about an invariant. */
export interface AnyFinding extends Omit<WriteFinding, "kind" | "key"> {
  readonly kind: WriteFinding["kind"] | "invariant";
  readonly key: number | null;
  readonly invariant?: string | undefined;
  readonly bug?: string | null | undefined;
  readonly times?: number | undefined;
}

export type Severity = "safety" | "performance" | "consistency";

/** The fields of an IRTE by name, comparable. */
const FIELDS: readonly (readonly [string, (bits: IrteBits) => number])[] = [
  ["valid", (bits) => bits.loL & 1],
  ["guest_mode", (bits) => (bits.loL >>> 7) & 1],
  ["is_run", (bits) => (isGuestMode(bits) ? (bits.loL >>> 6) & 1 : 0)],
  ["dm", (bits) => (isGuestMode(bits) ? 0 : (bits.loL >>> 6) & 1)],
  ["ga_log_intr", (bits) => (isGuestMode(bits) ? (bits.loL >>> 2) & 1 : 0)],
  ["int_type", (bits) => (isGuestMode(bits) ? 0 : (bits.loL >>> 2) & 7)],
  ["destination", destinationOf],
  ["ga_tag", (bits) => bits.loH >>> 0],
  ["vector", (bits) => bits.hiL & 0xff],
  ["ga_root_ptr", gaRootPtrOf],
];

/** The names of the fields in which two entries differ, as far as the prediction goes. */
export function differingFields({ bits, known }: Predicted, seen: IrteBits): readonly string[] {
  // Bits that were not predicted count as seen.
  const filled: IrteBits = {
    loH: (bits.loH & known.loH) | (seen.loH & ~known.loH),
    loL: (bits.loL & known.loL) | (seen.loL & ~known.loL),
    hiH: (bits.hiH & known.hiH) | (seen.hiH & ~known.hiH),
    hiL: (bits.hiL & known.hiL) | (seen.hiL & ~known.hiL),
  };
  const named = FIELDS.filter(([, of]) => of(filled) !== of(seen)).map(([name]) => name);
  return named.length > 0 ? named : ["reserved"];
}

/** Wrong fields that lose or misdirect interrupts, or write to memory that is another's. */
const SAFETY_FIELDS = new Set([
  "valid",
  "guest_mode",
  "ga_tag",
  "vector",
  "ga_root_ptr",
  "destination",
  "dm",
  "int_type",
  "reserved",
]);

export function severityOf(finding: AnyFinding, fields: readonly string[]): Severity {
  if (finding.kind === "invariant") {
    // Of I6 it is the half that only costs: a wake-up too many, none too few.
    if (finding.bug === "B7") return "performance";
    return invariantOf(finding)?.class ?? "consistency";
  }
  if (finding.kind !== "mismatch" || losesWakeUp(finding, fields)) return "safety";
  return fields.some((field) => SAFETY_FIELDS.has(field)) ? "safety" : "performance";
}

/** Written as running where the vCPU does not run, or without the GA log where that was to wake it. */
function losesWakeUp({ observed }: AnyFinding, fields: readonly string[]): boolean {
  if (observed === null || !isGuestMode(observed)) return false;
  const saysRunning = fields.includes("is_run") && (observed.loL & 0x40) !== 0;
  const isNotLogged = fields.includes("ga_log_intr") && (observed.loL & 0x44) === 0;
  return saysRunning || isNotLogged;
}

/** The second write of a posting (T1 second) is part of its rule. */
export function ruleId(rule: string): string {
  return rule.replace(" second", "");
}

export function titleOf(
  finding: AnyFinding,
  subject: string,
  fields: readonly string[],
  name: (key: number) => string,
): string {
  const rule = finding.rule === null ? "" : ` (${ruleId(finding.rule)})`;
  switch (finding.kind) {
    case "mismatch":
      return `${subject} was written with ${fields.join(", ")} other than the rules demand${rule}`;
    case "missing":
      return `${subject} was not written, though the rules demand it${rule}`;
    case "invariant": {
      const bug = finding.bug == null ? undefined : KNOWN_BUGS[finding.bug];
      if (bug !== undefined) return `${subject}: ${bug.title} (${bug.id}, fixed by ${bug.fixedBy})`;
      return `${subject} breaks ${finding.invariant ?? "?"}: ${invariantOf(finding)?.says ?? ""}`;
    }
    case "unexpected":
      if (finding.instead_of !== undefined)
        return `${subject} was written where the rules demand a write of ${name(finding.instead_of)}${rule}`;
      return `${subject} was written, and no rule explains why`;
  }
}

function invariantOf({ invariant }: AnyFinding): Invariant | undefined {
  return INVARIANTS.find(({ id }) => id === invariant);
}
