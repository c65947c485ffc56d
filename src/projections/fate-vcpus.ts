// The vCPUs of a recording, as far as a fate can tell them apart.

import { type RunState, type VcpuState } from "../domain/fold/state.js";
import { type VcpuRow } from "../domain/values/ids.js";

/** What is known of vCPUs, and which of them are gone or about to sleep. */
export class FateVcpus {
  private readonly states = new Map<VcpuRow, VcpuState>();
  private readonly byVm = new Map<number, VcpuRow[]>();
  /** vCPUs that begin to block. */
  private readonly drowsy = new Set<VcpuRow>();
  /** Rows of VMs that are gone. */
  private readonly goneVms = new Set<number>();

  /** The state that was told last; undefined = none was. */
  get(vcpu: VcpuRow): VcpuState | undefined {
    return this.states.get(vcpu);
  }

  /** A vCPU has another state. */
  set(state: VcpuState): void {
    const { vcpu, vm } = state;
    if (!this.states.has(vcpu)) {
      const own = this.byVm.get(vm);
      if (own === undefined) this.byVm.set(vm, [vcpu]);
      else own.push(vcpu);
    }
    this.states.set(vcpu, state);
  }

  /** A vCPU begins to block. */
  beginBlock(vcpu: VcpuRow): void {
    this.drowsy.add(vcpu);
  }

  /** It blocks, or does not. */
  endBlock(vcpu: VcpuRow): void {
    this.drowsy.delete(vcpu);
  }

  /** What was lost may have ended it for all. */
  endBlocks(): void {
    this.drowsy.clear();
  }

  /** A VM is gone. Returns its vCPUs. */
  endVm(vm: number): readonly VcpuRow[] {
    this.goneVms.add(vm);
    return this.byVm.get(vm) ?? [];
  }

  /** Is a vCPU known to be gone? */
  readonly isGone = (row: VcpuRow): boolean => {
    const vcpu = this.states.get(row);
    return vcpu !== undefined && (vcpu.run_state === "freed" || this.goneVms.has(vcpu.vm));
  };

  /** A vCPU that begins to block asks once more for interrupts before it sleeps (kvm_vcpu_check_block). */
  runStateOf(row: VcpuRow): RunState | null {
    if (this.isGone(row)) return "freed";
    const run_state = this.states.get(row)?.run_state ?? null;
    return run_state === "blocking" && this.drowsy.has(row) ? "out" : run_state;
  }
}
