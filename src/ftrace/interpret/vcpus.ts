// The vCPUs of the VMs of a recording, and the order in which they were created.

import { type Seq } from "../../domain/values/ids.js";
import { RowMap } from "../../domain/values/row-map.js";
import { type VcpuRow, type VmRow } from "../../source/rows.js";

/** The vCPUs of one recording. */
export class Vcpus {
  /** Rows made or changed since they were last taken, in order. */
  readonly changed = new Set<VcpuRow>();
  private readonly byKey = new Map<number, VcpuRow>();
  private readonly byVm = new RowMap<VcpuRow[]>();
  /** Rows of vCPUs that were freed: a VM frees them when it ends. */
  private readonly freed = new Set<number>();
  private next: number;

  /** `first`: the number of the first row. */
  constructor(first: number) {
    this.next = first;
  }

  /** The vCPUs of a VM that were seen so far. */
  of(vm: VmRow): readonly VcpuRow[] {
    return this.byVm.get(vm.id) ?? [];
  }

  /** The vCPU of a VM by its vcpu_id. */
  at(vm: VmRow, vcpu_id: number): VcpuRow {
    const known = this.byKey.get(keyOf(vm, vcpu_id));
    if (known !== undefined) return known;
    if (vm.born) this.forgetCreations(vm);
    return this.rowAt(vm, vcpu_id);
  }

  /** avic_init_vcpu() succeeded: the vCPU takes the next vcpu_idx, if all earlier ones were seen. */
  create(vm: VmRow, vcpu_id: number): VcpuRow {
    const idx = this.of(vm).filter(
      (other) => other.vcpu_idx_by === "creation" && other.vcpu_id !== vcpu_id,
    ).length;
    const row = this.rowAt(vm, vcpu_id);
    if (vm.born && row.vcpu_idx_by !== "creation") {
      row.vcpu_idx = idx;
      row.vcpu_idx_by = "creation";
      row.vcpu_idx_seq = null;
      this.changed.add(row);
    }
    return row;
  }

  /** svm_vcpu_free() of a vCPU. */
  free(vcpu: VcpuRow): void {
    this.freed.add(vcpu.id);
  }

  /** Was the vCPU of a VM with that vcpu_id freed? */
  isFreed(vm: VmRow, vcpu_id: number): boolean {
    const vcpu = this.byKey.get(keyOf(vm, vcpu_id));
    return vcpu !== undefined && this.freed.has(vcpu.id);
  }

  /** Event `seq` proves the vcpu_idx of a vCPU whose creation was not seen; null = it is not sure, or another's. */
  learnIdx(vm: VmRow, vcpu: VcpuRow, vcpu_idx: number | null, seq: Seq | null): void {
    if (vcpu.vcpu_idx_by === "creation" || vcpu.vcpu_idx === vcpu_idx) return;
    const isTaken = this.of(vm).some(
      (other) => other.vcpu_idx_by === "creation" && other.vcpu_idx === vcpu_idx,
    );
    vcpu.vcpu_idx = isTaken ? null : vcpu_idx;
    vcpu.vcpu_idx_by = vcpu.vcpu_idx === null ? null : "backing page";
    vcpu.vcpu_idx_seq = vcpu.vcpu_idx === null ? null : seq;
    this.changed.add(vcpu);
  }

  /**
   * A dump of the host shows a vCPU, with that vcpu_idx (null = it does not tell). null = the trace has seen that there is
   * no such vCPU: it was freed, or all of the VM's were seen to be created.
   */
  tell(vm: VmRow, vcpu_id: number, vcpu_idx: number | null): VcpuRow | null {
    const known = this.byKey.get(keyOf(vm, vcpu_id));
    if (known === undefined ? vm.born : this.freed.has(known.id)) return null;
    const vcpu = this.rowAt(vm, vcpu_id);
    const isFree = !this.of(vm).some((other) => other.vcpu_idx === vcpu_idx);
    if (vcpu_idx === null || vcpu.vcpu_idx !== null || !isFree) return vcpu;
    vcpu.vcpu_idx = vcpu_idx;
    vcpu.vcpu_idx_by = "anchor";
    this.changed.add(vcpu);
    return vcpu;
  }

  /** A vCPU was made unseen in a VM whose creation was seen: the order of the others is not known either. */
  forgetCreations(vm: VmRow): void {
    vm.born = false;
    for (const vcpu of this.of(vm)) {
      if (vcpu.vcpu_idx_by !== "creation") continue;
      vcpu.vcpu_idx = null;
      vcpu.vcpu_idx_by = null;
      this.changed.add(vcpu);
    }
  }

  private rowAt(vm: VmRow, vcpu_id: number): VcpuRow {
    const key = keyOf(vm, vcpu_id);
    let row = this.byKey.get(key);
    if (row === undefined) {
      const unknown = { vcpu_idx: null, vcpu_idx_by: null, vcpu_idx_seq: null };
      row = { id: this.next++, vm: vm.id, vcpu_id, ...unknown };
      this.byKey.set(key, row);
      const siblings = this.byVm.get(vm.id);
      if (siblings === undefined) this.byVm.set(vm.id, [row]);
      else siblings.push(row);
      this.changed.add(row);
    }
    return row;
  }
}

function keyOf(vm: VmRow, vcpu_id: number): number {
  return vm.id * 0x1_0000 + vcpu_id;
}
