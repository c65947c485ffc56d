// What a platform adds to the fold: handlers for the events that mean something of its own to it. A handler of
// a kind takes the place of the common one, if there is one.

import { type TwinEvent } from "../events/event.js";
import { type IommuDraft } from "./iommu-draft.js";
import { type KvmDraft } from "./kvm-draft.js";

/** What an event does to the interrupt remapping tables. Total: it accepts every event, and never throws. */
export type IommuHandler = (draft: IommuDraft, event: TwinEvent) => void;

/** What an event does to VMs, vCPUs, irqfds, routes and lists. Total: it accepts every event, and never throws. */
export type KvmHandler = (draft: KvmDraft, event: TwinEvent) => void;

/** By kind of event. */
export interface FoldRules {
  /** What an event does to the remapping tables. */
  readonly iommu: Readonly<Record<number, IommuHandler>>;
  /** What an event does to VMs, vCPUs, irqfds and routes. */
  readonly kvm: Readonly<Record<number, KvmHandler>>;
}
