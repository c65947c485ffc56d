// The VMs of a recording by their struct kvm, and their vCPUs. Pointers become row numbers here; nothing
// behind this file knows a pointer.

import { decodeGaTag } from "../../domain/amd/irte/ga-tag.js";
import { type Rules } from "../../domain/amd/releases/releases.js";
import { type VmFact } from "../../source/header/host-fact.js";
import { Vcpus } from "./vcpus.js";
import { VmIds } from "./vm-ids.js";
import { type Shown } from "./one-vm.js";
import { VmsBehindLosses } from "./vms-behind-losses.js";
import { type VcpuRow, type VmRow } from "../../source/rows.js";

/** The VMs and vCPUs of one recording. Addresses are given as bits 63:32 and 31:0. */
export class Vms {
  /** Rows of VMs made or changed since they were last taken, in order. */
  readonly changedVms = new Set<VmRow>();
  private readonly pointers = new PointerKeys();
  private readonly byPointer = new Map<number, VmRow>();
  /** Who has which avic_vm_id. */
  readonly ids = new VmIds({
    changed: (vm) => this.changedVms.add(vm),
    unlearned: (vm) => {
      for (const vcpu of this.vcpus.of(vm)) this.vcpus.learnIdx(vm, vcpu, null, null);
    },
  });
  /** Who is who behind losses. */
  readonly behindLosses = new VmsBehindLosses();
  /** The end of some VM was observed. */
  private seesEnds = false;
  /** The last line of each VM's creation. */
  private readonly creations = new WeakMap<VmRow, number>();
  /** Their vCPUs. */
  readonly vcpus: Vcpus;
  private nextVm: number;

  /** `first`: the row numbers that come next. */
  constructor(first: {
    /** That of the next VM. */
    readonly vm: number;
    /** That of the next vCPU. */
    readonly vcpu: number;
  }) {
    this.nextVm = first.vm;
    this.vcpus = new Vcpus(first.vcpu);
  }

  /** The VM at an address; undefined where none was seen there, or it is gone. */
  known(high: number, low: number): VmRow | undefined {
    return this.byPointer.get(this.pointers.key(high, low));
  }

  /**
   * The VM at an address. A VM keeps its avic_vm_id for life: another one at a known address is another VM, whose
   * predecessor's end was not seen.
   */
  at(high: number, low: number, { vm_id, tid }: Shown): VmRow {
    // 7.3 gives the id with the first vCPU; before that it prints 0.
    const shown = vm_id === 0 ? null : vm_id;
    const known = this.known(high, low)?.vm_id ?? null;
    if (known !== null && shown !== null && known !== shown) this.forget(high, low);
    const vm = this.standingAt(high, low, { vm_id: shown, tid });
    if (shown !== null && (vm.vm_id !== shown || vm.vm_id_by !== "line")) this.ids.show(vm, shown);
    this.behindLosses.note(vm, { vm_id: shown, tid });
    return vm;
  }

  /** The VM at the address, as far as it is certain that it is the one from before a loss; else a new one. */
  private standingAt(high: number, low: number, shown: Shown): VmRow {
    const before = this.known(high, low);
    if (before !== undefined && this.behindLosses.isDoubted(before, shown)) {
      this.forget(high, low);
      this.behindLosses.follows(this.rowAt(high, low), before);
    }
    const vm = this.rowAt(high, low);
    for (const same of this.behindLosses.recognised(vm, shown)) {
      if (same.vm_id === null) continue;
      if (same.isOne) this.ids.show(same.vm, same.vm_id);
      if (vm.vm_id === null || vm.vm_id === same.vm_id) this.ids.show(vm, same.vm_id);
    }
    return vm;
  }

  /** A dump of the host shows a VM at this address, with that avic_vm_id (null or 0: it shows none). */
  tell({ vm: address, vm_id, name, vmm_pid }: VmFact): void {
    const vm = this.rowAt(address.high, address.low);
    if (vm_id !== null && vm_id !== 0) this.ids.tell(vm, vm_id);
    if (vmm_pid === null || vm.vmm_pid !== null) return;
    Object.assign(vm, { vmm_pid, name });
    this.changedVms.add(vm);
  }

