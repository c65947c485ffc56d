// Which VM has which avic_vm_id: a line shows it, or the entries that are posted to its vCPUs prove it.

import { type Seq } from "../../domain/values/ids.js";
import { type VmRow } from "../../source/rows.js";

/** Who is told of changes. */
interface Listener {
  /** The names of the VM have changed. */
  readonly changed: (vm: VmRow) => void;
  /** Its avic_vm_id is not sure any more. */
  readonly unlearned: (vm: VmRow) => void;
}

/** The avic_vm_ids of one recording. */
export class VmIds {
  private readonly byVmId = new Map<number, VmRow>();
  /** The vm_ids that entries prove of more than one VM. */
  private readonly disputed = new Set<number>();
  private readonly listener: Listener;

  /** `listener` is told of each id that is learned. */
  constructor(listener: Listener) {
    this.listener = listener;
  }

  /** The VM with this avic_vm_id; undefined = not known. */
  of(vm_id: number): VmRow | undefined {
    return this.byVmId.get(vm_id);
  }

  /** A line shows the avic_vm_id of a VM. */
  show(vm: VmRow, vm_id: number): void {
    const other = this.byVmId.get(vm_id);
    if (other !== undefined && other !== vm) this.unlearn(other);
    this.name(vm, vm_id, { by: "line", seq: null });
  }

  /** Event `seq` proves the avic_vm_id of a VM that no line shows. If another VM has it, neither is sure. */
  learn(vm: VmRow, vm_id: number, seq: Seq): void {
    if (vm.vm_id_by === "line" || vm.vm_id === vm_id) return;
    this.unlearn(vm);
    const other = this.byVmId.get(vm_id);
    // What had the address before a loss, and the same name, is the same VM.
    if (other !== undefined && other.kvm !== vm.kvm) this.disputed.add(vm_id);
    if (!this.disputed.has(vm_id)) this.name(vm, vm_id, { by: "backing page", seq });
    else if (other !== undefined) this.unlearn(other);
  }

  /** A dump of the host shows the avic_vm_id of a VM: it counts where neither has another name. */
  tell(vm: VmRow, vm_id: number): void {
    const isFree = vm.vm_id === null && !this.byVmId.has(vm_id) && !this.disputed.has(vm_id);
    if (isFree) this.name(vm, vm_id, { by: "anchor", seq: null });
  }

  /** An avic_vm_id that no line shows is not sure any more, nor are the names that were learned with it. */
  unlearn(vm: VmRow): void {
    if (vm.vm_id_by !== "line") this.withhold(vm);
  }

  /** The lines about a VM may be of several: whatever name they show is not sure. */
  withhold(vm: VmRow): void {
    if (vm.vm_id === null) return;
    if (this.byVmId.get(vm.vm_id) === vm) this.byVmId.delete(vm.vm_id);
    vm.vm_id = null;
    vm.vm_id_by = null;
    vm.vm_id_seq = null;
    this.listener.changed(vm);
    this.listener.unlearned(vm);
  }

  private name(
    vm: VmRow,
    vm_id: number,
    { by, seq }: { readonly by: VmRow["vm_id_by"]; readonly seq: Seq | null },
  ): void {
    vm.vm_id = vm_id;
    vm.vm_id_by = by;
    vm.vm_id_seq = seq;
    this.byVmId.set(vm_id, vm);
    this.listener.changed(vm);
  }
}
