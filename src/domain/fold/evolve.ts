// The fold: state + event = next state. Total, pure, never throws.

import { byKind } from "../events/by-kind.js";
import { type Batch, type TwinEvent } from "../events/event.js";
import { COMMON_IOMMU_HANDLERS, evolveIommu } from "./evolve-iommu.js";
import { COMMON_KVM_HANDLERS, evolveKvm } from "./evolve-kvm.js";
import { type FoldRules } from "./fold-rules.js";
import { type IrteListener } from "./iommu-draft.js";
import { type KvmListener } from "./kvm-draft.js";
import { type IommuState, type KvmState, type TwinState } from "./state.js";

/** Told of every change of the state, in order. */
export interface FoldListeners {
  /** Is told of each change of an IRTE. Absent = nobody is. */
  readonly onIrte?: IrteListener;
  /** Is told of each change of a VM, vCPU, irqfd or route. Absent = nobody is. */
  readonly onKvm?: KvmListener;
}

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

/** The common fold, with what a platform adds. */
export function foldOf(rules: FoldRules): Fold {
  const iommu = byKind({ ...COMMON_IOMMU_HANDLERS, ...rules.iommu });
  const kvm = byKind({ ...COMMON_KVM_HANDLERS, ...rules.kvm });
  const fold: Fold = {
    evolveIommu: (state, batch, listener) => evolveIommu(iommu, state, batch, listener),
    evolveKvm: (state, batch, listener) => evolveKvm(kvm, state, batch, listener),
    evolveBatch: (state, batch, listeners = {}) => ({
      iommu: fold.evolveIommu(state.iommu, batch, listeners.onIrte),
      kvm: fold.evolveKvm(state.kvm, batch, listeners.onKvm),
    }),
    evolve: (state, event) => fold.evolveBatch(state, [event]),
  };
  return fold;
}
