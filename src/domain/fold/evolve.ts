// The fold: state + event = next state. Total, pure, never throws.

import { type Batch, type TwinEvent } from "../events/event.js";
import { evolveIommu } from "./evolve-iommu.js";
import { evolveKvm } from "./evolve-kvm.js";
import { type TwinState } from "./state.js";

/** The state after one event. For many events, `evolveBatch` is faster. */
export function evolve(state: TwinState, event: TwinEvent): TwinState {
  return evolveBatch(state, [event]);
}

/** The state after a batch: equal to evolving event by event, with one copy of the maps. */
export function evolveBatch(state: TwinState, batch: Batch): TwinState {
  return { iommu: evolveIommu(state.iommu, batch), kvm: evolveKvm(state.kvm, batch) };
}
