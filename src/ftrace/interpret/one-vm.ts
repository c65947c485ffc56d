// Whether all lines about an address are of one VM, while the oldest lines of some CPU are missing: between any two lines a
// VM may have ended there, and another one begun. A mark is what only lines of one VM show: its avic_vm_id, or a thread
// that waited in a halt of one of its vCPUs. Where a mark shows twice, all lines between are of the VM that it is of.

/** Who prints a line about a VM, and with which avic_vm_id; null or 0 = it shows none. */
export interface Shown {
  /** The avic_vm_id. */
  readonly vm_id: number | null;
  /** The thread; null = the line is printed from an interrupt, or nobody is to be recognised by it. */
  readonly tid: number | null;
}

/** The lines about one address, as of one VM. */
export class OneVm {
  private readonly first: Shown;
  /** Is it proven by lines before its own first one? */
  private isWhole = false;
  /** Threads, and avic_vm_ids below zero, that are of the VM. */
  private readonly own = new Set<number>();
  /** Those that were shown since the last line that is of the VM for certain. */
  private readonly later = new Set<number>();
  private isOpen = true;

  /** `first`: what its first line shows. */
  constructor(first: Shown) {
    this.first = first;
  }

  /** Are all lines so far of one VM for certain? */
  get isProven(): boolean {
    return !this.isOpen && (this.isWhole || this.isOwn(this.first));
  }

  /** Does a line show a mark of the VM? */
  isOwn({ vm_id, tid }: Shown): boolean {
    return (tid !== null && this.own.has(tid)) || (vm_id !== null && this.own.has(-vm_id));
  }

  /** A line about the address. */
  note(shown: Shown): void {
    if (this.isOwn(shown)) this.prove();
    else this.isOpen = true;
    if (shown.vm_id !== null) this.mark(-shown.vm_id);
  }

  /** This thread waits in a halt of a vCPU. */
  halts(tid: number): void {
    this.mark(tid);
  }

  /** A line shows that the VM is still there: whatever showed in the meantime is its own. */
  prove(): void {
    for (const mark of this.later) this.own.add(mark);
    this.later.clear();
    this.isOpen = false;
  }

  /** The VM of these lines was there before the first one about this one, and is there now: it is this one. */
  join(before: OneVm): void {
    for (const mark of [...before.own, ...before.later, ...this.later]) this.own.add(mark);
    this.later.clear();
    this.isOpen = false;
    this.isWhole = true;
  }

  /** Is this its avic_vm_id? */
  isNamed(vm_id: number): boolean {
    return this.own.has(-vm_id);
  }

  private mark(mark: number): void {
    if (this.own.has(mark)) return;
    this.later.add(mark);
    // The first mark says which of the VMs is meant that may have been there.
    if (this.own.size === 0) this.prove();
  }
}
