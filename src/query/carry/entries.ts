// What is known of the entries of the table at the end of a recording, as facts of a dump.

import { type AtIrte } from "../document/document.js";

/** A fact as a line of the dump. */
export type CarriedFact = Readonly<Record<string, unknown>>;

/**
 * The bits of entries that nothing has written after `until`, and which host IRQ has which entry, because lines name entries
 * by it.
 */
export function entryFacts(irtes: readonly AtIrte[], until: bigint): readonly CarriedFact[] {
  return irtes.flatMap((irte) => factsOf(irte, isSettled(irte, until)));
}

function isSettled(irte: AtIrte, until: bigint): boolean {
  const isShown = irte.lo !== null && irte.hi !== null && irte.source !== "predicted";
  const isHeld = irte.in_flight === true || irte.shadow !== undefined;
  return isShown && !isHeld && irte.valid === true && BigInt(irte.since_ns) <= until;
}

function factsOf({ irte, lo, hi, host_irq }: AtIrte, isKnown: boolean): readonly CarriedFact[] {
  if (!isKnown && host_irq === null) return [];
  const bits = isKnown ? { lo, hi } : { lo: null, hi: null };
  return [{ kind: "irte", irte, address: null, ...bits, host_irq }];
}