  /**
   * Do the address and the avic_vm_id in a line (null or 0: it shows none) belong to different VMs? Both are of VMs whose
   * creation was seen, and nothing that could have taken their place since was missed.
   */
  isMisnamed(high: number, low: number, vm_id: number | null): boolean {
    if (vm_id === null || vm_id === 0 || this.behindLosses.isWithin) return false;
    const here = this.known(high, low);
    const named = this.ids.of(vm_id);
    if (here === named) return false;
    const isNew = here?.born === true && here.vm_id === null;
    if (isNew && !this.seesEnds) return false;
    const isOther = here?.born === true && here.vm_id !== null && here.vm_id !== vm_id;
    return isOther || (named?.born === true && !named.ended && named.kvm !== null);
  }

  /** The line shows the creation of the VM; the last one that does shows its avic_vm_id. */
  noteCreation(vm: VmRow, line: number): void {
    this.creations.set(vm, line);
  }

  /** The line that created the VM at this address, else the one with this avic_vm_id; undefined = none was seen. */
  creationOf(high: number, low: number, vm_id: number | null): number | undefined {
    const here = this.known(high, low);
    const line = here === undefined ? undefined : this.creations.get(here);
    const named = vm_id === null ? undefined : this.ids.of(vm_id);
    return line ?? (named === undefined ? undefined : this.creations.get(named));
  }

  /** A VM is created with this avic_vm_id: where ends of VMs are not seen, another one that had it is gone. */
  create(vm_id: number | null): void {
    const named = vm_id === null ? undefined : this.ids.of(vm_id);
    if (named !== undefined && !this.seesEnds) named.ended = true;
  }

  /** The end of a VM was observed. */
  end(vm: VmRow): void {
    vm.ended = true;
    this.seesEnds = true;
  }

  private rowAt(high: number, low: number): VmRow {
    const key = this.pointers.key(high, low);
    let row = this.byPointer.get(key);
    if (row === undefined) {
      const kvm = pointerText(high, low);
      const unknown = { vm_id: null, vm_id_by: null, vm_id_seq: null, name: null, vmm_pid: null };
      row = { id: this.nextVm++, kvm, ...unknown, born: false, ended: false };
      this.byPointer.set(key, row);
      this.changedVms.add(row);
    }
    return row;
  }

  /** The struct kvm is freed: its address may come back as another VM. */
  forget(high: number, low: number): void {
    const key = this.pointers.key(high, low);
    const row = this.byPointer.get(key);
    if (row !== undefined) row.ended = true;
    this.byPointer.delete(key);
  }

  /** The VM at an address whose vCPU prints a line: another one than that in which this vCPU was freed. */
  living(vm: VmRow, high: number, low: number, vcpu_id: number): VmRow {
    if (!this.vcpus.isFreed(vm, vcpu_id)) return vm;
    this.forget(high, low);
    const another = this.rowAt(high, low);
    this.behindLosses.note(another, { vm_id: null, tid: null });
    return another;
  }

  /** Events were lost: a vCPU that is made from here on may not be the next of its VM, nor a VM the one from before. */
  lose(): void {
    for (const { vm, isUnproven } of this.behindLosses.begins()) {
      this.vcpus.forgetCreations(vm);
      if (isUnproven) this.ids.withhold(vm);
    }
    for (const vm of this.byPointer.values()) vm.born = false;
    this.behindLosses.lose(this.byPointer.values());
  }

  /** The vCPU that a GA tag names; undefined where it is not known. */
  vcpuOfTag(tag: number, rules: Rules): VcpuRow | undefined {
    const { vm_id, vcpu } = decodeGaTag(tag, rules);
    return this.vcpuOfField(vm_id, vcpu, rules);
  }

  /** The vCPU that the field of a GA tag names: it holds a vcpu_id or, since 6.17, a vcpu_idx. */
  vcpuOfField(vm_id: number, field: number, rules: Rules): VcpuRow | undefined {
    const vm = this.ids.of(vm_id);
    if (vm === undefined) return undefined;
    const isId = rules.tagVcpuField === "vcpu_id";
    return this.vcpus.of(vm).find((row) => (isId ? row.vcpu_id : row.vcpu_idx) === field);
  }
}

/** Kernel addresses as exact map keys: few values of the upper half, each given a small number. */
class PointerKeys {
  private readonly highs = new Map<number, number>();

  key(high: number, low: number): number {
    let id = this.highs.get(high);
    if (id === undefined) {
      id = this.highs.size;
      this.highs.set(high, id);
    }
    return id * 0x1_0000_0000 + (low >>> 0);
  }
}

function pointerText(high: number, low: number): string {
  return ((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)).toString(16);
}
