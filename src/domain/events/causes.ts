// Why an IRTE was written: the kernel function that acted, seen from outside.

/** Every cause, in the order of its stored code. */
export const CAUSES = [
  "vcpu load",
  "vcpu put",
  "vcpu block",
  "vcpu unblock",
  "AVIC inhibit",
  "AVIC un-inhibit",
  "routing change",
  "producer added",
  "producer removed",
  "host affinity",
  "activate",
  "deactivate",
  "allocate",
  "free",
] as const;

/** The name of a cause, such as `vcpu load`. */
export type Cause = (typeof CAUSES)[number];

/** Stored code of a cause: its place in CAUSES, from 1. */
export function causeCode(cause: Cause): number {
  return CAUSES.indexOf(cause) + 1;
}

/** The inverse of `causeCode`; null for null and for a code that no cause has. */
export function causeName(code: number | null): Cause | null {
  return code === null ? null : (CAUSES[code - 1] ?? null);
}
