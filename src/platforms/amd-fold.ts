// The fold of the AMD platform by itself, for those who have events and no timeline file.

import { type Observable, type OperatorFunction } from "rxjs";
import { AMD } from "../domain/amd/platform.js";
import { type Batch } from "../domain/events/event.js";
import { type Fold } from "../domain/fold/evolve.js";
import { type IrteListener } from "../domain/fold/iommu-draft.js";
import { type KvmListener } from "../domain/fold/kvm-draft.js";
import {
  emptyIommu,
  emptyKvm,
  type IommuState,
  type KvmState,
  type TwinState,
} from "../domain/fold/state.js";
import * as projections from "../projections/fold.js";

/** The state after one event. For many events, `evolveBatch` is faster. */
export const evolve: Fold["evolve"] = AMD.fold.evolve;

/** The state after a batch: equal to evolving event by event, with one copy of the maps. */
export const evolveBatch: Fold["evolveBatch"] = AMD.fold.evolveBatch;

/** The interrupt remapping tables alone after each batch, from the state `from` on. */
export function iommuProjection(
  from: IommuState = emptyIommu(),
  listener?: IrteListener,
): OperatorFunction<Batch, IommuState> {
  return projections.iommuProjection(AMD.fold, from, listener);
}

/** VMs, vCPUs, irqfds and routes alone after each batch, from the state `from` on. */
export function kvmProjection(
  rules: string | null,
  from: KvmState = emptyKvm(rules),
  listener?: KvmListener,
): OperatorFunction<Batch, KvmState> {
  return projections.kvmProjection(AMD.fold, from, listener);
}

/**
 * Emits `state` as soon as someone subscribes, and then the state after each batch: one emission for each,
 * whose IRTEs and VMs are of the same moment.
 */
export function liveState(batches: Observable<Batch>, state: TwinState): Observable<TwinState> {
  return projections.liveState(AMD.fold, batches, state);
}
