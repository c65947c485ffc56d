// The folds as RxJS operators. The item is a batch of events: an operator that ran once per event
// would cost more than the fold itself.

import { scan, startWith, type Observable, type OperatorFunction } from "rxjs";
import { type Batch } from "../domain/events/event.js";
import { evolveBatch } from "../domain/fold/evolve.js";
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

/** Who is told of every change that a fold makes, in the order of the events. */
export interface FoldListeners {
  readonly onIrte: IrteListener;
  readonly onKvm: KvmListener;
}

/** The state after a batch, as `evolveBatch` gives it; the listeners are told of every change on the way. */
export function evolveAndTell(
  state: TwinState,
  batch: Batch,
  { onIrte, onKvm }: FoldListeners,
): TwinState {
  return {
    iommu: evolveIommu(state.iommu, batch, onIrte),
    kvm: evolveKvm(state.kvm, batch, onKvm),
  };
}

/** The whole state after each batch, from the state `from` on. Listeners are told of every change. */
export function twinProjection(
  from: TwinState,
  listeners?: FoldListeners,
): OperatorFunction<Batch, TwinState> {
  return listeners === undefined
    ? scan(evolveBatch, from)
    : scan((state, batch) => evolveAndTell(state, batch, listeners), from);
}

/** The interrupt remapping tables alone after each batch, from the state `from` on. */
export function iommuProjection(
  from: IommuState = emptyIommu(),
  listener?: IrteListener,
): OperatorFunction<Batch, IommuState> {
  return scan((state, batch) => evolveIommu(state, batch, listener), from);
}

/** VMs, vCPUs, irqfds and routes alone after each batch, from the state `from` on. */
export function kvmProjection(
  rules: RulesId | null,
  from: KvmState = emptyKvm(rules),
  listener?: KvmListener,
): OperatorFunction<Batch, KvmState> {
  return scan((state, batch) => evolveKvm(state, batch, listener), from);
}

/**
 * Emits `state` as soon as someone subscribes, and then the state after each batch: one emission for each,
 * whose IRTEs and VMs are of the same moment.
 */
export function liveState(batches: Observable<Batch>, state: TwinState): Observable<TwinState> {
  return batches.pipe(twinProjection(state), startWith(state));
}
