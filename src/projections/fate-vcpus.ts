// The vCPUs of a recording, as far as a fate can tell them apart.

import { type RunState, type VcpuState } from "../domain/fold/state.js";
import { type VcpuRow } from "../domain/values/ids.js";
import { RowMap } from "../domain/values/row-map.js";
import { type FateEntry } from "./fate-entries.js";
import { KeptList } from "./kept-list.js";

/** A vCPU, and the entries that post to it: both are asked for at nearly every event. */
export interface FateVcpu {
  /** Its row. */
  readonly row: VcpuRow;
  /** The state that was told last; undefined = none was. */
  state: VcpuState | undefined;
  /** Does it begin to block? */
  isDrowsy: boolean;
  /** Is its VM known to be gone? */
  isVmGone: boolean;
  /** The page that it was seen to own last, if no other vCPU was seen with it since; null = none. */
  page: number | null;
  /** The entries that post to it. */
  readonly entries: KeptList<FateEntry>;
}

/** The name of a vCPU within its VM. */
export interface VcpuName {
  /** Row of the vCPU. */
  readonly id: VcpuRow;
  /** KVM's vcpu_id. */
  readonly vcpu_id: number;
}

/** What is known of vCPUs. */
export class FateVcpus {
  private readonly byRow = new RowMap<FateVcpu>();
  private readonly byVm = new RowMap<FateVcpu[]>();
  /** vCPUs that begin to block. */
  private readonly drowsy = new Set<FateVcpu>();
  /** By row: KVM's vcpu_id. */
  private readonly names = new RowMap<number>();
  /** Rows of VMs that are gone. */
  private readonly goneVms = new Set<number>();

  /** Notes the names of vCPUs. */
  name(vcpus: Iterable<VcpuName>): void {
    for (const { id, vcpu_id } of vcpus) this.names.set(id, vcpu_id);
  }

  /** May they be one vCPU, as far as their names tell? */
  isNamesake(a: FateVcpu, b: FateVcpu): boolean {
    return a !== b && this.names.get(a.row) === this.names.get(b.row);
  }

  /** The vCPU of that row; of one that is new nothing is known. */
  of(row: VcpuRow): FateVcpu {
    const known = this.byRow.get(row);
    if (known !== undefined) return known;
    const made: FateVcpu = {
      row,
      state: undefined,
      isDrowsy: false,
      isVmGone: false,
      page: null,
      entries: new KeptList(),
    };
    this.byRow.set(row, made);
    return made;
  }

  /** A vCPU has another state. */
  set(vcpu: FateVcpu, state: VcpuState): void {
    if (vcpu.state === undefined) this.join(vcpu, state.vm);
    vcpu.state = state;
    if (state.run_state === "freed") vcpu.entries.release();
  }

  /** A vCPU begins to block. */
  beginBlock(vcpu: FateVcpu): void {
    vcpu.isDrowsy = true;
    this.drowsy.add(vcpu);
  }

  /** It blocks, or does not. */
  endBlock(row: VcpuRow): void {
    const vcpu = this.of(row);
    vcpu.isDrowsy = false;
    this.drowsy.delete(vcpu);
  }

  /** What was lost may have ended it for all. */
  endBlocks(): void {
    for (const vcpu of this.drowsy) vcpu.isDrowsy = false;
    this.drowsy.clear();
  }

  /** A VM is gone. Returns its vCPUs. */
  endVm(vm: number): readonly FateVcpu[] {
    this.goneVms.add(vm);
    const own = this.byVm.get(vm) ?? [];
    for (const vcpu of own) vcpu.isVmGone = true;
    return own;
  }

  private join(vcpu: FateVcpu, vm: number): void {
    vcpu.isVmGone = this.goneVms.has(vm);
    const own = this.byVm.get(vm);
    if (own === undefined) this.byVm.set(vm, [vcpu]);
    else own.push(vcpu);
  }
}

/** Is a vCPU known to be gone? */
export function isGone({ state, isVmGone }: FateVcpu): boolean {
  return state !== undefined && (isVmGone || state.run_state === "freed");
}

/** Where it is; one that begins to block asks once more for interrupts before it sleeps (kvm_vcpu_check_block). */
export function runStateOf(vcpu: FateVcpu): RunState | null {
  if (isGone(vcpu)) return "freed";
  const run_state = vcpu.state?.run_state ?? null;
  return run_state === "blocking" && vcpu.isDrowsy ? "out" : run_state;
}
