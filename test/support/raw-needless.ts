// An independent reader of raw ftrace text: where the vCPU of each entry of the GA log is when KVM is told of it, and which
// IRTEs post to it. It goes by the lines of avic_vcpu_load(), of blocking and of writes. No code of irqtwin is used.

/** An entry of the GA log of a vCPU that was seen before. */
export interface RawToldLog {
  /** The vCPU that the line names: `vmN/vcpuM`. */
  readonly vcpu: string;
  /** avic_vcpu_blocking() came last of the two that tell it. */
  readonly isBlocking: boolean;
  /** It is loaded, and does not block. */
  readonly isRunning: boolean;
  /** The IRTEs that post to its backing page: `devid/index`. */
  readonly posting: readonly string[];
}

interface Vcpu {
  isBlocking: boolean;
  isLoaded: boolean;
  page: bigint;
}

/** CPU and flags, stamp, event, text. */
const LINE = /^ *.*-\d+ +\[\d+\] [^ ]+ +[\d.]+: (\w+): (.*)$/;
/** arch/x86/include/asm/svm.h: AVIC_PHYSICAL_ID_ENTRY_BACKING_PAGE_MASK; the same bits are ga_root_ptr in an IRTE. */
const PAGE = 0x000f_ffff_ffff_f000n;
/** drivers/iommu/amd/amd_iommu_types.h: union irte_ga_lo, valid and guest_mode. */
const POSTED = 0x81n;

class Reader {
  readonly all: RawToldLog[] = [];
  private readonly vmOf = new Map<string, string>();
  private readonly vcpus = new Map<string, Vcpu>();
  /** The page that each IRTE posts to. */
  private readonly pages = new Map<string, bigint>();

  private readonly readers: Readonly<Record<string, (value: Value) => void>> = {
    avic_vcpu_load: (value) => Object.assign(this.vcpuOf(value), { isLoaded: true }),
    avic_vcpu_put: (value) => Object.assign(this.vcpuOf(value), { isLoaded: false }),
    avic_blocking: (value) => Object.assign(this.vcpuOf(value), { isBlocking: true }),
    avic_unblocking: (value) => Object.assign(this.vcpuOf(value), { isBlocking: false }),
    irte_write: (value) => {
      const [irte, lo, hi] = [
        `${Number(value("devid"))}/${value("index")}`,
        value("lo"),
        value("hi"),
      ];
      if ((BigInt(lo) & POSTED) === POSTED) this.pages.set(irte, BigInt(hi) & PAGE);
      else this.pages.delete(irte);
    },
    kvm_avic_ga_log: (value) => {
      const name = `vm${value("vmid")}/vcpu${value("vcpuid")}`;
      const vcpu = this.vcpus.get(name);
      if (vcpu === undefined) return;
      const { isBlocking, isLoaded, page } = vcpu;
      const posting = [...this.pages].filter(([, each]) => each === page).map(([irte]) => irte);
      this.all.push({ vcpu: name, isBlocking, isRunning: isLoaded && !isBlocking, posting });
    },
  };

  read(line: string): void {
    const [, name = "", rest = ""] = LINE.exec(line) ?? [];
    const value = (field: string): string =>
      new RegExp(`(?:^| |, )${field}=(\\w+)`).exec(rest)?.[1] ?? "";
    if (/ vm_id=[1-9]/.test(rest)) this.vmOf.set(value("kvm"), value("vm_id"));
    this.readers[name]?.(value);
  }

  private vcpuOf(value: Value): Vcpu {
    const name = `vm${this.vmOf.get(value("kvm")) ?? "?"}/vcpu${value("id")}`;
    const vcpu = this.vcpus.get(name) ?? { isBlocking: false, isLoaded: false, page: 0n };
    this.vcpus.set(name, vcpu);
    vcpu.page = BigInt(value("entry")) & PAGE;
    return vcpu;
  }
}

type Value = (field: string) => string;

/**
 * Reads the entries of the GA log whose vCPU was seen. The workload creates the vCPUs of a VM in the order of their ids, so
 * that an id and an index are the same number.
 */
export function rawToldLogs(text: string): readonly RawToldLog[] {
  const reader = new Reader();
  for (const line of text.split("\n")) reader.read(line);
  return reader.all;
}
