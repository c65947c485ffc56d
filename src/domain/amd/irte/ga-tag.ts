// The GA tag of a posted IRTE: which vCPU of which VM the GA log means.
// Source: arch/x86/kvm/svm/avic.c, AVIC_GATAG(), Linux 6.1 to 7.3; where releases part, the table of releases.

import { type VcpuNames } from "../../platform/platform.js";
import { type Rules, type TagPacking } from "../releases/releases.js";

/** A GA tag taken apart. */
export interface GaTag {
  /** avic_vm_id. */
  readonly vm_id: number;
  /** A vcpu_id or a vcpu_idx: `Rules.tagVcpuField` says which. */
  readonly vcpu: number;
}

/** Takes a 32-bit tag apart as a profile packs it: `RULES["6.17"]`, or `{ tagVcpuBits: 9 }`. */
export function decodeGaTag(tag: number, { tagVcpuBits }: TagPacking): GaTag {
  const mask = (1 << tagVcpuBits) - 1;
  return { vm_id: tag >>> tagVcpuBits, vcpu: tag & mask };
}

/** The inverse of `decodeGaTag`: an unsigned 32-bit number. */
export function encodeGaTag(tag: GaTag, { tagVcpuBits }: TagPacking): number {
  const mask = (1 << tagVcpuBits) - 1;
  return ((tag.vm_id << tagVcpuBits) | (tag.vcpu & mask)) >>> 0;
}

/** The tag that names this vCPU, taken apart; null where a name that it needs is not known. */
export function gaTagOf({ vm_id, vcpu_id, vcpu_idx }: VcpuNames, rules: Rules): GaTag | null {
  const vcpu = rules.tagVcpuField === "vcpu_id" ? vcpu_id : vcpu_idx;
  return vm_id === null || vcpu === null ? null : { vm_id, vcpu };
}
