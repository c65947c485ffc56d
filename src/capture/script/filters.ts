// Which lines of a busy tracepoint are of use. What a filter leaves out says nothing about posted interrupts, and on a
// busy host it would be most of a recording.

import { PROBE } from "../../domain/amd/probes/probes.js";

/** Threads that run vCPUs, as QEMU, libvirt, cloud-hypervisor, Firecracker, crosvm and kvmtool name them. */
const VCPU_THREADS = ["CPU */KVM", "*vcpu*", "qemu*", "kvm*"];

/** The filter of a tracepoint, by its group and name; a tracepoint without one is recorded whole. */
export const FILTERS: Readonly<Record<string, string>> = {
  [`sched:${PROBE.sched_switch}`]: anyOf("prev_comm", VCPU_THREADS),
  [`irq:${PROBE.irq_handler_entry}`]: anyOf("name", ["vfio*", "AMD-Vi*"]),
};

function anyOf(field: string, patterns: readonly string[]): string {
  return patterns.map((pattern) => `${field} ~ "${pattern}"`).join(" || ");
}
