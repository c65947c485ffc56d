// Which VM has an address behind a loss. Lost lines may have been those of the end of a VM, and of the creation of another
// one at its address. A VM is the one from before if a line shows its avic_vm_id there, or if a thread prints it that waited
// in a halt of one of its vCPUs: what is in KVM_RUN is the vCPU's own thread, while any thread of the monitor may load one.
// Until then the address has a VM of which nothing is known. While the oldest lines of a CPU are missing, a thread that has
// loaded no vCPU of the VM so far may be that of another VM too, where another thread waited in the vCPU's halts.

import { type VmRow } from "../../source/rows.js";

/** Who prints a line about a VM, and with which avic_vm_id; null or 0 = it shows none. */
export interface Shown {
  /** The avic_vm_id. */
  readonly vm_id: number | null;
  /** The thread; null = the line is printed from an interrupt, or nobody is to be recognised by it. */
  readonly tid: number | null;
}

interface Running {
  readonly vm: VmRow;
  readonly vcpu_id: number;
}

/** Tells the VMs of one recording from those that took their addresses unseen. */
export class VmsBehindLosses {
  /** The oldest lines of some CPU are missing, and its first line is still to come. */
  isWithin = false;
  /** VMs from before a loss, of which no line since has shown that they are still there. */
  private readonly doubted = new Set<VmRow>();
  /** The vCPU that a thread runs. */
  private readonly running = new Map<number, Running>();
  /** The threads that loaded vCPUs of a VM while the oldest lines of some CPU were missing. */
  private readonly loaders = new Map<VmRow, Set<number>>();
  /** The VM that had the address before, and that may be the same. */
  private readonly before = new Map<VmRow, VmRow>();

  /** A thread waits in a halt of a vCPU of this VM. */
  runs(vm: VmRow, vcpu_id: number, tid: number): void {
    this.running.set(tid, { vm, vcpu_id });
  }

  /** A thread is about to show a vCPU at the address of this VM. */
  meets(vm: VmRow, vcpu_id: number, tid: number): void {
    if (!this.isWithin || this.running.get(tid)?.vm === vm) return;
    if (this.loaders.get(vm)?.has(tid) === true) return;
    for (const other of this.running.values())
      if (other.vm === vm && other.vcpu_id === vcpu_id) this.doubted.add(vm);
  }

  /** A thread has shown a vCPU of this VM. */
  hasMet(vm: VmRow, tid: number): void {
    if (!this.isWithin) return;
    const known = this.loaders.get(vm);
    if (known === undefined) this.loaders.set(vm, new Set([tid]));
    else known.add(tid);
  }

  /** Events were lost while these VMs were there. */
  lose(vms: Iterable<VmRow>): void {
    for (const vm of vms) this.doubted.add(vm);
  }

  /** May a VM be another one than the line is about, which is of the VM at its address? */
  isDoubted(vm: VmRow, shown: Shown): boolean {
    if (!this.doubted.has(vm)) return false;
    const isShown = vm.vm_id !== null && vm.vm_id === shown.vm_id;
    if (!isShown && !this.isOfThread(vm, shown)) return true;
    this.doubted.delete(vm);
    return false;
  }

  /** A VM has the address of another one, which may be the same. */
  follows(vm: VmRow, before: VmRow): void {
    this.doubted.delete(before);
    this.before.set(vm, before);
  }

  /** The VM from before a loss that is this one, as the line shows for the first time; undefined = none is. */
  recognised(vm: VmRow, shown: Shown): VmRow | undefined {
    if (this.before.size === 0) return undefined;
    for (let same = this.before.get(vm); same !== undefined; same = this.before.get(same)) {
      if (!this.isOfThread(same, shown)) continue;
      this.before.delete(vm);
      for (const [tid, { vm: of, vcpu_id }] of this.running)
        if (of === same) this.running.set(tid, { vm, vcpu_id });
      return same;
    }
    return undefined;
  }

  private isOfThread(vm: VmRow, { tid }: Shown): boolean {
    return tid !== null && this.running.get(tid)?.vm === vm;
  }
}
