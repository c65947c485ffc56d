// The interrupt remapping tables under construction, and the steps that their fold is written in. Entries are
// replaced, never changed.

import { sameBits, type IrteBits } from "../values/bits.js";
import { irteKeyOf, sinceOf, type TwinEvent } from "../events/event.js";
import { irteKey, type IrteKey } from "../values/ids.js";
import { type IrteState, type PendingWrite } from "./state.js";

/** Told of every IRTE that an event changed: before (undefined when first seen) and after. */
export type IrteListener = (
  before: IrteState | undefined,
  after: IrteState,
  event: TwinEvent,
) => void;

/** A state under construction. */
export interface IommuDraft {
  readonly irtes: Map<IrteKey, IrteState>;
  seesExchanges: boolean;
  pending: readonly PendingWrite[];
  readonly listener: IrteListener | undefined;
}

/** What is known of an entry that was never seen, and of any entry after events were lost. */
export const NOTHING_KNOWN = {
  bits: null,
  shadow: null,
  host_irq: null,
  born: false,
  cause: null,
  cause_seq: null,
} as const satisfies Partial<IrteState>;

/** The entry that the event names; undefined where it names none, or one that was never seen. */
export function findIrte(draft: IommuDraft, event: TwinEvent): IrteState | undefined {
  const key = irteKeyOf(event);
  return key === null ? undefined : draft.irtes.get(key);
}

/** Changes the entry that the event names, or the one `offset` places after it. */
export function setIrte(
  draft: IommuDraft,
  event: TwinEvent,
  change: Partial<IrteState>,
  offset = 0,
): void {
  const { devid, irte_index } = event;
  if (devid === null || irte_index === null) return;
  const segment = event.segment ?? 0;
  const index = irte_index + offset;
  const before = draft.irtes.get(irteKey(segment, devid, index));
  const base = before ?? { ...NOTHING_KNOWN, segment, devid, index, since: sinceOf(event) };
  replaceIrte(draft, event, before, { ...base, ...change });
}

/** Puts `after` in the place of `before` (undefined = first seen) and tells the listener. */
export function replaceIrte(
  draft: IommuDraft,
  event: TwinEvent,
  before: IrteState | undefined,
  after: IrteState,
): void {
  const same =
    before === undefined ? after.bits === null : equalOrBothUnknown(before.bits, after.bits);
  // The same bits again: they are what they are since the first such write.
  const settled = same
    ? { ...after, cause: before?.cause ?? null, cause_seq: before?.cause_seq ?? null }
    : { ...after, since: sinceOf(event), cause_seq: event.cause_seq };
  draft.irtes.set(irteKey(after.segment, after.devid, after.index), settled);
  draft.listener?.(before, settled, event);
}

function equalOrBothUnknown(a: IrteBits | null, b: IrteBits | null): boolean {
  if (a === null || b === null) return a === b;
  return sameBits(a, b);
}
