// The folds as RxJS operators. The item is a batch of events: an operator that ran once per event
// would cost more than the fold itself.

import { map, scan, startWith, type Observable, type OperatorFunction } from "rxjs";
import { type Batch } from "../domain/events/event.js";
import { type Fold } from "../domain/fold/evolve.js";
import { type FoldListeners, type Folding } from "../domain/fold/folding.js";
import { type IrteListener } from "../domain/fold/iommu-draft.js";
import { type KvmListener } from "../domain/fold/kvm-draft.js";
import { type IommuState, type KvmState, type TwinState } from "../domain/fold/state.js";

/** The whole state after each batch, from the state `from` on. Listeners are told of every change. */
export function twinProjection(
  fold: Fold,
  from: TwinState,
  listeners?: FoldListeners,
): OperatorFunction<Batch, TwinState> {
  return scan((state, batch) => fold.evolveBatch(state, batch, listeners), from);
}

/** The same in place: after each batch the fold itself, whose `state` is a copy when it is asked for. */
export function foldingProjection(folding: Folding): OperatorFunction<Batch, Folding> {
  return map((batch) => folding.take(batch));
}

/** The interrupt remapping tables alone after each batch, from the state `from` on. */
export function iommuProjection(
  fold: Fold,
  from: IommuState,
  listener?: IrteListener,
): OperatorFunction<Batch, IommuState> {
  return scan((state, batch) => fold.evolveIommu(state, batch, listener), from);
}

/** VMs, vCPUs, irqfds and routes alone after each batch, from the state `from` on. */
export function kvmProjection(
  fold: Fold,
  from: KvmState,
  listener?: KvmListener,
): OperatorFunction<Batch, KvmState> {
  return scan((state, batch) => fold.evolveKvm(state, batch, listener), from);
}

/**
 * Emits `state` as soon as someone subscribes, and then the state after each batch: one emission for each,
 * whose IRTEs and VMs are of the same moment.
 */
export function liveState(
  fold: Fold,
  batches: Observable<Batch>,
  state: TwinState,
): Observable<TwinState> {
  return batches.pipe(twinProjection(fold, state), startWith(state));
}
