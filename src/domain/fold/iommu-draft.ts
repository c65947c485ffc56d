// The interrupt remapping tables under construction, and the steps that their fold is written in. Entries are
// replaced, never changed.

import { sameBits, type IrteBits } from "../values/bits.js";
import { irteKeyOf, sinceOf, type TwinEvent } from "../events/event.js";
import { irteKey, type IrteKey } from "../values/ids.js";
import { inJson, type IommuState, type IrteState, type PendingWrite } from "./state.js";

/** Told of every IRTE that an event changed: before (undefined when first seen) and after. */
export type IrteListener = (
  before: IrteState | undefined,
  after: IrteState,
  event: TwinEvent,
) => void;

/** A state under construction. */
export interface IommuDraft {
  /** As IommuState.irtes. */
  readonly irtes: Map<IrteKey, IrteState>;
  /** Keys of the entries of which something may be known: when events are lost, the others need no look. */
  readonly known: Set<IrteKey>;
  /** As IommuState has it. */
  seesExchanges: boolean;
  /** As IommuState.pending. */
  pending: readonly PendingWrite[];
  /** Is told of each change; undefined = nobody is. */
  readonly listener: IrteListener | undefined;
}

/** A draft that begins as the state; the state stays as it is. */
export function iommuDraftOf(state: IommuState, listener?: IrteListener): IommuDraft {
  const { irtes, seesExchanges, pending } = state;
  const known = new Set(irtes.keys());
  return { irtes: new Map(irtes), known, seesExchanges, pending, listener };
}

/** What the draft is now. Its map is the draft's own. */
export function iommuStateOf({ irtes, seesExchanges, pending }: IommuDraft): IommuState {
  return inJson({ irtes, seesExchanges, pending });
}

/** An entry under construction: all but which one it is can change. */
export type IrteDraft = { -readonly [F in keyof IrteState]: IrteState[F] } & {
  /** As IrteState.segment. */
  readonly segment: number;
  /** As IrteState.devid. */
  readonly devid: number;
  /** As IrteState.index. */
  readonly index: number;
};

/** What an event does to the entry that it names. */
export type IrteChange = (irte: IrteDraft, event: TwinEvent) => void;

function forgetIrte(irte: IrteDraft): void {
  irte.bits = null;
  irte.shadow = null;
  irte.host_irq = null;
  irte.born = false;
  irte.cause = null;
  irte.cause_seq = null;
}

/** The entry that the event names; undefined where it names none, or one that was never seen. */
export function findIrte(draft: IommuDraft, event: TwinEvent): IrteState | undefined {
  const key = irteKeyOf(event);
  return key === null ? undefined : draft.irtes.get(key);
}

/** Changes the entry that the event names, or the one `offset` places after it. */
export function setIrte(draft: IommuDraft, event: TwinEvent, change: IrteChange, offset = 0): void {
  const { devid, irte_index } = event;
  if (devid === null || irte_index === null) return;
  const segment = event.segment ?? 0;
  const index = irte_index + offset;
  const before = draft.irtes.get(irteKey(segment, devid, index));
  const after =
    before === undefined ? unseenIrte({ segment, devid, index }, event) : copyOf(before);
  replaceIrte(draft, event, before, after, change);
}

/** What was lost may have written any entry: none is known any more. */
export function forgetIrtes(draft: IommuDraft, event: TwinEvent): void {
  for (const key of draft.known) {
    const before = draft.irtes.get(key);
    if (before !== undefined && !isUnknown(before))
      replaceIrte(draft, event, before, copyOf(before), forgetIrte);
  }
  draft.known.clear();
}

function isUnknown({ bits, shadow, host_irq, born, cause, cause_seq }: IrteState): boolean {
  const isTold = bits !== null || shadow !== null || host_irq !== null || born;
  return !isTold && cause === null && cause_seq === null;
}

/** Changes `after`, puts it in the place of `before` (undefined = first seen) and tells the listener. */
function replaceIrte(
  draft: IommuDraft,
  event: TwinEvent,
  before: IrteState | undefined,
  after: IrteDraft,
  change: IrteChange,
): void {
  change(after, event);
  const same =
    before === undefined ? after.bits === null : equalOrBothUnknown(before.bits, after.bits);
  if (same) {
    // The same bits again: they are what they are since the first such write.
    after.cause = before?.cause ?? null;
    after.cause_seq = before?.cause_seq ?? null;
  } else {
    after.since = sinceOf(event);
    after.cause_seq = event.cause_seq;
  }
  const key = irteKey(after.segment, after.devid, after.index);
  draft.irtes.set(key, after);
  draft.known.add(key);
  draft.listener?.(before, after, event);
}

/** Field by field, so that all entries have one shape: a spread takes many times as long, for every write. */
function copyOf(old: IrteState): IrteDraft {
  return {
    bits: old.bits,
    shadow: old.shadow,
    host_irq: old.host_irq,
    born: old.born,
    cause: old.cause,
    cause_seq: old.cause_seq,
    segment: old.segment,
    devid: old.devid,
    index: old.index,
    since: old.since,
  };
}

/** An entry of which nothing is known but which one it is. */
function unseenIrte(
  { segment, devid, index }: Pick<IrteState, "segment" | "devid" | "index">,
  event: TwinEvent,
): IrteDraft {
  return {
    bits: null,
    shadow: null,
    host_irq: null,
    born: false,
    cause: null,
    cause_seq: null,
    segment,
    devid,
    index,
    since: sinceOf(event),
  };
}

function equalOrBothUnknown(a: IrteBits | null, b: IrteBits | null): boolean {
  if (a === null || b === null) return a === b;
  return sameBits(a, b);
}
