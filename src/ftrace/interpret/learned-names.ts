// The names of VMs and vCPUs that were there before the recording began, as the entries that are posted to them prove
// them (backing-pages.ts): the avic_vm_id of a VM that no line shows, and the vcpu_idx of a vCPU whose creation was
// not seen. A name that two VMs or two vCPUs would have is nobody's.

import { decodePhysicalId } from "../../domain/amd/irte/physical-id.js";
import { type Rules } from "../../domain/amd/releases/releases.js";
import { type Seq } from "../../domain/values/ids.js";
import { type IrteBits } from "../../domain/values/bits.js";
import { BackingPages, type ProvenTag } from "./backing-pages.js";
import { type Vms } from "./vms.js";
import { type VcpuRow, type VmRow } from "../../source/rows.js";

/** Finds out the names of the VMs and vCPUs of one recording. */
export class LearnedNames {
  private readonly vms: Vms;
  private readonly rules: Rules | null;
  private readonly pages = new BackingPages();

  /** `rules`: how GA tags are read; null = not known, and nothing is learned. */
  constructor(vms: Vms, rules: Rules | null) {
    this.vms = vms;
    this.rules = rules;
  }

  /** A line shows the physical ID entry of a vCPU, as bits 63:32 and 31:0. */
  showsEntry(vm: VmRow, vcpu: VcpuRow, high: number, low: number): void {
    const { rules } = this;
    if (rules === null || isNamed(vm, vcpu, rules)) return;
    if (this.pages.shows(vm, vcpu, decodePhysicalId(high, low).backing_page))
      this.nameBy(vm, rules);
  }

  /** The vCPU is freed. */
  freed(vm: VmRow, vcpu: VcpuRow): void {
    if (this.rules !== null && this.pages.freed(vcpu)) this.nameBy(vm, this.rules);
  }

  /** A line shows the bits of an entry. */
  written(bits: IrteBits, seq: Seq): void {
    this.pages.written(bits, seq);
  }

  /** The driver is asked to post with this tag to the vCPU of this page, given as an address's bits 63:32 and 31:0. */
  asked(tag: number, high: number, low: number, seq: Seq): void {
    if (!this.pages.isEmpty) this.pages.posted(decodePhysicalId(high, low).backing_page, tag, seq);
  }

  /** Events were lost. */
  forget(): void {
    this.pages.forget();
  }

  private nameBy(vm: VmRow, rules: Rules): void {
    const proven = this.pages.provenOf(vm, rules);
    if (vm.vm_id_by !== "line") this.nameVm(vm, proven);
    if (rules.tagVcpuField === "vcpu_idx") this.nameVcpus(vm, proven);
  }

  private nameVm(vm: VmRow, proven: readonly ProvenTag[]): void {
    const [first] = proven;
    const isAgreed = proven.every(({ tag }) => tag.vm_id === first?.tag.vm_id);
    if (first !== undefined && isAgreed) this.vms.ids.learn(vm, first.tag.vm_id, first.seq);
    else this.vms.ids.unlearn(vm);
  }

  private nameVcpus(vm: VmRow, proven: readonly ProvenTag[]): void {
    const own = proven.filter(({ tag }) => tag.vm_id === vm.vm_id);
    for (const vcpu of this.vms.vcpus.of(vm)) {
      if (vcpu.vcpu_idx_by === "creation") continue;
      const mine = own.find((each) => each.vcpu === vcpu);
      const idx = mine?.tag.vcpu;
      const isUnique = own.filter(({ tag }) => tag.vcpu === idx).length === 1;
      this.vms.vcpus.learnIdx(vm, vcpu, isUnique ? (idx ?? null) : null, mine?.seq ?? null);
    }
  }
}

/** Is there nothing to find out about them? */
function isNamed(vm: VmRow, vcpu: VcpuRow, { tagVcpuField }: Rules): boolean {
  const isVcpuNamed = tagVcpuField === "vcpu_id" || vcpu.vcpu_idx_by === "creation";
  return isVcpuNamed && vm.vm_id_by === "line";
}
