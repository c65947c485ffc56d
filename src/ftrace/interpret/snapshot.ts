// The VMs that ran when the recording began, and those that ran at its end, as the capture script saw them in /proc. A
// line of a vCPU that the vCPU's own thread prints tells which struct kvm is the VM of which process.

import { numberOf, type HeaderLine } from "../../source/header/header-line.js";
import { type VmRow } from "../../source/rows.js";

/** What the header says of running VMs. */
export class Snapshot {
  /** The process of the monitor, by the thread of a vCPU; null = of several. */
  private readonly processOf = new Map<number, number | null>();
  /** The VM of which a thread ran a vCPU first. */
  private readonly vmOf = new Map<number, VmRow>();
  /** The VM's name, by the process of its monitor; null = it has several VMs, or the header gives none. */
  private readonly names = new Map<number, string | null>();
  /** The VM whose vCPUs a thread ran; null = of several. */
  private readonly ran = new Map<number, VmRow | null>();
  /** When it was taken: `flight` = after the lines, though it stands above them; `end` = what follows was. */
  private when = "";
  private isCaptured = false;

  /** Does the header name no thread of a vCPU, and will none do so? */
  get isEmpty(): boolean {
    return !this.isCaptured && this.processOf.size === 0;
  }

  /** Takes a line of the header. Returns the VMs of which another thing is told since. */
  read(header: HeaderLine): readonly VmRow[] {
    if (header.problem !== null) return [];
    if (header.key === "capture") this.isCaptured = true;
    if (header.key === "standing") this.when = header.words.get("at") ?? "";
    const pid = numberOf(header, "pid");
    if (pid === null) return [];
    if (header.key === "vm") this.addVm(pid, header.words.get("name") ?? null);
    if (header.key === "vcpu") this.addThread(numberOf(header, "tid"), pid);
    return this.when === "end" ? this.nameLate(pid) : [];
  }

  /** The VMs that threads of this process ran, and that are there at the end. */
  private nameLate(pid: number): readonly VmRow[] {
    const name = this.names.get(pid) ?? null;
    const vms = [...this.processOf]
      .filter(([, process]) => process === pid)
      .flatMap(([tid]) => this.ran.get(tid) ?? [])
      .filter((vm) => !vm.ended && (vm.vmm_pid === null || vm.vmm_pid === pid))
      .filter((vm) => vm.vmm_pid === null || vm.name !== name);
    for (const vm of vms) Object.assign(vm, { vmm_pid: pid, name });
    return vms;
  }

  /** A task prints a line of a vCPU of this VM. Returns the VMs of which another thing is told since. */
  shows(vm: VmRow, tid: number): readonly VmRow[] {
    const ran = this.ran.get(tid);
    if (ran !== vm) this.ran.set(tid, ran === undefined || isOfOneAddress(ran, vm) ? vm : null);
    const pid = this.processOf.get(tid) ?? null;
    const before = this.vmOf.get(tid);
    if (pid === null || before === vm) return [];
    if (before !== undefined && !isOfOneAddress(before, vm)) return this.disown(tid, before);
    this.vmOf.set(tid, vm);
    // A VM that was made since a snapshot is not in it, whoever runs its vCPUs.
    if ((vm.born && this.when !== "flight") || vm.vmm_pid !== null) return [];
    vm.vmm_pid = pid;
    vm.name = this.names.get(pid) ?? null;
    return [vm];
  }

  /** The thread runs vCPUs of several VMs, so it is not the thread of a vCPU that the header means. */
  private disown(tid: number, vm: VmRow): readonly VmRow[] {
    this.processOf.set(tid, null);
    vm.vmm_pid = null;
    vm.name = null;
    return [vm];
  }

  private addVm(pid: number, name: string | null): void {
    const isOther = this.names.has(pid) && this.names.get(pid) !== name;
    this.names.set(pid, isOther || name === "" ? null : name);
  }

  private addThread(tid: number | null, pid: number): void {
    if (tid === null) return;
    const known = this.processOf.get(tid);
    this.processOf.set(tid, known === undefined || known === pid ? pid : null);
  }
}

/** Behind a loss a VM may have another row than before (vms-behind-losses.ts). */
function isOfOneAddress(before: VmRow | null, vm: VmRow): boolean {
  return before !== null && before.kvm === vm.kvm;
}
