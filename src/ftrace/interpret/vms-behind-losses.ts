// Which VM has an address behind a loss. Lost lines may have been those of the end of a VM, and of the creation of another
// one at its address. A VM is the one from before if a line shows its avic_vm_id there, or if a thread prints it that waited
// in a halt of one of its vCPUs: what is in KVM_RUN is the vCPU's own thread, while any thread of the monitor may load one.
// Until then the address has a VM of which nothing is known. While the oldest lines of a CPU are missing, a thread that has
// loaded no vCPU of the VM so far may be that of another VM too, where another thread waited in the vCPU's halts; and when
// the first line of that CPU comes, a VM keeps its name only where its lines are proven to be of one VM (one-vm.ts).

import { type VmRow } from "../../source/rows.js";
import { OneVm, type Shown } from "./one-vm.js";

interface Running {
  readonly vm: VmRow;
  readonly vcpu_id: number;
}

/** A VM from before a loss that is the same as the one behind it. */
export interface Recognised {
  /** Its row. */
  readonly vm: VmRow;
  /** Its avic_vm_id; null = none is certain. */
  readonly vm_id: number | null;
  /** It has lost its name, and gets it back: all of its lines are of one VM. */
  readonly isOne: boolean;
}

/** A VM that had lines before the first line of a CPU. */
export interface Begun {
  /** Its row. */
  readonly vm: VmRow;
  /** It is to have no name: its lines may be of several VMs. */
  readonly isUnproven: boolean;
}

const NONE: readonly Recognised[] = [];

/** Tells the VMs of one recording from those that took their addresses unseen. */
export class VmsBehindLosses {
  /** The oldest lines of some CPU are missing, and its first line is still to come. */
  isWithin = false;
  /** VMs from before a loss, of which no line since has shown that they are still there. */
  private readonly doubted = new Set<VmRow>();
  /** The vCPU that a thread runs. */
  private readonly running = new Map<number, Running>();
  /** VMs that turned out to be the same as one behind a loss: that one. */
  private readonly sameAs = new Map<VmRow, VmRow>();
  /** The threads that loaded vCPUs of a VM while the oldest lines of some CPU were missing. */
  private readonly loaders = new Map<VmRow, Set<number>>();
  /** The VM that had the address before, and that may be the same. */
  private readonly before = new Map<VmRow, VmRow>();
  /** Of VMs with lines while the oldest lines of some CPU were missing: what proves that these are of one. */
  private readonly lines = new Map<VmRow, OneVm>();
  /** Those whose lines may be of several, with the avic_vm_id that they had; null = none. */
  private readonly unproven = new Map<VmRow, number | null>();

  /** A thread waits in a halt of a vCPU of this VM. */
  runs(vm: VmRow, vcpu_id: number, tid: number): void {
    this.running.set(tid, { vm, vcpu_id });
    const lines = this.lines.get(vm);
    lines?.halts(tid);
    if (!this.isWithin) lines?.prove();
  }

  /** A thread is about to show a vCPU at the address of this VM. */
  meets(vm: VmRow, vcpu_id: number, tid: number): void {
    if (!this.isWithin || this.runsOn(tid, vm)) return;
    if (this.loaders.get(vm)?.has(tid) === true) return;
    for (const other of this.running.values())
      if (other.vcpu_id === vcpu_id && this.latest(other.vm) === vm) this.doubted.add(vm);
  }

  /** A thread has shown a vCPU of this VM. */
  hasMet(vm: VmRow, tid: number): void {
    if (!this.isWithin) return;
    const known = this.loaders.get(vm);
    if (known === undefined) this.loaders.set(vm, new Set([tid]));
    else known.add(tid);
  }

  /** A line is about this VM. */
  note(vm: VmRow, shown: Shown): void {
    const lines = this.lines.get(vm);
    if (lines !== undefined) lines.note(shown);
    else if (this.isWithin) {
      const begun = new OneVm(shown);
      begun.note(shown);
      this.lines.set(vm, begun);
    }
  }

  /**
   * The first line of a CPU comes of which older lines are missing. Returns the VMs so far, and which of them are to have no
   * name, because their lines may be of several.
   */
  *begins(): IterableIterator<Begun> {
    if (!this.isWithin) return;
    for (const [vm, lines] of this.lines) {
      const isUnproven = !lines.isProven && !this.unproven.has(vm);
      if (isUnproven) this.unproven.set(vm, vm.vm_id);
      yield { vm, isUnproven };
    }
  }

  /** Events were lost while these VMs were there. */
  lose(vms: Iterable<VmRow>): void {
    for (const vm of vms) this.doubted.add(vm);
  }

  /** May a VM be another one than the line is about, which is of the VM at its address? */
  isDoubted(vm: VmRow, shown: Shown): boolean {
    if (!this.doubted.has(vm)) return false;
    const isShown = vm.vm_id !== null && vm.vm_id === shown.vm_id;
    if ((!isShown && !this.isOf(vm, shown)) || this.unproven.has(vm)) return true;
    this.doubted.delete(vm);
    return false;
  }

  /** A VM has the address of another one, which may be the same. */
  follows(vm: VmRow, before: VmRow): void {
    this.doubted.delete(before);
    this.before.set(vm, before);
  }

  /** The VMs from before a loss that are this one, as the line shows for the first time, the last one first. */
  recognised(vm: VmRow, shown: Shown): readonly Recognised[] {
    if (this.before.size === 0) return NONE;
    const vms: VmRow[] = [];
    for (let same = this.before.get(vm); same !== undefined; same = this.before.get(same)) {
      vms.push(same);
      if (this.isOf(same, shown)) return this.join(vm, vms, same);
    }
    return NONE;
  }

  /** The oldest of the VMs that had the address is there still, so all of them are this one. */
  private join(vm: VmRow, vms: readonly VmRow[], oldest: VmRow): readonly Recognised[] {
    const before = this.before.get(oldest);
    if (before === undefined) this.before.delete(vm);
    else this.before.set(vm, before);
    for (const each of vms) this.sameAs.set(each, vm);
    this.lines.get(oldest)?.prove();
    for (const each of vms) this.joinLines(vm, each);
    return vms.map((each) => this.recognise(each, each !== oldest));
  }

  private joinLines(vm: VmRow, same: VmRow): void {
    const lines = this.lines.get(same);
    if (lines !== undefined) this.lines.get(vm)?.join(lines);
  }

  private recognise(vm: VmRow, isBetween: boolean): Recognised {
    const lines = this.lines.get(vm);
    const had = this.unproven.get(vm) ?? null;
    if (had === null) return { vm, vm_id: vm.vm_id_by === "line" ? vm.vm_id : null, isOne: false };
    const isOne = isBetween || lines?.isProven === true;
    return { vm, vm_id: isOne || lines?.isNamed(had) === true ? had : null, isOne };
  }

  private isOf(vm: VmRow, shown: Shown): boolean {
    const lines = this.lines.get(vm);
    if (lines !== undefined) return lines.isOwn(shown);
    return shown.tid !== null && this.runsOn(shown.tid, vm);
  }

  /** Does a thread run a vCPU of this VM? */
  private runsOn(tid: number, vm: VmRow): boolean {
    const running = this.running.get(tid);
    return running !== undefined && this.latest(running.vm) === vm;
  }

  /** The row that a VM has by now. */
  private latest(vm: VmRow): VmRow {
    let last = vm;
    for (let next = this.sameAs.get(last); next !== undefined; next = this.sameAs.get(last))
      last = next;
    // The way there is not gone twice.
    if (last !== vm) this.sameAs.set(vm, last);
    return last;
  }
}
