// A fold that goes on: batch after batch into the same draft, with no copy of the maps for each.

import { type Batch } from "../events/event.js";
import { ChangedMap } from "./changed-map.js";
import { foldIommu } from "./evolve-iommu.js";
import { foldKvm } from "./evolve-kvm.js";
import { type IommuHandler, type KvmHandler } from "./fold-rules.js";
import { iommuDraftOf, iommuStateOf, type IommuDraft, type IrteListener } from "./iommu-draft.js";
import { kvmDraftOf, kvmStateOf, type KvmDraft, type KvmListener } from "./kvm-draft.js";
import {
  type IrteState,
  type RouteState,
  type TwinState,
  type VcpuState,
  type VmState,
} from "./state.js";

/** Told of every change of the state, in order. */
export interface FoldListeners {
  /** Is told of each change of an IRTE. Absent = nobody is. */
  readonly onIrte?: IrteListener;
  /** Is told of each change of a VM, vCPU, irqfd or route. Absent = nobody is. */
  readonly onKvm?: KvmListener;
}

/** The handlers of one platform, by kind of event. */
export interface Handlers {
  /** What an event does to the remapping tables; undefined = nothing. */
  readonly iommu: readonly (IommuHandler | undefined)[];
  /** What an event does to VMs, vCPUs, irqfds and routes; undefined = nothing. */
  readonly kvm: readonly (KvmHandler | undefined)[];
}

/** The tables under construction, with what changed in them. */
export interface IommuInPlace extends IommuDraft {
  /** As IommuState.irtes. */
  readonly irtes: ChangedMap<number, IrteState>;
}

/** KVM under construction, with what changed in it. */
export interface KvmInPlace extends KvmDraft {
  /** As KvmState.vms. */
  readonly vms: ChangedMap<number, VmState>;
  /** As KvmState.vcpus. */
  readonly vcpus: ChangedMap<number, VcpuState>;
  /** As KvmState.routes. */
  readonly routes: ChangedMap<string, RouteState>;
}

/** A state that batches are folded into. */
export class Folding {
  /** The tables as they are now. Folding changes them. */
  readonly iommu: IommuInPlace;
  /** VMs, vCPUs, irqfds and routes as they are now. Folding changes them. */
  readonly kvm: KvmInPlace;
  private readonly handlers: Handlers;
  private copied: TwinState | null = null;

  /** Begins with the state `from`, which stays as it is. */
  constructor(handlers: Handlers, from: TwinState, { onIrte, onKvm }: FoldListeners = {}) {
    this.handlers = handlers;
    const { irtes } = from.iommu;
    this.iommu = { ...iommuDraftOf(from.iommu, onIrte), irtes: ChangedMap.of(irtes) };
    const { vms, vcpus, routes } = from.kvm;
    this.kvm = {
      ...kvmDraftOf(from.kvm, onKvm),
      vms: ChangedMap.of(vms),
      vcpus: ChangedMap.of(vcpus),
      routes: ChangedMap.of(routes),
    };
  }

  /** Folds the next batch. */
  take(batch: Batch): this {
    this.copied = null;
    foldIommu(this.handlers.iommu, this.iommu, batch);
    foldKvm(this.handlers.kvm, this.kvm, batch);
    return this;
  }

  /** The state after the batches so far: a copy of its own, which costs as much as it holds. */
  get state(): TwinState {
    return (this.copied ??= copyOf(this));
  }
}

function copyOf({ iommu, kvm }: Folding): TwinState {
  const { irtes } = iommu;
  const { vms, vcpus, routes } = kvm;
  return {
    iommu: iommuStateOf({ ...iommu, irtes: new Map(irtes) }),
    kvm: kvmStateOf({
      ...kvm,
      vms: new Map(vms),
      vcpus: new Map(vcpus),
      routes: new Map(routes),
    }),
  };
}
