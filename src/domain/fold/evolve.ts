// The fold: state + event = next state. Total, pure, never throws.

import { byKind } from "../events/by-kind.js";
import { type Batch, type TwinEvent } from "../events/event.js";
import { ANCHORED_KVM } from "./anchored-kvm.js";
import { COMMON_IOMMU_HANDLERS, foldIommu } from "./evolve-iommu.js";
import { COMMON_KVM_HANDLERS, foldKvm } from "./evolve-kvm.js";
import { type FoldRules } from "./fold-rules.js";
import { Folding, type FoldListeners, type Handlers } from "./folding.js";
import { iommuDraftOf, iommuStateOf, type IrteListener } from "./iommu-draft.js";
import { kvmDraftOf, kvmStateOf, type KvmListener } from "./kvm-draft.js";
import { type IommuState, type KvmState, type TwinState } from "./state.js";

/** The fold of one platform. */
export interface Fold {
  /** The interrupt remapping tables after a batch. */
  readonly evolveIommu: (state: IommuState, batch: Batch, listener?: IrteListener) => IommuState;
  /** VMs, vCPUs, irqfds and routes after a batch. */
  readonly evolveKvm: (state: KvmState, batch: Batch, listener?: KvmListener) => KvmState;
  /** The state after one event. For many events, `evolveBatch` is faster. */
  readonly evolve: (state: TwinState, event: TwinEvent) => TwinState;
  /** The state after a batch: equal to evolving event by event, with one copy of the maps. */
  readonly evolveBatch: (state: TwinState, batch: Batch, listeners?: FoldListeners) => TwinState;
}

/** The same, and in place for those who fold many batches. */
export interface PlatformFold extends Fold {
  /** A fold of many batches from the state `from` on: equal to `evolveBatch` after each, with no copy. */
  readonly folding: (from: TwinState, listeners?: FoldListeners) => Folding;
}

/** The common fold, with what a platform adds. */
export function foldOf(rules: FoldRules): PlatformFold {
  const iommu = byKind({ ...COMMON_IOMMU_HANDLERS, ...rules.iommu });
  const kvm = byKind({ ...COMMON_KVM_HANDLERS, ...ANCHORED_KVM, ...rules.kvm });
  const handlers: Handlers = { iommu, kvm };
  const fold: PlatformFold = {
    evolveIommu: (state, batch, listener) => {
      const draft = iommuDraftOf(state, listener);
      foldIommu(iommu, draft, batch);
      return iommuStateOf(draft);
    },
    evolveKvm: (state, batch, listener) => {
      const draft = kvmDraftOf(state, listener);
      foldKvm(kvm, draft, batch);
      return kvmStateOf(draft);
    },
    evolveBatch: (state, batch, listeners = {}) => ({
      iommu: fold.evolveIommu(state.iommu, batch, listeners.onIrte),
      kvm: fold.evolveKvm(state.kvm, batch, listeners.onKvm),
    }),
    evolve: (state, event) => fold.evolveBatch(state, [event]),
    folding: (from, listeners) => new Folding(handlers, from, listeners),
  };
  return fold;
}
