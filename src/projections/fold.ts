// The folds as RxJS operators. The item is a batch of events: an operator that ran once per event
// would cost more than the fold itself.

import { combineLatest, map, scan, startWith, type Observable, type OperatorFunction } from "rxjs";
import { type Batch } from "../domain/events/event.js";
import { evolveIommu, type IrteListener } from "../domain/fold/evolve-iommu.js";
import { evolveKvm } from "../domain/fold/evolve-kvm.js";
import { type KvmListener } from "../domain/fold/kvm-draft.js";
import {
  emptyIommu,
  emptyKvm,
  type IommuState,
  type KvmState,
  type TwinState,
} from "../domain/fold/state.js";
import { type RulesId } from "../domain/amd/releases.js";

/** The interrupt remapping tables after each batch. */
export function iommuProjection(
  from: IommuState = emptyIommu(),
  listener?: IrteListener,
): OperatorFunction<Batch, IommuState> {
  return scan((state, batch) => evolveIommu(state, batch, listener), from);
}

/** VMs, vCPUs, irqfds and routes after each batch. */
export function kvmProjection(
  rules: RulesId | null,
  from: KvmState = emptyKvm(rules),
  listener?: KvmListener,
): OperatorFunction<Batch, KvmState> {
  return scan((state, batch) => evolveKvm(state, batch, listener), from);
}

/** Both, from `state` on: emits the whole state at once and after every batch. */
export function liveState(batches: Observable<Batch>, state: TwinState): Observable<TwinState> {
  const iommu = batches.pipe(iommuProjection(state.iommu), startWith(state.iommu));
  const kvm = batches.pipe(kvmProjection(state.kvm.rules, state.kvm), startWith(state.kvm));
  return combineLatest([iommu, kvm]).pipe(
    map(([tables, machine]) => ({ iommu: tables, kvm: machine })),
  );
}
