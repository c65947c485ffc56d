// evolve for the IOMMU: what each event does to the interrupt remapping tables. Total and pure:
// every event is accepted, none throws, the state that comes in is not changed.
//
// Source of each step: drivers/iommu/amd/iommu.c, Linux 6.12 to 7.3.

import { payload } from "../events/payload.js";
import { byKind } from "../events/by-kind.js";
import { KIND } from "../events/kinds.js";
import { causeCode } from "../events/causes.js";
import { type Batch, type TwinEvent } from "../events/event.js";
import { IRTES_MAX, IRTE_ALLOCATED, IRTE_FREE } from "../amd/irte.js";
import { sameBits, type IrteBits } from "../bits.js";
import { NONE, type IommuState, type IrteState } from "./state.js";
import { irteKey, type Since } from "../ids.js";

/** Told of every IRTE that an event changed: before (undefined when first seen) and after. */
export type IrteListener = (
  before: IrteState | undefined,
  after: IrteState,
  event: TwinEvent,
) => void;

/** A state under construction: entries are replaced in `irtes`, never changed. */
interface Draft {
  readonly irtes: Map<number, IrteState>;
  readonly listener: IrteListener | undefined;
}

type Handler = (draft: Draft, event: TwinEvent) => void;

/** What is known of an entry that was never seen, and of any entry after a gap. */
const NOTHING = {
  bits: null,
  shadow: null,
  host_irq: null,
  born: false,
  cause: null,
  cause_seq: null,
} as const;

const ALLOCATE = causeCode("allocate");
const FREE = causeCode("free");

/** What each kind of event does; a kind that is not here leaves the tables as they are. */
const HANDLERS: readonly (Handler | undefined)[] = byKind({
  [KIND.irte_allocated]: (draft, event) => {
    // irq_remapping_alloc() takes `count` consecutive entries for consecutive host IRQs.
    const { host_irq } = event;
    const count = Math.min(payload.count(event) ?? 1, IRTES_MAX - (event.irte_index ?? 0));
    for (let i = 0; i < count; i++) {
      const irq = host_irq === null ? null : host_irq + i;
      setEntry(draft, event, i, {
        bits: IRTE_ALLOCATED,
        shadow: null,
        host_irq: irq,
        born: true,
        cause: ALLOCATE,
      });
    }
  },
  [KIND.irte_prepared]: (draft, event) => {
    const bits = wordsOf(event);
    const entry = find(draft, event);
    if (entry !== undefined) {
      setEntry(draft, event, 0, {
        shadow: entry.bits !== null && sameBits(bits, entry.bits) ? null : bits,
      });
    }
  },
  [KIND.irte_written]: (draft, event) => {
    // Every write stores the whole shadow: afterwards the two are equal.
    setEntry(draft, event, 0, { bits: wordsOf(event), shadow: null, cause: event.cause });
  },
  [KIND.irte_freed]: (draft, event) => {
    setEntry(draft, event, 0, { bits: IRTE_FREE, shadow: null, host_irq: NONE, cause: FREE });
  },
  [KIND.host_irq_activated]: setHostIrq,
  [KIND.host_irq_deactivated]: setHostIrq,
  [KIND.vcpu_affinity_set]: setHostIrq,
  [KIND.events_lost]: (draft, event) => {
    // Whatever the lost events wrote, any entry may have been among them.
    for (const before of draft.irtes.values()) {
      replace(draft, event, before, { ...before, ...NOTHING });
    }
  },
});

/** Folds a batch; `listener` hears of each change in order. */
export function evolveIommu(state: IommuState, batch: Batch, listener?: IrteListener): IommuState {
  const draft: Draft = { irtes: new Map(state.irtes), listener };
  for (const event of batch) HANDLERS[event.kind]?.(draft, event);
  return { irtes: draft.irtes };
}

function setHostIrq(draft: Draft, event: TwinEvent): void {
  if (event.host_irq !== null) setEntry(draft, event, 0, { host_irq: event.host_irq });
}

function wordsOf({ loH, loL, hiH, hiL }: TwinEvent): IrteBits {
  return { loH, loL, hiH, hiL };
}

function find(draft: Draft, event: TwinEvent): IrteState | undefined {
  const { segment, devid, irte_index } = event;
  if (devid === null || irte_index === null) return undefined;
  return draft.irtes.get(irteKey(segment ?? 0, devid, irte_index));
}

function setEntry(
  draft: Draft,
  event: TwinEvent,
  offset: number,
  change: Partial<IrteState>,
): void {
  const { devid, irte_index } = event;
  if (devid === null || irte_index === null) return;
  const segment = event.segment ?? 0;
  const index = irte_index + offset;
  const before = draft.irtes.get(irteKey(segment, devid, index));
  const base = before ?? { ...NOTHING, segment, devid, index, since: sinceOf(event) };
  replace(draft, event, before, { ...base, ...change });
}

/** Puts `after` in the place of `before` (undefined = first seen) and tells the listener. */
function replace(
  draft: Draft,
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

function sinceOf({ seq, billions, rest }: TwinEvent): Since {
  return { seq, billions, rest };
}

function equalOrBothUnknown(a: IrteBits | null, b: IrteBits | null): boolean {
  if (a === null || b === null) return a === b;
  return sameBits(a, b);
}
