// A folded state as text and back. JSON keeps checkpoints readable with any client; what they cost
// stands in ARCHITECTURE.md. A checkpoint is whole, or holds what changed since the one before it.

import { createHash } from "node:crypto";
import { type Folding } from "../../domain/fold/folding.js";
import {
  emptyState,
  type IommuState,
  type IrqfdState,
  type IrteState,
  type KvmState,
  inJson,
  type PendingWrite,
  type RouteState,
  type TwinState,
  type UnnamedInhibits,
  type VcpuState,
  type VmState,
} from "../../domain/fold/state.js";
import { irteKey, routeKey, routeOfKey } from "../../domain/values/ids.js";

/** A checkpoint not before so many events, nor before so many for each entity that it holds. */
const CHECKPOINT_EVENTS = 4096;
const CHECKPOINT_EVENTS_PER_ENTITY = 16;

interface Stored {
  readonly rules: string | null;
  readonly seesEveryLoad: boolean;
  /** Absent in checkpoints of schemas before 10. */
  readonly unnamedInhibits?: UnnamedInhibits | null;
  readonly irtes: readonly IrteState[];
  readonly vms: readonly VmState[];
  readonly vcpus: readonly VcpuState[];
  readonly irqfds: readonly IrqfdState[];
  readonly routes: readonly RouteState[];
  /** Routes that the checkpoint before had, as [vm, gsi]; absent in checkpoints of schemas before 7. */
  readonly gone?: readonly (readonly [number, number])[];
  /** Writes whose exchange was not seen yet; absent while no exchange was seen at all. */
  readonly pending?: readonly PendingWrite[];
}

/** What is to be stored of the state after event `seq`. */
export interface Checkpoint {
  /** The last event that the state holds. */
  readonly seq: number;
  /** The seq of the whole checkpoint that this one and those between add to; null = it is whole itself. */
  readonly whole_seq: number | null;
  /** The state, or what has changed since the checkpoint before. */
  readonly state: Stored;
}

/** What changed since the last checkpoint. */
function changesOf({ iommu, kvm }: Folding): Stored {
  const { gone, set: routes } = kvm.routes.changes();
  return storedOf(iommu, kvm, {
    irtes: iommu.irtes.changes().set,
    vms: kvm.vms.changes().set,
    vcpus: kvm.vcpus.changes().set,
    routes,
    gone: gone.map(routeOfKey),
  });
}

/** The whole state. */
function wholeOf({ iommu, kvm }: TwinState): Stored {
  return storedOf(iommu, kvm, {
    irtes: [...iommu.irtes.values()],
    vms: [...kvm.vms.values()],
    vcpus: [...kvm.vcpus.values()],
    routes: [...kvm.routes.values()],
    gone: [],
  });
}

function storedOf(
  { seesExchanges, pending }: Pick<IommuState, "seesExchanges" | "pending">,
  kvm: Pick<KvmState, "rules" | "seesEveryLoad" | "unnamedInhibits" | "irqfds">,
  { irtes, vms, vcpus, routes, gone }: Required<Pick<Stored, "gone" | EntityKind>>,
): Stored {
  const { rules, seesEveryLoad, unnamedInhibits, irqfds } = kvm;
  return {
    rules,
    seesEveryLoad,
    ...(unnamedInhibits === null ? {} : { unnamedInhibits }),
    ...{ irtes, vms, vcpus, irqfds, routes, gone },
    ...(seesExchanges ? { pending } : {}),
  };
}

type EntityKind = "irtes" | "vms" | "vcpus" | "routes";

/** Decides, by the events alone, after which of them a checkpoint is due and what it holds. */
export class CheckpointRecorder {
  private lastSeq: number;
  private wholeSeq: number | null = null;
  /** Parts in the checkpoints since the whole one: reading them all is to cost about as much as it. */
  private partsSince = 0;

  /** `firstSeq`: the first event of the recording. */
  constructor(firstSeq: number) {
    this.lastSeq = firstSeq - 1;
  }

  /** The checkpoint of the state after event `seq`; null = none is due. From it on changes count anew. */
  dueAfter(seq: number, folding: Folding): Checkpoint | null {
    const events = seq - this.lastSeq;
    if (events < CHECKPOINT_EVENTS) return null;
    const { iommu, kvm } = folding;
    const maps = [iommu.irtes, kvm.vms, kvm.vcpus, kvm.routes];
    const count = (of: (map: (typeof maps)[number]) => number): number =>
      maps.reduce((sum, map) => sum + of(map), kvm.irqfds.length);
    const parts = count(({ changedCount }) => changedCount);
    if (events < CHECKPOINT_EVENTS_PER_ENTITY * parts) return null;
    this.lastSeq = seq;
    this.partsSince += parts;
    const isWhole = this.wholeSeq === null || this.partsSince >= count(({ size }) => size);
    if (isWhole) this.wholeSeq = seq;
    if (isWhole) this.partsSince = 0;
    const state = isWhole ? wholeOf(folding) : changesOf(folding);
    for (const map of maps) map.mark();
    return { seq, whole_seq: isWhole ? null : this.wholeSeq, state };
  }
}

/** A checkpoint's text, as the table `checkpoint` keeps it. */
export function encodeCheckpoint({ state }: Pick<Checkpoint, "state">): string {
  return JSON.stringify(state);
}

/** A row of the table `checkpoint`, but for its hash. */
interface CheckpointRow {
  readonly seq: number;
  readonly recording_id: number;
  readonly state: string;
  readonly whole_seq: number | null;
}

/** The SHA-256 of a checkpoint's row, 64 lower-case hexadecimal digits. */
export function checkpointHash({ seq, recording_id, state, whole_seq }: CheckpointRow): string {
  const hash = createHash("sha256").update(`${recording_id} ${seq} ${whole_seq ?? "whole"}\n`);
  return hash.update(state).digest("hex");
}

/** The text of a checkpoint that holds a whole state. */
export function encodeState(state: TwinState): string {
  return JSON.stringify(wholeOf(state));
}

/**
 * The state that the texts of a whole checkpoint and of those after it give, in their order. No texts: `before`, the
 * state before the first event.
 */
export function decodeState(
  texts: readonly string[],
  before: TwinState = emptyState(null),
): TwinState {
  const irtes = new Map<number, IrteState>();
  const vms = new Map<number, VmState>();
  const vcpus = new Map<number, VcpuState>();
  const routes = new Map<string, RouteState>();
  let state = before;
  for (const text of texts) {
    const stored = JSON.parse(text) as Stored;
    for (const irte of stored.irtes) irtes.set(irteKey(irte.segment, irte.devid, irte.index), irte);
    for (const vm of stored.vms) vms.set(vm.vm, vm);
    for (const vcpu of stored.vcpus) vcpus.set(vcpu.vcpu, vcpu);
    for (const [vm, gsi] of stored.gone ?? []) routes.delete(routeKey(vm, gsi));
    for (const route of stored.routes) routes.set(routeKey(route.vm, route.gsi), route);
    const { irqfds, seesEveryLoad, unnamedInhibits = null, pending } = stored;
    const told = stored.rules;
    state = {
      iommu: inJson({ irtes, seesExchanges: pending !== undefined, pending: pending ?? [] }),
      kvm: inJson({ rules: told, seesEveryLoad, vms, unnamedInhibits, vcpus, irqfds, routes }),
    };
  }
  return state;
}
