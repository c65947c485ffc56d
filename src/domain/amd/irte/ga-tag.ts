// The GA tag of a posted IRTE: which vCPU of which VM the GA log means.
// Source: arch/x86/kvm/svm/avic.c, AVIC_GATAG(), Linux 6.1 to 7.3; where releases part, the table of releases.

import { type VcpuNames } from "../../platform/platform.js";
import { type Rules } from "../releases/releases.js";

/** A GA tag taken apart. */
export interface GaTag {
  /** avic_vm_id. */
  readonly vm_id: number;
  /** A vcpu_id or a vcpu_idx: `Rules.tagVcpuField` says which. */
  readonly vcpu: number;
}

/** Takes a 32-bit tag apart as this release packs it. */
export function decodeGaTag(tag: number, rules: Rules): GaTag {
  const mask = (1 << rules.tagVcpuBits) - 1;
  return { vm_id: tag >>> rules.tagVcpuBits, vcpu: tag & mask };
}

/** The inverse of `decodeGaTag`: an unsigned 32-bit number. */
export function encodeGaTag(tag: GaTag, rules: Rules): number {
  const mask = (1 << rules.tagVcpuBits) - 1;
  return ((tag.vm_id << rules.tagVcpuBits) | (tag.vcpu & mask)) >>> 0;
}

/** The tag that names this vCPU, taken apart; null where a name that it needs is not known. */
export function gaTagOf({ vm_id, vcpu_id, vcpu_idx }: VcpuNames, rules: Rules): GaTag | null {
  const vcpu = rules.tagVcpuField === "vcpu_id" ? vcpu_id : vcpu_idx;
  return vm_id === null || vcpu === null ? null : { vm_id, vcpu };
}
