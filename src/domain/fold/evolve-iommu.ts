// evolve for the IOMMU: what each event does to the interrupt remapping tables, whoever made them. Total and
// pure: every event is accepted, none throws, the state that comes in is not changed.

import { NO_BITS } from "../values/bits.js";
import { causeCode } from "../events/causes.js";
import { type Batch, type TwinEvent, bitsOf } from "../events/event.js";
import { KIND, isOfDump } from "../events/kinds.js";
import { type IommuHandler } from "./fold-rules.js";
import { isStored } from "../events/stored-event.js";
import { beginWrite, endWrites } from "./pending-writes.js";
import { findIrte, forgetIrtes, setIrte, type IommuDraft, type IrteDraft } from "./iommu-draft.js";
import { NONE } from "./state.js";

const FREE = causeCode("free");

/** What each kind of event does; a kind that is not here leaves the tables as they are. */
export const COMMON_IOMMU_HANDLERS: Readonly<Record<number, IommuHandler>> = {
  [KIND.irte_written]: (draft, event) => {
    if (draft.seesExchanges && !isStored(event)) beginWrite(draft, event);
    else setIrte(draft, event, store);
  },
  [KIND.irte_exchanged]: (draft, event) => {
    draft.seesExchanges = true;
    draft.pending = draft.pending.filter(({ task }) => task !== event.task);
    setIrte(draft, event, store);
  },
  [KIND.irte_anchored]: (draft, event) => {
    // What the trace has shown goes before what a dump shows.
    const before = findIrte(draft, event);
    if (before?.bits == null) setIrte(draft, event, store);
    if (event.host_irq !== null && before?.host_irq == null) setIrte(draft, event, copyHostIrq);
  },
  [KIND.irte_freed]: (draft, event) => {
    setIrte(draft, event, free);
  },
  [KIND.host_irq_activated]: setHostIrq,
  [KIND.host_irq_deactivated]: setHostIrq,
  [KIND.vcpu_affinity_set]: setHostIrq,
  [KIND.events_lost]: (draft, event) => {
    draft.pending = [];
    forgetIrtes(draft, event);
  },
};

/** Every write stores the whole of the driver's copy: afterwards the two are equal. */
function store(irte: IrteDraft, event: TwinEvent): void {
  irte.bits = bitsOf(event);
  irte.shadow = null;
  irte.cause = event.cause;
}

function free(irte: IrteDraft): void {
  irte.bits = NO_BITS;
  irte.shadow = null;
  irte.host_irq = NONE;
  irte.cause = FREE;
}

function setHostIrq(draft: IommuDraft, event: TwinEvent): void {
  if (event.host_irq !== null) setIrte(draft, event, copyHostIrq);
}

function copyHostIrq(irte: IrteDraft, { host_irq }: TwinEvent): void {
  irte.host_irq = host_irq;
}

/** Folds a batch into the draft, with these handlers by kind. */
export function foldIommu(
  handlers: readonly (IommuHandler | undefined)[],
  draft: IommuDraft,
  batch: Batch,
): void {
  for (const event of batch) {
    if (draft.pending.length > 0 && !isOfDump(event.kind)) endWrites(draft, event);
    handlers[event.kind]?.(draft, event);
  }
}
