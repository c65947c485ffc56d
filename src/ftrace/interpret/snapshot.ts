// The VMs that ran already when the recording began, as the capture script saw them in /proc. A line of a vCPU that
// the vCPU's own thread prints tells which struct kvm is the VM of which process.

import { numberOf, type HeaderLine } from "../header/header-line.js";
import { type VmRow } from "./vms.js";

/** What the header says of running VMs. */
export class Snapshot {
  /** The process of the monitor, by the thread of a vCPU; null = of several. */
  private readonly processOf = new Map<number, number | null>();
  /** The VM's name, by the process of its monitor; null = it has several VMs, or the header gives none. */
  private readonly names = new Map<number, string | null>();

  /** Does the header name no thread of a vCPU? */
  get isEmpty(): boolean {
    return this.processOf.size === 0;
  }

  /** Takes a line of the header. */
  read(header: HeaderLine): void {
    const pid = numberOf(header, "pid");
    if (pid === null || header.problem !== null) return;
    if (header.key === "vm") this.addVm(pid, header.words.get("name") ?? null);
    if (header.key === "vcpu") this.addThread(numberOf(header, "tid"), pid);
  }

  /** A task prints a line of a vCPU of this VM. Returns true if the VM has a name since. */
  shows(vm: VmRow, tid: number): boolean {
    const pid = this.processOf.get(tid) ?? null;
    // A VM that was made since is not the one of the snapshot, whoever runs its vCPUs.
    if (pid === null || vm.born || vm.vmm_pid !== null) return false;
    vm.vmm_pid = pid;
    vm.name = this.names.get(pid) ?? null;
    return true;
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
