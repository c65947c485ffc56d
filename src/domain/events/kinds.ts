// The closed vocabulary of events: what the probes and tracepoints of a recording say, in the kernel's own
// terms. One event is one fact in a total order; its shape is one flat row, so that the fold, the database
// and a reader of the table all see the same thing.
//
// To add a kind: a row here and its copy in a migration, its probe in the table of probes with a reader,
// and a case in the fold if it changes the state.

/** What a kind of event says, and what its payload fields are. */
export interface EventKind {
  /** Stored in the database; never reused. */
  readonly code: number;
  /** One sentence. */
  readonly meaning: string;
  /** The names of its payload fields, at most four, in the order in which they are stored. */
  readonly slots: readonly string[];
  /**
   * What the 64-bit words hold: an IRTE's (lo, hi), one word, or nothing. irte_exchange: the entry after an exchange;
   * the entry before it stands in the payload columns that no field has.
   */
  readonly words: "irte" | "irte_exchange" | "physical_id_entry" | "address" | "none";
}

/** With what its payload holds in its type. */
export interface EventKindWith<
  Slots extends readonly string[],
  Words extends EventKind["words"],
> extends EventKind {
  /** Its payload fields. */
  readonly slots: Slots | readonly [];
  /** What its words hold. */
  readonly words: Words | "none";
}

function kind<
  const Slots extends readonly string[] = [],
  const Words extends EventKind["words"] = "none",
>(code: number, meaning: string, slots?: Slots, words?: Words): EventKindWith<Slots, Words> {
  return { code, meaning, slots: slots ?? [], words: words ?? "none" };
}

/** Every kind of event by its name. A test holds the table `event_kind` of the timeline equal to it. */
export const EVENT_KINDS = {
  // IOMMU: drivers/iommu/amd/iommu.c
  irte_allocated: kind(1, "alloc_irq_index() marked entries as allocated", ["count"]),
  irte_prepared: kind(2, "irte_ga_prepare() filled the driver's shadow copy", [], "irte"),
  irte_written: kind(3, "__modify_irte_ga() wrote 128 bits to the table", [], "irte"),
  irte_freed: kind(4, "free_irte() zeroed the entry"),
  host_irq_activated: kind(5, "irq_remapping_activate() for a host IRQ"),
  host_irq_deactivated: kind(6, "irq_remapping_deactivate() for a host IRQ"),
  host_vector_assigned: kind(7, "the vector domain gave a host IRQ its vector", [
    "vector",
    "cpu",
    "apicdest",
  ]),
  host_affinity_set: kind(8, "irte_ga_set_affinity() with the host's vector and destination", [
    "vector",
    "dest",
  ]),
  vcpu_affinity_set: kind(
    9,
    "amd_ir_set_vcpu_affinity() was asked to post to a vCPU (guest_mode 1) or not (0, null); cpu and log since 6.17",
    ["is_guest_mode", "ga_tag", "cpu", "ga_log_intr"],
    "address",
  ),
  // KVM: virtual machines and vCPUs
  vm_created: kind(10, "a VM came into being"),
  vm_destroyed: kind(11, "a VM was destroyed"),
  vcpu_created: kind(12, "avic_init_vcpu() set up a vCPU", ["vcpu_idx"], "physical_id_entry"),
  vcpu_destroyed: kind(13, "svm_vcpu_free() freed a vCPU"),
  vcpu_loaded: kind(14, "svm_vcpu_load(): the vCPU is loaded on a CPU", ["cpu"]),
  vcpu_put: kind(15, "svm_vcpu_put(): the vCPU leaves its CPU"),
  avic_vcpu_loaded: kind(
    16,
    "avic_vcpu_load(), with the physical ID entry before it; returned_line: where it returned",
    ["cpu", "returned_line"],
    "physical_id_entry",
  ),
  avic_vcpu_put: kind(
    17,
    "avic_vcpu_put(), with the physical ID entry before it; returned_line: where it returned",
    ["returned_line"],
    "physical_id_entry",
  ),
  vcpu_blocking: kind(
    18,
    "avic_vcpu_blocking(): the vCPU halts and waits",
    ["apicv_active"],
    "physical_id_entry",
  ),
  vcpu_unblocking: kind(
    19,
    "avic_vcpu_unblocking(): the vCPU stops waiting",
    ["apicv_active"],
    "physical_id_entry",
  ),
  vcpu_preempted: kind(20, "sched_switch took a runnable vCPU thread off its CPU"),
  vcpu_woken: kind(21, "kvm_vcpu_wakeup: the vCPU thread is back from a halt", [
    "wait_ns",
    "waited",
    "valid",
  ]),
  // KVM: AVIC inhibits
  avic_inhibit_requested: kind(22, "__kvm_set_or_clear_apicv_inhibit() was called", [
    "reason",
    "set",
  ]),
  // The tracepoint names no VM. vm_inferred: 1 = what the task does says which it is.
  avic_inhibit_set: kind(23, "an AVIC inhibit reason was set", [
    "reason",
    "inhibits",
    "vm_inferred",
  ]),
  avic_inhibit_cleared: kind(24, "an AVIC inhibit reason was cleared", [
    "reason",
    "inhibits",
    "vm_inferred",
  ]),
  avic_refreshed: kind(
    25,
    "avic_refresh_apicv_exec_ctrl(): a vCPU takes up AVIC's new state",
    ["apicv_active"],
    "physical_id_entry",
  ),
  // KVM: routing, irqfds, bypass
  gsi_routing_set: kind(26, "KVM_SET_GSI_ROUTING replaced the routing table", ["nr"]),
  irqfd_assigned: kind(27, "KVM_IRQFD bound an eventfd to a GSI", ["fd", "flags"]),
  irqfd_deassigned: kind(28, "KVM_IRQFD with DEASSIGN", ["fd", "flags"]),
  irqfd_shut_down: kind(29, "irqfd_shutdown() released an irqfd"),
  irqfd_routed: kind(
    30,
    "an irqfd's route: type, address and data (null: not shown by this kernel)",
    ["type", "address", "data"],
  ),
  irqfd_msi: kind(31, "kvm_msi_set_irq while a route is resolved: the MSI it holds", [
    "dest",
    "vector",
    "mode",
  ]),
  producer_added: kind(32, "a bypass producer (host IRQ) was connected to an irqfd"),
  producer_removed: kind(33, "a bypass producer was disconnected from an irqfd", ["returned_line"]),
  pi_update_requested: kind(34, "avic_pi_update_irte() for a host IRQ", [
    "set",
    "vector",
    "returned_line",
  ]),
  pi_update_decided: kind(
    35,
    "kvm_pi_irte_update: posting was enabled or disabled for a host IRQ",
    ["enabled", "vector", "vcpu_id"],
  ),
  call_failed: kind(36, "a kernel function returned an error", ["ret", "of_kind"]),
  // Interrupts
  ga_log_entry: kind(37, "the IOMMU logged an interrupt for a vCPU that does not run", [
    "vcpu_field",
  ]),
  host_irq_handled: kind(38, "the host handled a device interrupt (its IRTE was remapped)"),
  irq_accepted: kind(39, "a local APIC accepted an interrupt delivered in software", [
    "vcpu_id",
    "vector",
    "apicv",
  ]),
  irq_injected: kind(40, "KVM injected an interrupt at guest entry", ["vector"]),
  irqfd_injected: kind(52, "irqfd_inject(): a worker passes on what an irqfd was signalled with"),
  msi_sent: kind(53, "kvm_msi_set_irq for an interrupt: the MSI that KVM sends to local APICs", [
    "dest",
    "vector",
    "mode",
  ]),
  // Device assignment: before the series it counts for posting
  assignment_started: kind(42, "kvm_arch_start_assignment(): a device is assigned to the VM"),
  assignment_ended: kind(43, "kvm_arch_end_assignment(): a device is no longer assigned to the VM"),
  irte_exchanged: kind(
    44,
    "__modify_irte_ga() exchanges the entry under the table's lock: its bits after and before",
    ["written_seq"],
    "irte_exchange",
  ),
  irte_anchored: kind(45, "a dump of the table shows the entry's bits", [], "irte"),
  // What a dump of the host says of its KVM
  vm_anchored: kind(47, "a dump of the host shows a VM and its AVIC inhibits", ["inhibits"]),
  vcpu_anchored: kind(
    48,
    "a dump of the host shows a vCPU; cpu: where it is loaded (-1 = nowhere), linked: how many entries its list has",
    ["blocking", "cpu", "apicv_active", "linked"],
    "physical_id_entry",
  ),
  link_anchored: kind(49, "a dump of the host shows the entry at this place of a vCPU's ir_list", [
    "place",
  ]),
  irqfd_anchored: kind(
    50,
    "a dump of the host shows an irqfd, and whether a producer (host IRQ) is connected to it",
    ["connected"],
  ),
  route_anchored: kind(51, "a dump of the host shows the route of an irqfd", [
    "type",
    "address",
    "data",
  ]),
  // The recording itself
  marker: kind(46, "a text that a user wrote to trace_marker"),
  events_lost: kind(41, "events of one CPU were lost before this point", ["count"]),
} as const;

