// The rules profiles: which release of the kernel a recording is judged by. The differences that
// the event fold needs stand here; one row per profile.

/** Profiles by name: a stable kernel release each. */
export type RulesId = "6.12" | "6.16" | "6.17" | "6.18" | "7.3";

export interface Rules {
  readonly id: RulesId;
  /** Before or after the series "KVM: iommu: Overhaul device posted IRQs support" (6.17). */
  readonly series: "before" | "after";
  /**
   * Width of the vCPU field of the GA tag; the VM's avic_vm_id stands above it.
   * arch/x86/kvm/svm/avic.c: AVIC_GATAG, AVIC_PHYSICAL_MAX_INDEX_MASK (12 bits in 7.3).
   */
  readonly tagVcpuBits: 9 | 12;
  /** What the vCPU field holds: vcpu_id, or since patch 55 of the series vcpu_idx. */
  readonly tagVcpuField: "vcpu_id" | "vcpu_idx";
}

export const RULES: Readonly<Record<RulesId, Rules>> = {
  "6.12": { id: "6.12", series: "before", tagVcpuBits: 9, tagVcpuField: "vcpu_id" },
  "6.16": { id: "6.16", series: "before", tagVcpuBits: 9, tagVcpuField: "vcpu_id" },
  "6.17": { id: "6.17", series: "after", tagVcpuBits: 9, tagVcpuField: "vcpu_idx" },
  "6.18": { id: "6.18", series: "after", tagVcpuBits: 9, tagVcpuField: "vcpu_idx" },
  "7.3": { id: "7.3", series: "after", tagVcpuBits: 12, tagVcpuField: "vcpu_idx" },
};

export const RULES_IDS: readonly RulesId[] = ["6.12", "6.16", "6.17", "6.18", "7.3"];

export function isRulesId(text: string): text is RulesId {
  return Object.hasOwn(RULES, text);
}

/**
 * The profile of a kernel release such as `6.17.13+deb13-amd64`; null where none is known. 6.13 to
 * 6.15 behave as 6.16 does (the series came with 6.17). Between 6.18 and 7.3 the GA tag changed at a
 * release that is not established: such a kernel has no profile.
 */
export function rulesOfRelease(release: string): RulesId | null {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  if (major === undefined || minor === undefined) return null;
  switch (`${major}.${minor}`) {
    case "6.12":
      return "6.12";
    case "6.13":
    case "6.14":
    case "6.15":
    case "6.16":
      return "6.16";
    case "6.17":
      return "6.17";
    case "6.18":
      return "6.18";
    case "7.3":
      return "7.3";
    default:
      return null;
  }
}

/** A GA tag taken apart. `vcpu` is a vcpu_id or a vcpu_idx, see `Rules.tagVcpuField`. */
export interface GaTag {
  readonly vm_id: number;
  readonly vcpu: number;
}

export function decodeGaTag(tag: number, rules: Rules): GaTag {
  const mask = (1 << rules.tagVcpuBits) - 1;
  return { vm_id: tag >>> rules.tagVcpuBits, vcpu: tag & mask };
}

export function encodeGaTag(tag: GaTag, rules: Rules): number {
  const mask = (1 << rules.tagVcpuBits) - 1;
  return ((tag.vm_id << rules.tagVcpuBits) | (tag.vcpu & mask)) >>> 0;
}
