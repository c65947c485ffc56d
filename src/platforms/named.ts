// The platforms that irqtwin recognises and does not read.

import { PROBE } from "../domain/amd/probes/probes.js";
import { namedPlatform } from "../domain/platform/named-platform.js";
import { type Platform } from "../domain/platform/platform.js";

/**
 * GICv4: functions of drivers/irqchip/irq-gic-v3-its.c, irq-gic-v4.c and of KVM's vgic; tracepoints of
 * arch/arm64/kvm; a note of `uname -m`.
 */
const ARM64 = namedPlatform(
  "arm64",
  new RegExp(
    String.raw`^(?:\w+: \([^)]{0,100}\b(?:its|vgic|kvm_vgic|gic|gicv3|kvm_arm)_\w|` +
      String.raw`(?:kvm_wfx_arm64|kvm_hvc_arm64|kvm_\w+_arm64|vgic_update_irq_pending|kvm_arm_\w+): |` +
      `(?:${PROBE.tracing_mark_write}|${PROBE.print})` +
      String.raw`: .{0,100}\buname -m[ =:]+(?:aarch64|arm64)\b)`,
  ),
  /\b(?:arm64|aarch64)\b/,
);

/** VT-d: functions of drivers/iommu/intel and of KVM's vmx, the module kvm_intel, its tracepoint `qi_submit`. */
const INTEL = namedPlatform(
  "intel",
  new RegExp(
    String.raw`^(?:\w+: \([^)]{0,100}(?:\[kvm_intel\]|\bintel_(?:ir|irq_remapping)_\w|\b(?:vmx|pi_enable)_\w|` +
      String.raw`\bmodify_irte\b)|qi_submit: )`,
  ),
);

/** The platforms that are known by name alone. */
export const NAMED: readonly Platform[] = [ARM64, INTEL];