/** The name of a kind of event, such as `irte_written`. */
export type EventKindName = keyof typeof EVENT_KINDS;

/** The name of a payload field of some kind of event, such as `ga_tag`. */
export type PayloadField = (typeof EVENT_KINDS)[EventKindName]["slots"][number];

/** The number of a kind, by name: `KIND.irte_written`. */
export const KIND: Readonly<Record<EventKindName, number>> = Object.fromEntries(
  Object.entries(EVENT_KINDS).map(([name, { code }]) => [name, code]),
) as Record<EventKindName, number>;

/** Kinds of event that interrupts print, in the middle of what the task that they interrupt does. */
export const OF_INTERRUPTS = [
  ...(["host_irq_handled", "ga_log_entry", "msi_sent", "irq_accepted"] as const),
  "host_vector_assigned",
] as const satisfies readonly EventKindName[];

/** Is an event of this kind printed by an interrupt? Others may come in the middle of a function, too. */
export const IS_OF_INTERRUPT: ReadonlySet<number> = new Set(
  OF_INTERRUPTS.map((name) => KIND[name]),
);

/** What a dump shows, beside the trace: it stands between two lines, and no task and no CPU goes on by it. */
const OF_DUMP: ReadonlySet<number> = new Set(
  Object.keys(KIND)
    .filter((name) => name.endsWith("_anchored"))
    .map((name) => KIND[name as EventKindName]),
);

/** Is an event of this kind a fact of a dump, and no line of the trace? */
export function isOfDump(kind: number): boolean {
  return OF_DUMP.has(kind);
}

const NAME_OF: readonly (EventKindName | undefined)[] = (() => {
  const names: (EventKindName | undefined)[] = [];
  for (const name of Object.keys(EVENT_KINDS) as EventKindName[]) names[KIND[name]] = name;
  return names;
})();

/** The name of a kind. Throws a RangeError for a number that no kind has. */
export function kindName(code: number): EventKindName {
  const name = NAME_OF[code];
  if (name === undefined) throw new RangeError(`event kind ${code} is not known`);
  return name;
}
