// What invariants say of an entry and its vCPU, and which known bug a violation is. Three-valued: null =
// not known.

import { causeCode } from "../domain/events/causes.js";
import { BUGS_617, BUGS_BEFORE } from "../domain/amd/invariants.js";
import { destinationOf } from "../domain/amd/irte.js";
import { type IrteBits } from "../domain/bits.js";
import { type IrteModel, type VcpuModel } from "../domain/model/model.js";
import { type Rules } from "../domain/amd/releases.js";

export type Truth = boolean | null;

/** What an IRTE is connected to. */
export interface Connection {
  readonly vm: number;
  readonly gsi: number;
  /** The event that removed the producer; null = it is connected. */
  readonly removed: number | null;
}

/** The route of a GSI, as it was last shown. */
export interface Route {
  type: number | null;
  vector: number | null;
  seq: number;
}

const UNINHIBIT = causeCode("AVIC un-inhibit");

/** What a posted entry breaks or keeps by itself. */
export function ownBits(bits: IrteBits, test: (id: string, truth: Truth) => void): void {
  const isRun = (bits.loL & 0x40) !== 0;
  const log = (bits.loL & 0x04) !== 0;
  test("I7", !(isRun && log));
  test("I6b", log);
  test("I20", destinationOf(bits) < 0x1000);
}

export function runsThere(shadow: IrteBits, { running, apic }: VcpuModel): Truth {
  return running === null ? null : running && (apic === null || apic === destinationOf(shadow));
}

export function logsIfBlocking(log: boolean, { blocking, running }: VcpuModel): Truth {
  if (running === true) return !log;
  return blocking === null ? null : log === blocking;
}

/** Of the irqfd that the entry belongs to: is its producer removed, has its GSI an MSI route? */
interface Irqfd {
  readonly isRemoved: boolean;
  readonly isRouted: boolean;
}

/** The known bug of these rules that the violation of an invariant is; null = it is something new. */
export function knownBug(
  rules: Rules,
  id: string,
  irte: IrteModel | null,
  irqfd: Irqfd,
): string | null {
  if (rules.id === "6.17") return irqfd.isRemoved ? (BUGS_617[id] ?? null) : null;
  if (rules.series === "after" || BUGS_BEFORE[id] === undefined) return null;
  return (CONDITIONS[id] ?? isRouteGone)(irte, irqfd) ? BUGS_BEFORE[id] : null;
}

type Condition = (irte: IrteModel | null, irqfd: Irqfd) => boolean;

const isRouteGone: Condition = (_irte, { isRouted }) => !isRouted;

/** When a violation is the bug, by invariant; of the others, where the route is gone (B1). */
const CONDITIONS: Readonly<Record<string, Condition>> = {
  I4: isUnwrittenSinceLinked,
  I5: (irte) => irte?.lastCause === UNINHIBIT,
  // Of a GA log entry only, which names no IRTE.
  I6: (irte) => irte === null,
  I8: isUnwrittenSinceLinked,
  I11: () => true,
};

/** It was not written since it was linked: what its vCPU did meanwhile missed it. */
function isUnwrittenSinceLinked(irte: IrteModel | null): boolean {
  const { lastWrite, linkedBy } = irte ?? { lastWrite: null, linkedBy: null };
  return lastWrite !== null && linkedBy !== null && lastWrite <= linkedBy;
}
